"""Simulated time, an I2C bus at 400 kHz, and what the register models of IMUs share.

A model raises Misuse where a real chip would quietly give wrong data.
"""

import gc
from array import array

import micropython

BYTE_US = 22.5
TRUTH = 1024


class Misuse(Exception):
    """The driver did what the datasheet forbids."""


class Sim:
    """Simulated time; reading the clock takes a little, and pauses fall where they may."""

    def __init__(self, call_us=5):
        self.now_us = 0
        self.call_us = call_us
        self.pauses = []  # [next_us, every_us, length_us]

    def ticks_us(self):
        self.advance(self.call_us)
        return self.now_us & 0x3FFFFFFF

    def advance(self, us):
        self.now_us += us
        for pause in self.pauses:
            if self.now_us >= pause[0]:
                pause[0] += pause[1]
                self.now_us += pause[2]


class Bus:
    """machine.I2C with chips on it; transfers take time and fail when told to."""

    def __init__(self, sim, *chips):
        self.sim = sim
        self.chips = {chip.address: chip for chip in chips}
        self.dead = False
        self.fail_in = -1  # transfers until one fails
        self.fail_bytes = 0  # data bytes that it still moves
        self.transfers = 0
        self.wait_us = 0  # before data: a pause between the driver's decision and the transfer

    def scan(self):
        return sorted(self.chips)

    def readfrom_mem(self, address, register, n):
        buf = bytearray(n)
        self.readfrom_mem_into(address, register, buf)
        return bytes(buf)

    def readfrom_mem_into(self, address, register, buf):
        chip = self._address(address)
        n = len(buf)
        self.sim.advance(68)
        if self.fail_in == 0:
            self.fail_in = -1
            moved = min(self.fail_bytes, n)
            self.sim.advance(int(moved * BYTE_US))
            chip.broken(register, moved)
            raise OSError(116)
        self.fail_in -= self.fail_in > 0
        chip.read(register, buf, n)
        self.sim.advance(45 * n >> 1)

    def writeto_mem(self, address, register, buf):
        chip = self._address(address)
        self.sim.advance(45 + (45 * len(buf) >> 1))
        if self.fail_in == 0:
            self.fail_in = -1
            raise OSError(19)
        self.fail_in -= self.fail_in > 0
        for i, value in enumerate(buf):
            chip.write(register + i, value)

    def _address(self, address):
        self.transfers += 1
        self.sim.advance(20)
        if self.dead or address not in self.chips:
            raise OSError(19)
        return self.chips[address]


class Model:
    """Registers, an oscillator, and samples out of a cyclic table.

    Sample k (counted from the start of the oscillator) is row k % rows of the table; it is taken
    at a true time that `time_of` tells for the last 1024.
    """

    DEFAULTS = {}
    MASKS = {}
    NOMINAL_NS = 25_000

    def __init__(self, sim, motion, error_ppm=0, drift_ppm_s=0.0, rows=251):
        self.sim = sim
        self.motion = motion
        self.rows = rows
        self.error_ppm = error_ppm
        self.drift_ppm_s = drift_ppm_s
        self.truth = array("i", [0] * TRUTH)
        self.regs = bytearray(128)
        self.table = None
        self.temperature_c = 31.5
        self.self_test_acc_mg = 400
        self.self_test_gyr_dps = 350
        self.power_cycle()

    def power_cycle(self):
        for i in range(128):
            self.regs[i] = 0
        for register, value in self.DEFAULTS.items():
            self.regs[register] = value
        self.k = -1  # newest sample
        self.period_us = 0  # 0: not sampling
        self.reset_until_us = -1
        self.valid_from_us = 0
        self.reset_fifo()

    def begin_sampling(self, nominal_us, settle_us):
        self.nominal_us = nominal_us
        self.k = -1
        self.valid_from_us = self.sim.now_us + settle_us
        self.steer()
        self.time_us = self.sim.now_us
        self.fraction = 0
        self.table = None  # made with the first sample, when all is set

    def steer(self):
        ppm = self.error_ppm + self.drift_ppm_s * self.sim.now_us / 1e6
        period = int(self.nominal_us * 256 / (1 + ppm * 1e-6) + 0.5)
        self.period_us = period >> 8
        self.period_256 = period & 255
        self.steered_us = self.sim.now_us

    def true_period_us(self):
        return self.period_us + self.period_256 / 256

    def run(self):
        """Take the samples that are due."""
        if not self.period_us:
            return
        now = self.sim.now_us
        if self.drift_ppm_s and now - self.steered_us > 1_000_000:
            self.steer()
        while True:
            fraction = self.fraction + self.period_256
            due = self.time_us + self.period_us + (fraction >> 8)
            if due > now:
                return
            if self.table is None:
                self.table = self.make_table()
            self.time_us = due
            self.fraction = fraction & 255
            self.k += 1
            self.truth[self.k & 1023] = due
            self.sampled(due >= self.valid_from_us)

    def time_of(self, k):
        assert self.k - TRUTH < k <= self.k, "too old"
        return self.truth[k & 1023]

    def write(self, register, value):
        self.run()
        if register not in self.MASKS:
            raise Misuse("register %02Xh is not to be written" % register)
        if value & ~self.MASKS[register]:
            raise Misuse("reserved bits: %02Xh = %02Xh" % (register, value))
        self.written(register, value)


_made = {}


def make_table(motion, rows, acc_lsb, gyr_lsb, clip=32767, acc_noise=1.0, gyr_noise=0.4):
    """Six int16 a row: a motion in m/s2 and rad/s, quantised, clipped; noise in counts."""
    key = (motion, rows, acc_lsb, gyr_lsb, clip)
    if key in _made:
        return _made[key]
    _made.clear()
    gc.collect()
    table = _made[key] = array("h", bytes(12 * rows))
    seed = 12345
    for k in range(rows):
        sample = motion(k / rows)
        for i in range(6):
            noise = 0
            for _ in range(4):
                seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
                noise += (seed >> 16) / 32768 - 0.5
            lsb, sigma, zero = (acc_lsb, acc_noise, -9) if i < 3 else (gyr_lsb, gyr_noise, 4)
            counts = round(sample[i] / lsb + zero + sigma * 1.73 * noise)
            table[6 * k + i] = max(-clip - 1, min(clip, counts))
    return table


@micropython.viper
def copy_word(buf: ptr8, at: int, table: ptr8, source: int):
    for i in range(6):
        buf[at + i] = table[source + i]


@micropython.viper
def copy_swapped(buf: ptr8, at: int, table: ptr8, source: int):
    for i in range(3):
        buf[at + 2 * i] = table[source + 2 * i + 1]
        buf[at + 2 * i + 1] = table[source + 2 * i]


@micropython.viper
def fill(buf: ptr8, at: int, n: int, value: int):
    for i in range(n):
        buf[at + i] = value
