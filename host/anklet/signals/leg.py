"""One leg's sensors: track each of them, find the zero and the axes."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np
from scipy.ndimage import uniform_filter1d

from anklet.errors import CalibrationError, DataError
from anklet.model import Bools, Calibration, Floats, Mount, Placement, Recording, Segment, Setup
from anklet.signals.angle import settled
from anklet.signals.calibration import (
    Axis,
    assume_forward,
    assume_signs,
    check_zero,
    find_axis,
    shows_axis,
)
from anklet.signals.orientation import Orientation, orient
from anklet.signals.still import MAX_ZERO_S, MIN_STILL_S, Still, quiet_nodes, still_spans
from anklet.signals.timebase import Uniform, to_uniform

MIN_COMMON_S = 5.0
"""Shank and foot must have been recorded together for at least this long."""
SMOOTH_S = 0.1
"""Mean over which angular rates are taken to find an axis: movement, not shake."""
ENOUGH_STILL = 6
"""The bias is taken from the first still spans; what it drifts later the filter follows."""
ENOUGH_HZ = 12.5
"""Axes are found from samples at about this rate."""
MAX_SATURATED = 0.01
"""With more samples at the sensor's limit than this share, nothing is measured."""


@dataclass(frozen=True, eq=False)
class Sensor:
    """One sensor, tracked: samples on a grid, quiet nodes, first still spans, orientation.

    ``gyr_rad_s`` and ``up`` are (n, 3) in the sensor frame: angular rate without bias, low-passed,
    and the upward vertical.
    """

    placement: Placement
    name: str
    uniform: Uniform
    quiet: Bools
    still: tuple[Still, ...]
    orientation: Orientation
    gyr_rad_s: Floats
    up: Floats


@dataclass(frozen=True, eq=False)
class Reference:
    """A sensor's reference posture.

    Parameters
    ----------
    up : (3,) array
        The upward vertical at zero, sensor frame.
    still : Still or None
        This recording's first still span.
    end_s : float
        What comes before this is no exercise.
    """

    up: Floats
    still: Still | None
    end_s: float = -np.inf


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
            f"{recording.name}: {100 * share:.0f} % of the samples are at the sensor's limit; "
            "record with a larger range (+-16 g, +-2000 deg/s)."
        )
    quiet = quiet_nodes(uniform)
    still = tuple(islice(still_spans(uniform, quiet), ENOUGH_STILL))
    orientation = orient(uniform, still)
    window = max(1, round(SMOOTH_S * uniform.rate_hz))
    gyr = uniform_filter1d((uniform.gyr_rad_s - orientation.bias_rad_s).T, window).T
    up = orientation.up
    return Sensor(recording.placement, recording.name, uniform, quiet, still, orientation, gyr, up)


def setup_of(sensors: dict[Segment, Sensor]) -> Setup:
    """Which of the three set-ups these sensors make."""
    return "paired" if len(sensors) == 2 else "planted" if "shank" in sensors else "table"


def names(sensors: dict[Segment, Sensor]) -> str:
    """What messages call a leg's recordings."""
    return " and ".join(s.name for s in sensors.values())


def check_overlap(sensors: dict[Segment, Sensor]) -> None:
    """Refuse sensors of one leg that were hardly recorded at the same time.

    Raises
    ------
    DataError
    """
    start_s = max(s.uniform.t0_s for s in sensors.values())
    common_s = min(float(s.uniform.t_s[-1]) for s in sensors.values()) - start_s
    if len(sensors) > 1 and common_s < MIN_COMMON_S:
        raise DataError(
            f"{names(sensors)} overlap for {max(0.0, common_s):.1f} s only (at least "
            f"{MIN_COMMON_S:.0f} s are needed); both must be of the same session, on one clock."
        )


def find_zero(
    sensors: dict[Segment, Sensor],
    given: Mapping[Segment, Calibration] | None = None,
    *,
    relative: bool,
) -> dict[Segment, Reference]:
    """Find the first still span that all the leg's sensors share, or the zero that is given.

    Parameters
    ----------
    sensors : dict
        Of one leg.
    given : mapping of segment to Calibration, optional
        From another recording: its zero counts.
    relative : bool
        No zero: the mean posture instead.

    Raises
    ------
    CalibrationError
        Without such a span.
    """
    if relative:
        return {s: Reference(mean_up(sensor), None) for s, sensor in sensors.items()}
    found: dict[Segment, Still | None] = {
        s: _first_still(sensor, sensors) for s, sensor in sensors.items()
    }
    zeros: dict[Segment, Reference] = {}
    for segment, still in found.items():
        sensor = sensors[segment]
        known = given.get(segment) if given else None
        if known and known.up_xyz:
            zeros[segment] = Reference(np.array(known.up_xyz), still)
            continue
        if still is None:
            raise CalibrationError(
                f"{sensor.name}: no quiet standing of {MIN_STILL_S:.0f} s on a flat floor was "
                f"found for the {sensor.placement}, so there is no zero; stand still before the "
                "set, or use --relative for ranges only."
            )
        up = sensor.up[still.span].mean(axis=0)
        zeros[segment] = Reference(up, still, span_s(sensor.uniform, still.span)[1])
    return zeros


