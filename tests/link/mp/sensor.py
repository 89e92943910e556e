"""The real firmware, as firmware/main.py starts it, on the simulated board.

Every packet it makes is also written down, outside its flash: u16 length, u8 whether the firmware
found room for it, the bytes.
"""

import json
import os
import struct
import sys

import bluetooth
from anklet_sensor.app import App
from anklet_sensor.clock import Clock
from anklet_sensor.peripheral import Peripheral
from anklet_sensor.ring import Ring
from flash_file import FlashFile
from sim_board import SimBoard
from wire import Gone, wire

setup = json.loads(os.getenv("LINK_SETUP"))
FLASH = "/flash"
ROOT = FLASH + "/anklet"


def links(app):
    found = [Peripheral(bluetooth.BLE(), app, ROOT + "/bonds.txt")]
    if setup["usb"]:
        from anklet_sensor.usb_link import UsbLink

        found.append(UsbLink(app))
    return found


def recorded(put, file):
    def record(buf, n):
        kept = put(buf, n)
        file.write(struct.pack("<HB", n, bool(kept)))
        file.write(memoryview(buf)[:n])
        return kept

    return record


def execute(event):
    """Run what a test wants to know or change: an expression, else statements."""
    names = {"app": app, "board": board, "wire": wire}
    text = event.decode()
    try:
        try:
            return 0, repr(eval(text, names)).encode()
        except SyntaxError:
            exec(text, names)
            return 0, b"None"
    except Exception as error:
        return 1, repr(error).encode()


FlashFile(setup["flash_file"], setup["flash_blocks"]).mount(FLASH)
clock = Clock(wire.ticks_us)
wire.ask("booted", wire.now_us)
board = SimBoard(setup)
app = App(board, lambda reserve: Ring(setup["ring_bytes"]), links, clock, ROOT)
app.delivery.put = recorded(app.delivery.put, open(setup["record"], "ab"))
wire.handlers[ord("x")] = execute
try:
    app.run()
except Gone:
    sys.exit(0)
board.reset()
