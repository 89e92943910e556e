"""How far the ankle rises above a planted foot, from the shank sensor alone.

While the foot is flat the sensor turns about an ankle that stays where it is, so its height follows
from its tilt: ``up . r``, with r the lever from ankle to sensor in the sensor frame and up the
vertical there. The vertical part of the specific force, twice integrated, is that height, plus
what a heel that leaves the ground adds, plus the accelerometer's offsets and a slow drift. The last
two and r are fitted to the set; heels are on the ground most of the time and never below it, so the
fit is robust, and what stands out above it is the heel's rise. That integration is honest only
between moments at which the foot is known is the idea of zero-velocity updates (Foxlin 2005,
doi:10.1109/MCG.2005.140); here every planted moment is one.

Only the vertical is used: a tilt error of 0.5 deg turns 0.09 m/s2 of gravity into the horizontal,
as much as a slow heel rise has, but takes 0.0004 m/s2 from the vertical.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline

from anklet.model import Bools, Floats
from anklet.signals.sixface import GRAVITY_M_S2
from anklet.signals.still import runs
from anklet.signals.timebase import Uniform

LIFT_M = 0.006
"""The ankle of a lifted heel rises by more than this. Chosen on simulated sets
(``tests/validation/contact.py``): 10 deg of foot pitch raise it by 8 to 28 mm, depending on the
foot and the block; without a lift 3 mm are hardly ever
seen."""
EDGE_M, EDGE_SHARE = 0.0015, 0.15
"""A lift lasts while the ankle is higher than this, and than this share of its highest."""
GUARD_S = 0.1
"""A lift may have begun this much earlier, and ended later, than the edge is seen."""
ENOUGH_HZ = 13.0
"""The fit is made at about this rate."""
MIN_PIECE_S = 3.0
"""Nothing can be told of shorter pieces."""
LEVER_M, LEVER_SPREAD_M = 0.14, 0.06
"""Ankle joint to the sensor, up the leg: just above the ankle bone to mid-shank."""
OFFSET_M_S2, SCALE = 0.1, 0.005
"""Accelerometer offset and scale error, one SD each (LSM6DSOX datasheet: 20 mg and 1 % typical
before, a fraction of that after the six-face calibration)."""
FORCE_M_S2, FORCE_ITERATIONS = 0.03, 15
"""Force that the first, coarse fit leaves unexplained; how often it is reweighted."""
LEVER_KEPT_M, OFFSET_KEPT_M_S2, SCALE_KEPT = 0.003, 0.05, 0.003
"""How far the second fit, of heights, may leave the first: heights of a heel that lifts with every
rep look like another lever."""
HEIGHT_M, ROBUST_M, BELOW = 0.003, 0.002, 3.0
"""Scatter of heights; a height counts half from ``ROBUST_M`` above the ground on, and from
``BELOW`` times that below it."""
RISE_ITERATIONS = 30
WANDER_M_S2, WANDER_KNOT_S = 0.002, 5.0
"""How much the vertical force wanders, beyond offsets, and how fast: knots of a cubic spline."""


@dataclass(frozen=True, eq=False)
class _Piece:
    """One planted piece: its nodes, and means over ``every`` of them: up (m, 3), vertical force."""

    nodes: slice
    up: Floats
    force: Floats
    dt_s: float
    every: int


def heel_rise_m(uniform: Uniform, up: Floats, zero_up: Floats, planted: Bools) -> Floats:
    """Height of the ankle above where it is with the heel on the ground.

    Parameters
    ----------
    uniform : Uniform
        The shank sensor's samples.
    up : (n, 3) array
        The upward vertical, sensor frame.
    zero_up : (3,) array
        The same in quiet standing (without one, the mean): the direction of the expected lever.
    planted : (n,) bool array
        Where the foot ought to be planted: the sets, without steps.

    Returns
    -------
    (n,) array
        In m; NaN where it cannot be told (not planted, or within 3 s between gaps and steps).
    """
    out = np.full(len(planted), np.nan)
    pieces = _pieces(uniform, up, planted)
    if not pieces:
        return out
    known = _lever_and_offsets(pieces, zero_up)
    for piece in pieces:
        rise = _rise(piece, known)
        node = np.arange(len(rise) * piece.every)
        out[piece.nodes] = np.interp(node, (np.arange(len(rise)) + 0.5) * piece.every - 0.5, rise)
    return out


def lifted(rise_m: Floats, rate_hz: float) -> list[tuple[int, int]]:
    """First node and the one after the last of each span in which the heel is off the ground."""
    known = np.nan_to_num(rise_m)
    guard = round(GUARD_S * rate_hz)
    spans: list[tuple[int, int]] = []
    for start, stop in runs(known > EDGE_M):
        top = known[start:stop].max()
        if top <= LIFT_M:
            continue
        high = start + np.flatnonzero(known[start:stop] > EDGE_SHARE * top)
        spans.append((max(0, int(high[0]) - guard), min(len(known), int(high[-1]) + guard + 1)))
    return spans


def _pieces(uniform: Uniform, up: Floats, planted: Bools) -> list[_Piece]:
    every = max(1, round(uniform.rate_hz / ENOUGH_HZ))
    pieces: list[_Piece] = []
    for part in uniform.stretches:
        for start, stop in runs(planted[part]):
            count = (stop - start) // every
            if count * every < MIN_PIECE_S * uniform.rate_hz:
                continue
            nodes = slice(part.start + start, part.start + start + count * every)
            vertical = np.einsum("ij,ij->i", up[nodes], uniform.acc_m_s2[nodes])
            pieces.append(
                _Piece(
                    nodes,
                    up[nodes].reshape(count, every, 3).mean(axis=1),
                    vertical.reshape(count, every).mean(axis=1),
                    every / uniform.rate_hz,
                    every,
                )
            )
    return pieces


def _offset_columns(up: Floats) -> Floats:
    """(m, 6) array: what offsets, and scale errors, of each axis add to the vertical force."""
    columns = np.hstack([up, GRAVITY_M_S2 * up**2])
    return columns - columns.mean(axis=0)


def _lever_and_offsets(pieces: Sequence[_Piece], zero_up: Floats) -> Floats:
    """(9,) array: lever, offsets and scale errors that explain the force, lifts being outliers."""
    rows: list[Floats] = []
    target: list[Floats] = []
    for p in pieces:
        turned = np.diff(p.up, 2, axis=0) / p.dt_s**2
        columns = np.hstack([turned, _offset_columns(p.up)[1:-1]])
        rows.append(_smooth(columns - columns.mean(axis=0)))
        target.append(_smooth((p.force - p.force.mean())[1:-1, None])[:, 0])
    a, y = np.vstack(rows) / FORCE_M_S2, np.concatenate(target) / FORCE_M_S2
    expected = np.concatenate([LEVER_M * zero_up, np.zeros(6)])
    spread = np.repeat([LEVER_SPREAD_M, OFFSET_M_S2, SCALE], 3)
    weight = np.ones(len(y))
    found = expected
    for k in range(FORCE_ITERATIONS):
        found = _solve(a, y, weight, expected, spread)
        left = np.abs(y - a @ found)
        weight = 1 / np.maximum(1, left) if 2 * k < FORCE_ITERATIONS else 1 / (1 + left**2)
    return found


def _rise(piece: _Piece, known: Floats) -> Floats:
    """(m,) array: height left over when lever, offsets and drift are taken off."""
    n, dt_s = len(piece.force), piece.dt_s
    height = _twice_integrated(piece.force[:, None], dt_s)[:, 0]
    wander = _twice_integrated(_splines(n, dt_s), dt_s)
    at = np.linspace(-1, 1, n)[:, None]
    free = np.hstack([at**0, at, at**2])  # place, speed and mean force
    columns = np.hstack(
        [piece.up, _twice_integrated(_offset_columns(piece.up), dt_s), wander, free]
    )
    expected = np.concatenate([known, np.zeros(columns.shape[1] - len(known))])
    kept = np.repeat([LEVER_KEPT_M, OFFSET_KEPT_M_S2, SCALE_KEPT], 3)
    spread = np.concatenate([kept, np.full(wander.shape[1], WANDER_M_S2), np.full(3, np.inf)])
    # start from a height without its huge parabola: the normal equations lose digits otherwise
    height = height - free @ np.linalg.lstsq(free, height)[0]
    a, y = columns / HEIGHT_M, height / HEIGHT_M
    weight = np.ones(n)
    left = height
    for _ in range(RISE_ITERATIONS):
        left = height - columns @ _solve(a, y, weight, expected, spread)
        weight = 1 / (1 + np.where(left > 0, left / ROBUST_M, left / (BELOW * ROBUST_M)) ** 2)
    return left


def _solve(a: Floats, y: Floats, weight: Floats, expected: Floats, spread: Floats) -> Floats:
    """Weighted least squares with a normal prior on each unknown."""
    weighted = a * weight[:, None]
    normal = weighted.T @ a + np.diag(1 / spread**2)
    return np.asarray(np.linalg.solve(normal, weighted.T @ y + expected / spread**2), float)


def _twice_integrated(x: Floats, dt_s: float) -> Floats:
    """(m, k) array whose second differences are x to the fourth order (Numerov's method)."""
    sums = np.cumsum(np.cumsum(x, axis=0), axis=0)
    before = np.concatenate([np.zeros_like(x[:1]), sums[:-1]])
    return (before + x / 12) * dt_s**2


def _splines(n: int, dt_s: float) -> Floats:
    """(n, k) array: cubic B-splines."""
    spans = max(1, round(n * dt_s / WANDER_KNOT_S))
    knots = np.concatenate([np.zeros(3), np.linspace(0, n, spans + 1), np.full(3, n)])
    return BSpline.design_matrix(np.arange(n) + 0.5, knots, 3).toarray()


def _smooth(x: Floats) -> Floats:
    """Mean of three in a row."""
    return (x[:-2] + x[1:-1] + x[2:]) / 3
