"""Time as this package sees it: the host's clock and waiting, both exchangeable."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


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
    """

    now_s: Callable[[], float] = time.perf_counter
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    unix_s: Callable[[], float] = time.time

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
