"""MPU-6886 at register level, its FIFO of bytes included (DS-000193)."""

from imu_bus import Misuse, Model, copy_swapped, fill, make_table

CAPACITY = 1024
RECORD = 14


class Mpu6886Model(Model):
    DEFAULTS = {0x1A: 0x80, 0x6B: 0x41, 0x75: 0x19}
    MASKS = {
        0x19: 0xFF,
        0x1A: 0x7F,  # bit 7 is to be cleared
        0x1B: 0xFB,
        0x1C: 0xF8,
        0x1D: 0x3F,
        0x20: 0xFF,
        0x21: 0xFF,
        0x22: 0xFF,
        0x23: 0x18,
        0x37: 0xF0,
        0x38: 0xF5,
        0x60: 0x03,
        0x61: 0xFF,
        0x69: 0xC3,
        0x6A: 0x45,
        0x6B: 0xFF,
        0x6C: 0x3F,
    }

    def __init__(self, sim, motion, address=0x68, **options):
        self.address = address
        super().__init__(sim, motion, **options)

    def make_table(self):
        acc = 2 * 9.80665 / 32768 * (1 << (self.regs[0x1C] >> 3 & 3))
        gyr = 250 / 32768 / 57.29578 * (1 << (self.regs[0x1B] >> 3 & 3))
        clip = 32767 if self.regs[0x69] & 2 else 0x7F7F
        return make_table(self.motion, self.rows, acc, gyr, clip)

    def reset_fifo(self):
        self.head = self.tail = 0
        self.first = self.k + 1
        self.woken = False
        self.overflowed = False
        self.invalid_until = 0
        self.scratch = bytearray(RECORD)

    def written(self, register, value):
        if register == 0x6B and value & 0x80:
            self.power_cycle()
            self.regs[0x6B] |= 0x80
            self.reset_until_us = self.sim.now_us + 1000
            return
        if self.sim.now_us < self.reset_until_us:
            raise Misuse("a write during the reset")
        if register == 0x6B and not value & 0x40 and value & 7 != 1:
            raise Misuse("CLKSEL must be 1 for full performance")
        if register != 0x6B and self.regs[0x6B] & 0x40:
            raise Misuse("register %02Xh is written while the chip sleeps" % register)
        if register == 0x6A and value & 4:
            self.reset_fifo()
            value &= ~4
        self.regs[register] = value
        asleep = self.regs[0x6B] & 0x60 or self.regs[0x6C]
        if asleep:
            self.period_us = 0
        elif register in (0x19, 0x1B, 0x1C, 0x69, 0x6A, 0x6B):
            if not self.regs[0x1A] & 7 or self.regs[0x1A] & 0x80:
                self.period_us = 0  # not yet at 1 kHz
            elif register != 0x6A or not self.period_us:
                self.begin_sampling(1000 * (1 + self.regs[0x19]), 35_000)
                self.reset_fifo()

    def sampled(self, valid):
        if not self.regs[0x6A] & 0x40 or self.regs[0x23] != 0x18:
            self.first = self.k + 1
            return
        if not valid:
            self.invalid_until = self.k + 1
        self.tail += RECORD
        if self.tail - self.head > CAPACITY:
            self.head = self.tail - CAPACITY
            self.overflowed = True

    def read(self, register, buf, n):
        self.run()
        if self.sim.now_us < self.reset_until_us:
            if register != 0x6B:
                raise Misuse("a read during the reset")
        else:
            self.regs[0x6B] &= 0x7F
        if register == 0x74:
            self._fifo(buf, n)
            return
        if register <= 0x74 < register + n:
            raise Misuse("a burst that runs into the FIFO")
        for i in range(n):
            buf[i] = self._byte(register + i, register)

    def broken(self, register, moved):
        self.run()
        if register == 0x74:
            self.head += min(moved, self.tail - self.head)

    def _byte(self, register, begun):
        if register == 0x72:
            self.latched = self.tail - self.head
            return self.latched >> 8
        if register == 0x73:
            if begun != 0x72:
                raise Misuse("FIFO_COUNTL without FIFO_COUNTH: it is not latched")
            return self.latched & 255
        if register == 0x3A:
            status = 0x10 if self.overflowed else 0xE0 if self.woken else 0
            self.overflowed = self.woken = False
            return status
        if 0x3B <= register <= 0x48:
            return self._output(register - 0x3B)
        return self.regs[register]

    def _output(self, at):
        if at == 0:
            self.shown = self.k
        word = at // 2
        if word == 3:
            value = int((self.temperature_c - 25) * 326.8)
        else:
            axis = word if word < 3 else word - 1
            value = self.table[6 * (self.shown % self.rows) + axis]
            if axis < 3 and self.regs[0x1C] & 0xE0:
                value += int(self.self_test_acc_mg * 2.048)
            if axis >= 3 and self.regs[0x1B] & 0xE0:
                value += int(self.self_test_gyr_dps * 16.384)
        return max(-32768, min(32767, value)) >> (0 if at & 1 else 8) & 255

    def _fifo(self, buf, n):
        if n > self.tail - self.head:
            raise Misuse("an empty FIFO reads FFh")
        if n % RECORD:
            raise Misuse("a FIFO record torn")
        at = 0
        while at < n:
            skipped = self.head % RECORD
            record = self.scratch if skipped or n - at < RECORD else buf
            to = 0 if record is self.scratch else at
            self._record(record, to, self.first + self.head // RECORD)
            moved = min(RECORD - skipped, n - at)
            if record is self.scratch:
                for i in range(moved):
                    buf[at + i] = record[skipped + i]
            at += moved
            self.head += moved

    def _record(self, buf, at, k):
        if k < self.invalid_until:
            fill(buf, at, RECORD, 0x55)
            return
        row = 12 * (k % self.rows)
        copy_swapped(buf, at, self.table, row)
        buf[at + 6] = buf[at + 7] = 0
        copy_swapped(buf, at + 8, self.table, row + 6)

    def knock(self, mg):
        """A jolt: wakes when so configured; returns whether INT is pulled (active low)."""
        regs = self.regs
        awake = regs[0x6B] & 0x20 and regs[0x69] & 0xC0 == 0xC0 and regs[0x38] & 0xE0
        if awake and regs[0x6C] == 7 and mg > 4 * regs[0x20]:
            self.woken = True
        return self.woken and bool(regs[0x37] & 0x80)
