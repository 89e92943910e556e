"""Which segment leads a movement, and which movements belong to the exercise."""

from collections.abc import Sequence

import numpy as np

from anklet.measures.reps import Excursion
from anklet.model import Direction, Floats

PATH_S = 0.25
"""A segment's path is added up in steps of this length: movement, not shake."""
MAX_BENDS = 3
"""As many knee bends may come before the step onto the block, to show the axis."""


def shank_leads(shank_deg: Floats, foot_deg: Floats, rate_hz: float) -> bool:
    """Whether the shank turns more in all than the foot (a squat) or less (a heel rise).

    Parameters
    ----------
    shank_deg, foot_deg : (n,) array
        Pitch of each segment; NaN in gaps.
    rate_hz : float
    """
    every = max(1, round(PATH_S * rate_hz))
    shank, foot = (float(np.nansum(np.abs(np.diff(x[::every])))) for x in (shank_deg, foot_deg))
    return shank > foot


def led_as(rep: Excursion, shank_deg: Floats, foot_deg: Floats, direction: Direction) -> bool:
    """Whether the segment that leads such reps leads this one (shank: DF first, foot: PF first).

    Parameters
    ----------
    shank_deg, foot_deg : (n,) array
        Pitch of each segment, measured both; NaN in gaps.
    """
    inside = slice(rep.start, rep.last + 1)
    shank, foot = shank_deg[inside], foot_deg[inside]
    measured = np.isfinite(shank) & np.isfinite(foot)
    if direction == "both" or not measured.any():
        return True
    by_shank, by_foot = (np.ptp(x[measured]) for x in (shank, foot))
    return bool(by_shank > by_foot) == (direction == "df_first")


def without_bends(reps: Sequence[Excursion], first_step: int) -> tuple[Excursion, ...]:
    """Leave out a few movements before the first step (onto the block), where a set comes after.

    Many of them are a set of their own, whose step was not seen: they stay.
    """
    later = tuple(r for r in reps if r.start >= first_step)
    few = len(reps) - len(later) <= min(MAX_BENDS, len(later) // 2)
    return later if few else tuple(reps)
