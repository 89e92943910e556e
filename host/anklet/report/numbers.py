"""What the figures and the page count: the legs, and the reps that stand."""

from collections import Counter

import numpy as np

from anklet.measures.overrules import COUNTED
from anklet.model import Analysis, Floats, Leg, Measure


def values(leg: Leg, measure: Measure) -> Floats:
    """(n,) array: the values in deg that stand, over all sets, in the order they were made."""
    found: list[float | None] = [getattr(rep, measure) for rep in leg.reps]
    return np.array([v for v in found if v is not None], np.float64)


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
