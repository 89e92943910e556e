"""Boards: the right one is found, mistakes are told and survived, sleep can end."""

import sys

import boards
import boards.loading as loading
import esp32
import machine
from anklet_sensor import board
from anklet_sensor.errors import Fault

PATH = sys.argv[1] + "/board.json"
matching = loading._matching
IDENTITY = (1, 0, 0, 0, 1, 0, 0, 0, 1)


def load(text=None, running="Generic ESP32 module with ESP32"):
    machine.made.clear()
    machine.levels.clear()
    machine.calls.clear()
    esp32.wake.clear()
    path = PATH + ".absent"
    if text is not None:
        path = PATH
        with open(path, "w") as file:
            file.write(text)
    loading._matching = lambda _: matching(running)
    sys.modules["boards.loading"] = loading
    return board.load(path)


def fault_of(made):
    assert [fault.code for fault in made.faults] == ["board"], (made.faults, made.name)
    return made.faults[0].why


def ended(call):
    try:
        call()
    except machine.Ended as end:
        return end.args[0]
    raise AssertionError("it came back")


def the_build_names_the_board():
    for running, name in (
        ("Seeed XIAO ESP32S3 with ESP32-S3-FN8", "xiao_esp32s3"),
        ("Generic ESP32S3 module with Octal-SPIRAM with ESP32S3", "xiao_esp32s3"),
        ("M5StickC Plus2 with ESP32", "m5stickc_plus2"),
        ("Generic ESP32 module with ESP32", "generic_esp32"),
        ("something else", "generic_esp32"),
    ):
        made = load(running=running)
        assert made.name == name, (running, made.name)
        assert not made.faults
        assert made.remap == IDENTITY
        assert made.sensor_id == "24587c010203"


def profiles_are_sound():
    for name in boards.NAMES:
        made = load('{"board": "%s"}' % name)
        assert made.name == name
        assert made.faults == [], made.faults
        assert loading._problem(loading._profile(name), {}) is None
    assert "boards.xiao_esp32s3" not in sys.modules
    assert "boards.loading" not in sys.modules
    assert boards.xiao_esp32s3 is boards.loading is None


def pins_do_what_the_profile_says():
    made = load(running="XIAO ESP32S3")
    assert (made.i2c.sda, made.i2c.scl, made.i2c.freq) == (5, 6, 400_000)
    assert machine.levels[21] == 1, "the LED is dark at the start"
    made.led(1)
    assert machine.levels[21] == 0
    assert made.button() == 0
    machine.levels[0] = 0
    assert made.button() == 1
    machine.adc_uv[1] = 1_950_400
    assert made.battery_mv() == 3900
    assert made.wakes == ("button", "motion")


def power_is_held_first():
    made = load('{"board": "m5stickc_plus2"}')
    assert machine.calls[0] == ("pin", 4, machine.Pin.OUT, 1, False)
    assert machine.made[37]["pull"] is None, "GPIO37 has no pull-ups"
    assert made.wakes == ("button",)
    assert ended(made.sleep) == "deepsleep"
    assert machine.made[4]["value"] and machine.made[4]["hold"]
    assert esp32.wake == {"ext0": (37, False)}
    made = load('{"board": "m5stickc_plus2"}')
    assert ended(made.off) == "deepsleep"
    assert not machine.made[4]["value"] and not machine.made[4]["hold"]


def sleep_ends():
    made = load(running="XIAO ESP32S3")
    made.led(1)
    assert ended(made.sleep) == "deepsleep"
    assert machine.levels[21] == 1, "the LED went dark"
    assert esp32.wake == {"ext0": (0, False), "ext1": ([2], True)}
    made = load(running="XIAO ESP32S3")
    ended(made.off)
    assert esp32.wake == {"ext0": (0, False)}
    why = sleep_fault(load('{"BUTTON": null}'))
    assert "nothing can wake" in why
    esp32.NOT_RTC.add(0)
    why = sleep_fault(load(running="XIAO ESP32S3"))
    esp32.NOT_RTC.clear()
    assert "cannot wake by its pins" in why


