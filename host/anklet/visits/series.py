"""One measure followed over a person's visits: of each leg, and of their difference."""

import itertools
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from anklet.errors import AnkletError
from anklet.measures.compare import change, consistency, difference
from anklet.measures.norms import OWN_SEM_DOF, Sem, borrowed_sem
from anklet.measures.sentences import subject_and_other
from anklet.measures.trend import fit_trend, own_sem
from anklet.measures.uncertainty import within_deg, zero_sd_deg
from anklet.model import (
    SIDES,
    WHO,
    Change,
    Consistency,
    Difference,
    Floats,
    Measure,
    Side,
    Summary,
    Trend,
    Who,
)
from anklet.protocols import find_protocol
from anklet.store import LegMean, Measured

ROOT_2 = 2**0.5


class _OfVisit(Protocol):
    @property
    def visit_id(self) -> int: ...


T = TypeVar("T", bound=_OfVisit)


@dataclass(frozen=True, eq=False)
class Series:
    """A quantity at each visit, by time; ``within_deg`` is its standard error within the visit."""

    at: tuple[datetime, ...]
    day: Floats
    value_deg: Floats
    within_deg: Floats

    def until(self, at: datetime) -> "Series":
        """Return the visits up to a moment, with it."""
        n = bisect_right(self.at, at)
        return Series(self.at[:n], self.day[:n], self.value_deg[:n], self.within_deg[:n])


def series_of(rows: Sequence[Measured], measure: Measure) -> dict[Who, Series]:
    """Return each leg's mean over its valid reps a visit (all its assessments), and left − right.

    Parameters
    ----------
    rows : sequence of Measured
        Of one comparability key, by visit.
    measure : str
        What they are of.
    """
    if not rows:
        return {who: Series((), *(np.zeros(0),) * 3) for who in WHO}
    ids = np.array([row.visit_id for row in rows], np.intp)
    _ids, first, visit = np.unique(ids, return_index=True, return_inverse=True)
    starts: list[int] = first.tolist()
    at = [rows[k].at for k in starts]
    order = np.array(sorted(range(len(at)), key=at.__getitem__))
    day = np.array([_day(one) for one in at])
    (left_deg, left_within), (right_deg, right_within) = (
        _by_visit([row.leg(side) for row in rows], visit, measure) for side in SIDES
    )
    values: dict[Who, tuple[Floats, Floats]] = {
        "left": (left_deg, left_within),
        "right": (right_deg, right_within),
        "difference": (left_deg - right_deg, np.hypot(left_within, right_within)),
    }
    series: dict[Who, Series] = {}
    for who, (value_deg, within) in values.items():
        held = order[np.isfinite(value_deg[order])]
        places: list[int] = held.tolist()
        series[who] = Series(tuple(at[k] for k in places), day[held], value_deg[held], within[held])
    return series


def sem_of(series: Series, who: Who, measure: Measure, protocol: str | None) -> Sem:
    """Return the standard error of measurement of one leg's value: the person's own once known.

    The person's own takes over with `OWN_SEM_DOF` degrees of freedom, whatever it says. Of the
    difference's series it is a leg's as well, as the difference shows it.
    """
    legs = ROOT_2 if who == "difference" else 1.0
    own = own_sem(series.day, series.value_deg / legs, series.within_deg / legs, OWN_SEM_DOF)
    return own or borrowed_sem(_sem_name(protocol))[measure]


def fit_series(
    series: Series, who: Who, measure: Measure, sem: Sem, involved: Side | None
) -> Trend:
    """Fit the trend of a series; a difference is involved minus uninvolved, else left minus right.

    Raises
    ------
    ValueError
        Without a visit.
    """
    if who != "difference":
        return fit_trend(measure, series.day, series.value_deg, sem)
    sign = -1.0 if involved == "right" else 1.0
    return fit_trend(
        measure, series.day, sign * series.value_deg, replace(sem, deg=ROOT_2 * sem.deg)
    )


