"""The IMU's ticks on the MCU's clock, in whole numbers: a float32 holds no microseconds since boot.

A reading of the IMU's counter between two of the MCU's clock bounds the time of one tick from both
sides: T(tick) <= after and T(tick + 1) > before. Within a window of up to a second the bounds of
many readings leave a narrow gap, which the widest pause of the MCU cannot move; its middle corrects
a line with the gains of least squares over the last windows (expanding, then fading memory:
Brookner, Tracking and Kalman Filtering Made Easy, 1998, chapter 5).
"""

import time

from micropython import const

_FIRST_US = const(40_000)
_WINDOW_US = const(1_000_000)
_HALF = const(0x20000000)
_MASK = const(0x3FFFFFFF)
_WIDE_US = const(1_000)
_PRIOR = const(8)
_PACE_SAMPLES = const(20_000)
_FAR_US = const(150)


class Timebase:
    """A line through (tick, time) that follows the IMU's oscillator.

    Parameters
    ----------
    clock : clock.Clock
    tick_us : int
        Nominal length of a tick: 25, or the length of a sample where the ticks are samples.
    ticks_a_sample : int
        Nominal; `pace` finds out.
    """

    def __init__(self, clock, tick_us: int, ticks_a_sample: int) -> None:
        self._clock = clock
        self._tick_us = tick_us
        self._ticks = ticks_a_sample * _PRIOR
        self._samples = _PRIOR
        # samples as ticks are coarse: longer memory, since their oscillator is as steady
        self._coarse = tick_us > _WIDE_US
        self._memory = 40 if self._coarse else 16
        self._far_us = _FAR_US + tick_us // 16
        self._slope = tick_us << 32
        self._rates = 1
        self.restart()

    def restart(self) -> None:
        """Forget where ticks are in time, but not how long they are."""
        self.ready = False
        self._windows = 0
        self._window_us = min(max(_FIRST_US, 50 * self._tick_us), _WINDOW_US)
        self._split()

    def at_us(self, tick: int) -> int:
        """Return the time since boot of a tick."""
        return self._us + self._span(tick)

    def period_us(self) -> int:
        """Return the spacing of samples, rounded."""
        return self._period_us

    def period_ns(self) -> int:
        """Return the spacing of samples in ns."""
        return self._ticks * self._slope * 1000 // self._samples >> 32

    def pace(self, ticks: int, samples: int) -> None:
        """Take how many ticks a run of samples took, none of them missing."""
        self._ticks += ticks
        self._samples += samples
        if self._samples > _PACE_SAMPLES:
            self._ticks >>= 1
            self._samples >>= 1

    def add(self, tick: int, before: int, after: int) -> None:
        """Take a tick that was read between two readings of the clock's raw ticks_us."""
        if not self.ready:
            self._begin(tick, before, after)
        line = self._span(tick)
        latest = time.ticks_diff(after, self._raw) - line
        earliest = time.ticks_diff(before, self._raw) - line - self._tick_us
        if self._first < 0:
            self._first, self._opened = tick, before
            self._earliest, self._latest = earliest, latest
        else:
            self._earliest = max(self._earliest, earliest)
            self._latest = min(self._latest, latest)
        if (
            time.ticks_diff(before, self._opened) >= self._window_us
            and self._latest - self._earliest < _WIDE_US + 2 * self._tick_us
        ):
            self._close(tick)

    def _begin(self, tick: int, before: int, after: int) -> None:
        middle = time.ticks_diff(after, before) - self._tick_us >> 1
        self._ref = tick
        self._raw = time.ticks_add(before, middle)
        self._us = self._clock.at_us(before) + middle
        self._first = -1
        self.ready = True

    def _close(self, tick: int) -> None:
        # the gap's middle is the line's error at the middle of the window
        since = self._since(self._first) + self._since(tick) >> 1
        error = self._error()
        fresh = self._windows == 0
        self._windows = min(self._windows + 1, self._memory)
        self._rates = min(self._rates + 1, self._memory)
        if self._window_us < _WINDOW_US:
            self._window_us = min(2 * self._window_us, _WINDOW_US)
            self._windows = min(self._windows, 2)
            self._rates = 2 if self._rates < self._memory else self._memory
        if not fresh and abs(error) > self._far_us:  # not yet found, or no longer true
            self._windows = self._rates = 2
        n, m = self._windows, self._rates
        step = self._span_of(since) + error * 2 * (2 * n - 1) // (n * (n + 1))
        self._ref = self._ref + since & _MASK
        self._raw = time.ticks_add(self._raw, step)
        self._us += step
        self._first = -1
        if since > 0 and not (fresh and self._coarse):  # where it began is known to a tick
            self._slope += (error << 32) * 6 // (m * (m + 1) * since)
        nominal = self._tick_us << 32
        if abs(self._slope - nominal) > nominal >> 3:  # no oscillator is that wrong
            self._slope, self._rates = nominal, 1
            self.restart()
        self._split()

    def _error(self) -> int:
        early, late = self._earliest, self._latest
        if late - early < self._far_us * 2:
            return early + late >> 1
        # readings in step with the samples bound little: keep the line where they allow it
        return max(early, min(late, 0))

    def _split(self) -> None:
        self._whole = self._slope >> 32
        self._fraction = self._slope >> 16 & 0xFFFF
        self._period_us = (self._ticks * self._slope // self._samples >> 31) + 1 >> 1

    def _since(self, tick: int) -> int:
        return (tick - self._ref + _HALF & _MASK) - _HALF

    def _span(self, tick: int) -> int:
        return self._span_of((tick - self._ref + _HALF & _MASK) - _HALF)

    def _span_of(self, ticks: int) -> int:
        # in parts that stay below 2**30 for a minute: larger whole numbers lie on the heap
        part = (ticks >> 8) * self._fraction + ((ticks & 255) * self._fraction >> 8) >> 8
        return ticks * self._whole + part
