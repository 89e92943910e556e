"""Knee-to-wall distances that were entered, left against right."""

from collections.abc import Mapping

from anklet.measures.norms import KNEE_TO_WALL_ACCEPTED_PERCENT, KNEE_TO_WALL_SOURCE
from anklet.model import KneeToWall, Side


def compare_distances(cm: Mapping[Side, float], involved: Side | None) -> KneeToWall | None:
    """Compare two distances; None unless both were entered and the reference is over zero.

    Parameters
    ----------
    cm : mapping of side to float
    involved : str or None
        The asymmetry is counted against the uninvolved leg; against the longer where None.
    """
    if len(cm) < 2:
        return None
    one, other = (cm["right"], cm["left"]) if involved == "right" else (cm["left"], cm["right"])
    if involved is None:
        reference, short = max(cm.values()), min(cm.values())
    else:
        reference, short = other, one
    if reference <= 0:
        return None
    return KneeToWall(
        involved,
        one - other,
        100 * (reference - short) / reference,
        KNEE_TO_WALL_ACCEPTED_PERCENT,
        KNEE_TO_WALL_SOURCE,
    )
