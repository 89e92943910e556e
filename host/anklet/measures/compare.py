"""Left against right: a difference in degrees with its interval, and a cautious index."""

import math

from anklet.measures.metrics import summarize
from anklet.measures.norms import BORROWED_SEM, LSI_MAX_HALF_WIDTH, Z_95, Sem
from anklet.model import MEASURES, Comparison, Difference, Leg, Measure, Side, Summary

WITHIN, BEYOND = "within measurement error", "beyond measurement error"


def compare_legs(
    left: Leg, right: Leg, involved: Side | None, sem: dict[Measure, Sem] | None = None
) -> Comparison:
    """Compare two legs measured alike.

    Parameters
    ----------
    left, right : Leg
    involved : str or None
        The difference is involved minus uninvolved; left minus right where None.
    sem : dict, optional
        Standard error of measurement by measure; the literature's when not given.
    """
    one, other = (right, left) if involved == "right" else (left, right)
    sems = BORROWED_SEM if sem is None else sem
    return Comparison(
        involved,
        primary_measure(left),
        {m: difference(pooled(one, m), pooled(other, m), sems[m]) for m in MEASURES},
    )


def difference(one: Summary, other: Summary, sem: Sem) -> Difference | None:
    """Difference of two legs' means with its 95 % interval for the person's long-run value.

    Each leg's standard error is the SEM, or its own SD / sqrt(n) where the reps scatter so much
    that this is larger; the SEM contains rep noise, so the two are not added.

    Parameters
    ----------
    one, other : Summary
        The leg that counts positive, and the one taken off.
    sem : Sem

    Returns
    -------
    Difference or None
        None where a leg has no valid rep.
    """
    if one.mean is None or other.mean is None:
        return None
    se_one, se_other = (_standard_error(s, sem) for s in (one, other))
    half = Z_95 * math.hypot(se_one, se_other)
    value = one.mean - other.mean
    low, high = value - half, value + half
    return Difference(
        value,
        low,
        high,
        _lsi(one.mean, other.mean, se_one, se_other),
        WITHIN if low <= 0 <= high else BEYOND,
        sem.deg,
        sem.source,
    )


def pooled(leg: Leg, measure: Measure) -> Summary:
    """Summary of one quantity over all sets of a leg."""
    values = [getattr(rep, measure) for rep in leg.reps]
    return summarize(values, best_is_high=measure != "pf_peak_deg")


def primary_measure(leg: Leg) -> Measure:
    """The one measure that carries the verdict: DF for squats and lunges, PF for heel rises.

    Where both ends are moved (table), or there is no zero, it is the range.
    """
    directions = {s.direction for s in leg.sets}
    if leg.zero == "none" or directions == {"both"}:
        return "rom_deg"
    return "pf_peak_deg" if directions == {"pf_first"} else "df_peak_deg"


def _standard_error(summary: Summary, sem: Sem) -> float:
    own = summary.sd / math.sqrt(summary.n) if summary.sd is not None else 0.0
    return max(sem.deg, own)


def _lsi(one: float, other: float, se_one: float, se_other: float) -> float | None:
    """100 x one / other where its 95 % half-width (delta method) is narrow enough."""
    if one * other <= 0:
        return None
    ratio = one / other
    half = 100 * Z_95 * abs(ratio) * math.hypot(se_one / one, se_other / other)
    return 100 * ratio if half <= LSI_MAX_HALF_WIDTH else None
