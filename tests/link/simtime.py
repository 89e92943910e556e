"""An asyncio event loop on simulated time: nothing waits, everything happens in order.

The loop's clock stands while anything works (a sensor's program, a thread of the loop's executor)
and jumps to the next timer when nothing does. So every sleep, timeout and connection event falls
exactly when it should however slow the machine is, and ten minutes take what the work in them
takes. Code under test reads ``loop.time()`` instead of ``time.monotonic()``.
"""

import asyncio
import selectors
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

STALLED_S = 60.0
"""Real time after which somebody who works is taken to hang."""


class StalledError(RuntimeError):
    """Somebody holds the simulated time and does not let go; the message names who."""


class _Selector(selectors.DefaultSelector):
    """Waits for sockets in real time only while somebody works."""

    loop: "SimLoop"

    def select(self, timeout: float | None = None):
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        loop = self.loop
        if loop.holders:
            ready = super().select(STALLED_S)
            if not ready:
                raise StalledError(f"simulated time is held by {', '.join(loop.holders)}")
            return ready
        if not loop.speed:
            if timeout is None:
                return super().select(None)
            loop.advance(timeout)
            return ready
        began = time.monotonic()
        ready = super().select(None if timeout is None else loop.ahead_s(timeout))
        passed = (time.monotonic() - began) * loop.speed
        loop.advance(passed if timeout is None else min(passed, timeout) if ready else timeout)
        return ready


class SimLoop(asyncio.SelectorEventLoop):
    """The loop.

    Parameters
    ----------
    speed : float, optional
        Simulated seconds a real second, at most; when not given, as fast as it goes. Threads that
        the loop does not know of see time run at this pace.

    Attributes
    ----------
    holders : Counter
        Names of those who work just now.
    """

    def __init__(self, speed: float | None = None) -> None:
        selector = _Selector()
        selector.loop = self
        self.speed = speed
        self.holders: Counter[str] = Counter()
        self._now_s = 0.0
        self._paced_from = (time.monotonic(), 0.0)
        super().__init__(selector)

    def time(self) -> float:
        """Return the simulated time, in s."""
        return self._now_s

    def advance(self, by_s: float) -> None:
        """Let time pass."""
        self._now_s += by_s

    def ahead_s(self, step_s: float) -> float:
        """Return how long, in real s, to wait before a step; late is late: nothing is made up."""
        real, simulated = self._paced_from
        due = real + (self._now_s + step_s - simulated) / (self.speed or 1)
        now = time.monotonic()
        if due < now:
            self._paced_from = (now, self._now_s + step_s)
        return max(0.0, due - now)

    def hold(self, who: str) -> Callable[[], None]:
        """Stop the time until the function that is returned is called."""
        self.holders[who] += 1
        held = True

        def release() -> None:
            nonlocal held
            if held:
                held = False
                self.holders[who] -= 1
                self.holders += Counter()  # forgets those at zero

        return release

    def run_in_executor(self, executor, func, *args):
        """Run in a thread while simulated time stands."""
        future = super().run_in_executor(executor, func, *args)
        release = self.hold("a thread")
        future.add_done_callback(lambda _: release())
        return future


def simulate(main: Coroutine[Any, Any, Any], speed: float | None = None) -> Any:
    """Run a coroutine on simulated time and return its result."""
    with asyncio.Runner(loop_factory=lambda: SimLoop(speed)) as runner:
        return runner.run(main)
