"""One segment's sensor, live: from packets to pitch."""

import math

import numpy as np

from anklet.live.calibrating import MAX_MISALIGNMENT_DEG, Axis, Standing, off_upright_deg
from anklet.live.pitch import LAG_S, Level, LowPass, Plane
from anklet.live.reading import MAX_BRIDGE_S, Reader, Reading
from anklet.model import AxisFrom, Calibration, Floats, Mount, Placement

MISSING = 1.5
"""Samples further apart than this many periods have a gap between them."""


class Sensor:
    """One segment's sensor, from packets to pitch."""

    def __init__(
        self, placement: Placement, mount: Mount, known: Calibration | None, *, table: bool
    ) -> None:
        self.placement = placement
        self.reader = Reader()
        self.standing: Standing | None = Standing()
        self.axis: Axis | None = None
        self.bias_rad_s: Floats = np.zeros(3)
        self.last_s = -math.inf
        self.t_s: Floats = np.zeros(0)
        self.pitch_deg: Floats = np.zeros(0)
        self._mount: Mount = mount
        self._known = known
        self._table = table
        self._zero_up: Floats | None = None
        self._zero_acc: Floats = np.zeros(3)
        self._gravity_m_s2 = 0.0
        self._plane: Plane | None = None
        self._force: Plane | None = None
        self._level = Level()
        self._low_pass = LowPass()

    @property
    def doubt(self) -> str:
        """What is wrong with the mount, empty when nothing is."""
        return self.axis.doubt if self.axis else ""

    @property
    def signed(self) -> bool:
        """Which way is forward is known."""
        return self._known is not None or (self.axis is not None and self.axis.signed)

    @property
    def axis_from(self) -> AxisFrom:
        """Where the axis comes from so far."""
        if self._known:
            return self._known.axis_from
        return "movement" if self.axis and self.axis.from_movement else "nominal"

    def take_zero(self) -> str:
        """Take zero from the standing so far; return why not, where it cannot be that."""
        if self.standing is None:
            return ""
        up = self.standing.zero_up
        off_deg = off_upright_deg(self.placement, up)
        if self._mount == "nominal" and not self._table and off_deg > MAX_MISALIGNMENT_DEG:
            return (
                f"The {self.placement} sensor is {off_deg:.0f} deg from how it is worn in quiet "
                "standing; stand up, or check how it sits."
            )
        self.standing.taken = True
        self.bias_rad_s = self.standing.bias_rad_s
        self._zero_acc, self._gravity_m_s2 = self.standing.zero_acc, self.standing.gravity_m_s2
        self._level = Level()
        self._zero_up = up
        if not self._known:
            self.axis = Axis(self.placement, self._mount, up, constrained=not self._table)
        self._lay_plane()
        return ""

    def measure(self, reading: Reading, *, stepping: bool) -> None:
        """Add a packet's pitch, low-passed, to what is not given out yet."""
        usable = not stepping or self.placement.segment == "foot"
        moves = self.axis is not None and self.standing is None and usable
        if moves and self.axis and self.axis.push(reading, self.bias_rad_s):
            self._lay_plane()
        if self._plane is None:
            raw = np.full(len(reading.t_s), np.nan)
        else:
            if self._force:
                self._level.push(reading, self._plane, self._force, self._gravity_m_s2)
            raw = self._plane.pitch_deg(reading.up) + self._level.deg
        self._add(reading, self._low_pass.push(raw, reading))

    def _lay_plane(self) -> None:
        if self._zero_up is None:
            return
        self._plane = self._force = None
        xyz: Floats | None = None
        if self._known:
            xyz = np.array(self._known.axis_xyz, float)
        elif self.axis and self.axis.signed and not self.axis.doubt:
            xyz = self.axis.xyz
        if xyz is not None:
            self._plane = Plane(xyz, self._zero_up)
            self._force = Plane(xyz, self._zero_acc)

    def _add(self, reading: Reading, pitch_deg: Floats) -> None:
        """Add values to the queue, with two that are not measured where samples are missing."""
        t_s = reading.t_s - LAG_S
        period_s = reading.period_s
        if t_s[0] <= self.last_s - MAX_BRIDGE_S:  # the clock was set back
            self.t_s, self.pitch_deg, self.last_s = np.zeros(0), np.zeros(0), -math.inf
        new = t_s > self.last_s
        t_s, pitch_deg = t_s[new], pitch_deg[new]
        if not len(t_s):
            return
        if MISSING * period_s < t_s[0] - self.last_s < math.inf:
            hole = [self.last_s + 0.5 * period_s, float(t_s[0]) - 0.5 * period_s]
            t_s = np.concatenate([hole, t_s])
            pitch_deg = np.concatenate([[math.nan, math.nan], pitch_deg])
        self.t_s = np.concatenate([self.t_s, t_s])
        self.pitch_deg = np.concatenate([self.pitch_deg, pitch_deg])
        self.last_s = float(t_s[-1])

    def drop(self, count: int) -> None:
        """Forget the first values of the queue."""
        self.t_s, self.pitch_deg = self.t_s[count:], self.pitch_deg[count:]
