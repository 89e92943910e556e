"""The course over visits: which results may be compared, their trends, and the person's own SEM."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from anklet.errors import AnkletError, StoreError
from anklet.measures.compare import change, compare_legs, compare_summaries, consistency
from anklet.measures.norms import OWN_SEM_DOF, Sem, borrowed_sem
from anklet.measures.trend import fit_trend, own_sem
from anklet.measures.uncertainty import leg_estimates, within_deg
from anklet.model import (
    MEASURES,
    SIDES,
    WHO,
    Analysis,
    Change,
    Comparison,
    Consistency,
    Measure,
    Side,
    Summary,
    Trend,
    Who,
    Zero,
)
from anklet.protocols import find_protocol
from anklet.store import Store, VisitSummary

ROOT_2 = 2**0.5

Sems = Mapping[Who, Mapping[Measure, Sem]]
"""Standard error of measurement of one leg's value: of each leg, and as their difference shows."""


@dataclass(frozen=True)
class Standing:
    """How two legs stand to each other at the latest visit of a key, and since when.

    ``at`` are the results that ``comparisons`` are of: the visit before, where there is one, and
    the latest. ``change`` and ``consistency`` are of the primary measure.
    """

    at: tuple[VisitSummary, ...]
    comparisons: tuple[Comparison, ...]
    change: Change | None
    consistency: Consistency | None


def choose_key(store: Store, person_code: str, wanted: str | None) -> str:
    """Choose the comparability key to show: the only one, the n-th, or the one that says so.

    Raises
    ------
    StoreError
        When there is none, or several and no choice.
    """
    keys = [k.key_text for k in store.keys(person_code)]
    if not keys:
        raise StoreError(f"Nothing is analysed for {person_code} yet; import a visit first.")
    if wanted is None and len(keys) == 1:
        return keys[0]
    if wanted is not None:
        if wanted.isdigit() and 1 <= int(wanted) <= len(keys):
            return keys[int(wanted) - 1]
        found = [k for k in keys if wanted in k]
        if len(found) == 1:
            return found[0]
    listed = "; ".join(f"{n}: {k}" for n, k in enumerate(keys, 1))
    why = "results that must not be mixed" if wanted is None else f"no single key {wanted!r}"
    raise StoreError(f"{person_code} has {why}; choose one with --key NUMBER: {listed}.")


def trends(
    results: Sequence[VisitSummary], involved: Side | None
) -> dict[Measure, dict[Who, Trend]]:
    """Fit each measure's trend for both legs and their difference.

    Parameters
    ----------
    results : sequence of VisitSummary
        Of one comparability key, by visit.
    involved : str or None
        Differences are involved minus uninvolved, else left minus right.
    """
    held = sems(results)
    fitted: dict[Measure, dict[Who, Trend]] = {}
    for measure in MEASURES:
        fitted[measure] = {}
        for who, points in _series(results, measure).items():
            if not points:
                continue
            one = held[who][measure]
            sign = -1 if who == "difference" and involved == "right" else 1
            fitted[measure][who] = fit_trend(
                measure,
                [p.day for p in points],
                [sign * p.value_deg for p in points],
                replace(one, deg=ROOT_2 * one.deg) if who == "difference" else one,
            )
    return fitted


def sems(results: Sequence[VisitSummary]) -> Sems:
    """Return the SEM of each leg and of the difference: the person's own where it is known.

    The person's own takes over with `OWN_SEM_DOF` degrees of freedom, whatever it says; each series
    has its own, since an injured leg may vary more, and a difference less than its legs.

    Parameters
    ----------
    results : sequence of VisitSummary
        Of one comparability key, by visit.
    """
    borrowed = borrowed_sem(_sem_name(results[-1].assessment.protocol) if results else None)
    found: dict[Who, dict[Measure, Sem]] = {who: dict(borrowed) for who in WHO}
    for measure in MEASURES:
        for who, points in _series(results, measure).items():
            legs = ROOT_2 if who == "difference" else 1.0
            own = own_sem(
                [p.day for p in points],
                [p.value_deg / legs for p in points],
                [p.within_deg / legs for p in points],
                OWN_SEM_DOF,
            )
            if own is not None:
                found[who][measure] = own
    return found


