"""One quantity over a person's visits, of each leg and of their difference."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from anklet.errors import AnkletError
from anklet.measures.compare import difference
from anklet.measures.norms import OWN_SEM_DOF, Sem, borrowed_sem
from anklet.measures.sentences import subject_and_other
from anklet.measures.trend import fit_trend, own_sem
from anklet.measures.uncertainty import within_deg, zero_sd_deg
from anklet.model import (
    SIDES,
    WHO,
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
    _ids, first, visit = np.unique(
        [row.visit_id for row in rows], return_index=True, return_inverse=True
    )
    at = [rows[k].at for k in first.tolist()]
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
        series[who] = Series(
            tuple(at[k] for k in held.tolist()), day[held], value_deg[held], within[held]
        )
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
