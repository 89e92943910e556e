"""The firmware's fusion again, to be read: floats throughout, vectors and matrices from numpy.

`Twin(rate_hz, np.float64)` says what the algorithm means; `Twin(rate_hz, np.float32)` what is left
of it with the floats of the microcontroller. Only the calibration, gaps and carrying of rounding
remainders are left out. Source: VQF (Laidig & Seel 2023, doi:10.1016/j.inffus.2022.10.014).
"""

import numpy as np

ACC_LSB_M_S2 = 0.488e-3 * 9.80665
GYR_LSB_RAD_S = np.radians(70e-3)


class Twin:
    """Orientation from counts, sensor to earth: `q` (w, x, y, z), `bias` in rad/s, `at_rest`."""

    def __init__(self, rate_hz, dtype=np.float64, tau_s=3.0, mean_s=3.0, learn_every=2):
        self.dtype = dtype
        self.dt = dtype(1 / rate_hz)
        self.block = int(rate_hz * 0.154 + 0.5)
        self.block_s = dtype(self.block / rate_hz)
        self.mean_blocks = int(mean_s / self.block_s)
        self.decay = dtype(2 * self.block_s / tau_s)
        self.pull = dtype(2 * (self.block_s / tau_s) ** 2)
        self.learn_every = learn_every
        self.rest_blocks = int(1.5 / self.block_s) + 1
        deg = dtype(np.pi / 180)
        self.sigma = deg
        self.wander = (dtype(0.01) * deg) ** 2 * self.block_s * learn_every
        self.tilt_noise = (dtype(0.316) * deg) ** 2 * self.block_s / learn_every
        self.rest_noise = (dtype(0.05) * deg) ** 2 / self.block_s

        self.q = np.array([1, 0, 0, 0], dtype)
        self.last_gyr = None
        self.sums = {name: np.zeros(3, dtype) for name in ("earth", "gyr", "acc")}
        self.in_block = 0
        self.blocks = 0
        self.since_learned = 0
        self.gravity = np.zeros(3, dtype)
        self.slope = np.zeros(3, dtype)
        self.bias = np.zeros(3, dtype)
        self.variance = np.full(3, self.sigma**2, dtype)
        self.tilt_by_bias = np.zeros((2, 3), dtype)
        self.slope_by_bias = np.zeros((2, 3), dtype)
        self.quiet = 0
        self.resting = []
        self.acc = self.acc_before = np.zeros(3, dtype)
        self.gyr_mean = self.acc_mean = self.acc_first = np.zeros(3, dtype)

    @property
    def at_rest(self):
        return self.quiet == self.rest_blocks

    def update_counts(self, counts):
        """Take acc xyz, gyr xyz in counts."""
        acc = (counts[:3] * ACC_LSB_M_S2).astype(self.dtype)
        gyr = (counts[3:] * GYR_LSB_RAD_S).astype(self.dtype)
        if self.last_gyr is None:
            self.last_gyr = gyr
            self.q = multiply(upright(acc), self.q)
            return
        rate = (gyr + self.last_gyr) / 2 - self.bias
        self.last_gyr = gyr
        self.q = multiply(self.q, turn(rate * self.dt))
        self.sums["earth"] += matrix(self.q) @ acc
        self.sums["gyr"] += gyr
        self.sums["acc"] += acc
        self.in_block += 1
        if self.in_block == self.block:
            self.correct()

    def correct(self):
        """Close a block: follow gravity, learn the bias."""
        earth, gyr, acc = (self.sums[name] / self.block for name in ("earth", "gyr", "acc"))
        for total in self.sums.values():
            total[:] = 0
        self.in_block = 0
        self.watch_rest(gyr, acc)
        mean = self.blocks < self.mean_blocks
        self.blocks += mean
        if mean:
            keep, gain = self.dtype(0), self.dtype(1) / self.dtype(self.blocks)
        else:
            keep, gain = 1 - self.decay, self.pull
        # The low-pass of gravity, and the same low-pass for the derivatives.
        self.slope = keep * self.slope + gain * (earth - self.gravity)
        gravity = self.gravity + self.slope
        self.tilt_by_bias = self.tilt_by_bias + self.block_s * matrix(self.q)[:2]
        self.slope_by_bias = keep * self.slope_by_bias + gain * self.tilt_by_bias
        self.tilt_by_bias = self.tilt_by_bias - self.slope_by_bias

        self.since_learned += 1
        if self.since_learned >= self.learn_every and (self.at_rest or not mean):
            self.since_learned = 0
            change = self.learn(gravity)
            slope_x, slope_y = gravity[2] * self.slope_by_bias @ change
            tilt_x, tilt_y = gravity[2] * self.tilt_by_bias @ change
            self.slope += np.array([-slope_y, slope_x, 0], self.dtype)
            gravity += np.array([tilt_y, -tilt_x, 0], self.dtype)
            self.bias = self.bias + change
            self.variance += np.where(self.variance < self.sigma**2, self.wander, 0)
        self.q = multiply(upright(gravity), self.q)
        self.q /= np.linalg.norm(self.q)
        self.gravity = np.array([0, 0, np.linalg.norm(gravity)], self.dtype)
        if mean and self.blocks == self.mean_blocks:
            self.slope = np.zeros(3, self.dtype)
            self.slope_by_bias = np.zeros((2, 3), self.dtype)

    def learn(self, gravity):
        """Kalman update of the bias with a diagonal covariance; return its change."""
        if self.at_rest:
            # The mean rate since rest was last looked at, but for the turn of gravity meanwhile.
            n = self.dtype(len(self.resting))
            turn = np.cross(self.acc - self.acc_before, self.acc) / (self.acc @ self.acc)
            rate = sum(self.resting) / n - turn / (n * self.block_s)
            gain = self.variance / (self.variance + self.rest_noise / n)
            self.variance = self.variance - gain * self.variance
            self.resting, self.acc_before = [], self.acc
            return gain * (rate - self.bias)
        change = np.zeros(3, self.dtype)
        seen = np.array([-gravity[1], gravity[0]], self.dtype) / gravity[2]
        for h, turned in zip(self.slope_by_bias, seen, strict=True):
            gain = self.variance * h / (h @ (self.variance * h) + self.tilt_noise)
            change = change + gain * (turned - h @ change)
            self.variance = self.variance - gain * h * self.variance
        return change

    def watch_rest(self, gyr, acc):
        """Count quiet blocks; begin again where it is not quiet."""
        step = self.dtype(5 / 16)
        gyr_off, acc_off = gyr - self.gyr_mean, acc - self.acc_mean
        self.gyr_mean = self.gyr_mean + step * gyr_off
        self.acc_mean = self.acc_mean + step * acc_off
        self.acc = acc
        self.resting.append(gyr)
        quiet = (
            (np.abs(gyr_off) <= np.radians(2)).all()
            and (np.abs(acc_off) <= 0.5).all()
            and (np.abs(self.gyr_mean) <= np.radians(6)).all()
            and (np.abs(self.acc_mean - self.acc_first) <= 0.2).all()
        )
        if quiet:
            self.quiet = min(self.quiet + 1, self.rest_blocks)
        else:
            self.quiet = 0
            self.resting = []
            self.gyr_mean, self.acc_mean, self.acc_first, self.acc_before = gyr, acc, acc, acc


