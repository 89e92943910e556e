"""Try a newly built sensor, step by step, and write down what was found.

``mpremote mount firmware run hardware/bringup.py``, with the pod on the table; stock MicroPython is
enough. Every step says what to do; nothing is typed. The record is printed and kept on the board as
/bringup.json. bringup.md tells what the figures mean and what is left to do by hand.
"""

import json
import sys
from math import sqrt

import machine
from anklet_sensor import imu
from anklet_sensor.board import Board
from anklet_sensor.clock import Clock
from anklet_sensor.errors import Fault
from boards import loading

RECORD = "/bringup.json"
IMU_ADDRESSES = (0x68, 0x69, 0x6A, 0x6B)
BATTERY_MV = (3000, 4300)
"""Below, a protection circuit is near its end; above, the divider or the cell is wrong."""
NOISE_ACC_MG = (0.05, 4.0)
"""Standard deviation. 110 ug/sqrt(Hz) (LSM6DSOX, 16 g) through a quarter of 208 Hz gives 0.8."""
NOISE_GYR_DPS = (0.005, 0.2)
"""3.8 mdps/sqrt(Hz) (LSM6DSOX) through about 67 Hz gives 0.03. Less than the least: no sensor."""
BIAS_DPS, RATE_OFF = 10.0, 0.08
FACE_MG, FACE_TILT_MG = 100.0, 250.0
"""Zero-g offset 20 mg and sensitivity 1 % (LSM6DSOX); calibration takes that out."""
TURN_DEG = (75.0, 105.0)
STILL_DPS = 4.0
SETTLE_S, NOISE_S, LOOK_S, PATIENCE_S = 1.0, 10.0, 1.0, 60.0
FACES = (
    ("lid up", 2, 1),
    ("lid down", 2, -1),
    ("arrow up", 0, 1),
    ("arrow down", 0, -1),
    ("left edge up, as the arrow points", 1, 1),
    ("right edge up, as the arrow points", 1, -1),
)


class Bench:
    """What the steps work with: board, clock, the pin of INT1, a way to speak; later the driver."""

    def __init__(self, board, clock, motion_pin=None, say=print) -> None:
        self.board = board
        self.clock = clock
        self.motion_pin = motion_pin
        self.say = say
        self.driver = None

    def wait(self, seconds: float):
        """Yield again and again until the time is over."""
        end = self.clock.now_us() + int(seconds * 1_000_000)
        while self.clock.now_us() < end:
            self.board.idle_ms(5)
            yield


class Sums:
    """Mean and standard deviation, in counts, of samples in the lid frame.

    Kept as integers, since the board's floats have 24 bits.
    """

    def __init__(self) -> None:
        self.n = 0
        self.sum = [0] * 6
        self.squares = [0] * 6

    def add(self, lid: list) -> None:
        self.n += 1
        for i, value in enumerate(lid):
            self.sum[i] += value
            self.squares[i] += value * value

    def mean(self, i: int) -> float:
        return self.sum[i] / self.n

    def sd(self, i: int) -> float:
        n = self.n
        return sqrt(max(n * self.squares[i] - self.sum[i] ** 2, 0) / (n * (n - 1)))


def system(bench: Bench) -> dict:
    """Which board, which MicroPython."""
    if bench.board.faults:
        raise bench.board.faults[0]
    return {
        "machine": sys.implementation._machine,
        "micropython": ".".join([str(part) for part in sys.implementation.version[:3]]),
        "board": bench.board.name,
        "sensor_id": bench.board.sensor_id,
    }


def battery(bench: Bench) -> dict:
    """The battery's voltage through the divider."""
    readings = [bench.board.battery_mv() for _ in bench.wait(0.5)]
    if readings[0] is None:
        return {"skipped": "the board has no pin for the battery's voltage"}
    mv = sum(readings) // len(readings)
    _within("the battery's voltage", mv, BATTERY_MV, "mV: switch on? divider wired? cell charged?")
    return {"mv": mv}


