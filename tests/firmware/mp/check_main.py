"""main.py itself, from power-on: on a flash of its own, until Ctrl-C; then with a crash.

argv: the project's folder. The host's file system makes way for the modelled flash.
"""

import json
import sys

import machine
import vfs
from bluetooth import air
from nor import Nor

flash = Nor(64)
flash.format()
vfs.umount("/")
flash.mount("/")
vfs.mount(vfs.VfsPosix(sys.argv[1]), "/host")
sys.path[:] = ["/host/firmware", "/host/tests/firmware/mp"]

import imu_motion
from anklet_sensor import board
from anklet_sensor.app import App
from imu_bus import Bus, Sim
from lsm6dsox_model import Lsm6dsoxModel

with open("/host/firmware/main.py") as file:
    source = file.read()


class Stop:
    """Idles until its turn has come, then raises."""

    def __init__(self, turns, error):
        self.left = turns
        self.error = error

    def __call__(self, ms):
        sim.advance(1000 * ms)
        air.step(sim.now_us)
        self.left -= 1
        if self.left == 0:
            raise self.error


def start(idle):
    global sim
    sim = Sim()
    air.reset()
    machine.calls.clear()
    model = Lsm6dsoxModel(sim, imu_motion.swing)
    machine.I2C = lambda *a, **k: Bus(sim, model)
    board.Board.idle_ms = lambda self, ms: idle(ms)
    try:
        exec(source, {"__name__": "__main__"})
    except machine.Ended as ended:
        return str(ended)
    return None


started = []
init = App.__init__


def noted(self, *arguments):
    init(self, *arguments)
    started.append(self)


App.__init__ = noted

# Ctrl-C in the middle of an untethered set: everything is in flash, the prompt comes.
idle = Stop(3000, KeyboardInterrupt())


def press_then_idle(ms):
    if idle.left == 2900:
        started[0].start("untethered")
    idle(ms)


assert start(press_then_idle) is None, "Ctrl-C must give the prompt, not a restart"
app = started[0]
assert app.sampling.mode == "idle"
rows = app.delivery.listing()
assert rows[0]["last"] == app.sampling.packer.seq - 1 and rows[0]["unacknowledged"] > 20
assert ("wdt", 86_400_000) in machine.calls, "the watchdog would bite at the prompt"

# A crash: told in the log, the set closed, started anew.
assert start(Stop(50, ValueError("a bug"))) == "reset"
app = started[1]
text = app.log.read(0, 8000)
assert "crash" in text and "a bug" in text, text
left = app.delivery.listing()[0]
assert left["where"] == "flash" and left["packets"] == rows[0]["last"] + 1, (left, rows)

print(json.dumps({"held": rows[0]["packets"]}))
