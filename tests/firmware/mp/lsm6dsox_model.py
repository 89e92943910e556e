"""LSM6DSOX at register level, its FIFO of tagged words included (DS12140)."""

from imu_bus import Misuse, copy_word, fill
from st_model import StModel

CAPACITY = 512
ORDER = (1, 2, 4)
"""Tags of a time slot: gyroscope, accelerometer, time stamp."""


class Lsm6dsoxModel(StModel):
    DEFAULTS = {0x02: 0x3F, 0x0F: 0x6C, 0x12: 0x04, 0x18: 0xE0}
    MASKS = {
        0x01: 0xC0,
        0x02: 0x7F,
        0x07: 0xFF,
        0x08: 0xD7,
        0x09: 0xFF,
        0x0A: 0xF7,
        0x0D: 0xFF,
        0x10: 0xFE,
        0x11: 0xFE,
        0x12: 0xFD,
        0x13: 0x7E,
        0x14: 0xEF,
        0x15: 0xFF,
        0x16: 0xF7,
        0x17: 0xFF,
        0x18: 0xFE,  # bit 0 must be 0
        0x19: 0x20,
        0x42: 0xFF,
        0x56: 0x7F,
        0x58: 0xFF,
        0x5B: 0xFF,
        0x5C: 0xFF,
        0x5E: 0xFF,
    }
    FIFO_REGISTERS = (0x08, 0x09, 0x0A)
    SETTLE_US = 35_000

    def __init__(self, sim, motion, order=ORDER, freq_fine_residual_ppm=0, **options):
        self.order = order
        self.bad_parity_at = -1  # word whose tag arrives damaged
        super().__init__(sim, motion, **options)
        self.regs[0x63] = round((self.error_ppm - freq_fine_residual_ppm) / 1500) & 255

    def reset_fifo(self):
        self.head = self.tail = 0  # words ever taken out, ever put in
        self.first = 0  # sample of word 0
        self.batching = False
        self.overrun = 0
        self.shown = -1

    def set_fifo(self):
        mode = self.regs[0x0A] & 7
        rate = self.regs[0x09]
        if mode not in (0, 6) or self.regs[0x08] or self.regs[0x0A] & 0x30:
            raise Misuse("a FIFO setting that this model does not know")
        if mode == 0:
            self.reset_fifo()
            return
        if self.regs[0x0A] & 0xC0 != 0x40 or not self.regs[0x19] & 0x20:
            raise Misuse("this model knows a time stamp for each slot only")
        if rate >> 4 != rate & 15 or rate >> 4 != self.regs[0x10] >> 4:
            raise Misuse("batch rates that differ from the data rate")
        self.batching = True
        self.first = self.k + 1

    def sampled(self, valid):
        if not self.batching:
            return
        if not valid:
            self.invalid_until = self.k + 1
        self.tail += 3
        if self.tail - self.head > CAPACITY:
            self.head = self.tail - CAPACITY
            self.overrun = 0x48

    def fifo_status(self, i):
        if i > 1:
            raise Misuse("FIFO_STATUS3 and 4 are of another chip")
        level = self.tail - self.head
        if i == 0:
            return level & 255
        status = level >> 8 | self.overrun
        self.overrun = 0
        return status

    def fifo_read(self, register, buf, n):
        if register < 0x78:
            return False
        if register > 0x78 or n % 7:
            raise Misuse("a FIFO word torn: %d bytes from %02Xh" % (n, register))
        if n // 7 > self.tail - self.head:
            raise Misuse("the FIFO holds %d words, not %d" % (self.tail - self.head, n // 7))
        for at in range(0, n, 7):
            self._word(buf, at, self.head)
            self.head += 1
        return True

    def broken(self, register, moved):
        # a transfer ended early: a word leaves the FIFO with its last byte only
        self.run()
        if register == 0x78:
            self.head += min(moved // 7, self.tail - self.head)
        elif register == 0x3A and moved > 1:
            self.overrun = 0

    def _word(self, buf, at, word):
        k = self.first + word // 3
        kind = self.order[word % 3]
        tag = kind << 3 | (k & 3) << 1
        parity = tag ^ tag >> 4
        parity ^= parity >> 2
        buf[at] = tag | (parity ^ parity >> 1) & 1
        if word == self.bad_parity_at:
            buf[at] ^= 1
        if kind == 4:
            tick = self.tick_of(k)
            buf[at + 1] = tick & 255
            buf[at + 2] = tick >> 8 & 255
            buf[at + 3] = tick >> 16 & 255
            buf[at + 4] = tick >> 24 & 255
            buf[at + 5] = buf[at + 6] = 0
        elif k < self.invalid_until:
            fill(buf, at + 1, 6, 0x55)
        else:
            copy_word(buf, at + 1, self.table, 12 * (k % self.rows) + (6 if kind == 1 else 0))

    invalid_until = 0
