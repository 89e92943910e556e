"""A modelled IMU, the real driver and Acquire, and a judge of every packet that comes out."""

import struct

import imu_motion
from anklet_sensor import imu
from anklet_sensor.acquire import Acquire
from anklet_sensor.clock import Clock
from anklet_sensor.fusion import Fusion
from anklet_sensor.packets import Packer, check
from imu_bus import Bus, Sim
from lsm6ds3trc_model import Lsm6ds3trcModel
from lsm6dsox_model import Lsm6dsoxModel
from mpu6886_model import Mpu6886Model

MODELS = {"lsm6dsox": Lsm6dsoxModel, "lsm6ds3trc": Lsm6ds3trcModel, "mpu6886": Mpu6886Model}
IDENTITY = (1, 0, 0, 0, 1, 0, 0, 0, 1)
LOST = 2


class Faults:
    """Keeps faults as the log does: those that hold, and all that were."""

    def __init__(self):
        self.faults = {}
        self.history = []

    def fault(self, code, why):
        assert len(why) > 20, why
        self.faults[code] = why
        if not self.history or self.history[-1] != code:
            self.history.append(code)

    def clear(self, code):
        self.faults.pop(code, None)


class Judge:
    """Holds packets against what the model took: bits, order, flags, times."""

    def __init__(self, model):
        self.model = model
        self.offset_us = 0  # true time - clock
        self.k = None
        self.seq = 0
        self.samples = 0
        self.lost = 0
        self.gaps = []  # (sample before, sample after)
        self.settled_s = 3
        self.worst_us = 0
        self.first_us = None
        self.worst_jump_us = 0
        self._error_us = None
        self.silent_flags = 0

    def __call__(self, buf, n):
        assert check(buf, n), "a packet that the desktop refuses"
        assert struct.unpack_from("<I", buf, 6)[0] == self.seq
        self.seq += 1
        if not buf[1]:
            return
        low, high = struct.unpack_from("<IH", buf, 10)
        time_us = (low | high << 32) + self.offset_us
        model = self.model
        flagged = buf[19] & LOST
        if self.k is None:
            k = self._find(buf, time_us)
            self.first_flags, self.first = buf[19], k
        elif flagged:
            k = self._find(buf, time_us)
            self.gaps.append((self.k, k))
            self.silent_flags += k == self.k + 1
            self.lost += k - self.k - 1
        else:
            k = self.k + 1
        for i in range(buf[1]):
            row = 6 * ((k + i) % model.rows)
            for j in range(6):
                got = buf[20 + 20 * i + 2 * j] | buf[21 + 20 * i + 2 * j] << 8
                assert got == model.table[row + j] & 0xFFFF, "sample %d is wrong" % (k + i)
        self._time(time_us - model.time_of(k), model.sim.now_us)
        self.k = k + buf[1] - 1
        self.samples += buf[1]

    def _time(self, error_us, now_us):
        if self.first_us is None:
            self.first_us = error_us
            self.start_us = now_us
        if now_us - self.start_us > self.settled_s * 1_000_000:
            self.worst_us = max(self.worst_us, abs(error_us))
            self.worst_jump_us = max(self.worst_jump_us, abs(error_us - self._error_us))
        self._error_us = error_us

    def _at(self, time_us):
        model = self.model
        k = model.k
        while k > 0 and model.time_of(k) > time_us + model.period_us // 2:
            k -= 1
        return k

    def _find(self, buf, time_us):
        # near the time, the sample with these bits
        near = self._at(time_us)
        for k in (near, near + 1, near - 1, near + 2, near - 2):
            row = 6 * (k % self.model.rows)
            if all(
                struct.unpack_from("<h", buf, 20 + 2 * j)[0] == self.model.table[row + j]
                for j in range(6)
            ):
                return k
        raise AssertionError("after a gap no sample fits")


class Rig:
    def __init__(
        self, chip, rate_hz, motion=imu_motion.swing, judge=True, bus=Bus, at_us=12_345, **options
    ):
        self.sim = sim = Sim()
        sim.now_us = at_us
        self.model = model = MODELS[chip](sim, motion, **options)
        self.bus = bus(sim, model)
        self.clock = Clock(sim.ticks_us)
        self.offset_us = sim.now_us
        self.driver = imu.find(self.bus, self.clock)
        self.log = Faults()
        self.judge = Judge(model) if judge else lambda buf, n: None
        if judge:
            self.judge.offset_us = self.offset_us
        fusion = Fusion(rate_hz, self.driver.ACC_LSB_M_S2, self.driver.GYR_LSB_RAD_S)
        self.packer = Packer()
        self.acquire = Acquire(
            self.driver, IDENTITY, fusion, self.packer, self.clock, self.log, self.judge
        )
        self.packer.begin(0x12345678, self.driver.SCALE)
        self.acquire.start(0x12345678, rate_hz, 6)
        self._seed = 1

    def between_packets(self):
        """Go on until no sample waits in an open packet."""
        while self.packer.n or not self.judge.samples:
            self.run(0.001)

    def run(self, seconds):
        """Turns of the super-loop of 2 to 10 ms."""
        end = self.sim.now_us + int(seconds * 1_000_000)
        while self.sim.now_us < end:
            self._seed = (self._seed * 75 + 74) % 65537
            self.sim.advance(2000 + (self._seed >> 3))
            self.acquire.step()
