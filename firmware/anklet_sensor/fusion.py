"""Orientation from accelerometer and gyroscope: sensor to earth, earth z up, heading free.

After VQF (Laidig & Seel 2023, doi:10.1016/j.inffus.2022.10.014): the acceleration is low-passed in
an almost inertial frame, where only gravity stays, and the orientation follows it; the gyro's bias
is learned at rest and in motion. What differs: the angular rate is the mean of two neighbouring
samples; what every sample needs is done in integers (`fusion_core`), and in floats only what a
block of samples needs; a better bias also mends what the old one did to orientation and low-pass
(`fusion_bias`). Everything is safe with 32-bit floats: sums and time are integers.
"""

import struct
from array import array
from math import sqrt

from micropython import const

from anklet_sensor.errors import Fault
from anklet_sensor.fusion_bias import Bias, Rest
from anklet_sensor.fusion_core import SIZE, step, store

_BLOCK_S = 0.154  # 16 samples at 104 Hz; twice that costs 0.02 deg
_LEARN_EVERY = const(2)  # blocks
_TAU_S = 3.0
_MEAN_S = 3.0  # from a start: a plain mean for so long, then the low-pass
_BRIDGE_S = 0.5  # a longer gap starts anew
_KEPT_SIGMA = 0.0035  # rad/s, of a bias that was learned or calibrated before: 0.2 deg/s
_START = const(-1)
_ONE = 1073741824.0  # Q30
_NEARLY_ONE = 1073741760.0  # in 32-bit floats the next below: no word needs a heap object


