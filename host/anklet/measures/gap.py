"""Active against passive, one leg at one visit: a gap with its interval, or why there is none."""

import math
from dataclasses import dataclass

from anklet.measures.compare import BEYOND, WITHIN
from anklet.measures.norms import Sem
from anklet.measures.uncertainty import long_run_half_deg
from anklet.model import Gap, Knee, Measure, Setup, Side, Summary, Zero


@dataclass(frozen=True)
class Reach:
    """What one assessment says of a leg: how it was measured, and a measure's reps in short."""

    what: str
    setup: Setup
    zero: Zero
    knee: Knee | None
    summary: Summary
    sem: Sem


def active_passive_gap(side: Side, measure: Measure, active: Reach, passive: Reach) -> Gap:
    """Active minus passive reach, where both were measured alike.

    Parameters
    ----------
    side, measure : str
    active, passive : Reach
        Of one visit.

    Returns
    -------
    Gap
        The interval is for the gap of the person's long-run values: both reaches' own half-widths
        in quadrature, since each has its own zero and reps.
    """
    active_deg, passive_deg = active.summary.mean, passive.summary.mean
    reason = _why_not(side, active, passive)
    if reason or active_deg is None or passive_deg is None:
        return Gap(side, measure, reason=reason)
    forward = -1.0 if measure == "pf_peak_deg" else 1.0
    gap = forward * (active_deg - passive_deg)
    half = math.hypot(
        *(
            long_run_half_deg(r.summary, r.sem, measure=measure, zero=r.zero)
            for r in (active, passive)
        )
    )
    return Gap(
        side,
        measure,
        active_deg,
        passive_deg,
        gap,
        gap - half,
        gap + half,
        WITHIN if gap - half <= 0 <= gap + half else BEYOND,
        "; ".join(dict.fromkeys([active.sem.source, passive.sem.source])),
    )


def _why_not(side: Side, active: Reach, passive: Reach) -> str:
    """Why active and passive cannot be compared, in a sentence; empty when they can."""
    a, p = active, passive
    if a.setup != p.setup:
        return (
            f"{a.what} was measured {_SETUPS[a.setup]}, {p.what} {_SETUPS[p.setup]}: a gap needs "
            "the same set-up."
        )
    if "none" in (a.zero, p.zero) or a.zero != p.zero:
        return (
            f"{a.what} counts from {_ZEROS[a.zero]}, {p.what} from {_ZEROS[p.zero]}: a gap needs "
            "the same zero."
        )
    if a.knee is None or p.knee is None or a.knee != p.knee:
        return (
            f"{a.what} was done with the knee {a.knee or 'unsaid'}, {p.what} with it "
            f"{p.knee or 'unsaid'}: a gap needs the same knee position."
        )
    for reach in (a, p):
        if reach.summary.mean is None:
            return f"{reach.what} has no valid value of the {side} leg."
    return ""


_SETUPS = {
    "planted": "with a planted foot",
    "paired": "with shank and foot sensors",
    "table": "on the table",
}
_ZEROS = {"standing": "quiet standing", "neutral": "the held neutral", "none": "no zero"}
