"""How full the battery is, and when nobody wears the sensor any more."""

from micropython import const

_EVERY_US = const(900_000)  # called about once a second, never quite
_LOW_US = const(10_000_000)
_SECOND_US = const(1_000_000)
_RECOVERED = const(5)
_SMOOTHING = const(4)  # as a shift: 16 readings
_SAG_MV = const(30)  # 0.3 Ohm of cell and protection x 0.1 A of radio and processor
_ABSENT_MV = const(2500)  # protection circuits cut a cell off above this: it is not a battery

# Rest voltage of one lithium polymer cell, mV, by percent left (blog.ampow.com/lipo-voltage-chart).
_PERCENT = (0, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
_REST_MV = (3270, 3610, 3690, 3730, 3770, 3800, 3840, 3870, 3950, 4020, 4110, 4200)


def percent_of(rest_mv: int) -> int:
    """Return how full a lithium polymer cell at rest is, in percent."""
    if rest_mv <= _REST_MV[0]:
        return 0
    for i in range(1, len(_REST_MV)):
        if rest_mv < _REST_MV[i]:
            low_mv, low = _REST_MV[i - 1], _PERCENT[i - 1]
            return low + (_PERCENT[i] - low) * (rest_mv - low_mv) // (_REST_MV[i] - low_mv)
    return 100


class Battery:
    """The battery, read once a second and smoothed.

    Parameters
    ----------
    read_mv : callable
        The voltage in mV, None where the board cannot tell.
    clock : Clock
    low_percent : int
        Below this for ten seconds the battery is low.

    Attributes
    ----------
    percent : int or None
        None where the board cannot tell.
    low : bool
    """

    def __init__(self, read_mv, clock, low_percent: int) -> None:
        self.percent = None
        self.low = False
        self.low_percent = low_percent
        self._read_mv = read_mv
        self._clock = clock
        self._next_us = 0
        self._sum = 0  # smoothed mV << _SMOOTHING
        self._above_us = None  # when it was last at or above the threshold

    def step(self, loaded: bool = True) -> bool:
        """Read when a second has passed; return True once, when the battery becomes low.

        `loaded`: the radio or the sampling is on, so that the cell sags.
        """
        now_us = self._clock.now_us()
        if now_us < self._next_us:
            return False
        self._next_us = now_us + _EVERY_US
        mv = self._read_mv()
        if mv is None or mv < _ABSENT_MV:
            self.percent = None
            self._sum = 0
            self._above_us = now_us
            return False
        if loaded:
            mv += _SAG_MV
        if self._sum:
            self._sum += mv - (self._sum >> _SMOOTHING)
        else:
            self._sum = mv << _SMOOTHING
        self.percent = percent_of(self._sum >> _SMOOTHING)
        return self._became_low(now_us)

    def _became_low(self, now_us: int) -> bool:
        if self._above_us is None or self.percent >= self.low_percent:
            self._above_us = now_us
        if self.percent >= self.low_percent + _RECOVERED:
            self.low = False
        if self.low or now_us - self._above_us < _LOW_US:
            return False
        self.low = True
        return True


class Inactivity:
    """How long nothing has happened.

    Parameters
    ----------
    clock : Clock
    after_s : int
        Idle for this long, it is time to sleep; may be changed.
    """

    def __init__(self, clock, after_s: int) -> None:
        self.after_s = after_s
        self._clock = clock
        self._moved_us = clock.now_us()

    def moved(self) -> None:
        """Note that someone moved the sensor, pressed its button or spoke to it."""
        self._moved_us = self._clock.now_us()

    @property
    def idle_s(self) -> int:
        """Whole seconds since something happened."""
        return (self._clock.now_us() - self._moved_us) // _SECOND_US

    @property
    def due(self) -> bool:
        """It is time to sleep."""
        return self.idle_s >= self.after_s
