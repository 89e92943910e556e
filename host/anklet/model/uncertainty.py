"""What a number is worth: intervals whose parts are named."""

from dataclasses import dataclass
from typing import Literal

PartName = Literal["sensor", "calibration and zero", "rep-to-rep", "day-to-day"]


@dataclass(frozen=True)
class Part:
    """One source of error of a value, as a standard deviation, and where that figure comes from."""

    name: PartName
    sd_deg: float
    source: str


@dataclass(frozen=True)
class Interval:
    """A 95 % interval and its parts, which add in quadrature and hold nothing twice."""

    low_deg: float
    high_deg: float
    parts: tuple[Part, ...]

    @property
    def half_deg(self) -> float:
        """Half of its width, deg."""
        return (self.high_deg - self.low_deg) / 2


@dataclass(frozen=True)
class Estimate:
    """A leg's mean of one quantity over the reps that stand, and how far it can be believed.

    Parameters
    ----------
    value_deg : float
        The mean.
    n : int
        Reps that stand.
    today : Interval or None
        For the mean that endless reps like these would have had on this day, counted from where
        the leg stands when it stands quietly. Parts: sensor, calibration and zero, rep-to-rep. It
        says nothing of another day. None with one rep.
    long_run : Interval
        For the person's long-run value on this protocol: what the mean of endless visits like this
        one would be. Its parts are today's and what days differ by.
    each_rep_half_deg : float
        Half of the 95 % interval of one rep's own angle: sensor, calibration and zero.
    """

    value_deg: float
    n: int
    today: Interval | None
    long_run: Interval
    each_rep_half_deg: float
