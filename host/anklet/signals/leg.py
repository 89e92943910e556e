"""One leg's sensors to its ankle angle: track each sensor, find zero and axes, add the pitches."""

from dataclasses import dataclass

import numpy as np

from anklet.errors import CalibrationError, DataError
from anklet.model import Bools, Calibration, Floats, Mount, Placement, Recording, Segment, Setup
from anklet.signals.angle import pitch_deg, settled, smooth
from anklet.signals.calibration import Axis, assume_signs, check_upright, check_zero, find_axis, turned
from anklet.signals.contact import LEVER_M, stepping
from anklet.signals.orientation import Orientation, orient
from anklet.signals.still import MIN_STILL_S, Still, quiet_nodes, still_spans
from anklet.signals.timebase import Uniform, to_uniform

MIN_COMMON_S = 5.0
"""Shank and foot must have been recorded together for at least this long."""
MAX_SATURATED = 0.01
"""With more samples at the sensor's limit than this share, nothing is measured."""
GAIT_SHARE = 0.5
"""When the foot travels for more than this share of all movement, it is gait, not an exercise."""
MOVING_DEG_S = 20.0


@dataclass(frozen=True, eq=False)
class Sensor:
    """One sensor, tracked: samples on a grid, still spans, orientation.

    ``gyr_rad_s`` and ``up`` are (n, 3) in the sensor frame: angular rate without bias, low-passed,
    and the upward vertical.
    """

    placement: Placement
    name: str
    uniform: Uniform
    still: tuple[Still, ...]
    orientation: Orientation
    gyr_rad_s: Floats
    up: Floats


