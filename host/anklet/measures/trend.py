"""A quantity over weeks: a robust slope, and words that do not claim more than it carries."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from anklet.measures.norms import (
    MIN_VISITS_TELL,
    MIN_VISITS_VERDICT,
    TREND_CONFIDENCE,
    TREND_LOOKS,
    TREND_SPENDING,
    Sem,
)
from anklet.measures.uncertainty import quantile
from anklet.model import Floats, Trend, TrendPoint

Numbers = Sequence[float] | Floats

BREAK_DAYS = 84.0
BREAK_WAITS = 3.0
"""A wait longer than a whole course of twelve weeks, and than three times the person's usual wait,
ends a course: nobody knows what happened in it, and a step across it would read as a slope. The
visits before are shown and not fitted. Shorter gaps do no harm: the slope goes by dates."""

MOST_FITTED = 200
"""So many days with a visit are fitted one by one (four years of weeks); of more, runs of them."""


@dataclass(frozen=True)
class Slope:
    """Theil-Sen's line with the interval of its slope, deg a week; ``at_start_deg`` on day one."""

    deg_week: float
    low_deg_week: float
    high_deg_week: float
    at_start_deg: float


def fit_trend(measure: str, days: Numbers, values_deg: Numbers, sem: Sem) -> Trend:
    """Fit the trend of one quantity over the visits of one comparability key.

    Parameters
    ----------
    measure : str
        Name of the quantity.
    days : (n,) sequence
        Day of each visit, not decreasing (`datetime.date.toordinal`, with the time as a fraction).
    values_deg : (n,) sequence
        Value at each visit, deg.
    sem : Sem
        Of one such value (of a left-right difference: sqrt 2 times a leg's).

    Returns
    -------
    Trend
        Slope with its interval by `theil_sen`; MDC95 = 1.96 x sqrt 2 x SEM (Weir 2005,
        doi:10.1519/15184.1), with Student's quantile for an own SEM. Visits of one day count once,
        as their mean: what differs between days is the same in them. See `BREAK_DAYS` for where a
        course begins.

    Raises
    ------
    ValueError
        Without a visit.
    """
    if not len(values_deg):
        raise ValueError("a trend needs at least one visit")
    day, value = by_day(days, values_deg)
    first = course_start(day)
    n = len(day) - first
    confidence = confidence_of(min(n, MOST_FITTED))
    fit = theil_sen(day[first:], value[first:], confidence) if n >= 3 else None
    half = quantile(sem) * sem.deg
    return Trend(
        measure=measure,
        points=tuple(
            TrendPoint(d, v, half) for d, v in zip(day.tolist(), value.tolist(), strict=True)
        ),
        slope_deg_week=fit.deg_week if fit else None,
        low_deg_week=fit.low_deg_week if fit else None,
        high_deg_week=fit.high_deg_week if fit else None,
        intercept_deg=fit.at_start_deg if fit else None,
        baseline_deg=float(value[first]),
        mdc_deg=math.sqrt(2) * half,
        verdict=_verdict(n, fit, confidence, returned=first > 0),
        confidence=confidence if fit else None,
        from_day=float(day[first]),
        sem_deg=sem.deg,
        sem_source=sem.source,
    )


def own_sem(days: Numbers, values_deg: Numbers, within_deg: Numbers, least_dof: int) -> Sem | None:
    """Standard error of measurement from the residuals about the person's own trend.

    The root of the sum of squared residuals about `theil_sen`'s line over n - 2. It is used with
    Student's quantile, which holds the chance that so few residuals are small; and it is never
    below what reps, zero and sensor did within these visits, which no repetition can beat. A course
    that is not straight makes it too large, never too small.

    Parameters
    ----------
    days, values_deg : (n,) sequences
        As for `fit_trend`; only the visits that it fits count.
    within_deg : (n,) sequence
        Within-visit standard error of each value, deg.
    least_dof : int
        With fewer degrees of freedom there is none.
    """
    day, value, variance = by_day(days, values_deg, np.square(within_deg))
    first = course_start(day)
    day, value, variance = day[first:], value[first:], variance[first:]
    dof = len(day) - 2
    if dof < least_dof:
        return None
    deg_week, at_start_deg = _line(_slopes(day, value), day, value)
    residual = value - at_start_deg - deg_week * (day - day[0]) / 7
    within = float(np.sqrt(variance.mean()))
    spread = float(np.sqrt(np.sum(residual**2) / dof))
    return Sem(max(spread, within), f"own, {len(day)} visits", within, dof)