def difference_at(
    visit: Measured, measure: Measure, sem: Sem, involved: Side | None
) -> Difference | None:
    """Compare the legs of one result; None where it does not compare them."""
    if not visit.compared:
        return None
    subject, other = (_summary(visit.leg(side)) for side in subject_and_other(involved))
    zero = visit.leg("left").zero or "none"
    return difference(subject, other, sem, measure=measure, zero=zero)


@dataclass(frozen=True)
class Followed:
    """One measure over the visits of one comparability key.

    Parameters
    ----------
    rows : sequence of Measured
        By visit.
    measure : str
        What they are of.
    """

    rows: Sequence[Measured]
    measure: Measure

    @cached_property
    def _series(self) -> dict[Who, Series]:
        return series_of(self.rows, self.measure)

    def of(self, assessment_ids: Collection[int]) -> "Followed":
        """Return the same of some assessments only."""
        return Followed([r for r in self.rows if r.assessment_id in assessment_ids], self.measure)

    def sem(self, who: Who, until: datetime | None = None) -> Sem:
        """Return the standard error of measurement, as it was known at a moment if one is given."""
        series = self._series[who]
        known = series if until is None else series.until(until)
        return sem_of(known, who, self.measure, self.rows[-1].protocol if self.rows else None)

    def trends(self, involved: Side | None) -> dict[Who, Trend]:
        """Fit the trends; differences are as in `fit_series`."""
        return {
            who: fit_series(series, who, self.measure, self.sem(who), involved)
            for who, series in self._series.items()
            if series.at
        }

    def difference(self, visit: Measured, involved: Side | None) -> Difference | None:
        """Compare the legs at a visit, with what was known by then, as its report does."""
        return difference_at(visit, self.measure, self.sem("difference", visit.at), involved)

    def change(self, involved: Side | None) -> Change | None:
        """Compare the differences of the latest two results that have one."""
        sem = self.sem("difference")
        latest = of_two_visits([row for row in self.rows if row.compared])
        pair = [difference_at(row, self.measure, sem, involved) for row in latest]
        if len(pair) == 2 and pair[0] and pair[1]:
            return change(pair[0], pair[1], self.measure)
        return None

    def consistency(self) -> Consistency | None:
        """Count how many of the last differences have the same sign."""
        return consistency(self._series["difference"].value_deg.tolist(), self.measure)


def of_two_visits(results: Sequence[T]) -> tuple[T, ...]:
    """Return the latest result and the last one of another visit, where there is one, by visit."""
    if not results:
        return ()
    latest = results[-1]
    before = (r for r in reversed(results) if r.visit_id != latest.visit_id)
    return (*itertools.islice(before, 1), latest)


def _by_visit(
    legs: Sequence[LegMean], visit: NDArray[np.intp], measure: Measure
) -> tuple[Floats, Floats]:
    """Each visit's mean over the reps of all of a leg's assessments, and its standard error."""
    n = np.array([leg.n or 0 for leg in legs], float)
    mean = np.array([leg.mean or 0.0 for leg in legs])
    sd = np.array([leg.sd or 0.0 for leg in legs])
    zero = np.array([zero_sd_deg(measure, leg.zero or "none") for leg in legs])
    there = np.flatnonzero([leg.zero is not None for leg in legs])[::-1]
    of_first = np.zeros(visit.max() + 1)
    of_first[visit[there]] = zero[there]
    with np.errstate(divide="ignore", invalid="ignore"):
        reps = np.bincount(visit, n).astype(float)
        mean_deg = np.bincount(visit, mean * n) / reps
        squares = np.bincount(visit, sd**2 * (n - 1) + n * (mean - mean_deg[visit]) ** 2)
        sd_deg = np.sqrt(squares / np.maximum(reps - 1, 1))
        return mean_deg, within_deg(sd_deg, reps, of_first, measure)


def _day(at: datetime) -> float:
    local = at.astimezone()
    return local.toordinal() + (local.hour * 60 + local.minute) / 1440


def _summary(leg: LegMean) -> Summary:
    return Summary(None, leg.mean, leg.sd, leg.n or 0)


def _sem_name(protocol: str | None) -> str | None:
    """By what name the borrowed SEM is known; a protocol that is no longer there has its own."""
    try:
        return protocol and (find_protocol(protocol).sem or protocol)
    except AnkletError:
        return protocol
