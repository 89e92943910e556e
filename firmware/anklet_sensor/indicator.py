"""One LED and one button: what a person sees and does."""

from micropython import const

from anklet_sensor.log import flashes

_UNIT_US = const(20_000)
_TICKS = const(0x3FFFFFFF)  # the tick counter's width; all that follows lasts less than its wrap

# On, off, on, off ... in units of 20 ms. docs/firmware.md describes them; a test compares.
PATTERNS = {
    "idle": b"\x03\x93",
    "live": b"\x04\x2e",
    "untethered": b"\x04\x08\x04\x54",
    "low_battery": b"\x32\x96",
    "window": b"\x19\x19",
    "identify": b"\x05\x05",
}
FLASH = b"\x14\x14"  # a fault: so many of these, then darkness, then the state again
PAUSE = 60


class Indicator:
    """Show the state, and before each round of it the number of a fault.

    Parameters
    ----------
    led : callable
        `led(1)` lights.
    clock : Clock
    """

    def __init__(self, led, clock) -> None:
        self._led = led
        self._ticks_us = clock.ticks_us
        self._name = "idle"
        self._flashes = 0
        self._identify_us = 0
        self._identify_from = 0
        self._compose()

    def show(self, name: str) -> None:
        """Show a state of `PATTERNS` from now on."""
        if name != self._name:
            self._name = name
            self._compose()

    def fault(self, code: str | None) -> None:
        """Tell a fault before each round of the state; None: no more."""
        n = flashes(code) if code else 0
        if n != self._flashes:
            self._flashes = n
            self._compose()

    def identify(self, seconds: int) -> None:
        """Blink fast for some seconds, up to 300; 0 ends it."""
        self._identify_us = min(max(seconds, 0), 300) * 1_000_000
        self._identify_from = self._ticks_us()
        self._compose()

    def step(self) -> None:
        """Drive the LED. Allocates nothing while the state stays."""
        now = self._ticks_us()
        if self._identify_us and (now - self._identify_from) & _TICKS >= self._identify_us:
            self._identify_us = 0
            self._compose()
        elapsed_us = (now - self._piece_from) & _TICKS
        piece_us = self._pattern[self._piece] * _UNIT_US
        if elapsed_us < piece_us:
            return
        self._piece += 1
        if self._piece == len(self._pattern):
            self._piece = 0
        late = elapsed_us - piece_us > piece_us
        self._piece_from = now if late else (self._piece_from + piece_us) & _TICKS
        self._led(1 - (self._piece & 1))

    def _compose(self) -> None:
        if self._identify_us:
            self._pattern = PATTERNS["identify"]
        elif self._flashes:
            told = FLASH * (self._flashes - 1) + bytes((FLASH[0], PAUSE))
            self._pattern = told + PATTERNS[self._name]
        else:
            self._pattern = PATTERNS[self._name]
        self._piece = 0
        self._piece_from = self._ticks_us()
        self._led(1)


_DEBOUNCE_US = const(30_000)
_DOUBLE_US = const(400_000)
_LONG_US = const(3_000_000)
_RESET_US = const(10_000_000)
_BOOT_US = const(5_000_000)
_WINDOW_US = const(30_000_000)


class Button:
    """Presses of the button, polled.

    Parameters
    ----------
    pressed : callable
        1 while pressed, bouncing included.
    clock : Clock

    Attributes
    ----------
    held : bool
        Pressed for 3 s, and for 30 s after: whoever holds the sensor may set its owner key.
    """

    def __init__(self, pressed, clock) -> None:
        self.held = False
        self._pressed = pressed
        self._ticks_us = clock.ticks_us
        now = clock.ticks_us()
        self._raw = self._down = 0
        self._raw_from = now
        self._down_from = now
        self._up_from = now
        self._boot_from = now
        self._young = True  # within 5 s after the start
        self._resets = False  # this press began then
        self._told = True  # nothing more comes of this press
        self._presses = 0

    def step(self) -> str | None:
        """Return what a press turned out to be, None mostly. Allocates nothing.

        "short", "double", "long" (at 3 s) or "reset" (at 10 s, begun within 5 s of the start).
        """
        now = self._ticks_us()
        if self._young and (now - self._boot_from) & _TICKS > _BOOT_US:
            self._young = False
        raw = self._pressed()
        if raw != self._raw:
            self._raw = raw
            self._raw_from = now
        elif raw != self._down and (now - self._raw_from) & _TICKS >= _DEBOUNCE_US:
            self._down = raw
            self._changed()
        return self._while_down(now) if self._down else self._while_up(now)

    def _changed(self) -> None:
        if self._down:
            self._down_from = self._raw_from
            self._resets = self._young
            self._told = False
        else:
            self._up_from = self._raw_from
            if not self._told:
                self._presses += 1

    def _while_down(self, now: int) -> str | None:
        down_us = (now - self._down_from) & _TICKS
        if not self._told and down_us >= _LONG_US:
            self._told = self.held = True
            self._presses = 0
            return "long"
        if self._resets and down_us >= _RESET_US:
            self._resets = False
            return "reset"
        return None

    def _while_up(self, now: int) -> str | None:
        up_us = (now - self._up_from) & _TICKS
        if self.held and up_us >= _WINDOW_US:
            self.held = False
        if self._presses == 0 or (self._presses == 1 and up_us < _DOUBLE_US):
            return None
        double = self._presses > 1
        self._presses = 0
        return "double" if double else "short"
