"""Microseconds since boot, past the wraps of the port's tick counter."""

import time


class Clock:
    """The sensor's monotonic clock.

    The tick counter wraps at 2**30 us (18 minutes); :meth:`now_us` counts on and must be called at
    least once in half of that. All times are integers: a float32 cannot hold them.

    Parameters
    ----------
    ticks_us : callable
        The port's counter, or a simulated one of the same width.
    """

    def __init__(self, ticks_us=time.ticks_us) -> None:
        self.ticks_us = ticks_us
        self._last = ticks_us()
        self._now_us = 0

    def now_us(self) -> int:
        """Return the time since boot, in us."""
        ticks = self.ticks_us()
        self._now_us += time.ticks_diff(ticks, self._last)
        self._last = ticks
        return self._now_us

    def at_us(self, ticks: int) -> int:
        """Return the time since boot of a reading of `ticks_us` less than 9 minutes old."""
        return self.now_us() + time.ticks_diff(ticks, self._last)
