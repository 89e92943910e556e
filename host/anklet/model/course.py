"""A quantity over weeks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TrendPoint:
    """One visit's value of one quantity; ``half_deg`` is the half-width of its 95 % interval."""

    day: float
    value_deg: float
    half_deg: float


@dataclass(frozen=True)
class Trend:
    """A quantity over the visits of one comparability key.

    ``slope_deg_week`` is Theil-Sen's with its 98 % interval (repeated looks); None below 3 visits.
    ``baseline_deg`` is the first visit, ``mdc_deg`` the change that a single pair of visits can
    tell. ``verdict`` is a sentence.
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
