"""The course over visits: which results may be compared, and their trends."""

from collections.abc import Sequence

import numpy as np

from anklet.errors import StoreError
from anklet.measures.norms import BORROWED_SEM
from anklet.measures.trend import fit_trend
from anklet.model import MEASURES, WHO, Measure, Side, Trend, Who
from anklet.store import Store, VisitSummary


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
    raise StoreError(
        f"{person_code} has results that must not be mixed; choose one with --key NUMBER: {listed}."
    )


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
    fitted: dict[Measure, dict[Who, Trend]] = {}
    for measure in MEASURES:
        sem = BORROWED_SEM[measure].deg
        values: dict[Who, list[tuple[float, float]]] = {who: [] for who in WHO}
        for day, legs in _by_visit(results, measure):
            for side, value in legs.items():
                values[side].append((day, value))
            if len(legs) == 2:
                sign = -1 if involved == "right" else 1
                values["difference"].append((day, sign * (legs["left"] - legs["right"])))
        fitted[measure] = {
            who: fit_trend(
                measure,
                [day for day, _ in points],
                [value for _, value in points],
                sem * (np.sqrt(2) if who == "difference" else 1),
            )
            for who, points in values.items()
            if points
        }
    return fitted


def _by_visit(
    results: Sequence[VisitSummary], measure: Measure
) -> list[tuple[float, dict[Side, float]]]:
    """Day and each leg's mean over its valid reps, a visit at a time (all its assessments)."""
    legs: dict[int, dict[Side, list[tuple[float, int]]]] = {}
    days: dict[int, float] = {}
    for result in results:
        at = result.at.astimezone()
        days[result.visit_id] = at.toordinal() + (at.hour * 60 + at.minute) / 1440
        for side, leg in result.summary["legs"].items():
            held = leg["measures"][measure]
            if held["n"]:
                of_visit = legs.setdefault(result.visit_id, {})
                of_visit.setdefault(side, []).append((held["mean"], held["n"]))
    return sorted(
        (days[visit], {side: _pooled(values) for side, values in held.items()})
        for visit, held in legs.items()
    )


def _pooled(means: Sequence[tuple[float, int]]) -> float:
    """Mean over all reps, from the mean and number of each assessment's."""
    return sum(mean * n for mean, n in means) / sum(n for _, n in means)