def bus(bench: Bench) -> dict:
    """Who answers on I2C."""
    found = bench.board.i2c.scan()
    names = ["0x%02X" % address for address in found]
    if not [address for address in found if address in IMU_ADDRESSES]:
        raise Fault("no_imu", "no IMU among %s: check VIN, GND, SDA and SCL" % (names or "nobody"))
    return {"addresses": names}


def who_am_i(bench: Bench) -> dict:
    """Which chip it is; later steps use its driver."""
    bench.driver = imu.find(bench.board.i2c, bench.clock)
    return {"chip": bench.driver.NAME, "address": "0x%02X" % bench.driver.address}


def self_test(bench: Bench) -> dict:
    """The chip pushes its own proof masses."""
    bench.say("Leave the pod still on the table.")
    return imu.test(_driver(bench))


def noise(bench: Bench) -> dict:
    """Noise, bias and rate while nothing moves."""
    bench.say("Do not touch the table for %d s." % (SETTLE_S + NOISE_S))
    driver = _start(bench)
    sums = _sums(bench, NOISE_S)
    rate = sums.n / NOISE_S
    acc_mg = [round(sums.sd(i) * _mg(driver), 3) for i in range(3)]
    gyr_dps = [round(sums.sd(3 + i) * _dps(driver), 4) for i in range(3)]
    bias_dps = [round(sums.mean(3 + i) * _dps(driver), 3) for i in range(3)]
    for i in range(3):
        _within("acceleration noise", acc_mg[i], NOISE_ACC_MG, "mg: was it touched?")
        _within("angular rate noise", gyr_dps[i], NOISE_GYR_DPS, "deg/s: was it touched?")
        _within("angular rate bias", bias_dps[i], (-BIAS_DPS, BIAS_DPS), "deg/s")
    off = rate / driver.rate_hz - 1
    _within("samples a second off by", off, (-RATE_OFF, RATE_OFF), "of the rate")
    return {"acc_mg": acc_mg, "gyr_dps": gyr_dps, "bias_dps": bias_dps, "rate_hz": round(rate, 2)}


def faces(bench: Bench) -> dict:
    """Six faces: the lid's axes must point where the lid says."""
    _start(bench)
    shown = {}
    for name, axis, sign in FACES:
        bench.say("Lay it with the %s and let go." % name)
        acc_mg = _rest(bench, axis, sign)
        for i, value in enumerate(acc_mg):
            wanted = 1000.0 * sign if i == axis else 0.0
            limit = FACE_MG if i == axis else FACE_TILT_MG
            where = "%s, axis %s" % (name, "xyz"[i])
            _within(where, value - wanted, (-limit, limit), "mg off: REMAP wrong, or not level?")
        shown[name] = [round(value) for value in acc_mg]
    return {"acc_mg": shown}


def turn(bench: Bench) -> dict:
    """A quarter turn on the table: sign and size of the angular rate."""
    driver = _start(bench)
    bench.say("Lay it lid up, along an edge of the table. Let go.")
    _rest(bench, 2, 1)
    bias = _sums(bench, LOOK_S).mean(5)
    bench.say("Within 6 s, turn it a quarter counter-clockwise, flat on the table.")
    sums = _sums(bench, 6.0)
    angle = (sums.sum[5] - bias * sums.n) * _dps(driver) / driver.rate_hz
    _within("the quarter turn", round(angle, 1), TURN_DEG, "deg: which way was it turned?")
    return {"deg": round(angle, 1)}


def interrupt(bench: Bench) -> dict:
    """INT1: a tap must be seen on the pin that wakes the board."""
    if bench.motion_pin is None:
        return {"skipped": "INT1 is wired to no pin of this board"}
    driver = _driver(bench)
    driver.stop()
    driver.wake_on_motion()
    for _ in bench.wait(1.0):
        pass
    if bench.motion_pin() == driver.WAKE_LEVEL:
        raise Fault("wake", "the interrupt's pin is not quiet: check the wire from INT1 to D1")
    bench.say("Tap the pod until the next line.")
    for _ in bench.wait(20.0):
        if bench.motion_pin() == driver.WAKE_LEVEL:
            return {"seen": True}
    raise Fault("wake", "no tap was seen: check the wire from INT1 to D1")