@dataclass(frozen=True, eq=False)
class Zero:
    """A sensor's reference posture: the upward vertical then, and the still span (None: the mean)."""

    up: Floats
    still: Still | None


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
    off_plane_deg : (n,) array
        Tilt of the moving segment out of the calibration plane.
    travelling, saturated : (n,) bool array
        The foot moves as in a step; a sensor was at its limit.
    gait : bool
        The foot travels for most of the movement.
    """

    grid: Grid
    first: int
    deg: Floats
    shank_deg: Floats
    foot_deg: Floats
    off_plane_deg: Floats
    travelling: Bools
    saturated: Bools
    gait: bool

    @property
    def t0_s(self) -> float:
        """Time of the first node, s."""
        return self.grid.t0_s + self.first / self.grid.rate_hz


def track(recording: Recording) -> Sensor:
    """Put a recording on its grid and estimate its orientation.

    Raises
    ------
    DataError
        When the times are unusable or the sensor was at its limit for long.
    """
    uniform = to_uniform(recording.samples, recording.name)
    share = float(uniform.saturated.mean())
    if share > MAX_SATURATED:
        raise DataError(
            f"{recording.name}: {100 * share:.0f} % of the samples are at the sensor's limit; record "
            "with a larger range (+-16 g, +-2000 deg/s)."
        )
    still = still_spans(uniform)
    orientation = orient(uniform, still)
    gyr = smooth(uniform.gyr_rad_s - orientation.bias_rad_s, uniform)
    up = orientation.up
    return Sensor(recording.placement, recording.name, uniform, still, orientation, gyr, up)


def setup_of(sensors: dict[Segment, Sensor]) -> Setup:
    """Which of the three set-ups these sensors make."""
    return "paired" if len(sensors) == 2 else "planted" if "shank" in sensors else "table"


def find_zero(
    sensors: dict[Segment, Sensor], mount: Mount, *, relative: bool
) -> dict[Segment, Zero]:
    """Find the first still span that all the leg's sensors share.

    Parameters
    ----------
    sensors : dict
        Of one leg.
    mount : str
        A nominal mount must be upright then.
    relative : bool
        No zero: the mean posture instead.

    Raises
    ------
    CalibrationError
        Without such a span, or when it cannot be quiet standing.
    """
    if relative:
        return {s: Zero(_mean_up(sensor), None) for s, sensor in sensors.items()}
    found = {s: _first_still(sensor, sensors) for s, sensor in sensors.items()}
    zeros: dict[Segment, Zero] = {}
    for segment, still in found.items():
        sensor = sensors[segment]
        if still is None:
            raise CalibrationError(
                f"{sensor.name}: no quiet standing of {MIN_STILL_S:.0f} s on a flat floor was found "
                f"for the {sensor.placement}, so there is no zero; stand still before the set, or "
                "use --relative for ranges only."
            )
        zeros[segment] = Zero(sensor.up[still.span].mean(axis=0), still)
        if mount == "nominal" and setup_of(sensors) != "table":
            check_upright(sensor.placement, zeros[segment].up)
    return zeros


def find_axes(
    sensors: dict[Segment, Sensor],
    zeros: dict[Segment, Zero],
    mount: Mount,
    use: dict[Segment, Bools],
    *,
    relative: bool,
    fallback: dict[Segment, Axis] | None = None,
) -> dict[Segment, Axis]:
    """Find each sensor's medio-lateral axis from the nodes in ``use`` (see `find_axis`).

    A sensor that hardly turned there keeps the axis that it has in ``fallback``.
    """
    table = setup_of(sensors) == "table"
    axes: dict[Segment, Axis] = {}
    for segment, sensor in sensors.items():
        if fallback and not turned(sensor.placement, sensor.up[use[segment]]):
            axes[segment] = fallback[segment]
            continue
        axes[segment] = find_axis(
            sensor.placement,
            sensor.gyr_rad_s,
            sensor.up,
            zeros[segment].up,
            mount,
            use[segment],
            constrained=not table,
            cue=not relative and not table,
            assume_sign=relative,
        )
        check_zero(sensor.placement, zeros[segment].up, axes[segment].xyz)
    if relative and len(sensors) == 2:
        shank, foot = sensors["shank"], sensors["foot"]
        t_s = shank.uniform.t_s
        foot_rad_s = np.column_stack(
            [np.interp(t_s, foot.uniform.t_s, foot.gyr_rad_s[:, k], 0.0, 0.0) for k in range(3)]
        )
        axes["shank"], axes["foot"] = assume_signs(
            axes["shank"], axes["foot"], shank.gyr_rad_s, foot_rad_s
        )
    return axes


def calibrations(
    sensors: dict[Segment, Sensor], zeros: dict[Segment, Zero], axes: dict[Segment, Axis]
) -> dict[Segment, Calibration]:
    """What the results say of each sensor's calibration."""
    out: dict[Segment, Calibration] = {}
    for segment, sensor in sensors.items():
        still, axis = zeros[segment].still, axes[segment]
        bias = sensor.orientation.bias_rad_s
        out[segment] = Calibration(
            axis_xyz=_triple(axis.xyz),
            axis_from=axis.axis_from,
            sign_from=axis.sign_from,
            explained_variance=axis.explained,
            stillness_deg_s=still.stillness_deg_s if still else None,
            misalignment_deg=axis.misalignment_deg,
            zero_s=_span_s(sensor.uniform, still.span) if still else None,
            gyro_bias_rad_s=_triple(still.gyr_rad_s if still else np.median(bias, axis=0)),
        )
    return out


def ankle_angle(
    sensors: dict[Segment, Sensor],
    zeros: dict[Segment, Zero],
    axes: dict[Segment, Axis],
    grid: Grid,
    *,
    block_deg: float,
    relative: bool,
) -> AnkleAngle:
    """Add the segments' pitches on the grid that all legs share.

    Planted, the foot's pitch is ``-block_deg``; relative angles are taken about their median.

    Raises
    ------
    DataError
        When shank and foot were hardly recorded at the same time.
    """
    first, n = _common_nodes(sensors, grid)
    t_s = grid.t0_s + (first + np.arange(n)) / grid.rate_hz
    parts: dict[Segment, Floats] = {}
    tilts: dict[Segment, Floats] = {}
    saturated = np.zeros(n, bool)
    for segment, sensor in sensors.items():
        pitch = smooth(pitch_deg(sensor.up, zeros[segment].up, axes[segment].xyz), sensor.uniform)
        parts[segment] = _resample(pitch, sensor.uniform, t_s)
        tilt = np.degrees(np.arcsin(np.clip(sensor.up @ axes[segment].xyz, -1, 1)))
        tilts[segment] = _resample(tilt, sensor.uniform, t_s)
        saturated |= _resample_mask(sensor.uniform.saturated, sensor.uniform, t_s)
    shank = parts.get("shank", np.zeros(n))
    foot = parts.get("foot", np.full(n, 0.0 if relative else -block_deg))
    deg = shank + foot
    if relative:
        deg = deg - np.nanmedian(deg)
    travelling, gait = _travelling(sensors, zeros, t_s)
    moving = tilts["shank" if np.nanstd(shank) >= np.nanstd(foot) and "shank" in tilts else "foot"]
    return AnkleAngle(grid, first, deg, shank, foot, moving, travelling, saturated, gait)