def standing(results: Sequence[VisitSummary]) -> Standing | None:
    """Compare the legs at the latest visit and the one before; None where no visit has both.

    Parameters
    ----------
    results : sequence of VisitSummary
        Of one comparability key, by visit.
    """
    at = tuple(r for r in results if r.summary["differences"])[-2:]
    if not at:
        return None
    of_difference = sems(results)["difference"]
    comparisons = tuple(_comparison(r, of_difference) for r in at)
    primary = comparisons[-1].primary
    pair = [c.measures[primary] for c in comparisons]
    changed = None
    if len(pair) == 2 and pair[0] and pair[1]:
        changed = change(pair[0], pair[1], primary)
    differences = [p.value_deg for p in _series(results, primary)["difference"]]
    return Standing(at, comparisons, changed, consistency(differences, primary))


def leading_measure(results: Sequence[VisitSummary]) -> Measure:
    """The measure that carries the verdict of a key: that of its latest comparison, else reps."""
    compared = [r.summary["primary"] for r in results if r.summary["differences"]]
    moved = [r.summary["primary"] for r in results if r.summary["primary"]]
    return (compared or moved or ["df_peak_deg"])[-1]


def with_own_sem(analysis: Analysis, held: Sems) -> Analysis:
    """Give an analysis the intervals that follow from its person's SEM."""
    legs = {
        side: replace(leg, estimates=leg_estimates(leg, held[side]))
        for side, leg in analysis.legs.items()
    }
    comparison = analysis.comparison
    if comparison is not None:
        comparison = compare_legs(
            legs["left"],
            legs["right"],
            comparison.involved,
            held["difference"],
            comparison.primary,
        )
    return replace(analysis, legs=legs, comparison=comparison)


def _sem_name(protocol: str) -> str:
    """By what name the borrowed SEM is known; a protocol that is no longer there has its own."""
    try:
        return find_protocol(protocol).sem or protocol
    except AnkletError:
        return protocol


def _comparison(visit: VisitSummary, held: Mapping[Measure, Sem]) -> Comparison:
    """Compare the legs of a stored result."""
    legs = visit.summary["legs"]
    return compare_summaries(
        {m: (_pooled([legs["left"]], m), _pooled([legs["right"]], m)) for m in MEASURES},
        visit.summary["involved"],
        held,
        primary=visit.summary["primary"],
        zero=legs["left"]["zero"],
    )


def _pooled(legs: Sequence[Mapping[str, Any]], measure: Measure) -> Summary:
    """Mean and SD over the reps of all of a leg's assessments, from each one's."""
    held = [m for leg in legs if (m := leg["measures"][measure])["n"]]
    n = sum(m["n"] for m in held)
    if not n:
        return Summary(None, None, None, 0)
    mean = sum(m["mean"] * m["n"] for m in held) / n
    squares = sum(
        (m["sd"] or 0.0) ** 2 * (m["n"] - 1) + m["n"] * (m["mean"] - mean) ** 2 for m in held
    )
    return Summary(None, mean, math.sqrt(squares / (n - 1)) if n > 1 else None, n)


@dataclass(frozen=True)
class _Point:
    """A visit's value, and the standard error that it has within the visit."""

    day: float
    value_deg: float
    within_deg: float


def _series(results: Sequence[VisitSummary], measure: Measure) -> dict[Who, list[_Point]]:
    """Each leg's mean over its valid reps a visit (all its assessments), and left minus right."""
    visits: dict[int, list[VisitSummary]] = {}
    for result in results:
        visits.setdefault(result.visit_id, []).append(result)
    series: dict[Who, list[_Point]] = {who: [] for who in WHO}
    for held in sorted(visits.values(), key=lambda v: v[0].at):
        at = held[0].at.astimezone()
        day = at.toordinal() + (at.hour * 60 + at.minute) / 1440
        points: dict[Side, _Point] = {}
        for side in SIDES:
            legs = [r.summary["legs"][side] for r in held if side in r.summary["legs"]]
            summary = _pooled(legs, measure)
            if summary.mean is not None:
                zero: Zero = legs[0]["zero"]
                within = within_deg(summary, measure=measure, zero=zero)
                points[side] = _Point(day, summary.mean, within)
                series[side].append(points[side])
        if len(points) == 2:
            left, right = points["left"], points["right"]
            series["difference"].append(
                _Point(
                    day,
                    left.value_deg - right.value_deg,
                    (left.within_deg**2 + right.within_deg**2) ** 0.5,
                )
            )
    return series
