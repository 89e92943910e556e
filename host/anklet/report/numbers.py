"""What the figures and the page count: values of the reps that stand, and their mean."""

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from anklet.measures.overrules import COUNTED
from anklet.model import MEASURES, Analysis, Difference, Floats, Leg, Measure, Side

NAMES: dict[Measure, str] = {
    "df_peak_deg": "dorsiflexion",
    "pf_peak_deg": "plantarflexion",
    "rom_deg": "range",
}
UNCERTAIN = "\u2013"


@dataclass(frozen=True)
class Estimate:
    """A mean over ``n`` reps; ``half_deg`` is half its 95 % interval, None below two reps."""

    mean_deg: float
    half_deg: float | None
    n: int


def values(leg: Leg, measure: Measure) -> Floats:
    """(n,) array: the values in deg that stand, over all sets, in the order they were made."""
    found: list[float | None] = [getattr(rep, measure) for rep in leg.reps]
    return np.array([v for v in found if v is not None], np.float64)


def estimate(leg: Leg, measure: Measure) -> Estimate | None:
    """Mean and 95 % interval over the reps that stand (Student's t); None without any."""
    held = values(leg, measure)
    n = len(held)
    if n == 0:
        return None
    if n == 1:
        return Estimate(float(held[0]), None, 1)
    half = float(stdtrit(n - 1, 0.975)) * float(np.std(held, ddof=1)) / math.sqrt(n)
    return Estimate(float(np.mean(held)), half, n)


def error_deg(difference: Difference) -> float:
    """Half of the zone that one comparison cannot tell from nothing, deg.

    1.96 sqrt(2) SEM, the minimal difference at 95 % (Weir 2005, J Strength Cond Res 19:231-240), or
    half the difference's own interval where the reps scatter so much that this is wider.
    """
    half = (difference.high_deg - difference.low_deg) / 2.0
    return max(1.96 * math.sqrt(2.0) * difference.sem_deg, half)


def shown_measure(analysis: Analysis) -> Measure:
    """The measure that leads the page: the comparison's, else what the reps were made for."""
    if analysis.comparison is not None:
        return analysis.comparison.primary
    by_direction: dict[str, Measure] = {"df_first": "df_peak_deg", "pf_first": "pf_peak_deg"}
    wanted: list[Measure] = [
        by_direction.get(s.direction, "rom_deg") for leg in legs(analysis) for s in leg.sets
    ]
    order: tuple[Measure, ...] = (*wanted[:1], *MEASURES)
    for measure in order:
        if any(len(values(leg, measure)) for leg in legs(analysis)):
            return measure
    return "rom_deg"


def legs(analysis: Analysis) -> list[Leg]:
    """The legs that were measured, left first."""
    return [analysis.legs[side] for side in ("left", "right") if side in analysis.legs]


def subject_and_other(involved: Side | None) -> tuple[Side, Side]:
    """The two ends of a difference: involved minus uninvolved, left minus right where unmarked."""
    return ("right", "left") if involved == "right" else ("left", "right")


def rejections(leg: Leg) -> Counter[str]:
    """Why reps were set aside, and how many each."""
    return Counter(reason for rep in leg.reps if not rep.valid for reason in rep.reasons)


def counted_by_hand(leg: Leg) -> Counter[str]:
    """Why reps count that would not have, and how many each."""
    said = (reason for rep in leg.reps if rep.valid for reason in rep.reasons)
    return Counter(reason for reason in said if reason.startswith(COUNTED))


def number(value: float | None, digits: int = 1, *, sign: bool = False) -> str:
    """Write a number with a true minus; an en dash for None."""
    if value is None:
        return UNCERTAIN
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    if float(text) == 0.0:
        text = text.lstrip("+-")
    return text.replace("-", "\u2212")
