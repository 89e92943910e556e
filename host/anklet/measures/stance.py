"""Two planted shanks recorded in one movement: which leg stands in front."""

from typing import Literal

import numpy as np

from anklet.model import Leg, Rep, Side

MATCH = 0.6
"""Reps of two legs are one when they share this much of the time that they take together."""
SAME_DEG, SPLIT_DEG = 10.0, 15.0
"""The legs stand alike below the first; above the second one of them stands behind. In a split
stance the front shank is upright or leans back and the rear one, up on its toes, leans forward: at
least 20 deg apart; the postures that two legs squat from side by side differ by a few."""

Stance = Literal["apart", "alike", "unknown"]


def rear_leg(left: Leg, right: Leg) -> Side | Stance:
    """Tell which of two legs with shank sensors only is the rear one of a split squat.

    Returns
    -------
    str
        The side of the rear leg; "apart" where the legs did not move together; "alike" where they
        stood alike; "unknown" where nothing tells.
    """
    if not _together(left.reps, right.reps):
        return "apart"
    if "none" in (left.zero, right.zero):
        return "unknown"
    ahead_deg = _start_deg(left) - _start_deg(right)
    if abs(ahead_deg) < SAME_DEG:
        return "alike"
    if not abs(ahead_deg) > SPLIT_DEG:
        return "unknown"
    return "left" if ahead_deg > 0 else "right"


def _together(left: tuple[Rep, ...], right: tuple[Rep, ...]) -> bool:
    """Whether most reps of the leg that has fewer are reps of the other too."""
    same = sum(any(_shared(a, b) > MATCH for b in right) for a in left)
    return 2 * same > min(len(left), len(right))


def _shared(a: Rep, b: Rep) -> float:
    both_s = min(a.end_s, b.end_s) - max(a.start_s, b.start_s)
    return both_s / (max(a.end_s, b.end_s) - min(a.start_s, b.start_s))


def _start_deg(leg: Leg) -> float:
    """The angle that reps start from: at a fixed foot pitch, the shank's lean."""
    nodes = [round((rep.start_s - leg.trace.t0_s) * leg.trace.rate_hz) for rep in leg.reps]
    held = leg.trace.deg[np.clip(nodes, 0, len(leg.trace.deg) - 1)]
    held = held[np.isfinite(held)]
    return float(np.median(held)) if len(held) else float("nan")
