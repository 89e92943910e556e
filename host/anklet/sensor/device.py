"""One sensor: its connection, kept up; its packets, brought to the disk and acknowledged."""

import asyncio
from collections.abc import Coroutine
from typing import Any, cast

from anklet.errors import PacketError, SensorError
from anklet.packets import Packet, decode
from anklet.sensor.acks import Acks
from anklet.sensor.control import Body, Control, Reply, is_count, pairs
from anklet.sensor.greeting import Identity, greet
from anklet.sensor.link import Link, State
from anklet.sensor.repair import REORDER_S, Tracker, Wanted
from anklet.sensor.surroundings import Surroundings
from anklet.sensor.timing import cancelled

LOOK_S = 0.1
IDLE_LOOK_S = REORDER_S
"""While nothing is missing: what is found missing meanwhile is not asked for any sooner."""
QUIET_S = 30.0
"""Fifteen askings at the longest back-off: what has not come by then is left on the sensor."""
RECONNECT_S, RECONNECT_MOST_S = 0.5, 8.0
BEHIND, CAUGHT_UP = 35, 10
"""Missing packets from which on a user is told (two seconds of them), and down to which."""
PASSING = frozenset({"lost", "timeout", "not_found", "bluetooth", "busy"})
"""Of a sensor that was never reached, any other trouble stays, however often it is tried."""


