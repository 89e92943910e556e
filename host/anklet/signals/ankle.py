"""A leg's ankle angle: the segments' pitches added on one grid, and where the foot travels."""

from dataclasses import dataclass

import numpy as np

from anklet.errors import CalibrationError, DataError
from anklet.model import Bools, Floats, Segment
from anklet.signals.angle import MIN_STRETCH_S, along, pitch_deg, settled, smooth
from anklet.signals.calibration import Axis
from anklet.signals.contact import stepping
from anklet.signals.heel import heel_rise_m
from anklet.signals.leg import Reference, Sensor, mean_up, names, setup_of
from anklet.signals.timebase import Uniform

GAIT_SHARE = 0.5
"""When the foot travels for more than this share of all movement, it is gait, not an exercise."""
MOVING_DEG_S = 20.0
LOOK_EVERY = 4
"""Which of two segments moves more shows on every fourth node."""
MAX_RANGE_DEG = 130.0
"""No ankle moves further; a shank alone may lean far in a step, but not as far as this."""


@dataclass(frozen=True, eq=False)
class Grid:
    """The uniform times that all legs of a call share: node k is at t0_s + k / rate_hz."""

    t0_s: float
    rate_hz: float


@dataclass(frozen=True, eq=False)
class AnkleAngle:
    """A leg's ankle angle and what belongs to it, on nodes ``first`` to ``first + n`` of a grid.

    Parameters
    ----------
    deg, shank_deg, foot_deg : (n,) array
        Ankle angle and its parts, NaN where not measured; a part without a sensor is zero.
    travelling, saturated : (n,) bool array
        The foot moves as in a step; a sensor was at its limit.
    after_zero : int
        The node after the still span that zero was taken from.
    has_both : bool
        Both segments are measured.
    name : str
        What messages call the recordings.
    gait : bool
        The foot travels for most of the movement.
    """

    grid: Grid
    first: int
    deg: Floats
    shank_deg: Floats
    foot_deg: Floats
    travelling: Bools
    saturated: Bools
    gait: bool
    after_zero: int
    has_both: bool
    name: str

    @property
    def t0_s(self) -> float:
        """Time of the first node, s."""
        return self.grid.t0_s + self.first / self.grid.rate_hz

    @property
    def t_s(self) -> Floats:
        """(n,) array: time of each node, s."""
        return self.t0_s + np.arange(len(self.deg)) / self.grid.rate_hz


@dataclass(frozen=True, eq=False)
class Travel:
    """Where one of the leg's sensors moves as in a step, (n,) on its own grid."""

    sensor: Sensor
    mask: Bools
    gait: bool


def find_travel(sensors: dict[Segment, Sensor]) -> Travel:
    """Find the steps of a leg, and whether they are most of its movement (gait).

    The foot's sensor tells where there is one, else the shank's; on the table nothing travels.
    """
    segment: Segment = "foot" if "foot" in sensors else "shank"
    sensor = sensors[segment]
    if setup_of(sensors) == "table":
        return Travel(sensor, np.zeros(len(sensor.uniform.measured), bool), gait=False)
    mask = stepping(sensor.uniform, sensor.orientation, mean_up(sensor), segment)
    rate2 = np.einsum("ij,ij->i", sensor.gyr_rad_s, sensor.gyr_rad_s)
    moving = rate2 > np.radians(MOVING_DEG_S) ** 2
    gait = moving.any() and mask[moving].mean() > GAIT_SHARE and mask.mean() > 0.2
    return Travel(sensor, mask, bool(gait))


