"""A visit in progress: what was chosen, which step is on, and the recording that runs.

It lives in the server, not in a page: a reload, a second tab or a closed lid changes nothing.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from anklet.analysis import Settings
from anklet.app.live_feed import LiveFeed
from anklet.app.texts import _
from anklet.errors import AnkletError, SensorError
from anklet.model import SIDES, Analysis, Placement, Protocol, Segment, Setup, Side
from anklet.sensor.finding import Search, link_to, placement_of, search
from anklet.sensor.keys import OwnerKeys
from anklet.sensor.link import Found, Link, State
from anklet.sensor.simulated import simulated_links
from anklet.sensor.talk import talk
from anklet.sensor.timing import Timing
from anklet.store import Assessment, Person, Store
from anklet.visits import NewAssessment
from anklet.visits.live_session import LiveSession, Outcome

KEEP_UP_S = 0.2
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
    footwear : str
    setup : str
        Of those that the protocol allows.
    order : tuple of str
        Legs, the one that is done first first.
    moved : bool
        One set of sensors is moved from leg to leg.
    simulated : bool
        Sensors on a simulated person.
    target_deg : (float, float) or None
        Zone to show.
    """

    person: Person
    protocol: Protocol
    block_deg: float = 0.0
    footwear: str = ""
    setup: Setup = "planted"
    order: tuple[Side, ...] = SIDES
    moved: bool = False
    simulated: bool = False
    target_deg: tuple[float, float] | None = None

    def steps(self) -> tuple[Step, ...]:
        """Return the visit's steps."""
        both = self.order if not self.protocol.one_leg else None
        legs = [both] if both else [(side,) for side in self.order]
        calibrate = [Step(Kind.CALIBRATE, sides) for sides in legs if self.setup != "table"]
        middle: list[Step] = []
        for k, sides in enumerate(legs):
            middle += [*calibrate[k : k + 1], Step(Kind.LEG, sides)]
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
        return {name: value for name, value in given.items() if name == "knee" or name in self.protocol.key}
