"""What the models of ST's LSM6DS family share (DS12140, DocID030071, AN5130)."""

from imu_bus import Misuse, Model, make_table

ODR_US = {4: 9600, 5: 4800}
"""6667 Hz / 64 and / 32: 384 and 192 ticks of 25 us."""

GYR_LSB = {0: 8.75e-3, 1: 17.5e-3, 2: 35e-3, 3: 70e-3}
ACC_LSB = {0: 0.061e-3, 2: 0.122e-3, 3: 0.244e-3, 1: 0.488e-3}


class StModel(Model):
    TIMESTAMP_BITS = 32

    def __init__(self, sim, motion, address=0x6A, tick0=0, odr_us=None, **options):
        self.address = address
        self.odr_us = odr_us
        self.tick0 = tick0
        self.woken = False
        super().__init__(sim, motion, **options)

    def make_table(self):
        acc = ACC_LSB[self.regs[0x10] >> 2 & 3] * 9.80665
        gyr = GYR_LSB[self.regs[0x11] >> 2 & 3] / 57.29578
        return make_table(self.motion, self.rows, acc, gyr)

    def written(self, register, value):
        if register == 0x12 and value & 1:
            if value & 0x80:
                raise Misuse("BOOT and SW_RESET together")
            self.power_cycle()
            self.regs[0x12] |= 1
            self.reset_until_us = self.sim.now_us + 50
            return
        if self.sim.now_us < self.reset_until_us:
            raise Misuse("a write during the reset")
        before = self.regs[register]
        self.regs[register] = value
        if register in (0x10, 0x11) and value != before:
            self._rates()
        if register in self.FIFO_REGISTERS:
            self.set_fifo()

    def _rates(self):
        acc, gyr = self.regs[0x10] >> 4, self.regs[0x11] >> 4
        self.period_us = 0
        if acc in ODR_US and acc == gyr:
            self.begin_sampling(self.odr_us or ODR_US[acc], self.SETTLE_US)

    def tick_at(self, us):
        """The counter at a true time: so many ticks a sample, whatever the oscillator does."""
        if not self.period_us:
            raise Misuse("the time stamp stands: no sensor runs")
        part = (us - self.time_us) * self.nominal_us // (self.period_us + (self.period_256 > 127))
        return self.tick0 + ((self.k + 1) * self.nominal_us + part) // 25

    def tick_of(self, k):
        return self.tick0 + (k + 1) * self.nominal_us // 25

    def read(self, register, buf, n):
        self.run()
        if self.sim.now_us < self.reset_until_us:
            if register != 0x12:
                raise Misuse("a read during the reset")
        else:
            self.regs[0x12] &= 0xFE
        if n > 1 and not self.regs[0x12] & 4:
            raise Misuse("several bytes without IF_INC")
        if self.fifo_read(register, buf, n):
            return
        for i in range(n):
            buf[i] = self._byte(register + i, i)

    def _byte(self, register, i):
        if 0x20 <= register <= 0x2D:
            return self._output(register - 0x20)
        if 0x3A <= register <= 0x3D:
            return self.fifo_status(register - 0x3A)
        if 0x40 <= register < 0x40 + self.TIMESTAMP_BITS // 8:
            if not self.regs[0x19] & 0x20:
                raise Misuse("TIMESTAMP without TIMESTAMP_EN")
            # live: a carry may come between two bytes
            return self.tick_at(self.sim.now_us + 22 * i) >> 8 * (register - 0x40) & 255
        if register == 0x1E:
            return 7 if self.k > self.shown else 0
        if register == 0x1B and self.woken:
            self.woken = False
            return 8
        return self.regs[register]

    def _output(self, at):
        if not self.regs[0x12] & 0x40:
            raise Misuse("output registers without BDU: the halves of a value may not match")
        if at < 2:
            return int((self.temperature_c - 25) * 256) >> 8 * at & 255
        at -= 2
        if not at & 1:  # BDU: the low byte freezes both
            self.shown = self.k
        if self.shown < 0:
            return 0
        value = self.table[6 * (self.shown % self.rows) + (at // 2 + 3 if at < 6 else at // 2 - 3)]
        if at < 6 and self.regs[0x14] & 0x0C:
            value += int(self.self_test_gyr_dps / 70e-3)
        if at >= 6 and self.regs[0x14] & 3:
            value += int(self.self_test_acc_mg / 0.488)
        return max(-32768, min(32767, value)) >> 8 * (at & 1) & 255

    def knock(self, mg):
        """A jolt: wakes when so configured; returns the level of INT1."""
        regs = self.regs
        threshold = (regs[0x5B] & 63) * 2000 / 64
        awake = regs[0x10] >> 4 and regs[0x58] & 0x80 and not regs[0x11] >> 4
        if awake and mg > threshold:
            self.woken = True
        return bool(self.woken and regs[0x5E] & 0x20)
