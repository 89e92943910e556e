"""How recordings are to be read, and the version of the method."""

from dataclasses import dataclass

from anklet.model import Direction, Mount, Side

ALGORITHM = 2
"""Rises when numbers change for the same input (frozen results in the tests say so)."""


@dataclass(frozen=True)
class Settings:
    """How recordings are to be read.

    Parameters
    ----------
    block_deg : float or None
        Angle of the block under the foot, heel high positive; None for the flat floor.
    mount : str
        "nominal" or "unknown".
    relative : bool
        No zero: angles about their median, ranges only.
    involved : str or None
        The side that differences are counted for.
    direction : str or None
        What a rep does first, from the protocol; told from the movement when None.
    """

    block_deg: float | None = None
    mount: Mount = "nominal"
    relative: bool = False
    involved: Side | None = None
    direction: Direction | None = None
