"""Zero from standing still, and the medio-lateral axis from the movement, as they come."""

import math

import numpy as np

from anklet.live.pitch import cross
from anklet.live.reading import Reading
from anklet.model import Floats, Mount, Placement

MIN_STILL_S, MAX_ZERO_S = 3.0, 10.0
STILL_GYR_DEG_S, STILL_ACC_M_S2, STILL_MEAN_GYR_DEG_S = 4.0, 0.4, 12.0
STILL_TURN_DEG, LONGER_TURN_DEG = 2.5, 1.0
SMOOTH_S = 0.5
"""These are those of `anklet.signals.still`, with their reasons."""
LEAVES_DEG_S = 12.0
"""A packet that turns by this much against the mean since standing began is a movement."""
MAX_HOLE_S = 1.0
"""Standing goes on over lost packets for this long: a movement would show in the posture after."""
LATEST_S = 1.5
"""Zero is a mean that forgets with this time: the sensor's own filter still settles meanwhile."""

MIN_TURN_DEG = {"shank": 10.0, "foot": 15.0}
MIN_EXPLAINED = 0.70
MAX_MISALIGNMENT_DEG = 40.0
MIN_AXIS_TO_VERTICAL_DEG = 30.0
CUE_RATIO, CUE_MAX_DEG_S = 2.0, 200.0
MOVING_DEG_S = 5.0
"""These are those of `anklet.signals.calibration`, with their reasons."""
CUE_DEG, CUE_OVER_DEG = 20.0, 5.0
"""A cue goes further than a split stance leans back, and counts once it is back near zero: what is
to come is not known yet (offline 15 deg are enough)."""


class Standing:
    """Finds quiet standing, and zero, gyroscope bias and gravity from it.

    Attributes
    ----------
    still_s : float
        How long it has been still, s.
    taken : bool
        Zero was taken from it; while it goes on, it is refined.
    """

    def __init__(self) -> None:
        self._start_anew()

    def push(self, reading: Reading) -> None:
        """Take a packet's samples."""
        if not reading.whole:
            return
        if reading.gap_s > MAX_HOLE_S:
            self._start_anew()
        gyr, acc = reading.gyr_rad_s, reading.acc_m_s2
        mean_gyr, mean_acc = reading.mean_gyr_rad_s, reading.mean_acc_m_s2
        n = len(gyr)
        span_s = n * reading.period_s
        moments = np.concatenate(
            [gyr.sum(axis=0), acc.sum(axis=0), [(gyr * gyr).sum(), (acc * acc).sum()]]
        )
        if self._n and not self._stays(mean_gyr, mean_acc, span_s):
            self._start_anew()
        if not self._n:
            self._direction = mean_acc
            self._up, self._acc = reading.mean_up, mean_acc
        self._n += n
        self._sums += moments
        self.still_s += span_s
        keep = math.exp(-span_s / min(LATEST_S, self.still_s))
        self._up = keep * self._up + (1 - keep) * reading.mean_up
        self._acc = keep * self._acc + (1 - keep) * mean_acc
        if not self._quiet():
            self._start_anew()

    @property
    def zero_up(self) -> Floats:
        """(3,) array: the upward vertical, unit vector in the sensor frame."""
        return self._up / max(float(np.linalg.norm(self._up)), 1e-9)

    @property
    def zero_acc(self) -> Floats:
        """(3,) array: the specific force at the same time, unit vector in the sensor frame."""
        return self._acc / max(float(np.linalg.norm(self._acc)), 1e-9)

    @property
    def bias_rad_s(self) -> Floats:
        """(3,) array: mean angular rate, sensor frame."""
        return self._sums[:3] / max(self._n, 1)

    @property
    def gravity_m_s2(self) -> float:
        """What the accelerometer shows at rest."""
        return float(np.linalg.norm(self._sums[3:6])) / max(self._n, 1)

    def _stays(self, gyr: Floats, acc: Floats, span_s: float) -> bool:
        """Whether a packet's means belong to the standing so far."""
        self._direction = self._direction + (acc - self._direction) * min(1.0, span_s / SMOOTH_S)
        limit_deg = LONGER_TURN_DEG if self.taken else STILL_TURN_DEG
        leaves = np.abs(gyr - self.bias_rad_s).max() > math.radians(LEAVES_DEG_S)
        return not leaves and _between_deg(self._direction, self._sums[3:6]) <= limit_deg

    def _quiet(self) -> bool:
        mean = self._sums / self._n
        gyr2 = mean[6] - mean[:3] @ mean[:3]
        acc2 = mean[7] - mean[3:6] @ mean[3:6]
        return bool(
            gyr2 < math.radians(STILL_GYR_DEG_S) ** 2
            and acc2 < STILL_ACC_M_S2**2
            and np.abs(mean[:3]).max() < math.radians(STILL_MEAN_GYR_DEG_S)
        )

    def _start_anew(self) -> None:
        self.still_s = 0.0
        self.taken = False
        self._n = 0
        self._sums: Floats = np.zeros(8)
        self._direction: Floats = np.zeros(3)
        self._up: Floats = np.zeros(3)
        self._acc: Floats = np.zeros(3)