class Device:
    """Keeps the connection to one sensor; what for is up to its kinds.

    Parameters
    ----------
    link : Link
    around : Surroundings

    Attributes
    ----------
    identity : Identity or None
        Who it is, once it said so.
    state : State
    trackers : dict of int to Tracker
        By stream.
    reached : Event
        Set once it was reached and obeys.
    reconnects, corrupted : int
        Connections after the first; packets that arrived damaged.
    trouble : SensorError or None
        What ended the last connection, or keeps the next from coming about.
    stream : int or None
        The one that runs.
    """

    def __init__(self, link: Link, around: Surroundings) -> None:
        self.identity: Identity | None = None
        self.state = State.SEARCHING
        self.trackers: dict[int, Tracker] = {}
        self.reached = asyncio.Event()
        self.reconnects = 0
        self.corrupted = 0
        self.trouble: SensorError | None = None
        self.stream: int | None = None
        self.around = around
        self._link = link
        self._control = Control(link, around.timing, self._on_event)
        self._acks = Acks(self._control, self.trackers, around.timing)
        self._lost: asyncio.Future[str] | None = None
        self._asks: set[asyncio.Task[None]] = set()
        self._introduced = False  # on this connection
        self._connections = 0
        self._failures = 0
        self._last_packet_s = 0.0
        self._last_new_s = 0.0
        link.listen(self._on_packet, self._control.on_line, self._on_lost)

    @property
    def name(self) -> str:
        """What messages call the sensor."""
        return str(self.identity) if self.identity else self._link.name

    @property
    def to_come(self) -> int:
        """Packets that are known to exist and are neither here nor gone."""
        return sum(tracker.to_come for tracker in self.trackers.values())

    async def run(self) -> None:
        """Serve the sensor until its work is done; reconnect as often as it takes.

        Raises
        ------
        SensorError
            When it was never reached and trying again is hopeless.
        """
        while True:
            try:
                await self._attend()
            except SensorError as error:
                self.trouble = error
                if error.code not in PASSING and not self.reached.is_set():
                    raise
            else:
                self._tell(State.DONE)
                return
            finally:
                await self._leave()
            self._tell(State.LOST if self.reached.is_set() else State.SEARCHING)
            await self.around.timing.sleep(self._pause_s())

    async def request(self, do: str, /, **arguments: Any) -> Reply:
        """Ask the connected sensor; see `Control.request`."""
        return await self._control.request(do, **arguments)

    # what the kinds of device say

    async def _settle(self) -> None:
        """After each connection: learn which packets there are."""
        raise NotImplementedError

    def _work(self) -> list[Coroutine[Any, Any, None]]:
        """Return what runs beside the repair while connected."""
        return []

    def _finished(self) -> bool:
        """Tell whether nothing is left to be fetched."""
        raise NotImplementedError

    async def _conclude(self) -> None:
        """After all is fetched, while still connected."""
        await self.around.writer.flush(float("inf"))
        await self._acks.confirm()

    def _took(self, tracker: Tracker, packet: Packet) -> None:
        """Look at a packet that is new."""

    # one connection

    async def _attend(self) -> None:
        if not self._connections:
            self._tell(State.SEARCHING)
        self._lost = asyncio.get_running_loop().create_future()
        await self._link.open()
        self._tell(State.CONNECTING)
        await self._unless_lost(self._introduce())
        self._connections += 1
        self.reconnects = self._connections - 1
        self._failures = 0
        self.trouble = None
        self.reached.set()
        self._show()
        await self._unless_lost(self._repair(), *self._work())
        await self._unless_lost(self._conclude())

    async def _introduce(self) -> None:
        identity = await greet(self._control, self._link, self.around.keys)
        if self.identity and self.identity.sensor_id != identity.sensor_id:
            raise SensorError(
                f"Another sensor ({identity.sensor_id}) answers in place of {self.name}; switch "
                "that one off.",
                "other",
            )
        self.identity = identity
        self._introduced = True
        now_s = self.around.timing.now_s()
        self._last_packet_s = self._last_new_s = now_s
        await self._settle()
        for tracker in self.trackers.values():
            tracker.restart(self.around.timing.now_s())

    async def _unless_lost(self, *work: Coroutine[Any, Any, None]) -> None:
        """Run all until one of them is over or the link is lost; the others are cancelled."""
        lost = cast("asyncio.Future[str]", self._lost)
        tasks = [asyncio.ensure_future(each) for each in work]
        try:
            await asyncio.wait({*tasks, lost}, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    return task.result()
            raise SensorError(lost.result(), "lost")
        finally:
            await cancelled(*tasks)

    async def _leave(self) -> None:
        self._introduced = False
        await cancelled(*self._asks)
        await self._link.close()
        self._lost = None

    def _pause_s(self) -> float:
        pause_s = min(RECONNECT_S * 2 ** min(self._failures, 10), RECONNECT_MOST_S)
        self._failures += 1
        return pause_s * self.around.rng.uniform(0.5, 1.0)

    async def _repair(self) -> None:
        timing, writer = self.around.timing, self.around.writer
        while not self._finished():
            await timing.nap(LOOK_S if self.to_come else IDLE_LOOK_S)
            self._show()
            if writer.congested:
                self._last_new_s = timing.now_s()
                continue
            for tracker in list(self.trackers.values()):
                for want in tracker.due(timing.now_s()):
                    task = asyncio.ensure_future(self._ask(tracker, want))
                    self._asks.add(task)
                    task.add_done_callback(self._asks.discard)

    async def _ask(self, tracker: Tracker, want: Wanted) -> None:
        span = {"from": want.first, "to": want.last}
        try:
            body = (await self.request("resend", stream=tracker.stream, **span)).body
        except SensorError:
            tracker.refused(want, self.around.timing.now_s())
        else:
            missing = pairs(body.get("missing"))
            tracker.answered(want, missing, self.around.timing.now_s())

    def _quiet(self) -> bool:
        return self.around.timing.now_s() - self._last_new_s > QUIET_S

    # what arrives

    def _on_packet(self, data: bytes, host_s: float) -> None:
        if self.identity is None or not self._introduced:
            return  # of whom? A sensor sends nothing before it is asked to.
        try:
            packet = decode(data)
        except PacketError:
            self.corrupted += 1
            return
        now_s = self.around.timing.now_s()
        self._last_packet_s = now_s
        tracker = self._tracker(packet.stream)
        if tracker is None:
            return
        new = packet.seq not in tracker.received
        if self.around.writer.put(tracker, packet.seq, data):
            tracker.arrive(packet.seq, packet.time_us, now_s)
            if new:
                self._last_new_s = now_s
                self._took(tracker, packet)
        if new and tracker.live and self.around.on_packet is not None:
            # Apart, so that an error of whoever watches ends neither the link nor the recording.
            loop = asyncio.get_running_loop()
            loop.call_soon(self.around.on_packet, self.identity, packet, host_s)

    def _tracker(self, stream: int) -> Tracker | None:
        return self.trackers.get(stream)

    def _on_event(self, event: Body) -> None:
        if event.get("event") != "sent":
            return
        stream, first, last = (event.get(key) for key in ("stream", "from", "to"))
        if is_count(stream) and is_count(first) and is_count(last) and stream in self.trackers:
            self.trackers[stream].sent(first, last, self.around.timing.now_s())

    def _on_lost(self, why: str) -> None:
        self._control.lost(why)
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(why)

    def _show(self) -> None:
        behind = self.to_come
        if behind > BEHIND or (behind > CAUGHT_UP and self.state is State.REPAIRING):
            self._tell(State.REPAIRING)
        else:
            self._tell(State.STREAMING)

    def _tell(self, state: State) -> None:
        if state is self.state and self._connections:
            return
        self.state = state
        if self.around.on_state is not None:
            sentence = state.sentence(self.name)
            if self.trouble is not None and state is State.LOST:
                sentence += f" {self.trouble}"
            asyncio.get_running_loop().call_soon(self.around.on_state, self, state, sentence)
