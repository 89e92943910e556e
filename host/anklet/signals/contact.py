"""When the foot travels: steps onto and off the block, and gait, from one sensor's own motion.

While the foot is planted the shank sensor turns about a fixed ankle, and in a heel rise the foot
sensor about fixed toes: each moves as its angular rate times a fixed lever says. A step does not.
"""

import numpy as np
from scipy.signal import butter, sosfiltfilt
from scipy.spatial.transform import Rotation

from anklet.model import Bools, Floats, Segment
from anklet.signals.angle import along
from anklet.signals.orientation import Orientation
from anklet.signals.still import runs
from anklet.signals.timebase import Uniform

STEP_M_S, STEP_M = 0.15, 0.10
"""A step gets this fast, beyond what the lever explains, and leads this far. In simulated reps the
rest leads under 0.05 m, with short peaks where skin wobbles at a quick turn; the smallest step, a
foot lifted by 0.06 m and put down again, leads 0.14 m."""
STEP_EDGE_M_S, STEP_EDGE = 0.08, 0.2
"""A step lasts while the speed stays above this, and above this share of its largest (the high-pass
rings before and after)."""
MERGE_S = 0.4
"""Parts of a step that are no further apart are one: a foot stops in the air."""
LEVER_M: dict[Segment, float] = {"shank": 0.12, "foot": 0.0}
"""Ankle joint to a shank sensor just above the ankle bone, along the leg; toes to a foot sensor."""
LEVER_RANGE_M = 0.2
"""How far the fitted lever may be from there: the strap sits higher, the shoe is longer."""
LEVER_TRUST_S = 2.0
"""The expected lever counts as much as this many seconds of turning at 1 rad/s."""
DRIFT_HZ = 0.3
"""High-pass of the integrated acceleration: slower than any step, faster than tilt errors."""
ENOUGH_HZ = 25.0
"""Speed is computed at about this rate."""
FIT_HZ = 6.0
"""The lever is fitted at about this rate."""


def stepping(
    uniform: Uniform, orientation: Orientation, posture_up: Floats, segment: Segment
) -> Bools:
    """Find the nodes at which the sensor travels as in a step.

    Parameters
    ----------
    uniform, orientation
        One sensor's samples and orientation.
    posture_up : (3,) array
        The mean upward vertical, sensor frame: the direction of the expected lever.
    segment : str
        Where the sensor sits.

    Returns
    -------
    (n,) bool array
    """
    speed = residual_speed_m_s(uniform, orientation, posture_up, segment)
    moving = speed > STEP_EDGE_M_S
    gap = round(MERGE_S * uniform.rate_hz)
    for start, stop in runs(~moving):
        if start > 0 and stop < len(moving) and stop - start < gap:
            moving[start:stop] = True
    mask = np.zeros(len(speed), bool)
    for start, stop in runs(moving):
        held = speed[start:stop]
        if held.max() > STEP_M_S and held[held > STEP_EDGE_M_S].sum() > STEP_M * uniform.rate_hz:
            fast = np.flatnonzero(held > max(STEP_EDGE_M_S, STEP_EDGE * held.max()))
            mask[start + fast[0] : start + fast[-1] + 1] = True
    return mask


def residual_speed_m_s(
    uniform: Uniform, orientation: Orientation, posture_up: Floats, segment: Segment
) -> Floats:
    """(n,) array: the sensor's speed in m/s beyond what its turn about a fixed joint explains."""
    every = max(1, int(uniform.rate_hz / ENOUGH_HZ))
    speed = np.zeros(len(uniform.measured))
    for part in uniform.stretches:
        n = part.stop - part.start
        if n < uniform.rate_hz:
            continue
        nodes = slice(part.start, part.stop, every)
        rate_hz = uniform.rate_hz / every
        to_earth = Rotation.from_quat(orientation.quat[nodes], scalar_first=True)
        velocity = _velocity(to_earth, uniform.acc_m_s2[nodes], rate_hz)
        gyr = uniform.gyr_rad_s[nodes] - orientation.bias_rad_s[nodes]
        expected = LEVER_M[segment] * posture_up
        lever = _fit_lever(velocity, to_earth, gyr, expected, rate_hz)
        turning = to_earth.apply(np.cross(gyr, lever))
        left = _high_passed(velocity - turning, rate_hz)
        speed[part] = np.repeat(np.sqrt(np.einsum("ij,ij->i", left, left)), every)[:n]
    return speed


def _velocity(to_earth: Rotation, acc: Floats, rate_hz: float) -> Floats:
    """(n, 3) array: integrated acceleration in m/s, world frame, with its drift."""
    force = to_earth.apply(acc)
    force[:, 2] -= np.median(np.sqrt(np.einsum("ij,ij->i", acc, acc)))
    return np.cumsum(force, axis=0) / rate_hz


def _high_passed(x: Floats, rate_hz: float) -> Floats:
    sos = butter(1, DRIFT_HZ, "high", fs=rate_hz, output="sos")
    return sosfiltfilt(sos, x, axis=0, padlen=min(len(x) - 1, round(rate_hz / DRIFT_HZ)))


def _fit_lever(
    velocity: Floats, to_earth: Rotation, gyr: Floats, expected: Floats, rate_hz: float
) -> Floats:
    """Lever (3,) in m that explains most of the velocity, steps left out, near the expected one."""
    every = max(1, int(rate_hz / FIT_HZ))
    rate_hz /= every
    x, y, z = gyr[::every].T
    none = np.zeros(len(x))
    # what a lever of 1 m along each axis of the sensor adds to the velocity: angular rate x axis
    across = ([none, z, -y], [-z, none, x], [y, -x, none])
    turns = [to_earth[::every].apply(np.column_stack(v)) for v in across]
    both = _high_passed(np.column_stack([velocity[::every], *turns]), rate_hz)
    turning: Floats = np.array([both[:, k : k + 3].ravel() for k in (3, 6, 9)]).T  # (3 n, 3)
    rest = both[:, :3].ravel() - along(turning, expected)
    trust = LEVER_TRUST_S * rate_hz * np.eye(3)
    off: Floats = np.zeros(3)
    for _ in range(3):
        left = (rest - along(turning, off)).reshape(-1, 3)
        usual = np.repeat(np.einsum("ij,ij->i", left, left) < STEP_M_S**2, 3)
        a: Floats = turning[usual]
        normal: Floats = np.asarray(np.einsum("ij,ik->jk", a, a), float) + trust
        target: Floats = np.asarray(np.einsum("ij,i->j", a, rest[usual]), float)
        off = np.asarray(np.linalg.inv(normal) @ target, float)
        off *= min(1.0, LEVER_RANGE_M / max(float(np.linalg.norm(off)), 1e-9))
    return expected + off
