"""What assessments give beside reps: holds, standing, entered distances, active against passive."""

from dataclasses import dataclass
from typing import Literal

from anklet.model.words import Measure, Side

End = Literal["df", "pf"]


@dataclass(frozen=True)
class Hold:
    """A posture that was held: its angle (median, deg) and how steady it was (SD, deg).

    ``end`` says which end of a rep it is, where it is one.
    """

    start_s: float
    end_s: float
    angle_deg: float
    steadiness_deg: float
    end: End | None = None

    @property
    def length_s(self) -> float:
        """How long it lasted."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Static:
    """Quiet standing of one leg; formulas: :mod:`anklet.measures.static`.

    Parameters
    ----------
    start_s, end_s : float
        The stand that it is read from.
    sway_deg, sideways_deg : float
        RMS of the shank's lean forward and back, and of its tilt sideways, about their means.
    path_deg_s : float
        Mean speed of the shank's inclination along its path.
    ellipse_deg2 : float
        Area of the ellipse that holds 95 % of the shank's inclinations.
    mean_deg : float
        Mean lean over the stand from its zero.
    drift_deg : float
        Lean over the last seconds minus lean over the first.
    """

    start_s: float
    end_s: float
    sway_deg: float
    sideways_deg: float
    path_deg_s: float
    ellipse_deg2: float
    mean_deg: float
    drift_deg: float

    @property
    def length_s(self) -> float:
        """How long the stand lasted."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class KneeToWall:
    """The entered distances, compared: involved minus uninvolved (left minus right).

    ``asymmetry_percent`` is the shortfall of the shorter leg in percent of the reference (the
    uninvolved leg, else the longer distance); negative where the involved leg reaches further.
    ``accepted_percent`` and ``source`` say what experts accept at return to play.
    """

    involved: Side | None
    difference_cm: float
    asymmetry_percent: float
    accepted_percent: float
    source: str


@dataclass(frozen=True)
class Gap:
    """Active minus passive reach of one leg at one visit, with a 95 % interval, deg.

    Reach counts in the direction of the movement (plantarflexion too), so that a negative gap means
    that the active movement reaches less far. Where the two cannot be compared, the numbers are
    None and ``reason`` is a sentence.
    """

    side: Side
    measure: Measure
    active_deg: float | None = None
    passive_deg: float | None = None
    gap_deg: float | None = None
    low_deg: float | None = None
    high_deg: float | None = None
    verdict: str = ""
    sem_source: str = ""
    reason: str = ""
