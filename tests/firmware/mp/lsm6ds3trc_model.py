"""LSM6DS3TR-C at register level, its FIFO of untagged words included (DocID030071, AN5130)."""

from imu_bus import Misuse, copy_word, fill
from st_model import StModel

CAPACITY = 2047
PATTERN = 9


class Lsm6ds3trcModel(StModel):
    DEFAULTS = {0x0F: 0x6A, 0x12: 0x04}
    MASKS = {
        0x06: 0xFF,
        0x07: 0xCF,
        0x08: 0x3F,
        0x09: 0xFF,
        0x0A: 0x7F,
        0x0D: 0xFF,
        0x10: 0xFF,
        0x11: 0xFE,
        0x12: 0xFF,
        0x13: 0xFF,
        0x14: 0xEF,
        0x15: 0xFB,
        0x16: 0xF0,
        0x17: 0xFD,
        0x18: 0xF4,
        0x19: 0xBF,
        0x58: 0xFF,
        0x5B: 0xBF,
        0x5C: 0xFF,
        0x5E: 0xFF,
    }
    TIMESTAMP_BITS = 24
    FIFO_REGISTERS = (0x07, 0x08, 0x09, 0x0A)
    SETTLE_US = 70_000

    def reset_fifo(self):
        self.head = self.tail = 0
        self.first = 0
        self.batching = False
        self.overrun = False
        self.shown = -1
        self.scratch = bytearray(18)
        self.scratch_of = -1
        self.invalid_until = 0

    def set_fifo(self):
        mode = self.regs[0x0A] & 7
        if mode == 0:
            self.reset_fifo()
        elif mode == 6:
            if (self.regs[0x07], self.regs[0x08], self.regs[0x09]) != (0x80, 0x09, 0x08):
                raise Misuse("this model knows gyroscope, accelerometer and time stamps only")
            if self.regs[0x0A] >> 3 != self.regs[0x10] >> 4 or not self.regs[0x19] & 0x20:
                raise Misuse("a FIFO rate that is not the data rate, or no TIMER_EN")
            if not self.regs[0x5C] & 0x10:
                raise Misuse("time stamps of 6.4 ms: TIMER_HR is not set")
            if not self.batching:
                self.first = self.k + 1
            self.batching = True
        else:
            raise Misuse("a FIFO mode that this model does not know")

    def sampled(self, valid):
        if not self.batching:
            return
        if not valid:
            self.invalid_until = self.k + 1
        self.tail += PATTERN
        if self.tail - self.head > CAPACITY:
            self.head = self.tail - CAPACITY
            self.overrun = True

    def fifo_status(self, i):
        level = self.tail - self.head
        if i == 0:
            return 0 if self.overrun else level & 255
        if i == 1:
            return 0x40 if self.overrun else (level >> 8 if level else 0x10)
        return self.head % PATTERN if i == 2 else 0

    def fifo_read(self, register, buf, n):
        if register not in (0x3E, 0x3F):
            return False
        if register == 0x3F or n & 1:
            raise Misuse("a FIFO word torn")
        if n // 2 > self.tail - self.head:
            raise Misuse("the FIFO holds %d words, not %d" % (self.tail - self.head, n // 2))
        at = 0
        while at < n:
            if n - at >= 18 and self.head % PATTERN == 0:
                self._sample(buf, at, self.first + self.head // PATTERN)
                at += 18
                self.head += PATTERN
            else:
                self._sample(self.scratch, 0, self.first + self.head // PATTERN)
                word = self.head % PATTERN
                buf[at] = self.scratch[2 * word]
                buf[at + 1] = self.scratch[2 * word + 1]
                at += 2
                self.head += 1
        return True

    def broken(self, register, moved):
        self.run()
        if register == 0x3E:
            self.head += min(moved // 2, self.tail - self.head)

    def _sample(self, buf, at, k):
        row = 12 * (k % self.rows)
        if k < self.invalid_until:
            fill(buf, at, 12, 0x55)
        else:
            copy_word(buf, at, self.table, row + 6)
            copy_word(buf, at + 6, self.table, row)
        tick = self.tick_of(k)
        buf[at + 12] = tick >> 8 & 255
        buf[at + 13] = tick >> 16 & 255
        buf[at + 14] = 0
        buf[at + 15] = tick & 255
        buf[at + 16] = buf[at + 17] = 0
