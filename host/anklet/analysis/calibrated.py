"""Which calibration each sensor of a leg gets: given, from the beginning, or from the set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from anklet.errors import CalibrationError, UsageError
from anklet.model import (
    SIDES,
    Bools,
    Calibration,
    Floats,
    Mount,
    Placement,
    Recording,
    Segment,
)
from anklet.signals.angle import pitch_deg
from anklet.signals.ankle import Travel
from anklet.signals.calibration import (
    Axis,
    between_deg,
    check_upright,
    principal_axis,
    shows_axis,
    sign_from_cue,
)
from anklet.signals.functional import calibrate_leg, find_guided
from anklet.signals.leg import (
    ENOUGH_HZ,
    Reference,
    Sensor,
    calibrations,
    find_zero,
    setup_of,
    still_between,
    track,
)

MOVED_DEG, MOST_MOVED_DEG = 5.0, 15.0
"""Beyond the first a sensor's zero is said to have moved since its calibration; people stand again
within some 2 deg. Out of the plane of movement, where no stance can explain it, the second refuses:
the strap was taken off or slid."""
MOST_LEAN_DEG = 50.0
"""In the plane a set may begin on a block and in a split stance; not further than this."""
TURNED_DEG = 10.0
"""Between the set's own axis and the calibration's: a strap that turned about the leg by so much
costs under 0.5 deg at 40 deg of lean, and reps of healthy legs wander by some 3 deg."""
STANDS_AS_BEFORE_DEG = 5.0
"""A last standing further from zero than this is another posture: it tells no drift."""


@dataclass(frozen=True, eq=False)
class Ground:
    """A leg's zeros, and what is known of its axes from a guided half-minute."""

    zeros: dict[Segment, Reference]
    known: dict[Segment, Calibration]

    @property
    def axes(self) -> dict[Segment, Axis]:
        """The known axes."""
        return {
            segment: Axis(
                np.array(c.axis_xyz),
                c.axis_from,
                c.sign_from,
                c.explained_variance,
                c.misalignment_deg,
            )
            for segment, c in self.known.items()
        }


def calibrate(recordings: Sequence[Recording]) -> dict[Placement, Calibration]:
    """Calibrate sensors from recordings of the guided half-minute.

    Parameters
    ----------
    recordings : sequence of Recording
        At most one a placement; those of one leg on one clock.

    Returns
    -------
    dict of Placement to Calibration
        As `analyze` takes them.

    Raises
    ------
    DataError, CalibrationError
        What was wrong, and what to do again.
    """
    found: dict[Placement, Calibration] = {}
    for side in SIDES:
        leg: dict[Segment, Sensor] = {
            r.placement.segment: track(r) for r in recordings if r.placement.side == side
        }
        if leg:
            found |= {Placement(side, s): c for s, c in calibrate_leg(leg).items()}
    return found


def check_given(
    given: Mapping[Placement, Calibration], recordings: Sequence[Recording]
) -> Mapping[Placement, Calibration]:
    """Refuse a calibration of a sensor that has no recording.

    Raises
    ------
    UsageError
    """
    there = {r.placement for r in recordings}
    for placement in given:
        if placement not in there:
            raise UsageError(
                f"A calibration of the {placement} was given, but no recording of it; check which "
                "file is which."
            )
    return given


def find_ground(
    sensors: dict[Segment, Sensor],
    given: Mapping[Segment, Calibration],
    travel: Travel,
    mount: Mount,
    notes: list[str],
    *,
    relative: bool,
) -> Ground:
    """Find a leg's zeros, and a guided half-minute at the beginning of its recordings.

    A guided half-minute in the recording counts more than one given: it is nearer to the set. On
    the table the zero is held in the recording itself; an axis that is given counts there too.

    Raises
    ------
    CalibrationError
        Without a zero, or when a sensor was moved since its calibration.
    """
    table = setup_of(sensors) == "table"
    zeros = find_zero(sensors, {} if table else given, relative=relative)
    known: dict[Segment, Calibration] = {
        segment: replace(c, source="recording") for segment, c in given.items()
    }
    guided = None if table else find_guided(sensors, travel)
    if guided:
        for segment, why in guided.refused.items():
            notes.append(f"The calibration at the beginning is not used: {why}")
            zeros[segment] = replace(zeros[segment], end_s=guided.end_s)
        for segment, calibration in guided.calibrations.items():
            known[segment] = calibration
            zero = zeros[segment]
            if not relative and calibration.up_xyz:
                zero = replace(guided.zeros[segment], up=np.array(calibration.up_xyz))
            zeros[segment] = replace(zero, end_s=guided.end_s)
    for segment, sensor in sensors.items():
        if segment not in known:
            if mount == "nominal" and not relative and not table:
                check_upright(sensor.placement, sensor.name, zeros[segment].up)
        elif known[segment].source == "recording" and not relative and not table:
            known[segment] = _since(sensor, zeros[segment], known[segment], notes)
    return Ground(zeros, known)


