"""What a recording session looks like from outside: each sensor now, and what became of it all."""

from dataclasses import dataclass

from anklet.model import Analysis, Placement
from anklet.sensor.link import State
from anklet.sensor.reports import StreamReport
from anklet.store import Assessment


@dataclass(frozen=True)
class SensorView:
    """One sensor now: ``behind`` packets are not here yet, ``asked`` came only when asked for."""

    name: str
    placement: Placement | None
    state: State
    trouble: str
    battery: int | None
    packets: int
    behind: int
    lost: int
    reconnects: int


@dataclass(frozen=True)
class Outcome:
    """What became of a session: ``trouble`` says why there is no analysis."""

    assessment: Assessment | None
    reports: tuple[StreamReport, ...]
    analysis: Analysis | None
    trouble: str
