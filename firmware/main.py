"""What the board runs at power-on: the sensor, until Ctrl-C gives the REPL."""

import gc

import micropython

if gc.mem_free() < 300_000:  # without PSRAM
    micropython.opt_level(3)  # traces name no lines, which take 4 kB

# While a file is compiled it takes much of the heap: what it leaves is collected often, so that the
# heap stays in large pieces, and the largest files come first.
gc.threshold(4096)
from anklet_sensor import acquire, board, imu  # noqa: F401

hardware = board.load()
imu.load(hardware.i2c)

import bluetooth
from anklet_sensor import fusion, journal  # noqa: F401
from anklet_sensor.app import App
from anklet_sensor.clock import Clock
from anklet_sensor.log import Log
from anklet_sensor.peripheral import Peripheral
from anklet_sensor.ring import fitted
from anklet_sensor.usb_link import UsbLink

gc.threshold(-1)

ROOT = "/anklet"
PAUSE_MS = 5000  # after a crash: a loop of crashes must not wear the flash, and Ctrl-C must get in


def links(app: App) -> list:
    """Make the links to the desktop."""
    return [Peripheral(bluetooth.BLE(), app), UsbLink(app)]


def run() -> None:
    """Run the sensor; an error that nobody expected is kept in the log, then it starts anew."""
    clock = Clock()
    try:
        try:
            App(hardware, fitted, links, clock, ROOT).run()
        except Exception as error:  # noqa: BLE001
            Log(ROOT + "/log.txt", clock).crash(error)
            hardware.idle_ms(PAUSE_MS)
    except KeyboardInterrupt:
        hardware.rest_watchdog()
        print("Anklet stopped. Ctrl-D starts it again.")
        return
    hardware.reset()


run()
