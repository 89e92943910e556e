"""The board's pins, power and sleep. The only module, with `clock`, that touches the machine."""

import binascii
import time

import boards
import esp32
import machine
from micropython import const

from anklet_sensor.errors import Fault

_I2C_HZ = const(400_000)
_WATCHDOG_MS = const(8000)
_DAY_MS = const(86_400_000)


class Board:
    """What the rest of the firmware knows of the board.

    Parameters
    ----------
    name : str
        File in `boards/`.
    profile : dict
        Its constants, with what `/board.json` changes.
    faults : list of Fault
        What was wrong on the way here; more are added. The board is made in any case, so that the
        desktop can tell the fault.

    Attributes
    ----------
    led, button : callable
        `led(1)` lights, `button()` is 1 while pressed; without such a pin both do nothing.
    i2c : machine.I2C or None
    remap : tuple
        Nine integers, row-major: lid frame = remap x chip frame.
    wakes : tuple of str
        What can end :meth:`sleep`: "button", "motion".
    """

    def __init__(self, name: str, profile: dict, faults: list) -> None:
        self.name = name
        self.faults = faults
        self.remap = tuple(profile["REMAP"])
        self.sensor_id = binascii.hexlify(machine.unique_id()).decode()
        self._profile = profile
        self._watchdog = None
        self._made("HOLD", _hold)
        self.i2c = self._made("I2C", _i2c)
        self.led = self._made("LED", _led) or _nothing
        self.button = self._made("BUTTON", _button) or _nothing
        self._adc = self._made("BATTERY", _adc)
        self.wakes = self._wakes()

    def battery_mv(self) -> int | None:
        """Return the battery's voltage in mV; None where it is not wired to a pin."""
        if self._adc is None:
            return None
        return int(self._adc.read_uv() // 1000 * self._profile["BATTERY_RATIO"])

    def watchdog(self) -> None:
        """Feed the watchdog; the first call starts it. It resets the board after 8 s unfed."""
        if self._watchdog is None:
            self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)
        self._watchdog.feed()

    def rest_watchdog(self) -> None:
        """Give it a day, for someone at the REPL: once started it cannot be stopped."""
        if self._watchdog is not None:
            self._watchdog = None
            machine.WDT(timeout=_DAY_MS).feed()

    def idle_ms(self, ms: int) -> None:
        """Let the processor rest; radio and USB go on."""
        time.sleep_ms(ms)

    def sleep(self, level: int = 1) -> None:
        """Sleep until the button or motion starts the board anew. Does not return.

        The IMU must be in its wake-on-motion state by now; `level` is what its pin then goes to.
        Raises a Fault where nothing could end the sleep.
        """
        self._deep_sleep(self.wakes, True, level)

    def off(self) -> None:
        """Switch off where the board can, else sleep until the button. Does not return."""
        self._deep_sleep([name for name in self.wakes if name == "button"], False)

    def _deep_sleep(self, wakes, power: bool, level: int = 1) -> None:
        profile = self._profile
        hold = profile["HOLD"]
        if not wakes:
            raise Fault("board", "nothing can wake this board: it stays awake; set BUTTON or WAKE")
        self.led(0)
        try:
            if "button" in wakes:
                esp32.wake_on_ext0(machine.Pin(profile["BUTTON"]), bool(profile["BUTTON_ON"]))
            if "motion" in wakes:
                esp32.wake_on_ext1((machine.Pin(profile["WAKE"], machine.Pin.IN),), bool(level))
        except ValueError as error:
            why = "the board %s cannot wake by its pins (%s): correct it in /board.json"
            raise Fault("board", why % (self.name, error))
        if hold is not None:
            _output_held(hold, power, power)
        machine.deepsleep()

    def reset(self) -> None:
        """Start anew. Does not return."""
        machine.reset()

    def _made(self, key: str, make):
        if self._profile["SDA" if key == "I2C" else key] is None:
            return None
        try:
            return make(self._profile)
        except (ValueError, OSError) as error:
            why = "%s of the board %s cannot be used (%s): correct it in /board.json"
            self.faults.append(Fault("board", why % (key, self.name, error)))
            return None

    def _wakes(self) -> tuple:
        """Name the pins that can end a sleep: chips without the RTC's EXT wake-up have none."""
        if not hasattr(esp32, "wake_on_ext0"):
            return ()
        pairs = (("button", "BUTTON"), ("motion", "WAKE"))
        return tuple([name for name, key in pairs if self._profile[key] is not None])


def load(path: str = "/board.json") -> Board:
    """Make the board that `path` or the running build names; `boards/loading.py` tells how."""
    loading = __import__("boards.loading", None, None, ("choose",))
    board = Board(*loading.choose(path))
    boards.forget("loading")
    return board


def _hold(profile: dict) -> None:
    _output_held(profile["HOLD"], 1, False)


def _output_held(pin: int, level: int, hold: bool) -> None:
    """Set an output, held through deep sleep if wanted; the ESP32 alone knows `hold`."""
    machine.Pin(pin, machine.Pin.OUT, value=level, hold=hold)  # pyright: ignore[reportCallIssue]


def _i2c(profile: dict):
    sda, scl = machine.Pin(profile["SDA"]), machine.Pin(profile["SCL"])
    if profile["I2C"] is None:
        return machine.SoftI2C(scl=scl, sda=sda, freq=_I2C_HZ)
    return machine.I2C(profile["I2C"], scl=scl, sda=sda, freq=_I2C_HZ)


def _led(profile: dict):
    pin = machine.Pin(profile["LED"], machine.Pin.OUT, value=not profile["LED_ON"])
    return machine.Signal(pin, invert=not profile["LED_ON"])


def _button(profile: dict):
    pin = machine.Pin(profile["BUTTON"], machine.Pin.IN)
    if profile["BUTTON_PULL"]:
        pull = machine.Pin.PULL_DOWN if profile["BUTTON_ON"] else machine.Pin.PULL_UP
        pin = machine.Pin(profile["BUTTON"], machine.Pin.IN, pull)
    return machine.Signal(pin, invert=not profile["BUTTON_ON"])


def _adc(profile: dict):
    adc = machine.ADC(machine.Pin(profile["BATTERY"]))
    adc.atten(machine.ADC.ATTN_11DB)  # reads up to 3.1 V
    return adc


def _nothing(_on=0) -> int:
    return 0