def theil_sen(day: Floats, value_deg: Floats, confidence: float) -> Slope:
    """Median of the slopes of all pairs, with an interval that is exact in small samples.

    Sen 1968 (doi:10.1080/01621459.1968.10480934): the interval's ends are order statistics of the
    slopes, their ranks from the null distribution of Kendall's S. That is counted, not approximated
    by a normal one (as in `scipy.stats.theilslopes`, whose 98 % is less at ten visits). Residuals
    are taken as independent from visit to visit.

    Above `MOST_FITTED` days the means of `runs` stand for them, one value a stretch of time as in
    Helsel et al. 2020 (doi:10.3133/tm4A3, chapter 12): slope and interval are then of fewer, more
    exact values, as independent as the visits are, so that Kendall's ranks hold for them as well.

    Parameters
    ----------
    day : (n,) array
        Increasing, n >= 3.
    value_deg : (n,) array
    confidence : float
        The interval has at least this, unless there are too few visits for it: then its ends are
        the least and the largest slope.
    """
    slopes = np.sort(_slopes(day, value_deg))
    tail = _tail(len(runs(day)))
    cut = max(int(np.searchsorted(tail, (1 - confidence) / 2, side="right")), 1)
    middle, start = _line(slopes, day, value_deg)
    return Slope(middle, float(slopes[cut - 1]), float(slopes[-cut]), start)


def runs(values: Floats) -> Floats:
    """(m,) array: means of equally many values in a row, m at most `MOST_FITTED`.

    What does not come out even is in the first of them, the longest ago. Up to `MOST_FITTED` values
    are as they were.
    """
    n = len(values)
    each = -(-n // MOST_FITTED)
    if each <= 1:
        return values
    starts = np.arange(n % each, n, each)
    starts[0] = 0
    return np.add.reduceat(values, starts) / np.diff(starts, append=n)


def confidence_of(visits: int) -> float:
    """Confidence of a slope's interval that is looked at again after every visit.

    0.98 until 12 visits. A test that is repeated for ever at one level is sure to fail some day, so
    from there the level falls with the fifth power of the number of visits
    (``tests/validation/coverage.py`` shows that a flat course stays one over two years of weeks).
    """
    return 1 - (1 - TREND_CONFIDENCE) * min(1.0, TREND_LOOKS / visits) ** TREND_SPENDING


def by_day(days: Numbers, *values: Numbers) -> tuple[Floats, ...]:
    """(m,) arrays: each day that has a visit, and for each of the values the mean of its visits."""
    whole, place = np.unique(np.floor(np.asarray(days, float)), return_inverse=True)
    count = np.bincount(place, minlength=len(whole))
    totals = [np.bincount(place, np.asarray(v, float), minlength=len(whole)) for v in values]
    return whole, *(total / count for total in totals)


def course_start(day: Floats) -> int:
    """Index of the first visit after the last wait that ends a course."""
    waits = np.diff(day)
    if not len(waits):
        return 0
    long = np.flatnonzero(waits > max(BREAK_DAYS, BREAK_WAITS * float(np.median(waits))))
    return int(long[-1]) + 1 if len(long) else 0


def _slopes(day: Floats, value_deg: Floats) -> Floats:
    """Slopes of all pairs, deg a week."""
    at, mean = runs(day), runs(value_deg)
    one, other = _pairs(len(at))
    return 7 * (mean[other] - mean[one]) / (at[other] - at[one])


@lru_cache(maxsize=8)
def _pairs(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.triu_indices(n, 1)


def _line(slopes: Floats, day: Floats, value_deg: Floats) -> tuple[float, float]:
    """Theil-Sen's slope, deg a week, and its value on day one."""
    middle = float(np.median(slopes))
    return middle, float(np.median(value_deg - middle * (day - day[0]) / 7))


@cache
def _tail(n: int) -> Floats:
    """(k,) array: probability of at most 0, 1, ... falling pairs among n values in random order."""
    share = np.ones(1)
    for k in range(2, n + 1):
        share = np.convolve(share, np.full(k, 1 / k))
    return np.cumsum(share)


def _verdict(n: int, fit: Slope | None, confidence: float, *, returned: bool) -> str:
    since = " since the long gap" if returned else ""
    if n < MIN_VISITS_VERDICT or fit is None:
        return f"No verdict below {MIN_VISITS_VERDICT} visits ({n} so far{since})."
    if n < MIN_VISITS_TELL:
        return f"Not yet able to tell ({n} of {MIN_VISITS_TELL} visits{since})."
    percent = f"{math.floor(1000 * confidence) / 10:g} %"
    span = (
        f"{fit.deg_week:+.2f} deg a week{since} "
        f"({percent} interval {fit.low_deg_week:+.2f} to {fit.high_deg_week:+.2f})"
    ).replace("-", "−")
    if fit.low_deg_week <= 0 <= fit.high_deg_week:
        return f"Any trend is within measurement error: {span}."
    return f"{'Rising' if fit.deg_week > 0 else 'Falling'} beyond measurement error: {span}."
