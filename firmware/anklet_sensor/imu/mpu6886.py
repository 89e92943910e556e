"""InvenSense MPU-6886 (DS-000193 rev 1.1): a FIFO of 1 kB, 0.36 s at 200 Hz; no time stamps."""

import time

import micropython
from micropython import const

from anklet_sensor.imu.chip import FIFO_OVERFLOW, FIFO_TORN, MAX_SAMPLES, Chip

_SMPLRT_DIV = const(0x19)
_CONFIG = const(0x1A)
_GYRO_CONFIG = const(0x1B)
_ACCEL_CONFIG = const(0x1C)
_ACCEL_CONFIG2 = const(0x1D)
_ACCEL_WOM_X_THR = const(0x20)
_FIFO_EN = const(0x23)
_INT_PIN_CFG = const(0x37)
_INT_ENABLE = const(0x38)
_ACCEL_XOUT_H = const(0x3B)
_TEMP_OUT_H = const(0x41)
_ACCEL_INTEL_CTRL = const(0x69)
_USER_CTRL = const(0x6A)
_PWR_MGMT_1 = const(0x6B)
_PWR_MGMT_2 = const(0x6C)
_FIFO_COUNTH = const(0x72)
_FIFO_R_W = const(0x74)

_LONG_AGO_US = const(1_000_000)
_RECORD = const(14)
_FIFO_RECORDS = const(73)
_RESET = const(0x80)
_CLKSEL_PLL = const(0x01)
_SLEEP = const(0x40)
_OUTPUT_LIMIT = const(0x02)
_FIFO_ON = const(0x40)
_FIFO_ON_AND_RESET = const(0x44)


@micropython.viper
def _unpack(records: ptr8, n: int, counts: ptr16):
    # big-endian acc xyz, temperature, gyr xyz
    for k in range(n):
        for i in range(6):
            at = 14 * k + 2 * i
            if i > 2:
                at += 2
            counts[6 * k + i] = int(records[at]) << 8 | int(records[at + 1])


