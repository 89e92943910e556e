"""How far the ankle rises above a planted foot, from the shank sensor alone.

What is left of the sensor's height (`anklet.signals.vertical`) when lever, offsets and wander are
fitted is the rise of the ankle, of a heel that leaves the ground. Heels are on the ground most of
the time and never below it, so the fit is robust, from below.
"""

from collections.abc import Sequence

import numpy as np

from anklet.model import Bools, Floats
from anklet.signals.still import runs
from anklet.signals.timebase import Uniform
from anklet.signals.vertical import (
    HEIGHT_M,
    Piece,
    height_columns,
    integrated_height,
    known_lever,
    offset_columns,
    pieces,
    solve,
)

LIFT_M = 0.006
"""The ankle of a lifted heel rises by more than this. Chosen on simulated sets
(``tests/validation/contact.py``): 10 deg of foot pitch raise it by 8 to 28 mm, depending on the
foot and the block; without a lift 3 mm are hardly ever seen."""
EDGE_M, EDGE_SHARE = 0.0015, 0.15
"""A lift lasts while the ankle is higher than this, and than this share of its highest."""
GUARD_S = 0.1
"""A lift may have begun this much earlier, and ended later, than the edge is seen."""
FORCE_M_S2, FORCE_ROUNDS = 0.03, 15
"""Force that the first, coarse fit leaves unexplained; how often it is reweighted."""
KEPT = (0.003, 0.05, 0.003)
"""How far the second fit, of heights, may leave the first in lever (m), offsets (m/s2) and scale:
the heights of a heel that lifts with every rep look like another lever."""
ROBUST_M, BELOW, RISE_ROUNDS = 0.002, 3.0, 30
"""A height counts half from the first on above the ground, and from ``BELOW`` times that below."""
SETTLED_M = 0.0001
"""The fit is done when no height changes by more."""


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
    parts = pieces(uniform, up, planted)
    if parts:
        known = _lever_and_offsets(parts, zero_up)
        for piece in parts:
            out[piece.nodes] = piece.on_nodes(_rise(piece, known))
    return out


def lifted(rise_m: Floats, rate_hz: float) -> list[tuple[int, int]]:
    """First node and the one after the last of each span in which the heel is off the ground.

    Parameters
    ----------
    rise_m : (n,) array
        From `heel_rise_m`.
    rate_hz : float
    """
    known = np.nan_to_num(rise_m)
    guard = round(GUARD_S * rate_hz)
    spans: list[tuple[int, int]] = []
    for start, stop in runs(known > EDGE_M):
        top = known[start:stop].max()
        if top > LIFT_M:
            high = start + np.flatnonzero(known[start:stop] > EDGE_SHARE * top)
            spans.append((max(0, int(high[0]) - guard), min(len(known), int(high[-1]) + guard + 1)))
    return spans


def _lever_and_offsets(parts: Sequence[Piece], zero_up: Floats) -> Floats:
    """(9,) array: lever, offsets and scale errors that explain the force, lifts being outliers."""
    rows: list[Floats] = []
    target: list[Floats] = []
    for p in parts:
        turned = np.diff(p.up, 2, axis=0) / p.dt_s**2
        columns = np.hstack([turned, offset_columns(p.up)[1:-1]])
        rows.append(_smooth(columns - columns.mean(axis=0)))
        target.append(_smooth((p.force - p.force.mean())[1:-1, None])[:, 0])
    a, y = np.vstack(rows) / FORCE_M_S2, np.concatenate(target) / FORCE_M_S2
    expected, spread = known_lever(zero_up)
    weight = np.ones(len(y))
    found = expected
    for k in range(FORCE_ROUNDS):
        found = solve(a, y, weight, expected, spread)
        left = np.abs(y - a @ found)
        weight = 1 / np.maximum(1, left) if 2 * k < FORCE_ROUNDS else 1 / (1 + left**2)
    return found


def _rise(piece: Piece, known: Floats) -> Floats:
    """(m,) array: height left over when lever, offsets and wander are taken off."""
    height = integrated_height(piece)
    columns, slow = height_columns(piece)
    expected = np.concatenate([known, np.zeros(len(slow))])
    spread = np.concatenate([np.repeat(KEPT, 3), slow])
    a, y = columns / HEIGHT_M, height / HEIGHT_M
    weight = np.ones(len(height))
    left = height
    for _ in range(RISE_ROUNDS):
        before, left = left, height - columns @ solve(a, y, weight, expected, spread)
        if np.abs(left - before).max() < SETTLED_M:
            break
        weight = 1 / (1 + np.where(left > 0, left / ROBUST_M, left / (BELOW * ROBUST_M)) ** 2)
    return left


def _smooth(x: Floats) -> Floats:
    """Mean of three in a row."""
    return (x[:-2] + x[1:-1] + x[2:]) / 3