class Fusion:
    """Orientation, sample by sample.

    Parameters
    ----------
    rate_hz : float
        Samples a second, 90 to 1000.
    acc_lsb_m_s2, gyr_lsb_rad_s : float
        What one count is worth; by default ST's at +-16 g and +-2000 deg/s.
    """

    def __init__(self, rate_hz, acc_lsb_m_s2=0.0047856452, gyr_lsb_rad_s=0.00122173048) -> None:
        self._acc_lsb = acc_lsb_m_s2
        self._gyr_lsb = gyr_lsb_rad_s
        self._s = s = array("i", [0] * SIZE)
        s[0] = int(_NEARLY_ONE)  # for the words of the state see fusion_core
        self.set_rate(rate_hz)
        s[21] = s[25] = s[29] = 1 << 14
        self._pending = _START

        n = self._block = int(rate_hz * _BLOCK_S + 0.5)
        block_s = n / rate_hz
        # Butterworth low-pass of 2nd order, -3 dB at sqrt(2) / (2 pi tau), by symplectic Euler.
        self._keep = 1 - 2 * block_s / _TAU_S
        self._gain = 2 * (block_s / _TAU_S) ** 2
        self._blocks = 0  # since the start, up to the end of the mean
        self._mean_blocks = int(_MEAN_S / block_s)
        self._gravity = 9.81
        self._slope = [0.0] * 3  # m/s2 a block

        self._acc_unit = acc_lsb_m_s2 / (2 * n)
        self._gyr_unit = gyr_lsb_rad_s / (16 * n)
        self._rest = Rest(block_s, acc_lsb_m_s2 / (16 * n), self._gyr_unit)
        self._bias = Bias(block_s, _LEARN_EVERY)
        self._learn_in = _LEARN_EVERY
        self._counts = bytearray(12)
        self._carry = [0.0] * 6

    @property
    def q(self) -> tuple:
        """Orientation w, x, y, z, sensor to earth."""
        s = self._s
        return (s[0] / _ONE, s[1] / _ONE, s[2] / _ONE, s[3] / _ONE)

    @property
    def bias_rad_s(self) -> tuple:
        """What is taken off the gyro in all: learned, or calibrated until something is."""
        return tuple(self._bias.value)

    @property
    def at_rest(self) -> bool:
        """Still for 1.5 s. A steady turn about the vertical below 6 deg/s looks the same."""
        return self._rest.quiet == self._rest.enough

    def set_rate(self, rate_hz: float) -> None:
        """Learn how many samples a second there truly are: an IMU's oscillator is up to 4 % off."""
        gain = self._gyr_lsb / rate_hz * 2147483648.0
        if not 0 < gain < 32767 or rate_hz > 1000:
            raise Fault("setting", "fusion needs 90 to 1000 samples a second: set another rate")
        s = self._s
        s[19] = int(gain)
        s[33] = int((gain - s[19]) * 32768)
        self._rate_hz = rate_hz
        self._bias_unit = 0.5 / rate_hz * _ONE

    def update(self, gx, gy, gz, ax, ay, az) -> None:
        """Take one sample in rad/s and m/s2; ValueError or OverflowError when not finite.

        What rounding to counts leaves is carried to the next sample: means stay exact.
        """
        lsb = self._acc_lsb
        carry = self._carry
        for i, value in enumerate((ax, ay, az, gx, gy, gz)):
            if i == 3:
                lsb = self._gyr_lsb
            exact = value / lsb + carry[i]
            count = int(exact + 0.5 if exact > 0 else exact - 0.5)
            count = max(-32768, min(32767, count))
            struct.pack_into("<h", self._counts, 2 * i, count)
            carry[i] = exact - count if abs(exact - count) < 1 else 0.0
        self.update_counts(self._counts, 0)

    def update_counts(self, buf, offset: int) -> None:
        """Take one sample: six little-endian int16, acc xyz, gyr xyz, at an even byte offset.

        Allocates nothing but in the correction, every 0.15 s.
        """
        if offset & 1 or not 0 <= offset <= len(buf) - 12:
            raise ValueError("a sample is 12 bytes at an even offset")
        if self._pending:
            self._resume(buf, offset >> 1)
        elif step(self._s, buf, offset >> 1) >= self._block:
            self._correct()

    def store_q(self, buf, offset: int) -> None:
        """Write q as four little-endian int16, round(32767 q), w >= 0. Allocates nothing."""
        if offset & 1 or not 0 <= offset <= len(buf) - 8:
            raise ValueError("an orientation is 8 bytes at an even offset")
        store(self._s, buf, offset >> 1)

    def lost(self, n_samples: int) -> None:
        """Samples are missing before the next one: a short gap is bridged, a long one starts anew.

        Heading and bias are kept; inclination is found again in either case.
        """
        if self._pending >= 0:
            n = self._pending + n_samples
            self._pending = n if n <= _BRIDGE_S * self._rate_hz else _START

    def set_bias(self, bias_rad_s, sigma_rad_s: float = _KEPT_SIGMA) -> None:
        """Restore a bias that was learned before, or raise Fault("calibration")."""
        self._bias.reset(_numbers(bias_rad_s, 3, 0.5), sigma_rad_s)
        self._bias.take(self._s, self._bias_unit)

    def calibrate(self, acc_offset_m_s2, acc_matrix, gyr_bias_rad_s) -> None:
        """Set the calibration: calibrated = matrix (acc - offset), matrix by rows; gyro bias.

        What was learned of the bias is dropped when the calibrated one changes.

        Raises
        ------
        Fault
            "calibration": not finite or absurd; the old one stays.
        """
        offset = _numbers(acc_offset_m_s2, 3, 5.0)
        matrix = _numbers(acc_matrix, 9, 1.25)
        bias = _numbers(gyr_bias_rad_s, 3, 0.5)
        if any(abs(matrix[i] - (i % 4 == 0)) > 0.25 for i in range(9)):
            raise Fault("calibration", "the accelerometer's matrix is far from 1: calibrate again")
        s = self._s
        for i in range(9):
            s[21 + i] = round(matrix[i] * 16384)
        for i in range(3):
            turned = sum(matrix[3 * i + j] * offset[j] for j in range(3))
            s[30 + i] = round(turned / self._acc_lsb * 16384)
        if bias != self._bias.zero:
            self._bias.zero = bias
            self._rest.calibrate(bias)
            self.set_bias(bias)

    def _resume(self, buf, o: int) -> None:
        # The first sample of all, or the first behind a gap.
        s = self._s
        if self._pending == _START:
            for i, rate in enumerate(struct.unpack_from("<3h", buf, 2 * o + 6)):
                s[4 + i] = -rate  # a mean of zero: there is no turn before the first sample
            self._clear()
            step(s, buf, o)
            self._raise(s[10] * 1.0, s[11] * 1.0, s[12] * 1.0)
            self._clear()
            self._blocks = self._rest.quiet = 0
        else:
            before = s[4], s[5], s[6]
            for _ in range(self._pending + 1):
                s[4], s[5], s[6] = before
                if step(s, buf, o) >= self._block:
                    self._correct()
            self._blocks = min(self._blocks, self._mean_blocks // 3)
        self._pending = 0
        self._bias.forget(self._bias.tilt)
        self._restart_slope()

    def _clear(self) -> None:
        s = self._s
        for i in range(10, 19):
            s[i] = 0
        s[20] = 0

    def _restart_slope(self) -> None:
        for i in range(3):
            self._slope[i] = 0.0
        self._bias.forget(self._bias.slope)

    def _correct(self) -> None:
        # At the end of a block. Low-passed gravity is vertical since the last correction, so only
        # its slope has x and y.
        s = self._s
        rest = self._rest.watch(s)
        unit = self._acc_unit
        x = s[10] * unit
        y = s[11] * unit
        z = s[12] * unit - self._gravity
        self._clear()
        keep = self._keep
        gain = self._gain
        mean = self._blocks < self._mean_blocks
        if mean:
            self._blocks += 1
            keep = 0.0
            gain = 1 / self._blocks
        slope = self._slope
        slope[0] = x = keep * slope[0] + gain * x
        slope[1] = y = keep * slope[1] + gain * y
        slope[2] = z = keep * slope[2] + gain * z
        z += self._gravity
        bias = self._bias
        bias.propagate(s[0] / _ONE, s[1] / _ONE, s[2] / _ONE, s[3] / _ONE, keep, gain)
        self._learn_in -= 1
        if self._learn_in <= 0 and z > 1 and (rest or not mean):
            self._learn_in = _LEARN_EVERY
            if rest:
                bias.learn_at_rest(self._rest, self._gyr_unit)
            else:
                bias.learn(-y / z, x / z)
            slope[0] -= z * bias.follow(bias.slope, 3)
            slope[1] += z * bias.follow(bias.slope, 0)
            x += z * bias.follow(bias.tilt, 3)
            y -= z * bias.follow(bias.tilt, 0)
            bias.take(s, self._bias_unit)
        self._gravity = self._raise(x, y, z)
        if mean and self._blocks == self._mean_blocks:
            self._restart_slope()

    def _raise(self, x: float, y: float, z: float) -> float:
        # Turn the orientation the shortest way, about (y, -x, 0), so that this vector on earth
        # points up; return its length. Upside down, any horizontal axis is as short.
        length = sqrt(x * x + y * y + z * z)
        if length == 0:
            return length
        u = z / length + 1
        i = y / length
        j = -x / length
        if u < 1e-6 and i * i + j * j < 1e-8:
            i = 1.0
        s = self._s
        w = s[0] / _ONE
        x = s[1] / _ONE
        y = s[2] / _ONE
        z = s[3] / _ONE
        a = u * w - i * x - j * y
        b = u * x + i * w + j * z
        c = u * y - i * z + j * w
        d = u * z + i * y - j * x
        n = _NEARLY_ONE / sqrt(a * a + b * b + c * c + d * d)
        s[0] = int(a * n)
        s[1] = int(b * n)
        s[2] = int(c * n)
        s[3] = int(d * n)
        return length


def _numbers(values, n: int, most: float) -> list:
    values = [float(v) for v in values]
    if len(values) != n or not all(-most <= v <= most for v in values):
        why = "a calibration is no list of %d numbers within +-%g: calibrate again"
        raise Fault("calibration", why % (n, most))
    return values