class Axis:
    """The medio-lateral axis: nominal at first, then that of the movement since zero.

    Attributes
    ----------
    xyz : (3,) array
        Unit vector, sensor frame; its sign means nothing until ``signed``.
    signed : bool
        A positive turn is dorsiflexion.
    from_movement : bool
    doubt : str
        What is wrong with the mount, empty when nothing is.
    """

    def __init__(
        self, placement: Placement, mount: Mount, zero_up: Floats, *, constrained: bool
    ) -> None:
        self._placement = placement
        self._mount = mount
        self._zero_up = zero_up
        self._constrained = constrained
        self._nominal = nominal_axis(placement)
        self._power: Floats = np.zeros((3, 3))
        self._turn_deg = 0.0
        self._low_deg = self._high_deg = 0.0
        self._moved = False
        self.xyz = self._flat(self._nominal)
        self.xyz /= max(float(np.linalg.norm(self.xyz)), 1e-9)
        self.signed = mount == "nominal"
        self.from_movement = False
        self.doubt = ""

    def push(self, reading: Reading, bias_rad_s: Floats) -> bool:
        """Take a packet's samples outside of steps; return whether axis or sign changed."""
        if not reading.whole:
            return False
        rate = self._flat(reading.mean_gyr_rad_s - bias_rad_s)
        up = reading.mean_up
        speed_deg_s = math.degrees(math.hypot(*rate.tolist()))
        self._turn_deg = max(self._turn_deg, _between_deg(up, self._zero_up))
        if speed_deg_s > MOVING_DEG_S:
            self._power += rate[:, None] * rate
            self._moved = True
            if self.from_movement and speed_deg_s < CUE_MAX_DEG_S:
                self._mark(self._pitch_deg(up))
            return False
        changed = self._moved and self._find()
        self._moved = False
        return self._tell_sign(self._pitch_deg(up)) or changed

    def _find(self) -> bool:
        """Take the principal axis of the rates so far, when they show one."""
        if self._turn_deg < MIN_TURN_DEG[self._placement.segment]:
            return False
        power, axes = np.linalg.eigh(self._power)
        if power[-1] < MIN_EXPLAINED * power.sum():
            return False
        like = self._nominal if self._mount == "nominal" else self.xyz
        xyz = axes[:, -1] * (1.0 if axes[:, -1] @ like >= 0 else -1.0)
        self.doubt = ""
        off_deg = _between_deg(xyz, self._nominal)
        vertical_deg = _between_deg(xyz, self._zero_up)
        if self._mount == "nominal" and off_deg > MAX_MISALIGNMENT_DEG:
            self.doubt = (
                f"The {self._placement} sensor turns about an axis {off_deg:.0f} deg away from the "
                "nominal mount's; check side and segment."
            )
        elif min(vertical_deg, 180 - vertical_deg) < MIN_AXIS_TO_VERTICAL_DEG:
            self.doubt = (
                f"The {self._placement} sensor's axis is near the vertical, where gravity does not "
                "show its turn; turn the leg so that the toes point up."
            )
        self.xyz = xyz
        self.from_movement = True
        return True

    def _mark(self, pitch_deg: float) -> None:
        self._low_deg = min(self._low_deg, pitch_deg)
        self._high_deg = max(self._high_deg, pitch_deg)

    def _tell_sign(self, pitch_deg: float) -> bool:
        """Take the sign from a knee bend or heel raise that is over."""
        far, near = max(-self._low_deg, self._high_deg), min(-self._low_deg, self._high_deg)
        shank = self._placement.segment == "shank"
        if (
            not self._constrained
            or abs(pitch_deg) > CUE_OVER_DEG
            or far < max(CUE_DEG, CUE_RATIO * near)
        ):
            return False
        backward = (self._high_deg > -self._low_deg) != shank
        if self._mount == "nominal":
            if shank and backward and not self.doubt:
                self.doubt = (
                    f"The {self._placement} leans far back where a knee bends forward; is the "
                    "sensor on the other side?"
                )
            return False
        if not backward and self.signed:
            return False
        if backward:
            self.xyz = -self.xyz
            self._low_deg, self._high_deg = -self._high_deg, -self._low_deg
        self.signed = True
        return True

    def _pitch_deg(self, up: Floats) -> float:
        across = cross(self.xyz, self._zero_up)
        return math.degrees(math.atan2(-float(up @ across), float(up @ self._zero_up)))

    def _flat(self, v: Floats) -> Floats:
        """Perpendicular to gravity at zero, where the segment stands upright then."""
        return v - (v @ self._zero_up) * self._zero_up if self._constrained else v


def nominal_axis(placement: Placement) -> Floats:
    """(3,) array: the axis of a sensor mounted as told (`anklet.signals.calibration`)."""
    if placement.segment == "foot":
        return np.array([0.0, -1.0, 0.0])
    return np.array([0.0, 0.0, 1.0 if placement.side == "left" else -1.0])


def off_upright_deg(placement: Placement, zero_up: Floats) -> float:
    """How far a nominal mount's arrow (shank) or lid (foot) is from vertical, deg."""
    shank = placement.segment == "shank"
    return _between_deg(zero_up, np.array([1.0, 0, 0]) if shank else np.array([0, 0, 1.0]))


def _between_deg(a: Floats, b: Floats) -> float:
    ax, ay, az = a.tolist()
    bx, by, bz = b.tolist()
    length = math.sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz))
    share = (ax * bx + ay * by + az * bz) / max(length, 1e-12)
    return math.degrees(math.acos(max(-1.0, min(1.0, share))))