def _travelling(
    sensors: dict[Segment, Sensor], zeros: dict[Segment, Zero], t_s: Floats
) -> tuple[Bools, bool]:
    """Where the foot moves as in a step, and whether that is most of the movement."""
    if setup_of(sensors) == "table":
        return np.zeros(len(t_s), bool), False
    segment: Segment = "foot" if "foot" in sensors else "shank"
    sensor = sensors[segment]
    lever_m = LEVER_M if segment == "shank" else 0.0
    mask = stepping(sensor.uniform, sensor.orientation, zeros[segment].up, lever_m=lever_m)
    moving = np.linalg.norm(sensor.gyr_rad_s, axis=1) > np.radians(MOVING_DEG_S)
    gait = bool(moving.any() and mask[moving].mean() > GAIT_SHARE and mask.mean() > 0.2)
    return _resample_mask(mask, sensor.uniform, t_s), gait


def _first_still(sensor: Sensor, sensors: dict[Segment, Sensor]) -> Still | None:
    others = [o for o in sensors.values() if o is not sensor]
    if not others:
        return sensor.still[0] if sensor.still else None
    t_s = sensor.uniform.t_s
    also = np.ones(len(t_s), bool)
    for other in others:
        quiet = quiet_nodes(other.uniform)
        also &= np.interp(t_s, other.uniform.t_s, quiet, left=0.0, right=0.0) > 0.5
    spans = still_spans(sensor.uniform, also)
    return spans[0] if spans else None


def _mean_up(sensor: Sensor) -> Floats:
    up = sensor.up[settled(sensor.uniform)].mean(axis=0)
    return up / np.linalg.norm(up)


def _common_nodes(sensors: dict[Segment, Sensor], grid: Grid) -> tuple[int, int]:
    starts = [s.uniform.t0_s for s in sensors.values()]
    ends = [float(s.uniform.t_s[-1]) for s in sensors.values()]
    if min(ends) - max(starts) < MIN_COMMON_S and len(sensors) > 1:
        names = " and ".join(s.name for s in sensors.values())
        raise DataError(
            f"{names} overlap for {max(0.0, min(ends) - max(starts)):.1f} s only (at least "
            f"{MIN_COMMON_S:.0f} s are needed); both must be of the same session, on one clock."
        )
    first = int(np.ceil((max(starts) - grid.t0_s) * grid.rate_hz - 1e-3))
    last = int(np.floor((min(ends) - grid.t0_s) * grid.rate_hz + 1e-3))
    return first, last - first + 1


def _resample(x: Floats, uniform: Uniform, t_s: Floats) -> Floats:
    """Values at other times; NaN unless both neighbours are measured."""
    out = np.interp(t_s, uniform.t_s, x)
    out[np.interp(t_s, uniform.t_s, settled(uniform).astype(float)) < 0.99] = np.nan
    return out


def _resample_mask(mask: Bools, uniform: Uniform, t_s: Floats) -> Bools:
    if not mask.any():
        return np.zeros(len(t_s), bool)
    return np.interp(t_s, uniform.t_s, mask.astype(float)) > 0.01


def _span_s(uniform: Uniform, span: slice) -> tuple[float, float]:
    return (
        uniform.t0_s + span.start / uniform.rate_hz,
        uniform.t0_s + (span.stop - 1) / uniform.rate_hz,
    )


def _triple(v: Floats) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])
