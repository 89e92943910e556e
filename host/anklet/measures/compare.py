"""Left against right: a difference in degrees with its interval, and a cautious index."""

import math
from collections.abc import Mapping, Sequence

from anklet.measures.norms import BORROWED_SEM, LSI_MAX_HALF_WIDTH, Sem
from anklet.measures.uncertainty import long_run_parts, pooled, quadrature, quantile
from anklet.model import (
    MEASURES,
    Analysis,
    Change,
    Comparison,
    Consistency,
    Difference,
    Leg,
    Measure,
    Part,
    Side,
    Summary,
    Zero,
)

WITHIN, BEYOND = "within measurement error", "beyond measurement error"
LAST_VISITS = 10
"""Visits that the direction of a difference is followed over: those that a trend needs."""
LEAST_VISITS = 3
"""One or two visits have no direction to keep."""


def compare_legs(
    left: Leg,
    right: Leg,
    involved: Side | None,
    sems: Mapping[Measure, Sem] | None = None,
    primary: Measure | None = None,
) -> Comparison:
    """Compare two legs measured alike.

    Parameters
    ----------
    left, right : Leg
    involved : str or None
        The difference is involved minus uninvolved; left minus right where None.
    sems : mapping, optional
        Standard error of measurement of one leg's value, by measure; `BORROWED_SEM` where None.
    primary : str, optional
        The measure that carries the verdict; `primary_measure` where None.
    """
    summaries: dict[Measure, tuple[Summary, Summary]] = {
        m: (pooled(left, m), pooled(right, m)) for m in MEASURES
    }
    return compare_summaries(
        summaries,
        involved,
        sems or BORROWED_SEM,
        primary=primary or primary_measure(left),
        zero=left.zero,
    )


def compare_summaries(
    summaries: Mapping[Measure, tuple[Summary, Summary]],
    involved: Side | None,
    sems: Mapping[Measure, Sem],
    *,
    primary: Measure,
    zero: Zero,
) -> Comparison:
    """Do the same from each measure's summaries, left and right."""
    measures: dict[Measure, Difference | None] = {}
    for measure, (left, right) in summaries.items():
        one, other = (right, left) if involved == "right" else (left, right)
        measures[measure] = difference(one, other, sems[measure], measure=measure, zero=zero)
    return Comparison(involved, primary, measures)


def difference(
    one: Summary,
    other: Summary,
    sem: Sem,
    *,
    measure: Measure = "df_peak_deg",
    zero: Zero = "standing",
) -> Difference | None:
    """Difference of two legs' means with its 95 % interval for the person's long-run value.

    The legs' errors count as independent: each has its own zero, sensor and reps, and what a day
    does to both alike only makes the interval too wide. See `long_run_parts` for what is in it.

    Parameters
    ----------
    one, other : Summary
        The leg that counts positive, and the one taken off.
    sem : Sem
    measure, zero : str
        What is compared, and from where it counts.

    Returns
    -------
    Difference or None
        None where a leg has no valid rep.
    """
    if one.mean is None or other.mean is None:
        return None
    of_one, of_other = (long_run_parts(s, sem, measure=measure, zero=zero) for s in (one, other))
    t = quantile(sem)
    half = t * math.hypot(quadrature(of_one), quadrature(of_other))
    value = one.mean - other.mean
    lsi, lsi_half = _lsi(one.mean, other.mean, t * quadrature(of_one), t * quadrature(of_other))
    return Difference(
        value,
        value - half,
        value + half,
        lsi,
        _verdict(value, half),
        sem.deg,
        sem.source,
        lsi_half,
        sem.dof,
        tuple(
            Part(a.name, math.hypot(a.sd_deg, b.sd_deg), a.source)
            for a, b in zip(of_one, of_other, strict=True)
        ),
    )


def change(before: Difference, after: Difference, measure: Measure) -> Change:
    """Change of a difference between two visits.

    Its 95 % half-width is the root of both differences' own squared: 1.96 x 2 x SEM where neither
    visit had an unusual scatter (Weir 2005, doi:10.1519/15184.1, for four values instead of two).
    """
    value = after.difference_deg - before.difference_deg
    half = math.hypot(before.half_deg, after.half_deg)
    return Change(measure, value, value - half, value + half, _verdict(value, half))


def consistency(
    left_minus_right_deg: Sequence[float], measure: Measure, last: int = LAST_VISITS
) -> Consistency | None:
    """Count how many of the last visits' differences have the same sign.

    Described by the two-sided sign test (an exact binomial with probability one half), and no
    verdict: a single visit's is that of its own interval.

    Parameters
    ----------
    left_minus_right_deg : sequence of float
        One a visit, in the order of time.
    measure : str
    last : int
        How many visits are looked at.

    Returns
    -------
    Consistency or None
        None below `LEAST_VISITS` visits whose legs differ.
    """
    signs = [d < 0 for d in left_minus_right_deg[-last:] if d != 0]
    n = len(signs)
    if n < LEAST_VISITS:
        return None
    left_less = sum(signs)
    same = max(left_less, n - left_less)
    tail = sum(math.comb(n, k) for k in range(same, n + 1)) / 2**n
    less: Side | None = None if 2 * same == n else "left" if left_less == same else "right"
    return Consistency(measure, n, same, less, min(1.0, 2 * tail))


def primary_measure(leg: Leg) -> Measure:
    """The one measure that carries the verdict: DF for squats and lunges, PF for heel rises.

    Where both ends are moved (table), or there is no zero, it is the range.
    """
    directions = {s.direction for s in leg.sets}
    if leg.zero == "none" or directions == {"both"}:
        return "rom_deg"
    return "pf_peak_deg" if directions == {"pf_first"} else "df_peak_deg"


def shown_measure(analysis: Analysis) -> Measure:
    """The measure that leads: the comparison's, else what the reps were made for and stands."""
    if analysis.comparison is not None:
        return analysis.comparison.primary
    legs = analysis.legs.values()
    made_for: list[Measure] = [primary_measure(leg) for leg in legs if leg.sets]
    order: tuple[Measure, ...] = (*made_for[:1], *MEASURES)
    for measure in order:
        if any(pooled(leg, measure).n for leg in legs):
            return measure
    return "rom_deg"


def _verdict(value_deg: float, half_deg: float) -> str:
    return WITHIN if abs(value_deg) <= half_deg else BEYOND


def _lsi(
    one: float, other: float, half_one: float, half_other: float
) -> tuple[float | None, float | None]:
    """100 x one / other and its 95 % half-width (delta method), where that is narrow enough."""
    if one * other <= 0:
        return None, None
    ratio = one / other
    half = 100 * abs(ratio) * math.hypot(half_one / one, half_other / other)
    return (100 * ratio, half) if half <= LSI_MAX_HALF_WIDTH else (None, None)
