"""What fusion knows of the gyro's bias: when the sensor is at rest, and what motion tells.

Called a few times a second, once for each block of samples. Not for use but by `fusion`.
"""

from micropython import const

_DEG = 0.017453293

_UNKNOWN = 1.0 * _DEG  # sigma of a bias never seen: the sensors' data sheets, typical
_WANDER = 0.01 * _DEG  # rad/s over a second: 0.1 deg/s in 100 s (VQF)
_TILT_NOISE = 0.316 * _DEG  # of the low-passed tilt in motion, rad over a second
_REST_NOISE = 0.05 * _DEG  # of the mean rate at rest, rad/s over a second
_MOST = 8.0 * _DEG  # off the calibrated bias

_REST_S = 1.5
_REST_RATE = 6.0 * _DEG  # believed up to here: 5 deg/s and what the sensor has of its own
_REST_RATE_CHANGE = 2.0 * _DEG
_REST_ACC_CHANGE = 0.5
_REST_TILT = 0.2  # m/s2 since rest began: a slow turn by 1.2 deg is no rest

_GYR = const(13)  # sums in the state of fusion_core
_ACC = const(16)
_BIAS = const(7)


class Rest:
    """Tells rest from sums of blocks, in integers (16ths of a count).

    At rest, for 1.5 s: rate and acceleration are near their low-passes (0.5 s); the low-passed rate
    is less than 6 deg/s off the calibrated bias; the low-passed acceleration is where it was.
    A steady turn about a horizontal axis shows in the last; one about the vertical does not.
    """

    def __init__(self, block_s: float, acc_unit: float, gyr_unit: float) -> None:
        self.quiet = 0
        self.enough = int(_REST_S / block_s) + 1
        self.blocks = 0
        self.gyr_sum = [0] * 3
        self.acc = [0] * 3
        self.acc_before = [0] * 3
        self._gyr_mean = [0] * 3
        self._acc_mean = [0] * 3
        self._acc_first = [0] * 3
        self._zero = [0] * 3
        self._gyr_unit = gyr_unit
        self._rate = int(_REST_RATE / gyr_unit)
        self._rate_change = int(_REST_RATE_CHANGE / gyr_unit)
        self._acc_change = int(_REST_ACC_CHANGE / acc_unit)
        self._tilt = int(_REST_TILT / acc_unit)

    def calibrate(self, gyr_bias_rad_s: list) -> None:
        """Set the rate that is expected at rest."""
        self._zero[:] = [int(b / self._gyr_unit) for b in gyr_bias_rad_s]

    def watch(self, s) -> bool:
        """Take the sums of a block; True at rest. Allocates nothing."""
        quiet = True
        for i in range(3):
            gyr = s[_GYR + i] << 4
            self.acc[i] = s[_ACC + i] << 4
            self.gyr_sum[i] += gyr
            gyr_off = gyr - self._gyr_mean[i]
            acc_off = self.acc[i] - self._acc_mean[i]
            self._gyr_mean[i] += gyr_off * 5 >> 4
            self._acc_mean[i] += acc_off * 5 >> 4
            if (
                abs(gyr_off) > self._rate_change
                or abs(acc_off) > self._acc_change
                or abs(self._gyr_mean[i] - self._zero[i]) > self._rate
                or abs(self._acc_mean[i] - self._acc_first[i]) > self._tilt
            ):
                quiet = False
        self.blocks += 1
        if quiet:
            self.quiet = min(self.quiet + 1, self.enough)
            return self.quiet == self.enough
        self.quiet = 0
        for i in range(3):
            self._gyr_mean[i] = s[_GYR + i] << 4
            self._acc_mean[i] = self._acc_first[i] = self.acc[i]
        self.restart_sum()
        return False

    def restart_sum(self) -> None:
        """Let sums begin after this block."""
        self.blocks = 0
        for i in range(3):
            self.gyr_sum[i] = 0
            self.acc_before[i] = self.acc[i]


