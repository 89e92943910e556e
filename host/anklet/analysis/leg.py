"""One leg: zero, axes, ankle angle, reps, sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from anklet.analysis.assessment import stand_of
from anklet.analysis.calibrated import check_movement, find_ground, in_use
from anklet.analysis.exercise import direction_of, find_exercise, measure_exercise, nodes_in
from anklet.analysis.settings import Settings
from anklet.errors import DataError
from anklet.measures.reps import Excursion
from anklet.model import (
    Bools,
    Calibration,
    Floats,
    Leg,
    Overrule,
    Segment,
    Setup,
    Side,
    Trace,
)
from anklet.signals.ankle import (
    AnkleAngle,
    Grid,
    Travel,
    ankle_angle,
    find_travel,
)
from anklet.signals.leg import (
    Reference,
    Sensor,
    check_overlap,
    find_axes,
    names,
    setup_of,
)

ROUGHLY = 4
"""The reps that an axis is read from are found on every fourth node."""
BLOCK_AGREES_DEG = 3.0
"""A block's given angle and the foot sensor's may differ by this: the shoe's sole gives way under
load, the accelerometer's 15 mg come to 0.3 deg at 20 deg of slope, standing again to 1-2 deg."""


@dataclass(frozen=True, eq=False)
class Stages:
    """Every intermediate of one leg, for those who want to see them.

    ``heel_m`` is the ankle's height above where it is with the heel down, in m, on the nodes of the
    angle; NaN where it is not known, and all of it unless planted.
    """

    sensors: dict[Segment, Sensor]
    zeros: dict[Segment, Reference]
    angle: AnkleAngle
    off_plane_deg: Floats
    heel_m: Floats


def measure_leg(
    side: Side,
    sensors: dict[Segment, Sensor],
    grid: Grid,
    how: Settings,
    notes: list[str],
    given: Mapping[Segment, Calibration],
    said: Sequence[Overrule],
) -> tuple[Leg, Stages]:
    """Measure one leg from its tracked sensors.

    Parameters
    ----------
    side : str
    sensors : dict of segment to Sensor
    grid : Grid
        That all legs of the call share.
    how : Settings
    notes : list of str
        Sentences for the reader are added to it.
    given : mapping of segment to Calibration
        From another recording with the sensors worn as now.
    said : sequence of Overrule
        What somebody said of this leg's reps.

    Raises
    ------
    DataError, CalibrationError
        When a recording cannot be used, or its zero, axis or sign not told.
    """
    setup = setup_of(sensors)
    check_overlap(sensors)
    travel = find_travel(sensors)
    if setup == "planted":
        _check_planted(sensors, travel)
    ground = find_ground(sensors, given, travel, how.mount, notes, relative=how.relative)
    zeros = ground.zeros
    axes_of = partial(
        find_axes, sensors, zeros, how.mount, relative=how.relative, known=ground.axes
    )
    axes = axes_of(_after_zero(sensors, zeros))
    angle_of = partial(
        ankle_angle,
        sensors,
        zeros,
        block_deg=how.block_deg or 0.0,
        relative=how.relative,
        travel=travel,
    )
    rough = angle_of(axes, grid, every=ROUGHLY)
    direction = direction_of(rough, setup, how)
    reps = find_exercise(rough, direction, how)
    if reps:
        use: dict[Segment, Bools] = {s: nodes_in(held, rough, reps) for s, held in sensors.items()}
        if setup != "table" and not how.relative:
            check_movement(sensors, ground, use, notes)
        axes = axes_of(use, fallback=axes)
    angle = angle_of(axes, grid)
    reps = find_exercise(angle, direction, how)
    if not reps and how.has_reps:
        notes.append(f"No reps were found in the {side} leg.")
    done = measure_exercise(sensors, zeros, axes, angle, reps, direction, how, said)
    wanted = how.protocol.results if how.protocol else ()
    static = stand_of(sensors, zeros, axes) if "sway" in wanted else None
    if "sway" in wanted and static is None:
        notes.append(f"The {side} leg did not stand still for long enough to measure its sway.")
    leg = Leg(
        side=side,
        setup=setup,
        zero="none" if how.relative else "neutral" if setup == "table" else "standing",
        calibration=in_use(sensors, ground, axes, _flat_again_s(angle, reps, setup, how)),
        sets=done.sets,
        trace=Trace(angle.t0_s, grid.rate_hz, done.deg),
        samples=sum(int(s.uniform.measured.sum()) for s in sensors.values()),
        lost_samples=sum(int((~s.uniform.measured).sum()) for s in sensors.values()),
        block_measured_deg=_block_deg(side, angle, reps, setup, how, notes),
        holds=done.holds,
        static=static,
    )
    return leg, Stages(sensors, zeros, angle, done.off_plane_deg, done.heel_m)


def _check_planted(sensors: dict[Segment, Sensor], travel: Travel) -> None:
    """Refuse a shank sensor alone in gait, before anything else is asked of the recording."""
    if travel.gait:
        raise DataError(
            f"{names(sensors)}: the foot did not stay planted (the shank travels as in walking), "
            "so a shank sensor alone cannot measure the ankle; add a foot sensor."
        )


def _after_zero(
    sensors: dict[Segment, Sensor], zeros: dict[Segment, Reference]
) -> dict[Segment, Bools]:
    """The nodes that an axis may first be read from: all measured ones after the zero."""
    use: dict[Segment, Bools] = {}
    for segment, sensor in sensors.items():
        use[segment] = sensor.uniform.measured & (sensor.uniform.t_s > zeros[segment].end_s)
    return use


def _flat_again_s(
    angle: AnkleAngle, reps: Sequence[Excursion], setup: Setup, how: Settings
) -> float | None:
    """From when on, after the reps, a foot that stands may stand on the flat floor (None: never).

    Off a block a foot must have been seen to step.
    """
    if how.relative or setup == "table":
        return None
    last = reps[-1].last if reps else angle.after_zero
    if setup == "planted" and how.block_deg:
        steps = np.flatnonzero(angle.travelling[last:])
        if not len(steps):
            return None
        last += int(steps[-1])
    return angle.t0_s + last / angle.grid.rate_hz


def _block_deg(
    side: Side,
    angle: AnkleAngle,
    reps: Sequence[Excursion],
    setup: Setup,
    how: Settings,
    notes: list[str],
) -> float | None:
    """Slope under the foot by its own sensor, where every rep starts and ends planted."""
    if setup != "paired" or how.relative or not reps:
        return None
    planted = angle.foot_deg[[node for r in reps for node in (r.start, r.last)]]
    if not np.isfinite(planted).any():
        return None
    measured_deg = -float(np.nanmedian(planted))
    if how.block_deg is not None and abs(measured_deg - how.block_deg) > BLOCK_AGREES_DEG:
        notes.append(
            f"The {side} foot stood on {measured_deg:.0f} deg by its own sensor, not on the given "
            f"{how.block_deg:g} deg; the measured foot counts."
        )
    return measured_deg
