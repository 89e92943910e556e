"""Stand-in of MicroPython's `machine` for the unix port: pins that remember, nothing more.

Tests set `levels` (what an input reads), read `made` (every pin's last settings) and `calls`.
"""

BAD_PINS = set()  # numbers that this "chip" has not
levels = {}  # number -> what an input reads; 1 if absent
made = {}  # number -> dict of the newest settings
calls = []  # what would end this program on a board, and the watchdog's life
adc_uv = {}  # number -> microvolts at the pin


class Pin:
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2

    def __init__(self, number, mode=None, pull=None, *, value=None, hold=None):
        if number in BAD_PINS:
            raise ValueError("invalid pin")
        self.number = number
        if value is not None:
            levels[number] = int(value)
        if mode is not None:
            made[number] = {"mode": mode, "pull": pull, "value": value, "hold": hold}
            calls.append(("pin", number, mode, value, hold))

    def value(self, level=None):
        if level is None:
            return levels.get(self.number, 1)
        levels[self.number] = int(level)

    __call__ = value


class Signal:
    def __init__(self, pin, invert=False):
        self._pin = pin
        self._invert = bool(invert)

    def __call__(self, level=None):
        if level is None:
            return int(self._pin.value() ^ self._invert)
        self._pin.value(bool(level) ^ self._invert)


class ADC:
    ATTN_11DB = 3

    def __init__(self, pin):
        self._number = pin.number
        self._atten = 0

    def atten(self, atten):
        self._atten = atten

    def read_uv(self):
        most_uv = 3_100_000 if self._atten == self.ATTN_11DB else 950_000
        return min(adc_uv.get(self._number, 0), most_uv)


class I2C:
    """Answers nobody; tests of the whole sensor put a modelled bus in its place."""

    def __init__(self, number, *, scl, sda, freq=400_000):
        self.number, self.scl, self.sda, self.freq = number, scl.number, sda.number, freq


class SoftI2C(I2C):
    def __init__(self, *, scl, sda, freq=400_000):
        super().__init__(None, scl=scl, sda=sda, freq=freq)


class WDT:
    def __init__(self, id=0, timeout=5000):
        calls.append(("wdt", timeout))

    def feed(self):
        calls.append(("feed",))


class Ended(BaseException):
    """A board would have started anew."""


def unique_id():
    return b"\x24\x58\x7c\x01\x02\x03"


def deepsleep(time_ms=None):
    calls.append(("deepsleep",))
    raise Ended("deepsleep")


def reset():
    calls.append(("reset",))
    raise Ended("reset")
