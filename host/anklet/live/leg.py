"""One leg, live: packets in, ankle angle, phase and reps out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from anklet.errors import UsageError
from anklet.live.calibrating import MAX_ZERO_S, MIN_STILL_S
from anklet.live.judge import LiveRep
from anklet.live.reading import Reading
from anklet.live.reps import Phase, RepCounter
from anklet.live.sensor import Sensor
from anklet.live.travel import Steps
from anklet.model import (
    SEGMENTS,
    AxisFrom,
    Calibration,
    Direction,
    Floats,
    Mount,
    Placement,
    Segment,
    Side,
)
from anklet.packets import Packet

Status = Literal[
    "waiting for stillness", "waiting for a knee bend or heel raise", "check the mount", "ready"
]

WAIT_S = 1.0
"""How long one sensor's samples wait for the other's; later they are given out unmeasured."""
KEEP_S = 2.0
"""How much of a foot's angle is kept for the shank's samples to come."""


@dataclass(frozen=True, eq=False)
class LiveState:
    """A leg after a packet.

    Parameters
    ----------
    status : str
        Whether there is an angle, and if not, what is waited for.
    hint : str
        A sentence for the user, empty when ready.
    t_s, deg : (n,) array
        What this packet added: times on the leg's clock (already set back by `LAG_S`) and ankle
        angle in deg; NaN where it is not measured (a lost packet, an orientation that is none, no
        zero yet, a planted foot that is stepping).
    angle_deg : float or None
        The newest of ``deg``, None when not measured.
    phase : str or None
        What the ankle does now; None before it is ready.
    reps : tuple of LiveRep
        Of the current set; they may be revised until it is over (15 s of rest, or `finish`).
    sets : tuple of tuples of LiveRep
        The sets before.
    peak_deg : float or None
        Furthest angle of the rep that runs, else of the last one.
    axis_from : dict of segment to str
        Where each sensor's axis comes from so far: the nominal mount, or the movement.
    """

    status: Status
    hint: str
    t_s: Floats
    deg: Floats
    angle_deg: float | None
    phase: Phase | None
    reps: tuple[LiveRep, ...]
    sets: tuple[tuple[LiveRep, ...], ...]
    peak_deg: float | None
    axis_from: dict[Segment, AxisFrom]


class LiveLeg:
    """Ankle angle, phase and reps of one leg as its packets come.

    Zero is found live: the leg stands still for 3 s (on the table: the foot is held in neutral).
    The axis is a stored calibration's, or else that of the nominal mount until the movement shows
    it. Memory and cost per packet are bounded; nothing is read but the packets.

    Parameters
    ----------
    side : str
    segments : sequence of str
        Where sensors are: shank (planted), shank and foot (paired), or foot (table).
    calibrations : mapping of segment to Calibration, optional
        From an earlier analysis with the sensors worn as now; their axes are used.
    mount : str
        "unknown": no angle until a knee bend (shank) or heel raise (foot) shows the sign.
    block_deg : float or None
        Angle of the block under a planted foot, heel high positive.
    direction : str or None
        What a rep does first, from the protocol; None: told as offline, paired by which segment
        turns more.

    Raises
    ------
    UsageError
        When these do not go together.
    """

    def __init__(
        self,
        side: Side,
        segments: Sequence[Segment] = ("shank",),
        *,
        calibrations: Mapping[Segment, Calibration] | None = None,
        mount: Mount = "nominal",
        block_deg: float | None = None,
        direction: Direction | None = None,
    ) -> None:
        known = calibrations or {}
        if not segments or len(set(segments)) < len(segments) or set(segments) - set(SEGMENTS):
            raise UsageError("A live leg has a shank sensor, a foot sensor, or one of each.")
        table = "shank" not in segments
        if block_deg is not None and table:
            raise UsageError(
                "A block angle goes with a shank sensor; on the table (foot sensor only) leave it "
                "out."
            )
        if table and mount == "unknown" and "foot" not in known:
            raise UsageError(
                "On the table no movement tells which way a sensor's mount is turned; mount the "
                "foot sensor as described, or give its calibration."
            )
        if set(known) - set(segments):
            raise UsageError("A calibration was given for a segment without a sensor.")
        self._sensors: dict[Segment, Sensor] = {
            s: Sensor(Placement(side, s), mount, known.get(s), table=table) for s in segments
        }
        self._mount: Mount = mount
        self._block_deg = block_deg or 0.0
        self._lead: Segment = "shank" if "shank" in self._sensors else "foot"
        self._travels: Segment | None = None if table else "foot" if len(segments) == 2 else "shank"
        self._steps: Steps | None = None
        self._stepping = False
        self._held: list[tuple[float, float, float, float]] = []
        self._until_s = 0.0
        self._has_zero = False
        self._unfit = ""
        self._counter = RepCounter(
            direction or ("both" if table else None),
            has_both=len(segments) == 2,
            on_block=bool(block_deg),
        )

    def push(
        self, packet: Packet, segment: Segment | None = None, host_s: float | None = None
    ) -> LiveState:
        """Take the next packet of one of the leg's sensors.

        Packets of a sensor are taken in order: one that comes late, or twice, changes nothing.

        Parameters
        ----------
        packet : Packet
        segment : str, optional
            Whose packet it is; may be left out with one sensor.
        host_s : float, optional
            Time of its first sample on the clock that the leg's sensors share (`signals.clock`, not
            the arrival); may be left out with one sensor, whose own clock then counts.

        Raises
        ------
        UsageError
            When the segment has no sensor here, or ``host_s`` is missing or no number.
        """
        which = segment or self._lead
        if which not in self._sensors or (segment is None and len(self._sensors) > 1):
            raise UsageError(f"Say whose packet it is: {' or '.join(self._sensors)}.")
        if host_s is None and len(self._sensors) > 1:
            raise UsageError("Packets of two sensors need their time on the clock they share.")
        sensor = self._sensors[which]
        reading = sensor.reader.read(packet, host_s)
        none = np.zeros(0)
        if reading is None:
            return self._state(none, none)
        self._stand(sensor, reading)
        if which == self._travels and self._steps is not None:
            self._steps.push(reading, sensor.bias_rad_s)
        sensor.measure(reading, stepping=self._stepping)
        t_s, shank, foot = self._together()
        return self._state(t_s, self._count(t_s, shank, foot))

    def finish(self) -> LiveState:
        """End the set that runs: its reps are final."""
        self._counter.finish()
        return self._state(np.zeros(0), np.zeros(0))

    def _stand(self, sensor: Sensor, reading: Reading) -> None:
        """Look for zero while there is none, and refine it while all sensors stay still."""
        if sensor.standing is None:
            return
        sensor.standing.push(reading)
        everyone = list(self._sensors.values())
        still_s = min(s.standing.still_s if s.standing else 0.0 for s in everyone)
        if self._has_zero and not MIN_STILL_S <= still_s <= MAX_ZERO_S:
            for s in everyone:
                s.standing = None
        elif still_s >= MIN_STILL_S:
            self._unfit = next((why for s in everyone if (why := s.take_zero())), "")
            self._has_zero = not self._unfit
            if self._travels and (standing := self._sensors[self._travels].standing):
                self._steps = Steps(
                    self._travels, self._mount, standing.zero_up, standing.gravity_m_s2
                )

    def _together(self) -> tuple[Floats, Floats, Floats]:
        """Times, and pitch of shank and foot, of the samples that no sensor is waited for."""
        lead, foot = self._sensors[self._lead], self._sensors.get("foot")
        if foot is None or foot is lead:
            t_s, pitch, rest = lead.t_s, lead.pitch_deg, np.zeros(len(lead.t_s))
            lead.drop(len(t_s))
            return (t_s, rest, pitch) if foot else (t_s, pitch, rest - self._block_deg)
        until_s = max(foot.last_s, lead.last_s - WAIT_S)
        n = int(lead.t_s.searchsorted(until_s, side="right"))
        t_s, shank = lead.t_s[:n], lead.pitch_deg[:n]
        pitch = np.full(n, np.nan)
        if len(foot.t_s):
            pitch = np.interp(t_s, foot.t_s, foot.pitch_deg, np.nan, np.nan)
        lead.drop(n)
        foot.drop(int(foot.t_s.searchsorted(foot.last_s - KEEP_S)))
        return t_s, shank, pitch

    def _count(self, t_s: Floats, shank: Floats, foot: Floats) -> Floats:
        """Count on, with steps left out; return the ankle angle, (n,) in deg."""
        deg = shank + foot
        rows = zip(t_s.tolist(), deg.tolist(), shank.tolist(), foot.tolist(), strict=True)
        self._held += [row for row in rows if math.isfinite(row[1])]
        steps = self._steps
        since_s = math.inf if steps is None or steps.since_s is None else steps.since_s
        if steps is None or not steps.stepping:
            if self._stepping:
                self._counter.stepped(self._until_s)
                self._stepping = False
            self._feed(since_s)
            return deg
        if not self._stepping:
            self._feed(since_s)
            self._counter.step(since_s)
            self._stepping = True
        low_s = math.inf if steps.low_s is None else steps.low_s
        self._held = [row for row in self._held if row[0] >= low_s]
        if len(t_s):
            self._until_s = min(low_s, float(t_s[-1]))
        return deg if len(self._sensors) == 2 else np.where(t_s < since_s, deg, np.nan)

    def _feed(self, before_s: float) -> None:
        for row in self._held:
            if row[0] < before_s:
                self._counter.push(*row)
        self._held = [row for row in self._held if row[0] >= before_s]

    def _state(self, t_s: Floats, deg: Floats) -> LiveState:
        status, hint = self._status()
        newest = float(deg[-1]) if len(deg) else math.nan
        counter = self._counter
        return LiveState(
            status=status,
            hint=hint,
            t_s=t_s,
            deg=deg,
            angle_deg=newest if math.isfinite(newest) else None,
            phase="step" if self._stepping else counter.phase if status == "ready" else None,
            reps=counter.reps,
            sets=tuple(counter.sets),
            peak_deg=counter.peak_deg,
            axis_from={segment: s.axis_from for segment, s in self._sensors.items()},
        )

    def _status(self) -> tuple[Status, str]:
        sensors = self._sensors.values()
        if not self._has_zero:
            return "waiting for stillness", self._unfit or f"Stand still for {MIN_STILL_S:.0f} s."
        for s in sensors:
            if s.doubt:
                return "check the mount", s.doubt
            if not s.signed:
                how = "Bend the knee" if s.placement.segment == "shank" else "Raise the heel"
                return "waiting for a knee bend or heel raise", f"{how} slowly and come back."
        waited_for_s = max(s.last_s for s in sensors) - WAIT_S
        for s in sensors:
            if s.last_s < waited_for_s:
                return "ready", f"Nothing arrives from the {s.placement} sensor."
        return "ready", ""
