"""ST LSM6DSOX and LSM6DSO (DS12140, AN5192): a FIFO of 512 tagged words, 0.8 s at 208 Hz."""

from array import array

import micropython
from micropython import const

from anklet_sensor.imu.chip import FIFO_OVERFLOW, FIFO_TORN, MAX_SAMPLES
from anklet_sensor.imu.st import St

_FIFO_CTRL3 = const(0x09)
_FIFO_CTRL4 = const(0x0A)
_CTRL4_C = const(0x13)
_CTRL8_XL = const(0x17)
_CTRL9_XL = const(0x18)
_FIFO_STATUS1 = const(0x3A)
_TAP_CFG0 = const(0x56)
_TAP_CFG2 = const(0x58)
_FIFO_DATA_OUT_TAG = const(0x78)

_OVERRUN = const(0x48)
_WORD = const(7)
_WORDS_A_SLOT = const(3)

# what _unpack keeps between reads
_POS, _END, _COUNT, _HAVE, _LAST, _GAP, _TICK, _STEP = range(8)
_SLOT = const(8)
"""Index of the slot's six values: acc xyz, gyr xyz."""


@micropython.viper
def _unpack(words: ptr8, s: ptr32, counts: ptr16, ticks: ptr32) -> int:
    # Words that share TAG_CNT were taken together; a slot counts when all its three are there.
    # A slot that does not follow its predecessor starts a read of its own, with _GAP set.
    n = 0
    pos = int(s[0])
    end = int(s[1])
    s[5] = 0
    while True:
        if int(s[3]) == 7:
            last = int(s[4])
            tick = int(s[6])
            step = int(s[7])
            since = (tick - last) & 0x3FFFFFFF
            if last >= 0 and (since < (step >> 1) or since > step + (step >> 1)):
                if n:
                    break
                s[5] = 1
            for i in range(6):
                counts[6 * n + i] = int(s[8 + i])
            ticks[n] = tick
            s[4] = tick
            s[3] = 0
            n += 1
        if pos >= end:
            break
        tag = int(words[pos])
        parity = tag ^ (tag >> 4)
        parity ^= parity >> 2
        kind = tag >> 3
        if ((parity ^ (parity >> 1)) & 1) == 0:
            if (tag >> 1) & 3 != int(s[2]):
                s[2] = (tag >> 1) & 3
                s[3] = 0
            if kind == 4:
                s[6] = (
                    int(words[pos + 1])
                    | int(words[pos + 2]) << 8
                    | int(words[pos + 3]) << 16
                    | (int(words[pos + 4]) & 0x3F) << 24
                )
                s[3] = int(s[3]) | 4
            elif kind == 1 or kind == 2:
                to = 11 if kind == 1 else 8
                for i in range(3):
                    s[to + i] = int(words[pos + 1 + 2 * i]) | int(words[pos + 2 + 2 * i]) << 8
                s[3] = int(s[3]) | kind
        pos += 7
    s[0] = pos
    return n


class Lsm6dsox(St):
    """LSM6DSOX, LSM6DSO."""

    NAME = "LSM6DSOX"
    CONFIG = (
        (_CTRL9_XL, 0xE2),  # I3C off
        (_CTRL4_C, 0x00),
        (_CTRL8_XL, 0x00),  # LPF2 of the accelerometer at rate / 4
    )
    ACC_SELF_TEST_MG = (50, 1700)
    WAKE = ((_TAP_CFG0, 0x01), (_TAP_CFG2, 0x80))

    def __init__(self, i2c, address: int, clock) -> None:
        super().__init__(i2c, address, clock)
        self._status = bytearray(2)
        self._words = bytearray(_WORD * _WORDS_A_SLOT * MAX_SAMPLES)
        view = memoryview(self._words)
        self._views = [view[: _WORD * _WORDS_A_SLOT * i] for i in range(MAX_SAMPLES + 1)]
        self._state = array("i", [0] * (_SLOT + 6))
        self._overrun = False

    def _fifo(self, odr: int) -> tuple:
        state = self._state
        state[_POS] = state[_END] = state[_HAVE] = 0
        state[_COUNT] = state[_LAST] = -1
        state[_STEP] = self.ticks_a_sample
        self._overrun = False
        # batch all at the rate, a time stamp each, continuously; temperature is read aside
        return (_FIFO_CTRL3, odr | odr >> 4), (_FIFO_CTRL4, 0x46)

    def _drain(self) -> int:
        state = self._state
        if state[_POS] >= state[_END]:
            self._fill()
        n = _unpack(self._words, state, self.counts, self.ticks)
        if state[_GAP]:
            self.lost = FIFO_OVERFLOW if self._overrun else FIFO_TORN
            self._overrun = False
        return n

    def _fill(self) -> None:
        state, status = self._state, self._status
        state[_POS] = state[_END] = 0
        self._i2c.readfrom_mem_into(self.address, _FIFO_STATUS1, status)
        if status[1] & _OVERRUN:
            self._overrun = True
        slots = min((status[0] | (status[1] & 3) << 8) // _WORDS_A_SLOT, MAX_SAMPLES)
        if slots:
            self._i2c.readfrom_mem_into(self.address, _FIFO_DATA_OUT_TAG, self._views[slots])
            state[_END] = _WORD * _WORDS_A_SLOT * slots
