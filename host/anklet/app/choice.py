"""What a visit is to be: whose, which assessment, in which steps."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from anklet.analysis import Settings
from anklet.model import SIDES, Placement, Protocol, Segment, Setup, Side
from anklet.store import CALIBRATION, SIMULATED, Person
from anklet.visits import NewAssessment
from anklet.visits.side_order import RANDOM

MAX_BLOCK_DEG = 45.0
SEGMENTS_OF: dict[Setup, tuple[Segment, ...]] = {
    "planted": ("shank",),
    "paired": ("shank", "foot"),
    "table": ("foot",),
}


class Kind(Enum):
    """What a step is for."""

    SENSORS = "sensors"
    CALIBRATE = "calibrate"
    LEG = "leg"
    SUMMARY = "summary"


@dataclass(frozen=True)
class Step:
    """One step; ``sides`` are the legs that are recorded in it."""

    kind: Kind
    sides: tuple[Side, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What was chosen before the first step.

    Parameters
    ----------
    person : Person
    protocol : Protocol
    block_deg : float
        Heel high positive.
    footwear, measured_by : str
    setup : str
        Of those that the protocol allows.
    order : tuple of str
        Legs, the one that is done first first.
    random_order : bool
        It was drawn.
    moved : bool
        One set of sensors is moved from leg to leg.
    simulated : bool
        Sensors on a simulated person.
    target_deg : (float, float) or None
        Zone to show.
    mass_kg : float or None
        Body mass, once somebody said it in the visit.
    """

    person: Person
    protocol: Protocol
    block_deg: float = 0.0
    footwear: str = ""
    measured_by: str = ""
    setup: Setup = "planted"
    order: tuple[Side, ...] = SIDES
    random_order: bool = False
    moved: bool = False
    simulated: bool = False
    target_deg: tuple[float, float] | None = None
    mass_kg: float | None = None

    def steps(self) -> tuple[Step, ...]:
        """Return the visit's steps."""
        legs: list[tuple[Side, ...]] = [(side,) for side in self.order]
        if not self.protocol.one_leg:
            legs = [self.order]
        middle: list[Step] = []
        for sides in legs:
            if self.setup != "table" and (self.moved or not middle):
                middle.append(Step(Kind.CALIBRATE, sides if self.moved else self.order))
            middle.append(Step(Kind.LEG, sides))
        return (Step(Kind.SENSORS), *middle, Step(Kind.SUMMARY))

    def placements(self, sides: tuple[Side, ...]) -> tuple[Placement, ...]:
        """Return where sensors are worn while these legs are recorded."""
        return tuple(Placement(side, s) for side in sides for s in SEGMENTS_OF[self.setup])

    @property
    def key(self) -> dict[str, Any]:
        """The comparability key's parts."""
        given = {
            "block_deg": self.block_deg if self.setup != "table" else None,
            "footwear": self.footwear.strip() or None,
            "knee": self.protocol.knee,
        }
        drawn = {"side_order": RANDOM} if self.random_order else {}
        drawn |= {SIMULATED: True} if self.simulated else {}
        return drawn | {name: given[name] for name in self.protocol.key if name in given}

    def settings(self, *, guided: bool) -> Settings:
        """Return how the visit's recordings are analysed; ``guided`` are calibrations."""
        if guided:
            return Settings(involved=self.person.involved)
        return Settings(
            block_deg=self.block_deg if self.setup != "table" else None,
            involved=self.person.involved,
            protocol=self.protocol,
            mass_kg=self.mass_kg,
        )

    def assessment(self, *, guided: bool) -> NewAssessment:
        """Return what a recording that begins now belongs to."""
        if guided:
            return NewAssessment(self.person.code, now(), CALIBRATION, {})
        kind = self.protocol.kind
        return NewAssessment(self.person.code, now(), self.protocol.name, self.key, kind)


def now() -> datetime:
    """Return this moment, in this computer's time zone."""
    return datetime.now().astimezone().replace(microsecond=0)
