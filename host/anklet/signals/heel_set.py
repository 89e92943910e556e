"""How high the ankle rises in a set of heel rises, from shank and foot sensor together.

The foot turns about its toe joint, so the ankle rises by ``a sin p + b (1 - cos p)`` when the foot
pitches by p: a and b are how far the ankle lies behind the toe joint and (negative) above it. They
are not known of anybody's foot, but the shank sensor's height, twice integrated
(`anklet.signals.vertical`), follows the ankle's, so both are fitted to the set.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anklet.model import Floats, HeelRise, Height, Work
from anklet.signals.sixface import GRAVITY_M_S2
from anklet.signals.timebase import Uniform
from anklet.signals.vertical import (
    HEIGHT_M,
    SCALE,
    Piece,
    height_columns,
    integrated_height,
    known_lever,
    pieces,
    solve,
)

FOOT_M, FOOT_SPREAD_M = (0.13, -0.08), (0.04, 0.03)
"""Where an adult's ankle lies from the toe joint: a and b, mean and SD (assumed, wide)."""
FOOT_LEAST_M, FOOT_MOST_M = 0.05, 0.25
"""A fitted foot outside these is no foot: the movement was something else."""
EDGE_S = 1.0
"""The set is looked at from this long before its first rep to as long after its last one."""
MIN_REPS = 3
"""With fewer the interval cannot be judged from the reps themselves."""
MODEL_SHARE = 0.02
"""Standard error, as a share of the height, for what a hinge at the toes leaves out: the midfoot
bends and the toe joint rolls (assumed; no measurement of it is in these data)."""
T_95 = 1.96


@dataclass(frozen=True, eq=False)
class _Fit:
    """What a fit needs: columns and target in units of scatter, priors, pitch in rad (m,)."""

    a: Floats
    y: Floats
    expected: Floats
    spread: Floats

    def foot(self, weight: Floats) -> Floats:
        """(2,) array: a and b in m."""
        return solve(self.a, self.y, weight, self.expected, self.spread)[-2:]

    def error(self, shape: Floats) -> float:
        """Standard error of ``shape @ foot`` that the priors leave: what looks alike in the set."""
        covariance = np.linalg.inv(self.a.T @ self.a + np.diag(1 / self.spread**2))
        return float(np.sqrt(shape @ covariance[-2:, -2:] @ shape))


def heel_rises(
    uniform: Uniform,
    up: Floats,
    zero_up: Floats,
    pitch_deg: Floats,
    reps: Sequence[tuple[int, int, bool]],
    mass_kg: float | None,
) -> HeelRise:
    """Estimate the heights of a set of heel rises.

    Parameters
    ----------
    uniform : Uniform
        The shank sensor's samples.
    up : (n, 3) array
        The upward vertical, sensor frame.
    zero_up : (3,) array
        The same in quiet standing.
    pitch_deg : (n,) array
        How far the foot is pitched, heel up positive, on the shank's nodes; NaN where not measured.
    reps : sequence of (int, int, bool)
        First and last node of each rep, and whether its far peak stands.
    mass_kg : float or None
        Body mass.

    Returns
    -------
    HeelRise
        Without heights where no honest interval can be given: fewer than three reps, a gap in the
        set, or a movement that no foot makes about its toes.
    """
    nothing = HeelRise(len(reps), (None,) * len(reps), None, None, {}, mass_kg)
    margin = round(EDGE_S * uniform.rate_hz)
    first, last = max(0, reps[0][0] - margin), reps[-1][1] + margin
    wanted = np.zeros(len(pitch_deg), bool)
    wanted[first:last] = np.isfinite(pitch_deg[first:last])
    parts = pieces(uniform, up, wanted)
    if len(parts) != 1 or sum(stands for _, _, stands in reps) < MIN_REPS:
        return nothing
    piece = parts[0]
    if piece.nodes.start > reps[0][0] or piece.nodes.stop < reps[-1][1]:
        return nothing
    fit = _fit(piece, zero_up, np.radians(piece.of_nodes(np.nan_to_num(pitch_deg))))
    foot = fit.foot(np.ones(len(fit.y)))
    if not FOOT_LEAST_M < foot[0] < FOOT_MOST_M:
        return nothing
    pitch_rad = np.radians(pitch_deg)
    shapes = [_shape(pitch_rad[max(0, a - margin) : b + 1]) if ok else None for a, b, ok in reps]
    known = np.array([s for s in shapes if s is not None])
    shape = known.mean(axis=0)
    mean = float(shape @ foot)
    parts_m = {
        "rep to rep": _jackknife(fit, piece, reps, shape),
        "lever": fit.error(shape),
        "accelerometer scale": SCALE * mean,
        "bending foot": MODEL_SHARE * mean,
    }
    half = T_95 * float(np.sqrt(sum(se**2 for se in parts_m.values())))
    total = Height(*(len(known) * x for x in (mean, mean - half, mean + half)))
    return HeelRise(
        reps=len(reps),
        heights_m=tuple(None if s is None else float(s @ foot) for s in shapes),
        mean=Height(mean, mean - half, mean + half),
        total=total,
        parts_m=parts_m,
        mass_kg=mass_kg,
        work=None if mass_kg is None else _work(total, mass_kg),
    )


def _fit(piece: Piece, zero_up: Floats, pitch_rad: Floats) -> _Fit:
    columns, slow = height_columns(piece)
    foot = np.column_stack([np.sin(pitch_rad), 1 - np.cos(pitch_rad)])
    expected, spread = known_lever(zero_up)
    return _Fit(
        np.hstack([columns, foot]) / HEIGHT_M,
        integrated_height(piece) / HEIGHT_M,
        np.concatenate([expected, np.zeros(len(slow)), FOOT_M]),
        np.concatenate([spread, slow, FOOT_SPREAD_M]),
    )


def _shape(pitch_rad: Floats) -> Floats:
    """(2,) array: what a and b are multiplied by for the rise from before a rep to its top."""
    node = int(np.nanargmax(pitch_rad))
    top, low = pitch_rad[node], np.nanmin(pitch_rad[: node + 1])
    return np.array([np.sin(top) - np.sin(low), np.cos(low) - np.cos(top)])


def _jackknife(
    fit: _Fit, piece: Piece, reps: Sequence[tuple[int, int, bool]], shape: Floats
) -> float:
    """Standard error of the mean height, in m, by leaving out each rep in turn.

    Efron and Stein, The jackknife estimate of variance, Ann Statist 9:586-596, 1981.
    """
    at = piece.nodes.start + np.arange(len(fit.y)) * piece.every
    ends = [*(a for a, _, _ in reps[1:]), piece.nodes.stop]
    heights = [
        float(shape @ fit.foot(np.where((at >= a) & (at < end), 0.0, 1.0)))
        for (a, _, _), end in zip(reps, ends, strict=True)
    ]
    n = len(heights)
    return float(np.sqrt((n - 1) / n * np.sum((np.array(heights) - np.mean(heights)) ** 2)))


def _work(total: Height, mass_kg: float) -> Work:
    return Work(*(mass_kg * GRAVITY_M_S2 * x for x in (total.value_m, total.low_m, total.high_m)))
