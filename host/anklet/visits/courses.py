"""The course over visits: which results may be compared, their trends, and the person's own SEM."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from anklet.errors import StoreError
from anklet.measures.compare import change, compare_legs, consistency
from anklet.measures.norms import Sem
from anklet.measures.uncertainty import leg_estimates
from anklet.model import (
    MEASURES,
    WHO,
    Analysis,
    Change,
    Comparison,
    Consistency,
    Measure,
    Side,
    Trend,
    Who,
)
from anklet.store import SIMULATED, Store, VisitSummary, measured_in
from anklet.visits.series import (
    Series,
    difference_at,
    fit_series,
    of_two_visits,
    sem_of,
    series_of,
)

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

    What simulated sensors recorded is shown when asked for, or when there is nothing else.

    Raises
    ------
    StoreError
        When there is none, or several and no choice.
    """
    counted = store.keys(person_code)
    keys = [k.key_text for k in counted]
    measured = [k.key_text for k in counted if SIMULATED not in k.key]
    if not keys:
        raise StoreError(f"Nothing is analysed for {person_code} yet; import a visit first.")
    if wanted is None and len(measured or keys) == 1:
        return (measured or keys)[0]
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
    protocol = _protocol(results)
    return {
        measure: {
            who: fit_series(one, who, measure, sem_of(one, who, measure, protocol), involved)
            for who, one in _series(results, measure).items()
            if one.at
        }
        for measure in MEASURES
    }


def sems(results: Sequence[VisitSummary]) -> Sems:
    """Return the SEM of each leg and of the difference: the person's own where it is known.

    The person's own takes over with `OWN_SEM_DOF` degrees of freedom, whatever it says; each series
    has its own, since an injured leg may vary more, and a difference less than its legs.

    Parameters
    ----------
    results : sequence of VisitSummary
        Of one comparability key, by visit.
    """
    protocol = _protocol(results)
    found: dict[Who, dict[Measure, Sem]] = {who: {} for who in WHO}
    for measure in MEASURES:
        for who, one in _series(results, measure).items():
            found[who][measure] = sem_of(one, who, measure, protocol)
    return found


def standing(results: Sequence[VisitSummary], involved: Side | None) -> Standing | None:
    """Compare the legs at the latest visit and the one before; None where no visit has both.

    Parameters
    ----------
    results : sequence of VisitSummary
        Of one comparability key, by visit.
    involved : str or None
        As it is kept of the person now, whatever it was when a result was made.
    """
    at = of_two_visits([r for r in results if r.summary["differences"]])
    if not at:
        return None
    of_difference = sems(results)["difference"]
    comparisons = tuple(_comparison(r, of_difference, involved) for r in at)
    primary = comparisons[-1].primary
    pair = [c.measures[primary] for c in comparisons]
    changed = None
    if len(pair) == 2 and pair[0] and pair[1]:
        changed = change(pair[0], pair[1], primary)
    differences = _series(results, primary)["difference"].value_deg
    return Standing(at, comparisons, changed, consistency(differences.tolist(), primary))


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


def _comparison(
    visit: VisitSummary, held: Mapping[Measure, Sem], involved: Side | None
) -> Comparison:
    """Compare the legs of a stored result."""
    primary: Measure = visit.summary["primary"]
    return Comparison(
        involved,
        primary,
        {m: difference_at(measured_in(visit, m), m, held[m], involved) for m in MEASURES},
    )


def _series(results: Sequence[VisitSummary], measure: Measure) -> dict[Who, Series]:
    return series_of([measured_in(r, measure) for r in results], measure)


def _protocol(results: Sequence[VisitSummary]) -> str | None:
    return results[-1].assessment.protocol if results else None
