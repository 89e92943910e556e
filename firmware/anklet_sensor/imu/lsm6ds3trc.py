"""ST LSM6DS3TR-C (DocID030071, AN5130): an untagged FIFO of 2047 words, 1.1 s at 208 Hz."""

import time
from array import array

import micropython
from micropython import const

from anklet_sensor.imu.chip import FIFO_OVERFLOW, FIFO_TORN, MAX_SAMPLES
from anklet_sensor.imu.st import TICKS_MASK, St

_FIFO_CTRL2 = const(0x07)
_FIFO_CTRL3 = const(0x08)
_FIFO_CTRL4 = const(0x09)
_FIFO_CTRL5 = const(0x0A)
_CTRL9_XL = const(0x18)
_FIFO_STATUS1 = const(0x3A)
_FIFO_DATA_OUT_L = const(0x3E)
_TAP_CFG = const(0x58)
_WAKE_UP_DUR = const(0x5C)

_OVER_RUN = const(0x40)
_CONTINUOUS = const(0x06)
_WORDS_A_SAMPLE = const(9)
_FIFO_SAMPLES = const(227)


@micropython.viper
def _unpack(words: ptr8, n: int, s: ptr32, counts: ptr16, ticks: ptr32) -> int:
    # gyr xyz, acc xyz, time stamp (bytes 1, 2, -, 0), steps. s: last tick, ticks a sample, gap.
    # Ends before a sample in mid-burst that does not follow its predecessor: the FIFO overran.
    step = int(s[1])
    s[2] = 0
    for k in range(n):
        at = 18 * k
        tick = int(words[at + 15]) | int(words[at + 12]) << 8 | int(words[at + 13]) << 16
        last = int(s[0])
        if last >= 0:
            since = (tick - last) & 0xFFFFFF
            if since < (step >> 1) or since > step + (step >> 1):
                if k:
                    return k
                s[2] = 1
            tick = (last + since) & 0x3FFFFFFF
        s[0] = tick
        ticks[k] = tick
        for i in range(3):
            counts[6 * k + 3 + i] = int(words[at + 2 * i]) | int(words[at + 2 * i + 1]) << 8
            counts[6 * k + i] = int(words[at + 6 + 2 * i]) | int(words[at + 7 + 2 * i]) << 8
    return n


class Lsm6ds3trc(St):
    """LSM6DS3TR-C."""

    NAME = "LSM6DS3TR-C"
    CONFIG = (
        (_CTRL9_XL, 0xE0),
        (_WAKE_UP_DUR, 0x10),  # TIMER_HR: 25 us
        (_FIFO_CTRL2, 0x80),  # time stamp and steps as data set 4
        (_FIFO_CTRL3, 0x09),
        (_FIFO_CTRL4, 0x08),
    )
    ACC_SELF_TEST_MG = (90, 1700)
    WAKE = ((_TAP_CFG, 0x81),)

    def __init__(self, i2c, address: int, clock) -> None:
        super().__init__(i2c, address, clock)
        self._stamp = bytearray(3)
        self._status = bytearray(4)
        self._words = bytearray(2 * _WORDS_A_SAMPLE * MAX_SAMPLES)
        view = memoryview(self._words)
        self._views = [view[: 2 * _WORDS_A_SAMPLE * i] for i in range(MAX_SAMPLES + 1)]
        self._state = array("i", [-1, 0, 0])
        self._odr = 0
        self._why = FIFO_TORN

    def _fifo(self, odr: int) -> tuple:
        self._odr = odr >> 1
        self._why = FIFO_TORN
        self._state[0] = -1
        self._state[1] = self.ticks_a_sample
        return ((_FIFO_CTRL5, self._odr | _CONTINUOUS),)

    def _tick(self, b: bytearray) -> int:
        # 24 bits wrap after 7 minutes: counted on from the newest sample
        last = max(self._state[0], 0)
        since = ((b[0] | b[1] << 8 | b[2] << 16) - last) & 0xFFFFFF
        return last + (since if since < 0x800000 else since - 0x1000000) & TICKS_MASK

    def _drain(self) -> int:
        before = self._clock.ticks_us()
        status = self._status
        self._i2c.readfrom_mem_into(self.address, _FIFO_STATUS1, status)
        if status[1] & _OVER_RUN:  # DIFF reads 0 and the pattern is anywhere
            return self._restart(FIFO_OVERFLOW)
        words = status[0] | (status[1] & 7) << 8
        pattern = status[2] | (status[3] & 3) << 8
        if pattern:  # a burst ended early: the rest of that sample goes
            rest = _WORDS_A_SAMPLE - pattern
            if pattern < _WORDS_A_SAMPLE and words >= rest:
                self._i2c.readfrom_mem(self.address, _FIFO_DATA_OUT_L, 2 * rest)
            return 0
        n = min(words // _WORDS_A_SAMPLE, MAX_SAMPLES)
        if not n:
            return 0
        self._i2c.readfrom_mem_into(self.address, _FIFO_DATA_OUT_L, self._views[n])
        waited_us = time.ticks_diff(self._clock.ticks_us(), before)
        if words // _WORDS_A_SAMPLE + waited_us * self.rate_hz // 1_000_000 >= _FIFO_SAMPLES - 2:
            return self._restart(FIFO_OVERFLOW)  # it overran before or while it was read
        good = _unpack(self._words, n, self._state, self.counts, self.ticks)
        if self._state[2]:
            self.lost, self._why = self._why, FIFO_TORN
        if good < n:
            self._restart(FIFO_TORN)
        return good

    def _restart(self, why: str) -> int:
        self._put(_FIFO_CTRL5, self._odr)  # bypass empties
        self._put(_FIFO_CTRL5, self._odr | _CONTINUOUS)
        self._why = why
        return 0
