"""How recordings are to be read, and the version of the method."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from anklet.model import Direction, EntryName, Mount, Protocol, Side
from anklet.protocols import protocol_from_dict

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
        What a rep does first; where None the protocol says it, or else the movement.
    protocol : Protocol or None
        What was done.
    entered : dict of side to dict of name to float
        Values that were measured otherwise, of those that the protocol lets enter.
    mass_kg : float or None
        Body mass, for the work of heel rises; within `anklet.model.MASS_KG`.
    """

    block_deg: float | None = None
    mount: Mount = "nominal"
    relative: bool = False
    involved: Side | None = None
    direction: Direction | None = None
    protocol: Protocol | None = None
    entered: dict[Side, dict[EntryName, float]] = field(
        default_factory=dict[Side, dict[EntryName, float]]
    )
    mass_kg: float | None = None

    @property
    def first(self) -> Direction | None:
        """What a rep does first, as far as it was said."""
        if self.direction is None and self.protocol is not None:
            return self.protocol.direction
        return self.direction

    @property
    def sem_name(self) -> str | None:
        """By what name the borrowed standard error of measurement is known."""
        return (self.protocol.sem or self.protocol.name) if self.protocol else None

    @property
    def has_reps(self) -> bool:
        """Whether reps are looked for: in everything but a protocol of standing."""
        return self.protocol is None or self.first is not None


def settings_from_dict(values: Mapping[str, Any]) -> Settings:
    """Return settings from what `dataclasses.asdict` made of them, perhaps read from JSON."""
    held = dict(values)
    if held.get("protocol"):
        held["protocol"] = protocol_from_dict(held["protocol"], "the stored protocol")
    return Settings(**held)
