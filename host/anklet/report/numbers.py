"""What the figures and the page count: the reps that stand, and which measure leads."""

from collections import Counter

import numpy as np

from anklet.measures.overrules import COUNTED
from anklet.model import MEASURES, Analysis, Floats, Leg, Measure


def values(leg: Leg, measure: Measure) -> Floats:
    """(n,) array: the values in deg that stand, over all sets, in the order they were made."""
    found: list[float | None] = [getattr(rep, measure) for rep in leg.reps]
    return np.array([v for v in found if v is not None], np.float64)


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


def rejections(leg: Leg) -> Counter[str]:
    """Why reps were set aside, and how many each."""
    return Counter(reason for rep in leg.reps if not rep.valid for reason in rep.reasons)


def counted_by_hand(leg: Leg) -> Counter[str]:
    """Why reps count that would not have, and how many each."""
    said = (reason for rep in leg.reps if rep.valid for reason in rep.reasons)
    return Counter(reason for reason in said if reason.startswith(COUNTED))