def check_movement(
    sensors: dict[Segment, Sensor],
    ground: Ground,
    use: Mapping[Segment, Bools],
    notes: list[str],
) -> None:
    """Hold the set's own movement against the calibrations from other recordings.

    Parameters
    ----------
    use : mapping of segment to (n,) bool array
        The nodes inside reps.

    Raises
    ------
    CalibrationError
        When the leg would move the wrong way.
    """
    for segment, sensor in sensors.items():
        known = ground.known.get(segment)
        if known is None or known.source != "recording":
            continue
        every = max(1, int(sensor.uniform.rate_hz / ENOUGH_HZ))
        held = use[segment][::every]
        gyr, up = sensor.gyr_rad_s[::every][held], sensor.up[::every][held]
        xyz, zero_up = np.array(known.axis_xyz), ground.zeros[segment].up
        if not shows_axis(sensor.placement, gyr, up, zero_up):
            continue
        if sign_from_cue(sensor.placement, xyz, gyr, up, zero_up) == (-1.0, "knee_bend"):
            raise CalibrationError(
                f"{sensor.name}: by its calibration the {sensor.placement} would lean far back "
                "where a knee bends forward; is it the other side's calibration, or was the sensor "
                "turned since? Calibrate again."
            )
        own = principal_axis(gyr, zero_up)[0]
        off_deg = min(between_deg(own, xyz), between_deg(-own, xyz))
        if off_deg > TURNED_DEG:
            notes.append(
                f"The {sensor.placement} moved about an axis {off_deg:.0f} deg from that of its "
                "calibration: the strap has turned about the leg since, or the reps went out of "
                "the plane of the knee bends."
            )


def in_use(
    sensors: dict[Segment, Sensor],
    ground: Ground,
    axes: dict[Segment, Axis],
    flat_again_s: float | None,
) -> dict[Segment, Calibration]:
    """What the results say of each sensor's calibration, with the drift of its zero.

    Parameters
    ----------
    flat_again_s : float or None
        From when on the foot was on the flat floor again; None: never.
    """
    found = calibrations(sensors, ground.zeros, axes)
    for segment, known in ground.known.items():
        found[segment] = replace(known, gyro_bias_rad_s=found[segment].gyro_bias_rad_s)
    end_s = min(float(s.uniform.t_s[-1]) for s in sensors.values())
    stood = (
        still_between(sensors, flat_again_s, end_s, last=True) if flat_again_s is not None else None
    )
    ups: dict[Segment, Floats] = {}
    if stood:
        ups = {s: sensors[s].up[still.span].mean(axis=0) for s, still in stood.items()}
    as_before = all(
        between_deg(up, ground.zeros[s].up) <= STANDS_AS_BEFORE_DEG for s, up in ups.items()
    )
    return {
        segment: replace(
            found[segment],
            drift_deg=_pitch(ups[segment], ground.zeros[segment].up, axes[segment].xyz)
            if ups and as_before
            else None,
        )
        for segment in sensors
    }


def _since(sensor: Sensor, zero: Reference, known: Calibration, notes: list[str]) -> Calibration:
    """A calibration from another recording, held against this one's first still span.

    Gravity does not show a strap that turned about the upright leg: see `check_movement`.
    """
    if zero.still is None:
        return known
    up, axis = sensor.up[zero.still.span].mean(axis=0), np.array(known.axis_xyz)
    lean_deg = _pitch(up, zero.up, axis)
    across_deg = float(np.degrees(np.arcsin(up @ axis) - np.arcsin(zero.up @ axis)))
    moved_deg = between_deg(up, zero.up)
    who = f"The {sensor.placement} sensor"
    if abs(across_deg) > MOST_MOVED_DEG or abs(lean_deg) > MOST_LEAN_DEG:
        raise CalibrationError(
            f"{sensor.name}: the {sensor.placement} sensor was moved since its calibration "
            f"(gravity is {moved_deg:.0f} deg from where it was); calibrate again, and leave the "
            "strap on."
        )
    if abs(across_deg) > MOVED_DEG:
        notes.append(
            f"{who} tilts {abs(across_deg):.0f} deg sideways against its calibration: the strap "
            "was moved since; calibrate again where this matters."
        )
    elif abs(lean_deg) > MOVED_DEG:
        notes.append(
            f"{who} first stood {lean_deg:+.0f} deg from the zero of its calibration: if that was "
            "quiet standing on a flat floor, the strap was moved and every angle is off by as much."
        )
    return replace(known, moved_deg=moved_deg)


def _pitch(up: Floats, zero_up: Floats, axis: Floats) -> float:
    return float(pitch_deg(up[None], zero_up, axis)[0])
