"""Orientation and calibration to segment pitch and ankle angle.

``ankle = shank_lean + foot_pitch``; each segment's pitch is the turn of gravity's projection on the
plane normal to its calibrated medio-lateral axis, from quiet standing (docs: How it measures).
"""

import numpy as np
from scipy.signal import butter, sosfiltfilt

from anklet.model import Bools, Floats
from anklet.signals.timebase import Uniform

CUTOFF_HZ = 6.0
"""Low-pass of the angle (Winter, Biomechanics and motor control of human movement, 2009, 3.4)."""
ORDER = 4
"""Of the single pass: run both ways it has no phase, and keeps 99.6 % at 3 Hz (a rep in a second),
where a 2nd-order one run both ways keeps 97 %."""
MIN_NODES = 15
"""Fewer cannot be filtered (the filter's padding is that long)."""
MIN_STRETCH_S = 1.0
"""Shorter stretches between long gaps give no angle: their inclination is not settled."""


def pitch_deg(up: Floats, zero_up: Floats, axis: Floats) -> Floats:
    """Turn of a segment about its medio-lateral axis since zero.

    Parameters
    ----------
    up : (n, 3) array
        The upward vertical in the sensor frame.
    zero_up : (3,) array
        The same at zero.
    axis : (3,) array
        Medio-lateral axis, unit vector in the sensor frame.

    Returns
    -------
    (n,) array
        Degrees, positive for a positive turn of the segment about the axis; -180 to 180.
    """
    ahead = zero_up - (zero_up @ axis) * axis
    ahead /= np.linalg.norm(ahead)
    across = np.cross(axis, ahead)
    return np.degrees(np.arctan2(-along(up, across), along(up, ahead)))


def along(v: Floats, axis: Floats) -> Floats:
    """(n,) array: component of (n, 3) vectors along an axis (BLAS and its threads cost more)."""
    return np.einsum("ij,j->i", v, axis)


def smooth(x: Floats, uniform: Uniform, cutoff_hz: float = CUTOFF_HZ) -> Floats:
    """Zero-phase 4th-order Butterworth low-pass of every stretch on its own.

    Parameters
    ----------
    x : (n,) or (n, k) array
        Values on the grid of ``uniform``; finite inside its stretches.

    Returns
    -------
    array like ``x``
        Stretches too short to filter are returned as they were.
    """
    if uniform.rate_hz <= 2.2 * cutoff_hz:
        return x
    sos = butter(ORDER, cutoff_hz, fs=uniform.rate_hz, output="sos")
    out = np.array(x)
    for part in uniform.stretches:
        if part.stop - part.start > MIN_NODES:
            out[part] = sosfiltfilt(sos, x[part], axis=0)
    return out


def settled(uniform: Uniform) -> Bools:
    """(n,) bool array: measured nodes of stretches long enough to give an angle."""
    mask = np.zeros(len(uniform.measured), bool)
    for part in uniform.stretches:
        if part.stop - part.start >= MIN_STRETCH_S * uniform.rate_hz:
            mask[part] = uniform.measured[part]
    return mask