STEPS = (system, battery, bus, who_am_i, self_test, noise, faces, turn, interrupt)


def run(bench: Bench, steps=STEPS) -> dict:
    """Run all steps; one that fails is written down, and the next is tried."""
    record = {"schema": "anklet.bringup/1", "steps": []}
    for number, step in enumerate(steps, 1):
        name = step.__name__
        bench.say("%d/%d %s" % (number, len(steps), name))
        try:
            result = step(bench)
            result["ok"] = True
        except (Fault, OSError) as error:
            why = getattr(error, "why", "a transfer failed (%r): check the wiring" % error)
            result = {"ok": False, "why": why}
            bench.say("  NO: " + why)
        result["step"] = name
        record["steps"].append(result)
    record["ok"] = all([result["ok"] for result in record["steps"]])
    return record


def _driver(bench: Bench):
    if bench.driver:
        return bench.driver
    raise Fault("no_imu", "not tried: no IMU was found")


def _start(bench: Bench):
    driver = _driver(bench)
    driver.start(driver.RATES_HZ[-1])
    _sums(bench, SETTLE_S)
    return driver


def _sums(bench: Bench, seconds: float) -> Sums:
    """Sample for so long; sums in the lid frame."""
    driver, remap = bench.driver, bench.board.remap
    sums = Sums()
    for _ in bench.wait(seconds):
        for i in range(driver.read()):
            sums.add(_lid(driver.counts, 12 * i, remap))
    if sums.n > 1:
        return sums
    raise Fault("imu", "no samples came: check the IMU's wiring and power")


def _lid(counts, at: int, remap: tuple) -> list:
    """Return one sample in the lid frame."""
    chip = []
    for i in range(6):
        value = counts[at + 2 * i] | counts[at + 2 * i + 1] << 8
        chip.append(value - 65536 if value > 32767 else value)
    lid = []
    for base in (0, 3):
        lid += [sum([remap[r + k] * chip[base + k] for k in range(3)]) for r in (0, 3, 6)]
    return lid


def _rest(bench: Bench, axis: int, sign: int) -> list:
    """Wait until it lies still with an axis up (or down); return the acceleration in mg."""
    driver = bench.driver
    calm = 0
    for _ in range(int(PATIENCE_S / LOOK_S)):
        sums = _sums(bench, LOOK_S)
        acc_mg = [sums.mean(i) * _mg(driver) for i in range(3)]
        still = max([sums.sd(3 + i) for i in range(3)]) * _dps(driver) < STILL_DPS
        strongest = sorted(range(3), key=lambda i: abs(acc_mg[i]))[-1]
        there = strongest == axis and acc_mg[axis] * sign > 0
        calm = calm + 1 if still and there else 0
        if calm == 2:
            return acc_mg
    seen = "-+"[acc_mg[strongest] > 0] + "xyz"[strongest]
    wanted = "-+"[sign > 0] + "xyz"[axis]
    raise Fault("face", "waited for %s up, but %s was: REMAP wrong, or moved?" % (wanted, seen))


def _mg(driver) -> float:
    return driver.ACC_LSB_M_S2 / 9.80665e-3


def _dps(driver) -> float:
    return driver.GYR_LSB_RAD_S * 57.29578


def _within(what: str, value: float, limits: tuple, hint: str) -> None:
    if not limits[0] <= value <= limits[1]:
        why = "%s is %s, not %s to %s %s"
        raise Fault("range", why % (what, value, limits[0], limits[1], hint))


def main() -> None:
    """Run on a board, print the record, keep it."""
    name, profile, faults = loading.choose("/board.json")
    board = Board(name, profile, faults)
    wake = profile["WAKE"]
    pin = None if wake is None else machine.Pin(wake, machine.Pin.IN)
    record = run(Bench(board, Clock(), pin))
    with open(RECORD, "w") as file:
        json.dump(record, file)
    print(json.dumps(record))
    print("All steps passed." if record["ok"] else "Some steps failed: see above.")


if __name__ == "__main__":
    main()
