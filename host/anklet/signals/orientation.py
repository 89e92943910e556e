"""Orientation without a magnetometer, offline and acausal, by VQF.

D. Laidig, T. Seel, VQF: Highly accurate IMU orientation estimation with bias estimation and
magnetic disturbance rejection, Information Fusion 91 (2023), doi:10.1016/j.inffus.2022.10.014.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from vqf import offlineVQF

from anklet.model import Floats
from anklet.signals.still import Still, quiet_nodes, still_spans
from anklet.signals.timebase import Uniform

MAX_BIAS_DEG_S = 10.0
"""Largest gyroscope offset that rest may be believed at where nothing else tells it: the worst
zero-rate level of a supported IMU (MPU-6886, DS-000193 table 1). VQF's own default is 2 deg/s."""
FILL_QUAT = (1.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Orientation:
    """Orientation and gyroscope bias on a uniform grid.

    Parameters
    ----------
    quat : (n, 4) array
        Sensor to earth, w first, earth z up; heading starts anew in every stretch.
    bias_rad_s : (n, 3) array
        Gyroscope bias, sensor frame.
    """

    quat: Floats
    bias_rad_s: Floats

    @property
    def up(self) -> Floats:
        """(n, 3) array: the upward vertical in the sensor frame; each column contiguous."""
        w, x, y, z = self.quat.T
        return np.array([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]).T


def orient(uniform: Uniform, still: Iterable[Still] | None = None) -> Orientation:
    """Estimate the orientation of a sensor over a whole recording.

    Each gyroscope sample is averaged with its predecessor, since the filter holds it over the
    interval before it (else the result runs half a sample ahead). The bias seen in still spans is
    taken off first, so that the filter's rest detection, which stops at 2 deg/s, sees a small one.

    Parameters
    ----------
    uniform : Uniform
        Samples on a uniform grid; every stretch is filtered on its own.
    still : iterable of Still, optional
        Still spans of this recording; found here when not given.
    """
    spans = tuple(still_spans(uniform, quiet_nodes(uniform)) if still is None else still)
    n = len(uniform.measured)
    known = bias_of(spans)
    gyr = uniform.gyr_rad_s - known
    params = {} if spans else {"biasClip": MAX_BIAS_DEG_S}
    quat, bias = np.empty((n, 4)), np.empty((n, 3))
    gap = np.ones(n, bool)
    for part in uniform.stretches:
        middle = gyr[part]
        middle[1:] += middle[:-1].copy()
        middle[1:] *= 0.5
        found = offlineVQF(middle, uniform.acc_m_s2[part], None, 1 / uniform.rate_hz, params)
        quat[part], gap[part] = found["quat6D"], False
        np.add(found["bias"], known, out=bias[part])
    quat[gap], bias[gap] = FILL_QUAT, known
    return Orientation(quat, bias)


def at_rows(orientation: Orientation, uniform: Uniform) -> Floats:
    """Orientation at the input's own samples.

    Returns
    -------
    (m, 4) array
        One row per input sample: the grid's value where the sample lies on a node, else the
        normalised mean of its neighbours (their angle is small).
    """
    low = np.floor(uniform.rows).astype(int)
    share = (uniform.rows - low)[:, None]
    if not share.any():
        return orientation.quat[low]
    a, b = orientation.quat[low], orientation.quat[np.minimum(low + 1, len(orientation.quat) - 1)]
    b = np.where(np.sum(a * b, axis=1, keepdims=True) < 0, -b, b)
    mixed = (1 - share) * a + share * b
    return mixed / np.linalg.norm(mixed, axis=1, keepdims=True)


def bias_of(spans: tuple[Still, ...]) -> Floats:
    """(3,) array: gyroscope bias in rad/s: the still spans' means, the stillest counting most."""
    if not spans:
        return np.zeros(3)
    weights = [(s.span.stop - s.span.start) / max(s.stillness_deg_s, 0.01) ** 2 for s in spans]
    return np.average([s.gyr_rad_s for s in spans], axis=0, weights=weights)
