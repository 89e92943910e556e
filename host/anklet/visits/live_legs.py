"""What each leg does now, from the packets of a session as they come."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from anklet.analysis import Settings
from anklet.live import LiveLeg, LiveState
from anklet.model import SEGMENTS, SIDES, Calibration, Placement, Segment, Side
from anklet.packets import Packet
from anklet.sensor.greeting import Identity
from anklet.sensor.sink import Exchange

ENOUGH_ECHOES = 4
"""Echoes of a second: by then one of them waited less than a third of its connection interval."""
ECHOES_KEPT = 120
"""Of a minute, in which two crystals drift apart by 6 ms at most."""
SLEW = 0.001
"""How fast a live clock follows its echoes, s a s: an angle must not jump."""


@dataclass
class LiveClock:
    """A sensor's time on the computer's clock, now: coarser than `signals.clock`, and causal."""

    ahead_us: deque[int] = field(default_factory=lambda: deque[int](maxlen=ECHOES_KEPT))
    stream: int | None = None
    _offset_us: float | None = None
    _last_us: int = 0

    def echo(self, echo: Exchange) -> None:
        """Take an echo."""
        if echo.stream != self.stream:
            self.ahead_us.clear()
            self._offset_us = None
            self.stream = echo.stream
        self.ahead_us.append(echo.sensor_us - echo.host_sent_us)

    def host_s(self, packet: Packet) -> float | None:
        """Return the time of a packet's first sample, None before there are enough echoes."""
        if packet.stream != self.stream or len(self.ahead_us) < ENOUGH_ECHOES:
            return None
        wanted_us = float(min(self.ahead_us))
        if self._offset_us is None:
            self._offset_us = wanted_us
        step_us = SLEW * max(0, packet.time_us - self._last_us)
        self._last_us = packet.time_us
        self._offset_us += max(-step_us, min(step_us, wanted_us - self._offset_us))
        return (packet.time_us - self._offset_us) * 1e-6


OnState = Callable[[Side, LiveState], None]


class LiveLegs:
    """The legs of a session, each with its sensors.

    Parameters
    ----------
    placements : sequence of Placement
        Of all sensors.
    settings : Settings
    calibrations : mapping of Placement to Calibration
        Of the visit.
    on_state : callable, optional
        Told of every state that brings new angles, by side.

    Attributes
    ----------
    states : dict of side to LiveState
        The latest that says something of the angle, as of the last `catch_up`.
    hints : dict of side to str
        What a leg waits for, in a sentence; empty when it is ready.
    """

    def __init__(
        self,
        placements: Sequence[Placement],
        settings: Settings,
        calibrations: Mapping[Placement, Calibration],
        on_state: OnState | None = None,
    ) -> None:
        self._on_state = on_state
        self.states: dict[Side, LiveState] = {}
        self.hints: dict[Side, str] = {}
        self._clocks: dict[str, LiveClock] = {}
        self._legs: dict[Side, LiveLeg] = {}
        self._paired: set[Side] = set()
        self._waiting: list[tuple[Side, Segment | None, Packet, float | None]] = []
        for side in SIDES:
            segments: list[Segment] = [s for s in SEGMENTS if Placement(side, s) in placements]
            if not segments:
                continue
            planted = "shank" in segments
            self._legs[side] = LiveLeg(
                side,
                segments,
                calibrations={
                    s: calibrations[Placement(side, s)]
                    for s in segments
                    if Placement(side, s) in calibrations
                },
                mount=settings.mount if planted else "nominal",
                block_deg=settings.block_deg if planted else None,
                direction=settings.first,
            )
            if len(segments) > 1:
                self._paired.add(side)

    def echo(self, sensor: Identity, echo: Exchange) -> None:
        """Take what was learned of a sensor's clock."""
        self._clocks.setdefault(sensor.sensor_id, LiveClock()).echo(echo)

    def push(self, sensor: Identity, packet: Packet) -> None:
        """Take a packet of one of the sensors; it is worked through with the next `catch_up`."""
        side = sensor.side
        if side is None or side not in self._legs:
            return
        host_s = None
        if side in self._paired:
            clock = self._clocks.get(sensor.sensor_id)
            host_s = clock.host_s(packet) if clock else None
            if host_s is None:
                return
        self._waiting.append((side, sensor.segment, packet, host_s))

    def catch_up(self) -> None:
        """Work through the packets that came since: several at once cost less than one by one."""
        waiting, self._waiting = self._waiting, []
        for side, segment, packet, host_s in waiting:
            state = self._legs[side].push(packet, segment, host_s)
            self.hints[side] = state.hint
            if len(state.deg) or side not in self.states:
                self.states[side] = state
                if self._on_state is not None:
                    self._on_state(side, state)
