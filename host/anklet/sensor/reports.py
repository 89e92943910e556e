"""What became of a recording: how much arrived, how, and what is gone."""

import math
from dataclasses import dataclass, replace
from typing import Literal

from anklet.errors import DataError
from anklet.sensor.greeting import Identity
from anklet.sensor.ranges import Range, Ranges
from anklet.sensor.repair import Tracker
from anklet.signals.clock import ClockFit, Echo, fit_clock

End = Literal["stopped", "ended by the sensor", "restarted", "unreached"]


@dataclass(frozen=True)
class StreamReport:
    """One stream of one sensor, at the end.

    Parameters
    ----------
    sensor : Identity
    stream : int
    end : str
        How it ended; "restarted": the sensor did, and went on in another stream; "unreached": the
        sensor was out of reach at the end.
    packets : int
        That the sensor is known to have made.
    stored, held_before : int
        Of these on the disk; of those, before this call.
    first_time, repaired : int
        Packets that came by themselves; that came because they were asked for.
    lost : tuple of (first, last)
        Gone for good: the sensor no longer holds them.
    waiting : tuple of (first, last)
        Still on the sensor (``anklet pull`` fetches them).
    conflicts : tuple of (first, last)
        The disk held other bytes under these numbers; both are kept.
    packet_s : float
        Mean time between packets, s.
    duplicates, corrupted, reconnects : int
        ``corrupted`` and ``reconnects`` are the sensor's, over all its streams.
    clock : ClockFit or None
        The sensor's clock against the computer's; None without enough echoes.
    broke_off : bool
        The sensor restarted without ending it: what it had made last is not known by number.
    unrecorded_s : float or None
        How long it then took from the last packet that is here to the next stream's first, s; None
        where the clocks do not tell.
    """

    sensor: Identity
    stream: int
    end: End
    packets: int
    stored: int
    held_before: int
    first_time: int
    repaired: int
    lost: tuple[Range, ...]
    waiting: tuple[Range, ...]
    conflicts: tuple[Range, ...]
    packet_s: float
    duplicates: int = 0
    corrupted: int = 0
    reconnects: int = 0
    clock: ClockFit | None = None
    broke_off: bool = False
    unrecorded_s: float | None = None

    @property
    def complete(self) -> bool:
        """Whether every packet is on the disk."""
        return self.stored == self.packets and not self.broke_off

    @property
    def quality(self) -> float:
        """Share of the packets that came by themselves, 0..1."""
        wanted = self.packets - self.held_before
        return self.first_time / wanted if wanted > 0 else 1.0

    @property
    def lost_s(self) -> float:
        """How long a time is gone, s."""
        return sum(last - first + 1 for first, last in self.lost) * self.packet_s

    def __str__(self) -> str:
        """Return one sentence for a user."""
        name = str(self.sensor)
        told = f"{name[:1].upper()}{name[1:]}: {self.stored} of {self.packets} packets stored"
        if self.repaired:
            told += f", {self.repaired} of them repaired"
        if self.lost:
            spans = ", ".join(self._at(span) for span in self.lost[:3])
            more = f" and {len(self.lost) - 3} more" if len(self.lost) > 3 else ""
            told += f"; {self.lost_s:.1f} s lost for good ({spans}{more})"
        if self.waiting:
            count = sum(last - first + 1 for first, last in self.waiting)
            told += f"; {count} still on the sensor, fetch them with anklet pull"
        if self.broke_off:
            span = f"{self.unrecorded_s:.1f} s" if self.unrecorded_s is not None else "some time"
            told += f"; the sensor restarted, and {span} until it went on is not recorded"
        elif self.end == "restarted":
            told += "; the sensor restarted"
        elif self.end == "ended by the sensor":
            told += "; the sensor ended it by itself"
        return told + "."

    def _at(self, span: Range) -> str:
        return f"{span[0] * self.packet_s:.1f} to {(span[1] + 1) * self.packet_s:.1f} s"


def report_on(
    tracker: Tracker,
    sensor: Identity,
    end: End,
    echoes: list[Echo],
    *,
    corrupted: int = 0,
    reconnects: int = 0,
) -> StreamReport:
    """Draw up the report of a stream."""
    held = tracker.committed.union(tracker.conflicts)
    waiting = Ranges([(0, tracker.end - 1)]).difference(held).difference(tracker.gone)
    new = len(tracker.received) - tracker.held_before
    try:
        clock = fit_clock(echoes, str(sensor)) if echoes else None
    except DataError:
        clock = None
    if clock is not None and not math.isfinite(clock.residual_s):
        clock = None
    return StreamReport(
        sensor=sensor,
        stream=tracker.stream,
        end=end,
        packets=tracker.end,
        stored=len(held),
        held_before=tracker.held_before,
        first_time=new - tracker.repaired,
        repaired=tracker.repaired,
        lost=tuple(tracker.gone),
        waiting=tuple(waiting),
        conflicts=tuple(tracker.conflicts),
        packet_s=tracker.packet_s,
        duplicates=tracker.duplicates,
        corrupted=corrupted,
        reconnects=reconnects,
        clock=clock,
        broke_off=end == "restarted" and not tracker.ended,
    )


def unrecorded(
    report: StreamReport, tracker: Tracker, later: StreamReport, follower: Tracker
) -> StreamReport:
    """Return a report that says how long the sensor was silent before its next stream."""
    if not report.broke_off or report.clock is None or later.clock is None:
        return report
    if tracker.span_us is None or follower.span_us is None:
        return report
    from_s = float(report.clock.to_host_s(tracker.span_us[1])) + report.packet_s
    return replace(report, unrecorded_s=float(later.clock.to_host_s(follower.span_us[0])) - from_s)
