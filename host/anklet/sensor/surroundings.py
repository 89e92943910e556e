"""What every sensor of a capture shares."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anklet.packets import Packet
from anklet.sensor.greeting import Identity, KeyRing
from anklet.sensor.link import State
from anklet.sensor.sink import Exchange
from anklet.sensor.timing import Timing
from anklet.sensor.writer import Writer

if TYPE_CHECKING:
    from anklet.sensor.device import Device

OnPacket = Callable[[Identity, Packet, float], None]
OnEcho = Callable[[Identity, Exchange], None]
OnState = Callable[["Device", State, str], None]


@dataclass(frozen=True)
class Surroundings:
    """What every sensor of a capture shares; see `anklet.sensor.capture.Capture`."""

    writer: Writer
    timing: Timing = field(default_factory=Timing)
    keys: KeyRing = field(default_factory=dict[str, str])
    on_state: OnState | None = None
    on_packet: OnPacket | None = None
    on_echo: OnEcho | None = None
    rng: random.Random = field(default_factory=random.Random)
