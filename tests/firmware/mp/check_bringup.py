"""The bring-up script on a modelled sensor: a person who does as told, and pods built wrongly.

argv: the folder of bringup.py.
"""

import json
import sys

sys.path.append(sys.argv[1])

import imu_motion
import machine
from anklet_sensor.board import Board
from anklet_sensor.clock import Clock
from imu_bus import Bus, Sim
from lsm6dsox_model import Lsm6dsoxModel

import bringup

G = imu_motion.G
BATTERY = 1
PROFILE = {
    "SDA": 5, "SCL": 6, "I2C": 0, "LED": 21, "LED_ON": 0, "BUTTON": 0, "BUTTON_ON": 0,
    "BUTTON_PULL": 0, "BATTERY": BATTERY, "BATTERY_RATIO": 2, "HOLD": None, "WAKE": 2,
    "REMAP": (1, 0, 0, 0, 1, 0, 0, 0, 1),
}  # fmt: skip
POSES = {
    "lid up": (0, 0, G), "lid down": (0, 0, -G), "arrow up": (G, 0, 0), "arrow down": (-G, 0, 0),
    "left edge up": (0, G, 0), "right edge up": (0, -G, 0),
}  # fmt: skip


def posed(acc, gyr=(0.0, 0.0, 0.0)):
    sample = tuple(acc) + tuple(gyr)
    return lambda _phase: sample


class Person:
    """Hears what the script says, and lays the sensor as it wants."""

    def __init__(self, remap=None, awkward=(), **profile):
        self.sim = Sim()
        self.model = Lsm6dsoxModel(self.sim, imu_motion.still, rows=53)
        settings = dict(PROFILE)
        settings.update(profile)
        if remap:
            settings["REMAP"] = remap
        self.board = Board("test", settings, [])
        self.board.i2c = Bus(self.sim, self.model)
        self.board.idle_ms = self.idle
        self.awkward = awkward
        self.said = []
        self.turning_until = None
        self.tapping = False

    def bench(self):
        pin = None if self.board._profile["WAKE"] is None else self.int1
        return bringup.Bench(self.board, Clock(self.sim.ticks_us), pin, self.hear)

    def idle(self, ms):
        self.sim.advance(1000 * ms)
        if self.turning_until is not None and self.sim.now_us > self.turning_until:
            self.turning_until = None
            self.lay((0, 0, G))

    def lay(self, acc, gyr=(0.0, 0.0, 0.0)):
        self.model.run()
        self.model.motion = posed(acc, gyr)
        if self.model.table is not None:
            self.model.table = self.model.make_table()

    def hear(self, text):
        self.said.append(text)
        for words, acc in POSES.items():
            if text.startswith("Lay it") and words in text and words not in self.awkward:
                self.lay(acc)
        if "quarter counter-clockwise" in text:
            sign = -1 if "turn" in self.awkward else 1
            self.lay((0, 0, G), (0, 0, sign * 1.5707963 / 2.0))
            self.turning_until = self.sim.now_us + 2_000_000
        if text.startswith("Tap"):
            self.tapping = "tap" not in self.awkward

    def int1(self):
        return int(self.model.knock(150 if self.tapping else 0))


def record_of(person):
    return bringup.run(person.bench())


def failed(person):
    return {s["step"]: s["why"] for s in record_of(person)["steps"] if not s["ok"]}


machine.adc_uv[BATTERY] = 1_950_000

# a good pod passes, and its record is JSON with the figures in it
record = json.loads(json.dumps(record_of(Person())))
assert record["ok"], record
assert [s["step"] for s in record["steps"]] == [step.__name__ for step in bringup.STEPS]
steps = {s["step"]: s for s in record["steps"]}
assert steps["battery"]["mv"] == 3900 and steps["who_am_i"]["chip"] == "LSM6DSOX"
assert 85 < steps["turn"]["deg"] < 95 and steps["interrupt"]["seen"], steps
assert 195 < steps["noise"]["rate_hz"] < 220
print(json.dumps({"noise": steps["noise"], "turn": steps["turn"]}))

# no divider, no INT1: left out by name, not failed
plain = record_of(Person(BATTERY=None, WAKE=None))
assert plain["ok"]
assert [s["step"] for s in plain["steps"] if "skipped" in s] == ["battery", "interrupt"]

# a board mounted the other way round, and the remap that says so
turned = (-1, 0, 0, 0, -1, 0, 0, 0, 1)
why = failed(Person(remap=turned))
assert list(why) == ["faces"] and "waited for +x up, but -x was" in why["faces"], why

# nobody moves it; it is turned the wrong way; INT1 is not wired
assert "waited for -z up" in failed(Person(awkward=("lid down",)))["faces"]
assert "which way" in failed(Person(awkward=("turn",)))["turn"]
assert "INT1" in failed(Person(awkward=("tap",)))["interrupt"]

# an empty cell, a dead sensor, a shaking table, a broken bus
machine.adc_uv[BATTERY] = 1_200_000
assert "2400" in failed(Person())["battery"]
machine.adc_uv[BATTERY] = 1_950_000
person = Person()
person.board.i2c = Bus(person.sim)
why = failed(person)
assert "nobody" in why["bus"] and "not tried" in why["noise"], why
person = Person()
person.model.motion = imu_motion.swing
assert "touched" in failed(person)["noise"]
person = Person()
person.board.i2c.fail_in = 40
assert "transfer failed" in str(failed(person))
print("ok")
