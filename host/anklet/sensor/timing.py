"""Time as this package sees it: the host's clock and waiting, both exchangeable."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
TICK_S = 0.032
"""Of naps, and of a page's frames: more than 25 a second."""
_ROUND_S = 0.0005
"""uvloop rounds to whole ms: a nap must not end before its tick."""
_SAME = 1e-6
"""A moment on a tick, give or take what is lost in computing it, is that tick."""


class Ticks:
    """Wakes all who nap at once: to wake a processor costs more than what most then do.

    Parameters
    ----------
    now_s : callable
        Monotonic time in s; ticks are the multiples of `TICK_S`.
    """

    def __init__(self, now_s: Callable[[], float] = time.perf_counter) -> None:
        self._now_s = now_s
        self._napping: dict[int, list[asyncio.Future[None]]] = {}

    async def nap(self, seconds: float = 0.0) -> None:
        """Wait for some seconds and on to the next tick."""
        loop, now_s = asyncio.get_running_loop(), self._now_s()
        tick = math.ceil((now_s + seconds) / TICK_S - _SAME)
        if tick not in self._napping:
            self._napping[tick] = []
            loop.call_later(tick * TICK_S - now_s + _ROUND_S, self._wake, tick)
        woken = loop.create_future()
        self._napping[tick].append(woken)
        await woken

    def _wake(self, tick: int) -> None:
        for woken in self._napping.pop(tick):
            if not woken.done():
                woken.set_result(None)


@dataclass(frozen=True)
class Timing:
    """The host's clock and how to wait; replace them to run faster than real time.

    Parameters
    ----------
    now_s : callable
        Monotonic time in s, the finest that there is.
    sleep : callable
        Waits for some seconds of that clock.
    unix_s : callable
        Wall clock, s since 1970.
    ticks : Ticks, optional
        On which naps end; without them a nap is a sleep.
    """

    now_s: Callable[[], float] = time.perf_counter
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    unix_s: Callable[[], float] = time.time
    ticks: Ticks | None = None

    async def nap(self, seconds: float) -> None:
        """Wait for some seconds, or a little longer: for what need not be done at a moment."""
        await (self.sleep if self.ticks is None else self.ticks.nap)(seconds)

    async def within(self, seconds: float, awaitable: Awaitable[T]) -> T:
        """Wait for something, but not longer.

        Raises
        ------
        TimeoutError
            When it took longer; what was waited for is cancelled.
        """
        wanted = asyncio.ensure_future(awaitable)
        timer = asyncio.ensure_future(self.sleep(seconds))
        try:
            await asyncio.wait({wanted, timer}, return_when=asyncio.FIRST_COMPLETED)
            if wanted.done():
                return wanted.result()
            raise TimeoutError
        finally:
            await cancelled(wanted, timer)


async def cancelled(*tasks: "asyncio.Future[Any]") -> None:
    """Cancel tasks and wait until they are over; their results and errors are dropped."""
    waiting = [task for task in tasks if not task.done()]
    for task in waiting:
        task.cancel()
    if waiting:
        await asyncio.wait(waiting)
    for task in tasks:
        if not task.cancelled():
            task.exception()


async def unless_failed(tasks: "list[asyncio.Task[None]]", until: Awaitable[Any]) -> None:
    """Wait for something; should one of the tasks fail before, raise its error."""
    waiting = asyncio.ensure_future(until)
    try:
        pending: set[asyncio.Future[Any]] = {waiting, *tasks}
        while not waiting.done():
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        await cancelled(waiting)
