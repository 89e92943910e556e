"""What a recording session looks like from outside: each sensor now, and what became of it all."""

from collections.abc import Mapping
from dataclasses import dataclass

from anklet.model import Analysis, Placement
from anklet.sensor.device import Device
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


def view_of(recorder: Device, battery: Mapping[str, int | None]) -> SensorView:
    """Look at one sensor; ``battery`` is by sensor id, in percent."""
    who = recorder.identity
    trackers = recorder.trackers.values()
    return SensorView(
        recorder.name,
        Placement(who.side, who.segment) if who and who.side and who.segment else None,
        recorder.state,
        str(recorder.trouble or "") if recorder.state is not State.STREAMING else "",
        battery.get(who.sensor_id) if who else None,
        sum(len(t.received) for t in trackers),
        recorder.to_come,
        sum(len(t.gone) for t in trackers),
        recorder.reconnects,
    )
