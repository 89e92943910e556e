"""What stands of a rep in which the heel left the ground.

While a heel is up the shank's lean is no ankle angle: the foot's pitch, downwards, is missing from
it. The true angle is lower, by no more than the ankle's rise allows.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from anklet.measures.metrics import DWELL_DEG
from anklet.measures.reps import BAND_DEG, BAND_SHARE, Excursion, filled
from anklet.model import Bools, Floats, Rep

RISE_M_PER_RAD = 0.05
"""The ankle rises by at least this for each radian that the foot pitches: a short foot (0.10 m from
ankle to toe joint) on a steep block."""

LEAD_S, TAIL_S = 1.0, 1.5
"""Before a set's first rep and after its last one the foot is taken as planted for this long: a
heel may rise after the last rep, and may be let down onto the block shortly before the first."""

Span = tuple[int, int]


def around_sets(sets: Sequence[Sequence[Excursion]], planted: Bools, rate_hz: float) -> Bools:
    """(n,) bool array: planted nodes in a set or near it."""
    near = np.zeros(len(planted), bool)
    for reps in sets:
        start = max(0, reps[0].start - round(LEAD_S * rate_hz))
        near[start : reps[-1].last + round(TAIL_S * rate_hz)] = True
    return near & planted


def owned_lifts(lifts: Sequence[Span], reps: Sequence[Excursion]) -> list[list[Span]]:
    """Give each lift to the rep that it overlaps most; a rep lasts until the next one starts.

    Parameters
    ----------
    lifts : sequence of (int, int)
        First node, and the one after the last, of each span with the heel up.
    reps : sequence of Excursion
        Of one set.
    """
    owned: list[list[Span]] = [[] for _ in reps]
    ends = [*(r.start for r in reps[1:]), None]
    for start, stop in lifts:
        shared = [
            min(stop, stop if end is None else end) - max(start, rep.start)
            for rep, end in zip(reps, ends, strict=True)
        ]
        if shared and max(shared) > 0:
            owned[int(np.argmax(shared))].append((start, stop))
    return owned


def set_aside_lifted(
    rep: Rep, at: Excursion, angle_deg: Floats, rise_m: Floats, lifts: Sequence[Span]
) -> Rep:
    """Mark a rep's lifts, and the peaks that they leave unmeasured.

    Dorsiflexion stands where no lifted node comes within 2 deg of its peak: with the heel up the
    shank shows too much, never too little. Plantarflexion stands where, by the ankle's rise, the
    foot cannot have pitched below it.

    Parameters
    ----------
    rep : Rep
    at : Excursion
        Where it is.
    angle_deg, rise_m : (n,) array
        The angle as if the foot were planted, and the ankle's rise; NaN where not known.
    lifts : sequence of (int, int)
        The rep's own.
    """
    if not lifts:
        return rep
    x = filled(angle_deg)
    df_valid, pf_valid, reasons = rep.df_valid, rep.pf_valid, list(rep.reasons)
    for start, stop in lifts:
        before = np.arange(start, min(stop, at.last + 1))
        at_peak = bool(np.any(x[before] > x[at.df] - DWELL_DEG))
        after = np.arange(max(start, at.df), min(stop, len(x)))
        pitch_deg = np.degrees(np.nan_to_num(rise_m[after]) / RISE_M_PER_RAD)
        past_low = bool(np.any(x[after] - pitch_deg < x[at.pf]))
        df_valid, pf_valid = df_valid and not at_peak, pf_valid and not past_low
        reason = f"the heel left the ground {_where(at, x, start, stop, at_peak)}"
        if reason not in reasons:
            reasons.append(reason)
    return replace(
        rep,
        df_valid=df_valid,
        pf_valid=pf_valid,
        df_peak_deg=rep.df_peak_deg if df_valid else None,
        pf_peak_deg=rep.pf_peak_deg if pf_valid else None,
        rom_deg=rep.rom_deg if df_valid and pf_valid else None,
        reasons=tuple(reasons),
    )


def _where(at: Excursion, x: Floats, start: int, stop: int, at_peak: bool) -> str:
    if at_peak:
        return "at the DF peak"
    band = max(BAND_DEG, BAND_SHARE * (x[at.df] - x[at.pf]))
    if start >= at.df and x[start:stop].min() <= x[at.pf] + 2 * band:
        return "at the PF end"
    return "on the way back" if start + stop > 2 * at.df else "on the way out"