def ankle_angle(
    sensors: dict[Segment, Sensor],
    zeros: dict[Segment, Reference],
    axes: dict[Segment, Axis],
    grid: Grid,
    *,
    block_deg: float,
    relative: bool,
    travel: Travel,
    every: int = 1,
) -> AnkleAngle:
    """Add the segments' pitches on the grid that all legs share.

    Planted, the foot's pitch is ``-block_deg``; relative angles are taken about their median.
    ``travel`` comes from `find_travel`. With ``every`` over 1 only every so many nodes of the grid
    are computed, and not low-passed: for a first look.
    """
    if every > 1:
        grid = Grid(grid.t0_s, grid.rate_hz / every)
    first, n = _common_nodes(sensors, grid)
    t_s = grid.t0_s + (first + np.arange(n)) / grid.rate_hz
    parts: dict[Segment, Floats] = {}
    saturated = np.zeros(n, bool)
    for segment, sensor in sensors.items():
        up = sensor.up[::every]
        pitch = pitch_deg(up, zeros[segment].up, axes[segment].xyz)
        if every == 1:
            pitch = smooth(pitch, sensor.uniform)
        parts[segment] = _resample(pitch, sensor.uniform, t_s, every)
        saturated |= _resample_mask(sensor.uniform.saturated, sensor.uniform, t_s)
    shank = parts.get("shank", np.zeros(n))
    foot = parts.get("foot", np.full(n, 0.0 if relative else -block_deg))
    deg = shank + foot
    _check_range(deg, sensors)
    if relative:
        deg = deg - np.nanmedian(deg)
    return AnkleAngle(
        grid=grid,
        first=first,
        deg=deg,
        shank_deg=shank,
        foot_deg=foot,
        travelling=_resample_mask(travel.mask, travel.sensor.uniform, t_s),
        saturated=saturated,
        gait=travel.gait,
        after_zero=int(np.searchsorted(t_s, max(zero.end_s for zero in zeros.values()))),
        has_both=len(sensors) == 2,
        name=names(sensors),
    )


def off_plane_deg(
    sensors: dict[Segment, Sensor], axes: dict[Segment, Axis], angle: AnkleAngle
) -> Floats:
    """(n,) array: tilt of the segment that moves most out of its calibration plane, deg."""
    shank_moves = np.nanstd(angle.shank_deg[::LOOK_EVERY]) >= np.nanstd(
        angle.foot_deg[::LOOK_EVERY]
    )
    segment: Segment = "shank" if shank_moves and "shank" in sensors else "foot"
    sensor = sensors.get(segment, next(iter(sensors.values())))
    axis = axes[sensor.placement.segment].xyz
    tilt = np.degrees(np.arcsin(np.clip(along(sensor.up, axis), -1, 1)))
    return _resample(tilt, sensor.uniform, angle.t_s)


def heel_above_m(sensor: Sensor, zero: Reference, angle: AnkleAngle, planted: Bools) -> Floats:
    """Height of the ankle above where it is with the heel down, on the nodes of an angle.

    Parameters
    ----------
    sensor : Sensor
        The shank's.
    zero : Reference
    angle : AnkleAngle
    planted : (n,) bool array
        Its nodes at which the foot ought to be planted.

    Returns
    -------
    (n,) array
        In m; NaN where it cannot be told.
    """
    t_s = sensor.uniform.t_s
    there = np.interp(t_s, angle.t_s, planted.astype(float), left=0.0, right=0.0) > 0.5
    rise_m = heel_rise_m(sensor.uniform, sensor.up, zero.up, there)
    return np.interp(angle.t_s, t_s, rise_m, left=np.nan, right=np.nan)


def _check_range(deg: Floats, sensors: dict[Segment, Sensor]) -> None:
    """Refuse an angle that no ankle makes."""
    if not np.isfinite(deg).any():
        raise DataError(
            f"{names(sensors)}: there is no stretch of {MIN_STRETCH_S:.0f} s without a gap, so "
            "no angle; record again nearer to the computer."
        )
    low, high = np.nanpercentile(deg[::LOOK_EVERY], [1, 99])
    if high - low > MAX_RANGE_DEG:
        raise CalibrationError(
            f"{names(sensors)}: the ankle would move over {high - low:.0f} deg, which none does; "
            "check which file is which, and the mounts (or use --mount unknown)."
        )


def _common_nodes(sensors: dict[Segment, Sensor], grid: Grid) -> tuple[int, int]:
    starts = [s.uniform.t0_s for s in sensors.values()]
    ends = [float(s.uniform.t_s[-1]) for s in sensors.values()]
    first = int(np.ceil((max(starts) - grid.t0_s) * grid.rate_hz - 1e-3))
    last = int(np.floor((min(ends) - grid.t0_s) * grid.rate_hz + 1e-3))
    return first, last - first + 1


def _resample(x: Floats, uniform: Uniform, t_s: Floats, every: int = 1) -> Floats:
    """Values of every so many nodes at other times; NaN unless both neighbours are measured."""
    at_s = uniform.t_s[::every]
    out = np.interp(t_s, at_s, x)
    usable = settled(uniform)[::every]
    if not usable.all():
        out[np.interp(t_s, at_s, usable.astype(float)) < 0.99] = np.nan
    return out


def _resample_mask(mask: Bools, uniform: Uniform, t_s: Floats) -> Bools:
    if not mask.any():
        return np.zeros(len(t_s), bool)
    return np.interp(t_s, uniform.t_s, mask.astype(float)) > 0.01
