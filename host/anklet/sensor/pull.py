"""Untethered sets: what sensors recorded on their own, fetched and verified."""

import asyncio
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass

from anklet.errors import SensorError
from anklet.packets import Packet
from anklet.sensor.control import Control, is_count
from anklet.sensor.device import Device
from anklet.sensor.greeting import Identity, KeyRing, greet
from anklet.sensor.link import Link
from anklet.sensor.ranges import Ranges
from anklet.sensor.recorder import listing
from anklet.sensor.repair import Tracker
from anklet.sensor.reports import StreamReport, report_on
from anklet.sensor.sink import Sink
from anklet.sensor.surroundings import OnState, Surroundings
from anklet.sensor.timing import Timing, cancelled, unless_failed
from anklet.sensor.writer import Writer

PATIENCE_S = 120.0
"""A person who walked off with the sensor is back by then, or repeats the command."""
_LOOK_S = 0.25

OnProgress = Callable[[Identity, int, int, int], None]


@dataclass(frozen=True)
class Holding:
    """What a sensor holds of one stream.

    Parameters
    ----------
    stream : int
    first, last : int
        Numbers of the first and the last packet held.
    packets, unacknowledged : int
        Packets held, and those of them that no computer said it has.
    """

    stream: int
    first: int
    last: int
    packets: int
    unacknowledged: int


async def holdings(
    link: Link, *, keys: KeyRing | None = None, timing: Timing | None = None
) -> tuple[Identity, list[Holding]]:
    """Return which sensor it is, and what it holds of each stream, oldest first.

    Raises
    ------
    SensorError
        When it cannot be reached or refuses.
    """
    control = Control(link, timing or Timing())
    link.listen(lambda _data, _host_s: None, control.on_line, control.lost)
    await link.open()
    try:
        identity = await greet(control, link, {} if keys is None else keys)
        return identity, [holding_of(entry) for entry in await listing(control.request)]
    finally:
        await link.close()


async def pull(
    link: Link,
    sink: Sink,
    *,
    streams: Collection[int] | None = None,
    keys: KeyRing | None = None,
    on_progress: OnProgress | None = None,
    on_state: OnState | None = None,
    timing: Timing | None = None,
    patience_s: float = PATIENCE_S,
) -> list[StreamReport]:
    """Fetch streams that a sensor holds; what the sink has already is not fetched again.

    It goes on by itself after the link was lost. A stream is acknowledged when all of it that the
    sensor holds is committed and found in the sink.

    Parameters
    ----------
    link : Link
    sink : Sink
    streams : collection of int, optional
        Which; all that were not acknowledged when not given.
    keys : KeyRing, optional
    on_progress : callable, optional
        Called with (Identity, stream, packets that are here, packets in all).
    on_state, timing : optional
        See `Capture`.
    patience_s : float
        How long to go on without a new packet, s.

    Raises
    ------
    SensorError
        When it refuses, or nothing came for too long; calling again goes on from there.
    """
    timing = timing or Timing()
    writer = Writer(sink, timing)
    around = Surroundings(
        writer=writer,
        timing=timing,
        keys={} if keys is None else keys,
        on_state=on_state,
        rng=random.Random(),
    )
    device = Fetcher(link, around, streams)
    tasks = [asyncio.ensure_future(work) for work in (writer.run(), device.run())]
    try:
        await unless_failed(tasks, device.patiently(tasks[1], patience_s, on_progress))
        return device.reports()
    finally:
        await cancelled(*tasks)
        writer.close()


class Fetcher(Device):
    """A sensor of which streams are fetched.

    Parameters
    ----------
    link : Link
    around : Surroundings
    streams : collection of int or None
        Which; None: all that were not acknowledged.
    """

    def __init__(
        self, link: Link, around: Surroundings, streams: Collection[int] | None = None
    ) -> None:
        super().__init__(link, around)
        self._streams = streams
        self._listed = False

    async def patiently(
        self, task: asyncio.Task[None], patience_s: float, on_progress: OnProgress | None
    ) -> None:
        """Wait for the task, telling the progress, as long as packets come."""
        timing = self.around.timing
        news_s, here = timing.now_s(), -1
        while not task.done():
            await timing.sleep(_LOOK_S)
            self._tell_progress(on_progress)
            if here != (here := sum(len(t.committed) for t in self.trackers.values())):
                news_s = timing.now_s()
            if timing.now_s() - news_s > patience_s:
                why = f" {self.trouble}" if self.trouble else ""
                disk = f" {self.around.writer.trouble}" if self.around.writer.trouble else ""
                raise SensorError(
                    f"Nothing came from {self.name} for {patience_s:g} s.{why}{disk} What came is "
                    "kept; repeat the command to go on.",
                    "timeout",
                )
        self._tell_progress(on_progress)

    def reports(self) -> list[StreamReport]:
        """Return what became of each stream."""
        if self.identity is None:
            return []
        return [
            report_on(
                tracker,
                self.identity,
                "stopped",
                [],
                corrupted=self.corrupted,
                reconnects=self.reconnects,
            )
            for tracker in self.trackers.values()
        ]

    async def _settle(self) -> None:
        if self._listed or self.identity is None:
            return
        held = [holding_of(entry) for entry in await listing(self.request)]
        if self._streams is None:
            chosen = [h for h in held if h.unacknowledged]
        else:
            chosen = [h for h in held if h.stream in self._streams]
        for stream in set(self._streams or ()) - {h.stream for h in held}:
            raise SensorError(f"{self.name} does not hold the stream {stream}.", "no_stream")
        for holding in chosen:
            tracker = Tracker(self.identity.sensor_id, holding.stream)
            holes = await self.around.writer.missing(
                tracker.sensor_id, tracker.stream, holding.last
            )
            tracker.hold(holding.last, holes)
            tracker.expect(holding.last, self.around.timing.now_s())
            self.trackers[holding.stream] = tracker
        self._listed = True

    def _finished(self) -> bool:
        return self.to_come == 0 or self._quiet()

    async def _conclude(self) -> None:
        await self.around.writer.flush(float("inf"))
        for tracker in self.trackers.values():
            last = tracker.end - 1
            holes = await self.around.writer.missing(tracker.sensor_id, tracker.stream, last)
            if tracker.to_come or Ranges(holes).difference(tracker.gone):
                tracker.unacked = Ranges()  # all of it stays on the sensor
        await self._acks.confirm()

    def _took(self, tracker: Tracker, packet: Packet) -> None:
        if packet.note and is_count(packet.note.get("end")):
            tracker.ended = True

    def _tell_progress(self, on_progress: OnProgress | None) -> None:
        if on_progress is None or self.identity is None:
            return
        for stream, tracker in self.trackers.items():
            here = tracker.end - tracker.to_come
            on_progress(self.identity, stream, here, tracker.end)


def holding_of(entry: dict[str, object]) -> Holding:
    """Return an entry of a sensor's listing; what is no number in it counts as 0."""

    def count(key: str) -> int:
        value = entry.get(key)
        return value if isinstance(value, int) and value >= 0 else 0

    return Holding(
        count("stream"), count("first"), count("last"), count("packets"), count("unacknowledged")
    )
