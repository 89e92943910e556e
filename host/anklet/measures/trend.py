"""A quantity over weeks: a robust slope, and words that do not claim more than it carries."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import theilslopes

from anklet.measures.norms import MIN_VISITS_TELL, MIN_VISITS_VERDICT, TREND_CONFIDENCE, Z_95
from anklet.model import Trend, TrendPoint


def fit_trend(
    measure: str, days: Sequence[float], values_deg: Sequence[float], sem_deg: float
) -> Trend:
    """Fit the trend of one quantity over the visits of one comparability key.

    Parameters
    ----------
    measure : str
        Name of the quantity.
    days : (n,) sequence
        Day of each visit, increasing (`datetime.date.toordinal`).
    values_deg : (n,) sequence
        Value at each visit, deg.
    sem_deg : float
        Standard error of one visit's value, deg (of a left-right difference: sqrt 2 times a leg's).

    Returns
    -------
    Trend
        Slope by Theil-Sen (Sen 1968, doi:10.1080/01621459.1968.10480934) with its 98 % interval;
        MDC95 = 1.96 x sqrt 2 x SEM (Weir 2005, doi:10.1519/15184.1).

    Raises
    ------
    ValueError
        Without a visit.
    """
    if not len(values_deg):
        raise ValueError("a trend needs at least one visit")
    points = tuple(TrendPoint(d, v, Z_95 * sem_deg) for d, v in zip(days, values_deg, strict=True))
    slope = low = high = intercept = None
    if len(points) >= 3 and days[-1] > days[0]:
        weeks = np.asarray(days, float) / 7
        fit = theilslopes(np.asarray(values_deg, float), weeks - weeks[0], TREND_CONFIDENCE)
        slope, low, high = float(fit.slope), float(fit.low_slope), float(fit.high_slope)
        intercept = float(fit.intercept)
    return Trend(
        measure=measure,
        points=points,
        slope_deg_week=slope,
        low_deg_week=low,
        high_deg_week=high,
        intercept_deg=intercept,
        baseline_deg=values_deg[0],
        mdc_deg=Z_95 * math.sqrt(2) * sem_deg,
        verdict=_verdict(len(points), slope, low, high),
    )


def _verdict(n: int, slope: float | None, low: float | None, high: float | None) -> str:
    if n < MIN_VISITS_VERDICT or slope is None or low is None or high is None:
        return f"No verdict below {MIN_VISITS_VERDICT} visits ({n} so far)."
    if n < MIN_VISITS_TELL:
        return f"Not yet able to tell ({n} of {MIN_VISITS_TELL} visits)."
    span = f"{slope:+.2f} deg a week (98 % interval {low:+.2f} to {high:+.2f})".replace("-", "−")
    if low <= 0 <= high:
        return f"Any trend is within measurement error: {span}."
    return f"{'Rising' if slope > 0 else 'Falling'} beyond measurement error: {span}."
