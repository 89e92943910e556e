"""A segment's pitch from the upward vertical, and its causal low-pass."""

import math

import numpy as np

from anklet.live.reading import Reading
from anklet.model import Floats

CUTOFF_HZ = 6.0
"""The offline cutoff; there the filter runs both ways."""
_CORNER_RAD_S = 2 * math.pi * CUTOFF_HZ / math.sqrt(math.sqrt(2) - 1)
"""Of each of two equal poles that together have lost 3 dB at the cutoff."""
LAG_S = 2 / _CORNER_RAD_S
"""How much the low-pass delays a movement: 34 ms. Times given out are set back by it."""


class Plane:
    """The plane that a segment's pitch is measured in.

    Parameters
    ----------
    axis, zero_up : (3,) array
        Medio-lateral axis (unit vector) and the upward vertical at zero, sensor frame.
    """

    def __init__(self, axis: Floats, zero_up: Floats) -> None:
        ahead = zero_up - (zero_up @ axis) * axis
        self._ahead = ahead / max(float(np.linalg.norm(ahead)), 1e-9)
        self._across = cross(axis, self._ahead)
        self._both: list[list[float]] = [self._across.tolist(), self._ahead.tolist()]

    def pitch_deg(self, up: Floats) -> Floats:
        """(n,) array: turn about the axis since zero, deg, of (n, 3) upward verticals."""
        return np.degrees(np.arctan2(-(up @ self._across), up @ self._ahead))

    def turn_deg(self, up: Floats) -> float:
        """Return the same of one (3,) upward vertical."""
        x, y, z = up.tolist()
        (a, b, c), (d, e, f) = self._both
        return math.degrees(math.atan2(-(x * a + y * b + z * c), x * d + y * e + z * f))


def cross(a: Floats, b: Floats) -> Floats:
    """(3,) array: the vector product; NumPy's own takes ten times as long for one."""
    ax, ay, az = a.tolist()
    bx, by, bz = b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


LEVEL_S = 5.0
"""Time over which the drift is taken: a rep or two, whose accelerations average out."""
MAX_LEVEL_DEG = 5.0
"""A sensor's own filter drifts by no more (2.4 deg seen with a bias of 1 deg/s)."""
LEVEL_M_S2 = 1.0
"""Samples whose specific force differs from gravity by more say little of the vertical."""


class Level:
    """What the sensor's own vertical has drifted since zero, about the segment's axis.

    A gyroscope bias that the sensor's filter has not learnt yet tilts its vertical by degrees, and
    as it learns this goes away: zero would drift. The mean specific force over some seconds does
    not drift; an accelerometer's own offset was there at zero as well.
    """

    def __init__(self) -> None:
        self.deg = 0.0
        self._seen_s = 0.0

    def push(self, reading: Reading, plane: Plane, force: Plane, gravity_m_s2: float) -> None:
        """Take a packet's samples; ``force`` is the plane as the accelerometer saw it at zero."""
        acc = reading.mean_acc_m_s2
        if math.isinf(reading.gap_s):
            self._seen_s = 0.0
        off_m_s2 = math.hypot(*acc.tolist()) - gravity_m_s2
        if not reading.whole or abs(off_m_s2) > LEVEL_M_S2:
            return
        drift = force.turn_deg(acc) - plane.turn_deg(reading.mean_up)
        span_s = len(reading.t_s) * reading.period_s
        self._seen_s = min(self._seen_s + span_s, LEVEL_S)
        share = span_s / max(self._seen_s, 1.0)
        drift = max(-MAX_LEVEL_DEG, min(MAX_LEVEL_DEG, drift))
        self.deg += share * (drift - self.deg)


class LowPass:
    """Two equal poles (no overshoot), exact for straight lines between the samples.

    So it runs on over irregular times and short gaps; its lag is `LAG_S` at any rate.
    """

    def __init__(self) -> None:
        self._held: tuple[float, float, float] | None = None

    def push(self, x: Floats, reading: Reading) -> Floats:
        """(n,) array: low-passed values; NaN stays NaN, and what follows it starts anew."""
        out: list[float] = []
        held = self._held if reading.joined else None
        corner = _CORNER_RAD_S * reading.gap_s
        keep = math.exp(-corner)
        for value in x.tolist():
            if not math.isfinite(value):
                held = None
                out.append(math.nan)
            elif held is None:
                held = (value, value, value)
                out.append(value)
            else:
                before, first, second = held
                # each pole's input went straight from one value to the next
                behind = (value - before) / corner
                now = value - behind + (first - before + behind) * keep
                behind = (now - first) / corner
                second = now - behind + (second - first + behind) * keep
                held = (value, now, second)
                out.append(second)
            if corner != (corner := _CORNER_RAD_S * reading.period_s):
                keep = math.exp(-corner)
        self._held = held
        return np.array(out)