def still_between(
    sensors: dict[Segment, Sensor], begin_s: float, end_s: float, *, last: bool
) -> dict[Segment, Still] | None:
    """Find the first, or last, still span between two times that all the leg's sensors share."""
    found: dict[Segment, Still] = {}
    for segment, sensor in sensors.items():
        quiet = _quiet_in_all(sensor, sensors)
        t_s = sensor.uniform.t_s
        quiet &= (t_s >= begin_s) & (t_s <= end_s)
        spans = list(still_spans(sensor.uniform, quiet, MAX_ZERO_S))
        if not spans:
            return None
        found[segment] = spans[-1 if last else 0]
    return found


def find_axes(
    sensors: dict[Segment, Sensor],
    zeros: dict[Segment, Reference],
    mount: Mount,
    use: dict[Segment, Bools],
    *,
    relative: bool,
    known: Mapping[Segment, Axis],
    fallback: dict[Segment, Axis] | None = None,
) -> dict[Segment, Axis]:
    """Find each sensor's medio-lateral axis from the nodes in ``use`` (see `find_axis`).

    A sensor that is in ``known`` keeps that one; one that shows no clear axis there keeps the one
    that it has in ``fallback``.
    """
    table = setup_of(sensors) == "table"
    axes: dict[Segment, Axis] = {}
    for segment, sensor in sensors.items():
        if segment in known:
            axes[segment] = known[segment]
            check_zero(sensor.placement, sensor.name, zeros[segment].up, axes[segment].xyz)
            continue
        every = max(1, int(sensor.uniform.rate_hz / ENOUGH_HZ))
        held = use[segment][::every]
        gyr, up = sensor.gyr_rad_s[::every][held], sensor.up[::every][held]
        if fallback and not shows_axis(sensor.placement, gyr, up, zeros[segment].up):
            axes[segment] = fallback[segment]
            continue
        axes[segment] = find_axis(
            sensor.placement,
            sensor.name,
            gyr,
            up,
            zeros[segment].up,
            mount,
            constrained=not table,
            cue=not relative and not table,
            assume_sign=relative,
        )
        check_zero(sensor.placement, sensor.name, zeros[segment].up, axes[segment].xyz)
    if relative and setup_of(sensors) == "planted":
        shank = sensors["shank"]
        axes["shank"] = assume_forward(axes["shank"], shank.up, zeros["shank"].up)
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
    sensors: dict[Segment, Sensor], zeros: dict[Segment, Reference], axes: dict[Segment, Axis]
) -> dict[Segment, Calibration]:
    """What the results say of each sensor that was calibrated by the set itself."""
    out: dict[Segment, Calibration] = {}
    for segment, sensor in sensors.items():
        still, axis = zeros[segment].still, axes[segment]
        bias = sensor.orientation.bias_rad_s
        out[segment] = Calibration(
            axis_xyz=triple(axis.xyz),
            axis_from=axis.axis_from,
            sign_from=axis.sign_from,
            explained_variance=axis.explained,
            stillness_deg_s=still.stillness_deg_s if still else None,
            misalignment_deg=axis.misalignment_deg,
            zero_s=span_s(sensor.uniform, still.span) if still else None,
            gyro_bias_rad_s=triple(still.gyr_rad_s if still else np.median(bias, axis=0)),
            up_xyz=triple(zeros[segment].up / np.linalg.norm(zeros[segment].up)),
        )
    return out


def mean_up(sensor: Sensor) -> Floats:
    """(3,) array: the mean of the upward vertical, a unit vector in the sensor frame."""
    up = sensor.up[settled(sensor.uniform)].mean(axis=0)
    return up / np.linalg.norm(up)


def _first_still(sensor: Sensor, sensors: dict[Segment, Sensor]) -> Still | None:
    return next(still_spans(sensor.uniform, _quiet_in_all(sensor, sensors), MAX_ZERO_S), None)


def _quiet_in_all(sensor: Sensor, sensors: dict[Segment, Sensor]) -> Bools:
    """The sensor's nodes at which all of the leg's are quiet."""
    t_s = sensor.uniform.t_s
    quiet = sensor.quiet.copy()
    for other in sensors.values():
        if other is not sensor:
            quiet &= np.interp(t_s, other.uniform.t_s, other.quiet, left=0.0, right=0.0) > 0.5
    return quiet


def span_s(uniform: Uniform, span: slice) -> tuple[float, float]:
    """First and last time of a span of nodes, s."""
    return (
        uniform.t0_s + span.start / uniform.rate_hz,
        uniform.t0_s + (span.stop - 1) / uniform.rate_hz,
    )


def triple(v: Floats) -> tuple[float, float, float]:
    """A vector as three floats."""
    return float(v[0]), float(v[1]), float(v[2])
