"""Spans in which a sensor is still: the source of zero and of the gyroscope bias."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from anklet.model import Bools, Floats
from anklet.signals.timebase import Uniform

MIN_STILL_S = 3.0
MAX_ZERO_S, MAX_STILL_S = 10.0, 60.0
"""Longest span that zero is taken from, and that is looked at as one for the bias."""
WINDOW_S = 1.0
ENOUGH_HZ = 25.0
"""Stillness is judged at about this rate: sway and movement are slower."""
STILL_GYR_DEG_S = 4.0
"""RMS angular rate about its mean in a window of 1 s. Real quiet standing has up to
half of that (docs/validation.md); slow movement has more."""
STILL_ACC_M_S2 = 0.4
"""RMS specific force about its mean in a window of 1 s."""
STILL_MEAN_GYR_DEG_S = 12.0
"""Mean rate of an axis that may be a bias: the worst zero-rate level of an IMU, and sway."""
SMOOTH_S = 0.5
STILL_TURN_DEG, LONGER_TURN_DEG = 2.5, 1.0
"""How far gravity may wander from its mean in the first 3 s (standing sway, not a movement), and
how far while the span goes on (else the beginning of a slow movement would shift zero)."""


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


def still_spans(uniform: Uniform, quiet: Bools, longest_s: float = MAX_STILL_S) -> Iterator[Still]:
    """Find every still span of at least :data:`MIN_STILL_S`, first to last.

    Parameters
    ----------
    uniform : Uniform
        Samples on a uniform grid.
    quiet : (n,) bool array
        Nodes that may belong to a span: `quiet_nodes`, of all the leg's sensors.
    longest_s : float
        A longer one is cut there.
    """
    need = MIN_STILL_S * uniform.rate_hz - 1  # 3 s of samples span one period less
    for start, stop in runs(quiet):
        if stop - start >= need:
            yield from _steady_parts(uniform, start, stop, longest_s)


def quiet_nodes(uniform: Uniform) -> Bools:
    """(n,) bool array: nodes inside some window of 1 s with next to no movement."""
    every = max(1, int(uniform.rate_hz / ENOUGH_HZ))
    window = max(3, round(WINDOW_S * uniform.rate_hz / every))
    quiet = np.zeros(len(uniform.measured), bool)
    for part in uniform.stretches:
        n = part.stop - part.start
        if n < window * every:
            continue
        mean, spread_rad_s = _window_moments(uniform.gyr_rad_s[part][::every], window)
        _, spread_m_s2 = _window_moments(uniform.acc_m_s2[part][::every], window)
        calm = (
            (spread_rad_s < np.radians(STILL_GYR_DEG_S))
            & (np.abs(mean).max(axis=0) < np.radians(STILL_MEAN_GYR_DEG_S))
            & (spread_m_s2 < STILL_ACC_M_S2)
        )
        # window k covers samples k to k + window - 1
        ends = np.zeros(len(calm) + window, int)
        ends[: len(calm)] += calm
        ends[window:] -= calm
        quiet[part] = np.repeat(np.cumsum(ends)[:-1] > 0, every)[:n]
    return quiet


def runs(mask: Bools) -> list[tuple[int, int]]:
    """Start and stop of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _window_moments(x: Floats, window: int) -> tuple[Floats, Floats]:
    """Mean (3, m) and total standard deviation (m,) in every whole window, by running sums."""
    x = np.array(x.T, order="C")
    centre = x.mean(axis=1, keepdims=True)
    x -= centre
    sums = np.zeros((4, x.shape[1] + 1))
    np.cumsum(x, axis=1, out=sums[:3, 1:])
    np.cumsum((x**2).sum(axis=0), out=sums[3, 1:])
    moments = (sums[:, window:] - sums[:, :-window]) / window
    mean = moments[:3]
    spread = np.sqrt(np.maximum(moments[3] - (mean**2).sum(axis=0), 0))
    return mean + centre, spread


def _steady_parts(uniform: Uniform, start: int, stop: int, longest_s: float) -> Iterator[Still]:
    """Cut a quiet run into spans over which gravity stays where it was in the first 3 s."""
    every = max(1, int(uniform.rate_hz / ENOUGH_HZ))
    need = (round(MIN_STILL_S * uniform.rate_hz) - 1) // every
    most = round(longest_s * uniform.rate_hz) // every
    window = max(1, round(SMOOTH_S * uniform.rate_hz / every))
    up = uniform_filter1d(uniform.acc_m_s2[start:stop:every], window, axis=0, mode="nearest")
    up /= np.sqrt(np.einsum("ij,ij->i", up, up))[:, None]
    first = 0
    while len(up) - first >= need:
        ahead = up[first : first + most]
        mean = ahead[:need].mean(axis=0)
        near = np.cos(np.radians([STILL_TURN_DEG, LONGER_TURN_DEG])) * np.linalg.norm(mean)
        limit = np.full(len(ahead), near[1])
        limit[:need] = near[0]
        far = np.flatnonzero(np.einsum("ij,j->i", ahead, mean) < limit)
        length = int(far[0]) if len(far) else len(ahead)
        if length < need:
            first += max(1, need // 3)
            continue
        begin = start + first * every
        yield _still(uniform, slice(begin, min(begin + length * every, stop)))
        first += length


def _still(uniform: Uniform, span: slice) -> Still:
    gyr = uniform.gyr_rad_s[span]
    acc = uniform.acc_m_s2[span].mean(axis=0)
    spread = np.degrees(np.sqrt(gyr.var(axis=0).sum()))
    return Still(span, gyr.mean(axis=0), acc / np.linalg.norm(acc), float(spread))