class Bias:
    """Bias of the gyro, rad/s, by a Kalman filter with a diagonal covariance.

    Beside fusion's low-pass of gravity runs its derivative by the bias: what 1 rad/s about x, y, z
    of the sensor would make of the tilt that is left (`tilt`, s) and of the low-pass's slope
    (`slope`, s a block), about x of earth (0-2) and y (3-5).
    """

    def __init__(self, block_s: float, every: int) -> None:
        self.value = [0.0] * 3
        self.change = [0.0] * 3
        self.zero = [0.0] * 3
        self.tilt = [0.0] * 6
        self.slope = [0.0] * 6
        self._variance = [_UNKNOWN * _UNKNOWN] * 3
        self._block_s = block_s
        dt = block_s * every
        self._wander = _WANDER * _WANDER * dt
        self._tilt_noise = _TILT_NOISE * _TILT_NOISE * block_s / every
        self._rest_noise = _REST_NOISE * _REST_NOISE / block_s

    def reset(self, value: list, sigma_rad_s: float) -> None:
        """Set the bias and how well it is known."""
        self.value[:] = value
        self._variance[:] = [sigma_rad_s * sigma_rad_s] * 3

    def forget(self, derivatives: list) -> None:
        """Zero `tilt` or `slope`."""
        for i in range(6):
            derivatives[i] = 0.0

    def propagate(self, w: float, x: float, y: float, z: float, keep: float, gain: float) -> None:
        """Run the low-pass on rows 0 and 1 of the rotation matrix, times the block's length."""
        dt = self._block_s
        f = 2 * dt
        w *= f
        xy = f * x * y
        xz = f * x * z
        yz = f * y * z
        zz = dt - f * z * z
        tilt = self.tilt
        tilt[0] += zz - f * y * y
        tilt[1] += xy - w * z
        tilt[2] += xz + w * y
        tilt[3] += xy + w * z
        tilt[4] += zz - f * x * x
        tilt[5] += yz - w * x
        slope = self.slope
        for i in range(6):
            slope[i] = step = keep * slope[i] + gain * tilt[i]
            tilt[i] -= step

    def learn(self, turned_x: float, turned_y: float) -> None:
        """Take a turn of the low-passed gravity about x and y of earth, rad a block."""
        self._observe(0, turned_x)
        self._observe(3, turned_y)

    def learn_at_rest(self, rest: Rest, unit: float) -> None:
        """Take the mean rate of a rest, but for the slow turn that gravity shows."""
        n = rest.blocks
        acc = rest.acc
        before = rest.acc_before
        square = 1.0  # counts squared: nothing to gravity, and a sensor of zeros divides by it
        for i in range(3):
            square += acc[i] * (acc[i] * self._block_s)
        unit /= n
        square *= n
        noise = self._rest_noise / n
        for i in range(3):
            j = i - 2
            k = i - 1
            turn = (acc[j] - before[j]) * (acc[k] / square)
            turn -= (acc[k] - before[k]) * (acc[j] / square)
            variance = self._variance[i]
            gain = variance / (variance + noise)
            self.change[i] = gain * (rest.gyr_sum[i] * unit - turn - self.value[i])
            self._variance[i] = variance - gain * variance
        rest.restart_sum()

    def _observe(self, row: int, seen: float) -> None:
        # Kalman update: seen is slope[row : row + 3] times the change of bias, and noise.
        change = self.change
        slope = self.slope
        variance = self._variance
        noise = self._tilt_noise
        for i in range(3):
            h = slope[row + i]
            noise += h * h * variance[i]
            seen -= h * change[i]
        noise = 1 / noise
        seen *= noise
        for i in range(3):
            gain = slope[row + i] * variance[i]
            change[i] += gain * seen
            variance[i] -= gain * gain * noise

    def follow(self, rows: list, row: int) -> float:
        """Return what the change of bias makes of tilt or slope, rad."""
        change = self.change
        return rows[row] * change[0] + rows[row + 1] * change[1] + rows[row + 2] * change[2]

    def take(self, s, unit: float) -> None:
        """Add the change to the bias and write it to the state of `fusion_core`."""
        for i in range(3):
            bias = self.value[i] + self.change[i]
            off = bias - self.zero[i]
            if abs(off) > _MOST:
                bias = self.zero[i] + (_MOST if off > 0 else -_MOST)
            self.value[i] = bias
            self.change[i] = 0.0
            s[_BIAS + i] = int(bias * unit)
            if self._variance[i] < _UNKNOWN * _UNKNOWN:
                self._variance[i] += self._wander