def multiply(p, q):
    """Product of two quaternions."""
    w, v = p[0] * q[0] - p[1:] @ q[1:], p[0] * q[1:] + q[0] * p[1:] + np.cross(p[1:], q[1:])
    return np.concatenate([[w], v]).astype(p.dtype)


def turn(angle):
    """Quaternion of a rotation vector, rad."""
    half = np.linalg.norm(angle) / 2
    sinc = np.sin(half) / (2 * half) if half > 0 else 0.5
    return np.concatenate([[np.cos(half)], angle * sinc]).astype(angle.dtype)


def matrix(q):
    """Rotation matrix of a unit quaternion."""
    w, x, y, z = q
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]], q.dtype)
    return np.eye(3, dtype=q.dtype) + 2 * (w * cross + cross @ cross)


def upright(v):
    """Shortest turn that brings a vector to the vertical; about x when it points straight down."""
    u = v / np.linalg.norm(v)
    q = np.array([1 + u[2], u[1], -u[0], 0], v.dtype)
    if q @ q < 1e-8:
        q = np.array([0, 1, 0, 0], v.dtype)
    return q / np.linalg.norm(q)


def inclination_deg(q, reference):
    """Angle between the verticals of two arrays (n, 4) of quaternions, deg; heading is ignored."""
    w = (q * reference).sum(1)
    z = q[:, 3] * reference[:, 0] - q[:, 0] * reference[:, 3]
    z = z - q[:, 1] * reference[:, 2] + q[:, 2] * reference[:, 1]
    norm = np.linalg.norm(q, axis=1) * np.linalg.norm(reference, axis=1)
    return np.degrees(2 * np.arccos(np.clip(np.hypot(w, z) / norm, 0, 1)))


def angle_deg(q, reference):
    """Whole angle between two arrays (n, 4) of quaternions, deg."""
    norm = np.linalg.norm(q, axis=1) * np.linalg.norm(reference, axis=1)
    return np.degrees(2 * np.arccos(np.clip(np.abs((q * reference).sum(1)) / norm, 0, 1)))
