"""What ST's LSM6DS family shares (DS12140 for the LSM6DSO, DocID030071 for the LSM6DS3TR-C)."""

import time

from micropython import const

from anklet_sensor.imu.chip import Chip

_CTRL1_XL = const(0x10)
_CTRL2_G = const(0x11)
_CTRL3_C = const(0x12)
_CTRL5_C = const(0x14)
_CTRL6_C = const(0x15)
_CTRL10_C = const(0x19)
_WAKE_UP_SRC = const(0x1B)
_OUT_TEMP_L = const(0x20)
_OUTX_L_G = const(0x22)
_TIMESTAMP0 = const(0x40)
_WAKE_UP_THS = const(0x5B)
_WAKE_UP_DUR = const(0x5C)
_MD1_CFG = const(0x5E)

_SW_RESET = const(0x01)
_BDU_IF_INC = const(0x44)
_TICKS_AT_104 = const(384)  # 40 kHz / 384: 104.17 Hz
_STAMP_EVERY_US = const(20_000)
TICKS_MASK = const(0x3FFFFFFF)


class St(Chip):
    """An LSM6DS at +-16 g and +-2000 deg/s.

    Bandwidths are a quarter of the rate for the accelerometer and 33 Hz at 104 (67 at 208) for the
    gyroscope: far above the 6 Hz of an ankle, with less than 10 ms of delay, alike for both.
    """

    SCALE = 1
    RATES_HZ = (104, 208)
    ACC_LSB_M_S2 = 0.488e-3 * 9.80665
    GYR_LSB_RAD_S = 70e-3 / 57.29578  # not full scale / 32768: that reads 12.8 % low
    GYR_SELF_TEST_DPS = (150, 700)
    CONFIG = ()
    WAKE: tuple = ()

    def __init__(self, i2c, address: int, clock) -> None:
        super().__init__(i2c, address, clock)
        self._stamped = clock.ticks_us()
        self._stamp = bytearray(4)

    def start(self, rate_hz: int) -> None:
        """Reset the chip and sample into its FIFO."""
        self._check_rate(rate_hz)
        self._reset()
        odr = 0x40 if rate_hz == 104 else 0x50
        self.ticks_a_sample = _TICKS_AT_104 * 104 // rate_hz
        self._configure(
            ((_CTRL3_C, _BDU_IF_INC), (_CTRL10_C, 0x20))
            + self.CONFIG
            + ((_CTRL1_XL, odr | 0x06), (_CTRL2_G, odr | 0x0C))
            + self._fifo(odr)
        )
        self._discard = rate_hz // 12 + 4  # gyroscope: 70 ms and 4 samples (AN5130)
        self.lost = ""

    def stop(self) -> None:
        """Power down: 3 uA (LSM6DSO)."""
        self._reset()

    def wake_on_motion(self) -> None:
        """Sleep (below 26 uA on the LSM6DSO); INT1 goes high, and stays, at a jolt of 62 mg."""
        self._reset()
        for register, value in (
            (_CTRL3_C, _BDU_IF_INC),
            (_CTRL6_C, 0x10),  # accelerometer: low power
            (_CTRL1_XL, 0x20),  # 26 Hz, +-2 g
            (_WAKE_UP_THS, 2),  # of FS / 64
            (_WAKE_UP_DUR, 0),
            (_MD1_CFG, 0x20),
        ):
            self._put(register, value)
        for register, value in self.WAKE:
            self._put(register, value)

    def stamp(self, timebase) -> None:
        """Read the chip's clock and the MCU's together, every 20 ms while samples come."""
        before = self._clock.ticks_us()
        if not self._alive or time.ticks_diff(before, self._stamped) < _STAMP_EVERY_US:
            return
        self._stamped = before
        b = self._stamp
        self._i2c.readfrom_mem_into(self.address, _TIMESTAMP0, b)
        after = self._clock.ticks_us()
        if b[0] < 0xF8:  # a carry may come between the bytes: 0xFF, then the next 0x100
            timebase.add(self._tick(b), before, after)

    def measure_temperature(self) -> None:
        """Set temperature_c."""
        self.temperature_c = 25 + self._get_bytes(_OUT_TEMP_L, "<h")[0] / 256

    def recover(self) -> None:
        """Make ready to read again after a bus error; tags or pattern tell what was lost."""

    def _fifo(self, odr: int) -> tuple:
        # the FIFO's settings, its mode the last
        raise NotImplementedError

    def _tick(self, b: bytearray) -> int:
        return b[0] | b[1] << 8 | b[2] << 16 | (b[3] & 0x3F) << 24

    def _reset(self) -> None:
        self._put(_CTRL2_G, 0)  # the LSM6DS3TR-C wants its gyroscope off (AN5130)
        self._put(_CTRL3_C, _SW_RESET)
        self._await_clear(_CTRL3_C, _SW_RESET)

    def push(self) -> None:
        """Switch the self-test on: electrostatic forces."""
        self._put(_CTRL5_C, 0x05)  # ST_G and ST_XL positive

    def output(self) -> tuple:
        """Return the newest sample, counts acc xyz, gyr xyz."""
        gyr_acc = self._get_bytes(_OUTX_L_G, "<6h")
        return gyr_acc[3:] + gyr_acc[:3]
