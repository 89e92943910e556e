"""When the foot travels: steps onto and off the block, and gait, from one sensor's own motion.

While the foot is planted the shank sensor turns about a fixed ankle and moves at no more than its
lever times its angular rate; a step carries it at walking speed. (Heel rises are smaller.)
"""

import numpy as np
from scipy.signal import butter, sosfiltfilt
from scipy.spatial.transform import Rotation

from anklet.model import Bools, Floats
from anklet.signals.orientation import Orientation
from anklet.signals.still import runs
from anklet.signals.timebase import Uniform

STEP_M_S, STEP_M = 0.3, 0.15
"""A step gets this fast, and leads this far. The shortest (0.2 m in 1 s) peaks at 0.37 m/s (minimum
jerk: 1.875 times the mean); a heel rise in 0.4 s gets fast, but the sensor moves 0.05 to 0.11 m."""
STEP_EDGE_M_S = 0.20
"""A step lasts while the speed stays above this: more than the end of a fast rep has."""
LEVER_M = 0.12
"""Ankle joint to a shank sensor just above the ankle bone."""
DRIFT_HZ = 0.3
"""High-pass of the integrated acceleration: slower than any step, faster than tilt errors."""
MERGE_S = 0.3
ENOUGH_HZ = 50.0
"""Speed is computed at about this rate."""


def stepping(
    uniform: Uniform, orientation: Orientation, zero_up: Floats, *, lever_m: float = LEVER_M
) -> Bools:
    """Find the nodes at which the sensor travels as in a step.

    Parameters
    ----------
    uniform, orientation
        One sensor's samples and orientation.
    zero_up : (3,) array
        The upward vertical in quiet standing, sensor frame: the direction of the lever.
    lever_m : float
        Distance from the fixed joint to the sensor, m; 0 for a foot sensor.

    Returns
    -------
    (n,) bool array
    """
    speed = residual_speed_m_s(uniform, orientation, zero_up, lever_m)
    mask = np.zeros(len(speed), bool)
    for start, stop in runs(speed > STEP_EDGE_M_S):
        held = speed[start:stop]
        if held.max() > STEP_M_S and held.sum() / uniform.rate_hz > STEP_M:
            mask[start:stop] = True
    gap = round(MERGE_S * uniform.rate_hz)
    for start, stop in runs(~mask):
        if start > 0 and stop < len(mask) and stop - start < gap:
            mask[start:stop] = True
    return mask


def residual_speed_m_s(
    uniform: Uniform, orientation: Orientation, zero_up: Floats, lever_m: float
) -> Floats:
    """(n,) array: the sensor's speed in m/s beyond what its turn about the joint explains."""
    every = max(1, int(uniform.rate_hz / ENOUGH_HZ))
    rate_hz = uniform.rate_hz / every
    high_pass = butter(1, DRIFT_HZ, "high", fs=rate_hz, output="sos")
    speed = np.zeros(len(uniform.measured))
    for part in uniform.stretches:
        n = part.stop - part.start
        if n < uniform.rate_hz:
            continue
        acc = uniform.acc_m_s2[part][::every]
        to_earth = Rotation.from_quat(orientation.quat[part][::every], scalar_first=True)
        force = to_earth.apply(acc)
        force[:, 2] -= np.median(np.sqrt(np.einsum("ij,ij->i", acc, acc)))
        velocity = np.cumsum(force, axis=0) / rate_hz
        if lever_m:
            gyr = uniform.gyr_rad_s[part][::every] - orientation.bias_rad_s[part][::every]
            velocity -= to_earth.apply(np.cross(gyr, lever_m * zero_up))
        pad = min(len(velocity) - 1, round(rate_hz / DRIFT_HZ))
        velocity = sosfiltfilt(high_pass, velocity, axis=0, padlen=pad)
        along = np.sqrt(np.einsum("ij,ij->i", velocity, velocity))
        speed[part] = np.repeat(along, every)[:n]
    return speed