class Mpu6886(Chip):
    """MPU-6886 at +-16 g and +-2000 deg/s.

    Its ticks are sample numbers, and the level of its FIFO is its clock. Bandwidths are 41 Hz
    (gyroscope) and 45 Hz (accelerometer) at 100 Hz, 92 and 99 Hz at 200: 6 and 4 ms of delay.
    """

    NAME = "MPU-6886"
    SCALE = 2
    RATES_HZ = (100, 200)
    TIMESTAMPS = False
    ACC_LSB_M_S2 = 9.80665 / 2048
    GYR_LSB_RAD_S = 2000 / 32768 / 57.29578
    # InvenSense's absolute limits for the MPU-6500 family; the factory's own codes are not compared
    ACC_SELF_TEST_MG = (225, 675)
    GYR_SELF_TEST_DPS = (60, 2000)
    WAKE_LEVEL = 0

    def __init__(self, i2c, address: int, clock) -> None:
        super().__init__(i2c, address, clock)
        self._level = bytearray(2)
        self._records = bytearray(_RECORD * MAX_SAMPLES)
        view = memoryview(self._records)
        self._views = [view[: _RECORD * i] for i in range(MAX_SAMPLES + 1)]
        self._total = 0
        self._newest = self._before = self._after = -1
        self._heard = 0
        self._why = ""

    def start(self, rate_hz: int) -> None:
        """Reset the chip and sample into its FIFO."""
        self._check_rate(rate_hz)
        self.tick_us = 1_000_000 // rate_hz
        self._reset()
        dlpf = 3 if rate_hz == 100 else 2
        self._configure(
            (
                (_PWR_MGMT_1, _CLKSEL_PLL),
                (_PWR_MGMT_2, 0x00),
                (_ACCEL_INTEL_CTRL, _OUTPUT_LIMIT),  # or outputs clip at 7F7Fh
                (_CONFIG, dlpf),  # bit 7 comes up set and must be cleared
                (_GYRO_CONFIG, 0x18),
                (_ACCEL_CONFIG, 0x18),
                (_ACCEL_CONFIG2, dlpf),
                (_SMPLRT_DIV, 1000 // rate_hz - 1),
                (_FIFO_EN, 0x18),
                (_USER_CTRL, _FIFO_ON),
            )
        )
        self._restart("")
        self._total = 0
        self._heard = time.ticks_add(self._clock.ticks_us(), -_LONG_AGO_US)
        self._discard = rate_hz // 8 + 4  # gyroscope: at most 100 ms
        self.lost = ""

    def stop(self) -> None:
        """Sleep: 6 uA."""
        self._put(_PWR_MGMT_1, _SLEEP | _CLKSEL_PLL)

    def wake_on_motion(self) -> None:
        """Sleep, looking 20 times a second; INT is pulled low, and stays, at a jolt of 60 mg."""
        self._reset()
        for register, value in (
            (_PWR_MGMT_1, _CLKSEL_PLL),
            (_PWR_MGMT_2, 0x07),
            (_CONFIG, 0x01),
            (_ACCEL_CONFIG2, 0x01),
            (_INT_PIN_CFG, 0xE0),  # active low, open drain, latched
            (_INT_ENABLE, 0xE0),
            (_ACCEL_WOM_X_THR, 15),  # of 4 mg
            (_ACCEL_WOM_X_THR + 1, 15),
            (_ACCEL_WOM_X_THR + 2, 15),
            (_ACCEL_INTEL_CTRL, 0xC0 | _OUTPUT_LIMIT),
            (_SMPLRT_DIV, 49),
            (_PWR_MGMT_1, 0x20 | _CLKSEL_PLL),  # cycle, 20 Hz
        ):
            self._put(register, value)

    def stamp(self, timebase) -> None:
        """Tell the fit which sample was the newest when the FIFO was last looked at."""
        if self._newest >= 0:
            timebase.add(self._newest, self._before, self._after)
            self._newest = -1

    def measure_temperature(self) -> None:
        """Set temperature_c."""
        self.temperature_c = 25 + self._get_bytes(_TEMP_OUT_H, ">h")[0] / 326.8

    def recover(self) -> None:
        """Start the FIFO anew after a bus error: a torn record cannot be told from a whole one."""
        self._restart(FIFO_TORN)

    def _drain(self) -> int:
        self._before = self._clock.ticks_us()
        self._i2c.readfrom_mem_into(self.address, _FIFO_COUNTH, self._level)
        self._after = self._clock.ticks_us()
        level = self._level[0] << 8 | self._level[1]
        if level % _RECORD:  # 1024 bytes are no whole number of records
            return self._restart(FIFO_OVERFLOW)
        records = level // _RECORD
        if records:
            self._heard = self._after
        if not self._why and time.ticks_diff(self._before, self._heard) < self.tick_us:
            self._newest = self._total + records - 1 & 0x3FFFFFFF  # that none came tells, too
        if not records:
            return 0
        n = min(records, MAX_SAMPLES)
        self._i2c.readfrom_mem_into(self.address, _FIFO_R_W, self._views[n])
        waited_us = time.ticks_diff(self._clock.ticks_us(), self._before)
        if records + waited_us * self.rate_hz // 1_000_000 >= _FIFO_RECORDS:
            return self._restart(FIFO_OVERFLOW)  # it overran before or while it was read
        _unpack(self._records, n, self.counts)
        total = self._total
        for i in range(n):
            self.ticks[i] = total + i & 0x3FFFFFFF
        self._total = total + n & 0x3FFFFFFF
        if self._why:
            self.lost, self._why = self._why, ""
            self._newest = self._total + records - n - 1 & 0x3FFFFFFF
        return n

    def _restart(self, why: str) -> int:
        self._why = why
        self._newest = -1
        self._put(_USER_CTRL, _FIFO_ON_AND_RESET)
        return 0

    def _reset(self) -> None:
        self._put(_PWR_MGMT_1, _RESET)
        self._await_clear(_PWR_MGMT_1, _RESET)

    def push(self) -> None:
        """Switch the self-test on: electrostatic forces."""
        self._put(_GYRO_CONFIG, 0xF8)
        self._put(_ACCEL_CONFIG, 0xF8)

    def output(self) -> tuple:
        """Return the newest sample, counts acc xyz, gyr xyz."""
        acc_t_gyr = self._get_bytes(_ACCEL_XOUT_H, ">7h")
        return acc_t_gyr[:3] + acc_t_gyr[4:]