def sleep_fault(made):
    try:
        made.sleep()
    except Fault as fault:
        assert fault.code == "board"
        assert ("deepsleep",) not in machine.calls
        return fault.why
    raise AssertionError("slept, never to wake")


def the_watchdog_starts_when_fed():
    made = load()
    assert not [call for call in machine.calls if call[0] == "wdt"]
    made.rest_watchdog()
    made.watchdog()
    made.watchdog()
    made.rest_watchdog()
    calls = [call for call in machine.calls if call[0] in ("wdt", "feed")]
    assert calls == [("wdt", 8000), ("feed",), ("feed",), ("wdt", 86_400_000), ("feed",)], calls
    assert ended(made.reset) == "reset"


def changes_are_taken():
    made = load(
        '{"board": "generic_esp32", "SDA": 8, "SCL": 9, "LED": 2, "BUTTON": null, "BATTERY": 4,'
        ' "BATTERY_RATIO": 1.5, "I2C": null, "REMAP": [0, 1, 0, -1, 0, 0, 0, 0, 1]}'
    )
    assert made.faults == []
    assert isinstance(made.i2c, machine.SoftI2C)
    assert (made.i2c.sda, made.i2c.scl) == (8, 9)
    assert made.button() == 0
    machine.adc_uv[4] = 2_000_000
    assert made.battery_mv() == 3000
    assert made.remap == (0, 1, 0, -1, 0, 0, 0, 0, 1)
    made = load()
    assert made.battery_mv() is None
    made.led(1)


def mistakes_are_told_and_survived():
    for text, part in (
        ('{"board": "esp8266"}', "use one of xiao_esp32s3, m5stickc_plus2, generic_esp32"),
        ('{"board": 7}', "not known"),
        ('{"board": "generic_esp32", "SDA"', "not a JSON object"),
        ("", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ('{"sda": 5}', "no sda; there are board, SDA"),
        ('{"SDA": "D4"}', "SDA must be the number of a pin"),
        ('{"SDA": true}', "SDA must be the number of a pin"),
        ('{"SDA": null}', "SDA must be the number of a pin"),
        ('{"SDA": -1}', "SDA must be"),
        ('{"SDA": 99}', "SDA must be"),
        ('{"SDA": 4.0}', "SDA must be"),
        ('{"SDA": 22}', "SDA and SCL share pin 22"),
        ('{"I2C": 5}', "I2C must be"),
        ('{"LED_ON": "high"}', "LED_ON must be"),
        ('{"BATTERY_RATIO": 0}', "BATTERY_RATIO must be"),
        ('{"BATTERY_RATIO": NaN}', "not a JSON object"),
        ('{"REMAP": [1, 0, 0]}', "REMAP must be"),
        ('{"REMAP": [1, 0, 0, 0, 1, 0, 0, 0, 2]}', "REMAP must be"),
        ('{"REMAP": [[1], 0, 0, 0, 1, 0, 0, 0, 1]}', "REMAP must be"),
        ('{"REMAP": "100010001"}', "REMAP must be"),
    ):
        made = load(text)
        assert part in fault_of(made), (text, made.faults[0].why)
        assert made.name == "generic_esp32"
        assert made.i2c.sda == 21, "the rest of the file is not used either"


def a_pin_that_the_chip_has_not():
    machine.BAD_PINS.add(22)
    made = load()
    assert "I2C of the board generic_esp32 cannot be used" in fault_of(made)
    assert made.i2c is None
    machine.BAD_PINS.add(0)
    made = load()
    assert [fault.code for fault in made.faults] == ["board", "board"]
    assert made.button() == 0
    machine.BAD_PINS.clear()


for check in (
    the_build_names_the_board,
    profiles_are_sound,
    pins_do_what_the_profile_says,
    power_is_held_first,
    sleep_ends,
    the_watchdog_starts_when_fed,
    changes_are_taken,
    mistakes_are_told_and_survived,
    a_pin_that_the_chip_has_not,
):
    check()
    print("ok", check.__name__)
