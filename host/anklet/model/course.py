"""A quantity over weeks."""

from dataclasses import dataclass

from anklet.model.words import Measure, Side


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One visit's value of one quantity; ``half_deg`` is the half-width of its 95 % interval."""

    day: float
    value_deg: float
    half_deg: float


@dataclass(frozen=True)
class Trend:
    """A quantity over the visits of one comparability key.

    Parameters
    ----------
    measure : str
    points : tuple of TrendPoint
        One a day, by day; two visits on one day are their mean.
    slope_deg_week, low_deg_week, high_deg_week, intercept_deg : float or None
        Theil-Sen's slope, its interval under repeated looks, and the value on ``from_day``; None
        below 3 visits.
    baseline_deg : float
        The first visit from ``from_day`` on.
    mdc_deg : float
        The change that a single pair of visits can tell. A band to draw, never a test.
    verdict : str
        A sentence.
    confidence : float or None
        Of the slope's interval, 0..1: 0.98, and more where the course is longer than 12 visits.
    from_day : float
        First day that counts: the visits before a wait as long as a course are shown, not fitted.
    sem_deg, sem_source : float, str
        Standard error of measurement of one value, and where it comes from.
    """

    measure: str
    points: tuple[TrendPoint, ...]
    slope_deg_week: float | None
    low_deg_week: float | None
    high_deg_week: float | None
    intercept_deg: float | None
    baseline_deg: float
    mdc_deg: float
    verdict: str
    confidence: float | None
    from_day: float
    sem_deg: float
    sem_source: str


@dataclass(frozen=True)
class Change:
    """Change of a left-right difference from one visit to another, with its 95 % interval."""

    measure: Measure
    change_deg: float
    low_deg: float
    high_deg: float
    verdict: str


@dataclass(frozen=True)
class Consistency:
    """How often the difference between the legs had the same sign.

    Parameters
    ----------
    measure : str
    visits : int
        The last visits with both legs; those without any difference are left out.
    same : int
        How many of them had the sign that occurs more often.
    less : str or None
        The side whose angle is the lower in these; None where both signs are as frequent.
    chance : float
        How often equal legs would be this one-sided, one way or the other: the two-sided sign test.
    """

    measure: Measure
    visits: int
    same: int
    less: Side | None
    chance: float
