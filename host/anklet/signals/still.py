"""Spans in which a sensor is still: the source of zero and of the gyroscope bias."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from anklet.model import Bools, Floats
from anklet.signals.timebase import Uniform

MIN_STILL_S = 3.0
MAX_STILL_S = 10.0
WINDOW_S = 1.0
STILL_GYR_DEG_S = 3.0
"""RMS angular rate about its mean in a window of 1 s. Quiet standing at the shank has 1.3-1.8 deg/s
(docs/validation.md); slow movement has more."""
STILL_ACC_M_S2 = 0.4
"""RMS specific force about its mean in a window of 1 s."""
STILL_MEAN_GYR_DEG_S = 12.0
"""Mean rate of an axis that may still be a bias: the worst zero-rate level of a supported IMU, and sway."""
STILL_TURN_DEG = 2.0
"""How far gravity may wander from where it was in the first 3 s: standing sway, not a movement."""


@dataclass(frozen=True, eq=False)
class Still:
    """One still span.

    Parameters
    ----------
    span : slice
        Nodes of the grid.
    gyr_rad_s, up : (3,) array
        Mean angular rate (the bias) and the upward vertical, sensor frame.
    stillness_deg_s : float
        RMS angular rate about its mean, all axes together.
    """

    span: slice
    gyr_rad_s: Floats
    up: Floats
    stillness_deg_s: float


def still_spans(uniform: Uniform, also: Bools | None = None) -> tuple[Still, ...]:
    """Find every still span of at least :data:`MIN_STILL_S`, first to last.

    Parameters
    ----------
    uniform : Uniform
        Samples on a uniform grid.
    also : (n,) bool array, optional
        Nodes that may belong to a span (where the other sensor of the leg is still too).
    """
    quiet = quiet_nodes(uniform)
    if also is not None:
        quiet &= also
    found: list[Still] = []
    for start, stop in runs(quiet):
        found.extend(_steady_parts(uniform, start, stop))
    return tuple(found)


def quiet_nodes(uniform: Uniform) -> Bools:
    """(n,) bool array: nodes inside some window of 1 s with next to no movement."""
    window = max(3, round(WINDOW_S * uniform.rate_hz) | 1)
    calm = np.zeros(len(uniform.measured), bool)
    for part in uniform.stretches:
        if part.stop - part.start < window:
            continue
        gyr, acc = uniform.gyr_rad_s[part], uniform.acc_m_s2[part]
        mean, spread_rad_s = _window_moments(gyr, window)
        _, spread_m_s2 = _window_moments(acc, window)
        calm[part] = (
            (spread_rad_s < np.radians(STILL_GYR_DEG_S))
            & (np.abs(mean).max(axis=1) < np.radians(STILL_MEAN_GYR_DEG_S))
            & (spread_m_s2 < STILL_ACC_M_S2)
        )
        half = window // 2
        calm[part.start : part.start + half] = calm[part.stop - half : part.stop] = False
    return _dilate(calm, window)


def runs(mask: Bools) -> list[tuple[int, int]]:
    """Start and stop of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _window_moments(x: Floats, window: int) -> tuple[Floats, Floats]:
    """Mean (n, 3) and total standard deviation (n,) in a centred window."""
    centre = x.mean(axis=0)
    mean = uniform_filter1d(x - centre, window, axis=0, mode="nearest")
    square = uniform_filter1d(((x - centre) ** 2).sum(axis=1), window, mode="nearest")
    return mean + centre, np.sqrt(np.maximum(square - (mean**2).sum(axis=1), 0))


def _dilate(mask: Bools, window: int) -> Bools:
    return uniform_filter1d(mask.astype(float), window, mode="constant") > 0.5 / window


def _steady_parts(uniform: Uniform, start: int, stop: int) -> list[Still]:
    """Cut a quiet run into spans over which gravity stays where it was."""
    need, most = (round(s * uniform.rate_hz) for s in (MIN_STILL_S, MAX_STILL_S))
    smooth = max(1, round(0.5 * uniform.rate_hz))
    found: list[Still] = []
    # half a period of slack: 3 s of samples span one period less than 3 s
    while stop - start >= need - 1:
        acc = uniform.acc_m_s2[start:stop]
        ahead = uniform_filter1d(acc[:most], smooth, axis=0, mode="nearest")
        ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
        up = ahead[:need].mean(axis=0)
        far = np.flatnonzero(ahead @ up < np.cos(np.radians(STILL_TURN_DEG)) * np.linalg.norm(up))
        length = int(far[0]) if len(far) else len(ahead)
        if length < need - 1:
            start += max(1, need // 6)
            continue
        found.append(_still(uniform, slice(start, start + length)))
        start += length
    return found


def _still(uniform: Uniform, span: slice) -> Still:
    gyr = uniform.gyr_rad_s[span]
    acc = uniform.acc_m_s2[span].mean(axis=0)
    spread = np.degrees(np.sqrt(gyr.var(axis=0).sum()))
    return Still(span, gyr.mean(axis=0), acc / np.linalg.norm(acc), float(spread))
