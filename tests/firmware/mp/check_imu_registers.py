"""A driver against its chip's registers: found, set up, scaled, tested, put to sleep, woken."""

import json
import sys
from math import degrees

import imu_motion
from acquire_rig import MODELS, Rig
from anklet_sensor import imu
from anklet_sensor.clock import Clock
from anklet_sensor.errors import Fault
from anklet_sensor.imu.self_test import self_test
from imu_bus import Bus, Sim, fill

chip = sys.argv[1]
ST = chip != "mpu6886"
RATE = 208 if ST else 200
BASE = 0x6A if ST else 0x68
EXPECTED = {
    # 16 g, a quarter of the rate; 2000 deg/s; BDU and IF_INC; I3C off; continuous, all stamped
    "lsm6dsox": {
        0x10: 0x56, 0x11: 0x5C, 0x12: 0x44, 0x18: 0xE2, 0x19: 0x20, 0x09: 0x55, 0x0A: 0x46,
    },
    "lsm6ds3trc": {
        0x10: 0x56, 0x11: 0x5C, 0x12: 0x44, 0x19: 0x20, 0x5C: 0x10,
        0x07: 0x80, 0x08: 0x09, 0x09: 0x08, 0x0A: 0x2E,
    },
    "mpu6886": {
        0x6B: 0x01, 0x6C: 0x00, 0x69: 0x02, 0x1A: 0x02, 0x1B: 0x18, 0x1C: 0x18,
        0x1D: 0x02, 0x19: 4, 0x23: 0x18, 0x6A: 0x40,
    },
}[chip]  # fmt: skip


def bench(motion=imu_motion.still, **options):
    sim = Sim()
    model = MODELS[chip](sim, motion, **options)
    bus = Bus(sim, model)
    return sim, model, bus, Clock(sim.ticks_us)


def fault_of(call):
    try:
        call()
    except Fault as fault:
        assert len(fault.why) > 20, fault.why
        return fault.code
    return None


def found():
    for address in (BASE, BASE + 1):
        _, _, bus, clock = bench(address=address)
        driver = imu.find(bus, clock)
        assert driver.address == address
    sim, model, bus, clock = bench()
    model.regs[0x0F if ST else 0x75] = 0x33
    assert fault_of(lambda: imu.find(bus, clock)) == "wrong_imu"
    assert fault_of(lambda: imu.find(Bus(sim), clock)) == "no_imu"
    assert fault_of(lambda: driver.start(77)) == "setting"


def set_up():
    rig = Rig(chip, RATE)
    for register, value in EXPECTED.items():
        assert rig.model.regs[register] == value, "%02X is %02X" % (
            register, rig.model.regs[register],
        )  # fmt: skip
    slow = Rig(chip, rig.driver.RATES_HZ[0])
    slow.run(3)
    assert slow.judge.lost == 0 and slow.judge.samples > 280
    if ST:
        assert slow.model.regs[0x10] == 0x46 and slow.model.regs[0x11] == 0x4C
    else:
        assert slow.model.regs[0x19] == 9 and slow.model.regs[0x1A] == 3


def scaled():
    """100 deg/s and 1 g in, 100 deg/s and 1 g out: full scale / 32768 would give 87.2 on ST."""
    rig = Rig(chip, RATE, motion=imu_motion.turning)
    rig.run(2)
    counts, driver = rig.driver.counts, rig.driver
    raw = [int.from_bytes(counts[2 * i : 2 * i + 2], "little") for i in range(6)]
    raw = [v - 65536 if v > 32767 else v for v in raw]
    rate = degrees(raw[5] * driver.GYR_LSB_RAD_S)
    gravity = raw[0] * driver.ACC_LSB_M_S2
    assert abs(rate - 100) < 0.5, rate
    assert abs(gravity - 9.80665) < 0.1, gravity
    return {"100 deg/s": round(rate, 2), "1 g": round(gravity / 9.80665, 4)}


def saturated():
    """A packet is flagged when one of its counts is at the end of the range."""
    flags = []
    rig = Rig(chip, RATE, motion=imu_motion.violent, judge=False)

    def keep(buf, n):
        ends = False
        for i in range(buf[1]):
            for j in range(6):
                at = 20 + 20 * i + 2 * j
                ends |= (buf[at] | buf[at + 1] << 8) in (0x7FFF, 0x8000, 0x8001)
        flags.append((bool(buf[19] & 1), bool(ends)))

    rig.acquire._emit = keep
    rig.run(3)
    assert all(flag == ends for flag, ends in flags)
    assert any(flag for flag, _ in flags) and not all(flag for flag, _ in flags)


def tested():
    sim, model, bus, clock = bench()
    driver = imu.find(bus, clock)
    begun = sim.now_us
    result = self_test(driver)
    took_ms = (sim.now_us - begun) // 1000
    assert abs(result["acc_mg"][0] - 400) < 5 and abs(result["gyr_dps"][2] - 350) < 5, result
    for acc_mg, gyr_dps in ((20, 350), (1900, 350), (400, 30 if not ST else 100)):
        model.self_test_acc_mg, model.self_test_gyr_dps = acc_mg, gyr_dps
        assert fault_of(lambda: self_test(driver)) == "self_test", (acc_mg, gyr_dps)
    driver.start(RATE)  # and it samples as before
    for _ in range(50):
        sim.advance(10_000)
        driver.read()
    driver.measure_temperature()
    assert abs(driver.temperature_c - model.temperature_c) < 0.01
    return took_ms


def asleep():
    sim, model, bus, clock = bench()
    driver = imu.find(bus, clock)
    driver.start(RATE)
    driver.stop()
    assert not model.period_us, "it still samples"
    driver.wake_on_motion()
    assert not model.knock(40) and model.knock(150)
    assert driver.WAKE_LEVEL == (1 if ST else 0)
    driver.start(RATE)
    sim.advance(250_000)
    assert not model.knock(150)
    assert any(driver.read() for _ in range(10)), "it does not sample after a sleep"


def starts_in_fault():
    """A chip that keeps no settings, and one that never ends its reset."""
    sim, model, bus, clock = bench()
    driver = imu.find(bus, clock)
    write = model.write
    model.write = lambda r, value: None if r in (0x11, 0x1B) else write(r, value)
    assert fault_of(lambda: driver.start(RATE)) == "imu"
    model.write = write
    model.read = lambda register, buf, n: fill(buf, 0, n, 0xFF)
    assert fault_of(lambda: driver.start(RATE)) == "imu"


found()
set_up()
scale = scaled()
saturated()
took_ms = tested()
asleep()
starts_in_fault()
print(json.dumps({"scale": scale, "self_test_ms": took_ms}))
