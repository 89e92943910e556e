"""One sensor while it records: its stream is started, watched, timed and ended."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

from anklet.errors import SensorError
from anklet.packets import Packet
from anklet.sensor.control import TRIES, Body, Reply, is_count
from anklet.sensor.device import Device
from anklet.sensor.echoes import QUICK_FOR_S, REPLY_S, EchoExchange
from anklet.sensor.link import Link
from anklet.sensor.repair import Tracker
from anklet.sensor.reports import End, StreamReport, report_on, unrecorded
from anklet.sensor.sink import Exchange
from anklet.sensor.surroundings import Surroundings
from anklet.signals.clock import Echo

MOST_UNANSWERED = 3
"""A silent sensor that answers none of so many echoes is gone, whatever the system says."""
ECHOES_KEPT = 8_192
"""An hour of them, for the report; all go to the sink."""
STALL_S = 3.0
"""A running stream sends 17 packets a second."""
END_GRACE_S = 5.0
"""A sensor that restarts closes its stream first."""


class Recorder(Device):
    """A sensor whose live stream goes to the disk until `finish`.

    Parameters
    ----------
    link : Link
    around : Surroundings
    """

    def __init__(self, link: Link, around: Surroundings) -> None:
        super().__init__(link, around)
        self._finishing = False
        self._stopped = False
        self._started_s: float | None = None
        self._ended_s: float | None = None
        self._ended_boot = ""
        self._echoes: dict[int, deque[Echo]] = {}

    def finish(self) -> None:
        """Stop the stream and end once all of it is fetched."""
        self._finishing = True

    def reports(self) -> list[StreamReport]:
        """Return what became of each stream, in the order they were started."""
        if self.identity is None:
            return []
        trackers = list(self.trackers.values())
        reports = [
            report_on(
                tracker,
                self.identity,
                self._end_of(tracker),
                list(self._echoes.get(tracker.stream, ())),
                corrupted=self.corrupted,
                reconnects=self.reconnects,
            )
            for tracker in trackers
        ]
        for k in range(len(reports) - 1):
            reports[k] = unrecorded(reports[k], trackers[k], reports[k + 1], trackers[k + 1])
        return reports

    async def _settle(self) -> None:
        self._stopped = False
        boot = self.identity.boot if self.identity else ""
        if self._finishing or (self._ended_s is not None and boot == self._ended_boot):
            await self._stop()
        else:
            await self._start()
        await self._look_back()

    def _work(self) -> list[Coroutine[Any, Any, None]]:
        return [self._acks.run(), self._exchange_echoes(), self._watch()]

    def _finished(self) -> bool:
        return self._stopped and (self.to_come == 0 or self._quiet())

    def _took(self, tracker: Tracker, packet: Packet) -> None:
        if packet.note and is_count(packet.note.get("end")):
            tracker.ended = True
            if tracker.stream == self.stream and not self._finishing and self.identity:
                self._ended_s = self.around.timing.now_s()
                self._ended_boot = self.identity.boot

    def _tracker(self, stream: int) -> Tracker:
        # also of a stream whose start was obeyed and the reply lost
        if stream not in self.trackers and self.identity is not None:
            self.trackers[stream] = Tracker(self.identity.sensor_id, stream)
        return self.trackers[stream]

    async def _start(self, *, again: bool = False) -> None:
        timing = self.around.timing
        unix_us = round(timing.unix_s() * 1e6)
        took = self._control.took()
        reply = await self.request("start", mode="live", unix_us=unix_us, tries=TRIES, **took)
        stream, next_seq = reply.integer("stream"), reply.integer("next_seq")
        tracker = self._tracker(stream)
        if stream != self.stream:
            self.stream = stream
            self._ended_s = None
            for other in self.trackers.values():
                other.live = other is tracker
            if next_seq:
                sensor_id = tracker.sensor_id
                holes = await self.around.writer.missing(sensor_id, stream, next_seq - 1)
                tracker.hold(next_seq - 1, holes)
            again = False
        if not again:  # else what was made meanwhile still comes by itself
            tracker.expect(next_seq - 1, timing.now_s())
        self._started_s = self._started_s or timing.now_s()
        self._last_packet_s = timing.now_s()

    async def _stop(self) -> None:
        reply = await self.request("stop", tries=TRIES)
        stream, last = reply.body.get("stream"), reply.body.get("last_seq")
        if is_count(stream) and is_count(last) and stream in self.trackers:
            self.trackers[stream].expect(last, self.around.timing.now_s())
        self._last_new_s = self.around.timing.now_s()
        self._stopped = True

    async def _look_back(self) -> None:
        """Learn up to where the sensor holds the streams that it broke off."""
        broken = [t for s, t in self.trackers.items() if s != self.stream or self._stopped]
        if all(t.ended and not t.to_come for t in broken):
            return
        now_s = self.around.timing.now_s()
        for entry in await listing(self.request):
            tracker = self.trackers.get(entry["stream"])
            if tracker in broken:
                tracker.expect(entry["last"], now_s)

    async def _watch(self) -> None:
        timing = self.around.timing
        while True:
            await timing.nap(STALL_S / 6)
            now_s = timing.now_s()
            if self._ended_s is not None and now_s - self._ended_s > END_GRACE_S:
                self._finishing = True
            if self._finishing and not self._stopped:
                await self._stop()
            silent = now_s - self._last_packet_s > STALL_S
            if silent and not self._stopped and self._ended_s is None:
                await self._start(again=True)

    async def _exchange_echoes(self) -> None:
        timing = self.around.timing
        exchange = EchoExchange(self._control, timing, self.around.rng)
        unanswered = 0
        while True:
            await exchange.pause((self._started_s or timing.now_s()) + QUICK_FOR_S)
            stream = self.stream
            try:
                echoes = await exchange.send()
            except SensorError as error:
                unanswered += 1
                silent = timing.now_s() - self._last_packet_s > REPLY_S
                if error.code != "timeout" or (silent and unanswered >= MOST_UNANSWERED):
                    raise
                continue
            if echoes:
                unanswered = 0
            if stream is not None and not self._stopped:
                for echo in echoes:
                    self._keep_echo(stream, echo)

    def _keep_echo(self, stream: int, echo: Echo) -> None:
        self._echoes.setdefault(stream, deque(maxlen=ECHOES_KEPT)).append(echo)
        sent_us, back_us = round(echo.host_s * 1e6), round(echo.back_s * 1e6)
        kept = Exchange(stream, sent_us, echo.sensor_us, back_us)
        self.around.writer.put_echo(self.trackers[stream].sensor_id, kept)
        if self.identity is not None and self.around.on_echo is not None:
            loop = asyncio.get_running_loop()
            loop.call_soon(self.around.on_echo, self.identity, kept)

    def _end_of(self, tracker: Tracker) -> End:
        if tracker.stream != self.stream:
            return "restarted"
        if self._ended_s is not None:
            return "ended by the sensor"
        return "stopped" if tracker.ended or self._stopped else "unreached"


async def listing(request: Callable[..., Awaitable[Reply]]) -> list[Body]:
    """Return what a sensor holds of each stream, all pages of it.

    Entries that are not understood are passed over.
    """
    entries: list[Body] = []
    while True:
        body = (await request("journal", tries=TRIES, **{"from": len(entries)})).body
        streams: Any = body.get("streams")
        page = cast("list[Any]", streams) if isinstance(streams, list) else []
        entries += page
        if not body.get("more") or not page:
            return [e for e in entries if _is_entry(e)]


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    told = cast("Body", entry)
    return is_count(told.get("stream")) and is_count(told.get("last"))
