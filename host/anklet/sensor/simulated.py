"""Links to virtual sensors: connection events, and whatever may go wrong on the air."""

import asyncio
import random
from collections import deque
from dataclasses import dataclass

from anklet.errors import SensorError
from anklet.sensor.lines import seal
from anklet.sensor.link import Kind, OnBytes, OnLost
from anklet.sensor.timing import Timing, cancelled
from anklet.sensor.virtual import VirtualSensor
from anklet.sensor.virtual_control import VirtualControl

SEARCH_S, CONNECT_S = 2.0, 0.3


@dataclass(frozen=True)
class Faults:
    """Shares of packets (and of control lines, ``garbage``) that something happens to, 0..1.

    ``reorder`` holds a packet back for up to ``late_s``.
    """

    drop: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    reorder: float = 0.0
    garbage: float = 0.0
    late_s: float = 0.1


class SimulatedLink:
    """A link to a virtual sensor.

    Parameters
    ----------
    sensor : VirtualSensor
    timing : Timing, optional
    faults : Faults, optional
    interval_s : float
        Between two connection events.
    packets_an_event : int
        What goes in one of them, control lines included.
    rng : random.Random, optional
        Everything random follows from it.

    Attributes
    ----------
    in_reach : bool
    """

    trusted = True

    def __init__(
        self,
        sensor: VirtualSensor,
        *,
        timing: Timing | None = None,
        faults: Faults | None = None,
        interval_s: float = 0.03,
        packets_an_event: int = 6,
        rng: random.Random | None = None,
        kind: Kind = "simulated",
    ) -> None:
        self.kind: Kind = kind
        self.name = sensor.name or f"the sensor {sensor.sensor_id}"
        self.sensor = sensor
        self._control = VirtualControl(sensor)
        self.faults = faults or Faults()
        self.in_reach = True
        self.trusted = sensor.owner is None
        self.sends = 0
        self._timing = timing or Timing()
        self._interval_s = interval_s
        self._most = packets_an_event
        self._rng = rng or random.Random()
        self._next_s = 0.0
        self._slept_s: float | None = None
        self._busy = True
        self._events: asyncio.Task[None] | None = None
        self._out: deque[bytes] = deque()
        self._replies: deque[bytes] = deque()
        self._late: list[tuple[float, bytes]] = []
        self._on_packet: OnBytes = _nobody
        self._on_line: OnBytes = _nobody
        self._on_lost: OnLost = _nobody
        sensor.on_reboot = lambda: self.cut("the sensor restarted")

    def listen(self, on_packet: OnBytes, on_line: OnBytes, on_lost: OnLost) -> None:
        """Say who is told of what arrives."""
        self._on_packet, self._on_line, self._on_lost = on_packet, on_line, on_lost

    async def open(self) -> None:
        """Connect; SensorError "not_found" when the sensor is out of reach."""
        await self.close()
        await self._timing.sleep(CONNECT_S if self.in_reach else SEARCH_S)
        if not self.in_reach:
            raise SensorError(f"{self.name} is not found; bring it near.", "not_found")
        self._session = self._control.session(self.trusted)
        self._next_s = self._timing.now_s() + self._rng.uniform(0, self._interval_s)
        self._events = asyncio.ensure_future(self._run())

    async def close(self) -> None:
        """Disconnect."""
        events, self._events = self._events, None
        if events is not None:
            await cancelled(events)
        self._forget()

    async def send_line(self, line: bytes) -> float:
        """Send a line at the next connection event; return when it was handed over, host s."""
        if self._events is None:
            raise SensorError(f"{self.name} is not connected.", "lost")
        self._out.append(line)
        if self._slept_s is not None:  # an event that was passed over has something to do now
            self._events.cancel()
            self._next_s, self._slept_s = self._slept_s, None
            while self._next_s < self._timing.now_s():
                self._next_s += self._interval_s
            self._events = asyncio.ensure_future(self._run())
        return self._timing.now_s()

    def cut(self, why: str = "out of reach") -> None:
        """Lose the link, and all that is under way."""
        if self._events is not None:
            self._events.cancel()
            self._events = None
            self._forget()
            self._on_lost(why)

    def _forget(self) -> None:
        self._out.clear()
        self._replies.clear()
        self._late.clear()
        self._slept_s, self._busy = None, True
        self.sensor.memory.forget_link()

    async def _run(self) -> None:
        while True:
            self._slept_s = self._pass_over()
            await self._timing.nap(max(0.0, self._next_s - self._timing.now_s()))
            self._slept_s = None
            now_s = self._timing.now_s()
            self._event(now_s)
            self._next_s = max(self._next_s + self._interval_s, now_s)

    def _pass_over(self) -> float | None:
        """Go on to the event of the next packet; return the first of those before it, if any."""
        due_us = self.sensor.due_us()
        if due_us is None or self._busy or self._out or self._replies or self._late:
            return None
        next_s = self._next_s
        while self.sensor.clock_us(self._next_s) < due_us:
            self._next_s += self._interval_s
        return next_s if next_s < self._next_s else None

    def _event(self, now_s: float) -> None:
        self.sensor.step(now_s)
        while self._out:
            reply = self._control.handle(self._session, self._out.popleft(), now_s)
            if reply:
                self._replies.append(reply)
        for due_s, data in [late for late in self._late if late[0] <= now_s]:
            self._late.remove((due_s, data))
            self._on_packet(data, now_s)
        memory = self.sensor.memory
        self._busy = True
        for _ in range(self._most):
            if self._replies:
                self._say(self._replies.popleft(), now_s)
            elif (data := memory.next_packet()) is not None:
                self.sends += 1
                self._send(data, now_s)
            elif not memory.sent:
                self._busy = False
                break
            while memory.sent:
                stream, first, last = memory.sent.popleft()
                event = f'{{"event":"sent","stream":{stream},"from":{first},"to":{last}}}'
                self._replies.append(seal(event.encode()))

    def _say(self, line: bytes, now_s: float) -> None:
        if self._rng.random() < self.faults.garbage:
            line = self._damaged(line)
        self._on_line(line, now_s)

    def _send(self, data: bytes, now_s: float) -> None:
        faults, rng = self.faults, self._rng
        if rng.random() < faults.drop:
            return
        if rng.random() < faults.corrupt:
            data = self._damaged(data)
        for _ in range(2 if rng.random() < faults.duplicate else 1):
            if rng.random() < faults.reorder:
                self._late.append((now_s + rng.uniform(0, faults.late_s), data))
            else:
                self._on_packet(data, now_s)

    def _damaged(self, data: bytes) -> bytes:
        if self._rng.random() < 0.3:
            return data[: self._rng.randrange(len(data))]
        at = self._rng.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1 << self._rng.randrange(8)]) + data[at + 1 :]


def _nobody(*_arguments: object) -> None:
    """Nobody listens yet."""
