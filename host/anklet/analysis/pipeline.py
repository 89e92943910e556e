"""Every leg measured, and the legs compared: the pipeline on one screen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from anklet.analysis.assessment import check_fits, entered_values, knee_to_wall
from anklet.analysis.calibrated import check_given
from anklet.analysis.leg import Stages, measure_leg
from anklet.analysis.settings import ALGORITHM, Settings
from anklet.errors import DataError, UsageError
from anklet.measures.compare import compare_legs
from anklet.measures.norms import borrowed_sem
from anklet.measures.stance import rear_leg
from anklet.measures.uncertainty import leg_estimates
from anklet.model import (
    SIDES,
    Analysis,
    Calibration,
    Leg,
    Overrule,
    Placement,
    Recording,
    Segment,
    Side,
)
from anklet.signals.ankle import Grid
from anklet.signals.leg import (
    Sensor,
    track,
)


def analyze(
    recordings: Sequence[Recording],
    settings: Settings | None = None,
    calibrations: Mapping[Placement, Calibration] | None = None,
    overrules: Sequence[Overrule] = (),
) -> Analysis:
    """Measure each leg's ankle angle and reps, and compare the legs.

    Parameters
    ----------
    recordings : sequence of Recording
        At most one a placement, on one clock.
    settings : Settings, optional
    calibrations : mapping of Placement to Calibration, optional
        From recordings of their own (`anklet.analysis.calibrate`), with the sensors worn as now:
        zero, axis and sign come from them.
    overrules : sequence of Overrule
        What somebody said of reps, in the order it was said: the latest counts.

    Returns
    -------
    Analysis

    Raises
    ------
    UsageError
        When recordings and settings do not go together.
    DataError, CalibrationError
        When a recording cannot be used, or its zero, axis or sign not told.
    """
    return analyze_in_stages(recordings, settings, calibrations, overrules)[0]


def analyze_in_stages(
    recordings: Sequence[Recording],
    settings: Settings | None = None,
    calibrations: Mapping[Placement, Calibration] | None = None,
    overrules: Sequence[Overrule] = (),
) -> tuple[Analysis, dict[Side, Stages]]:
    """Do the same as `analyze`, and hand out every intermediate by side."""
    how = settings or Settings()
    by_leg = _by_leg(recordings, how)
    given = check_given(calibrations or {}, recordings)
    tracked: dict[Side, dict[Segment, Sensor]] = {
        side: {segment: track(r) for segment, r in leg.items()} for side, leg in by_leg.items()
    }
    everyone = [sensor for leg in tracked.values() for sensor in leg.values()]
    grid = Grid(min(s.uniform.t0_s for s in everyone), max(s.uniform.rate_hz for s in everyone))
    legs: dict[Side, Leg] = {}
    stages: dict[Side, Stages] = {}
    notes: list[str] = []
    for side, sensors in tracked.items():
        known: dict[Segment, Calibration] = {
            p.segment: c for p, c in given.items() if p.side == side
        }
        said = [o for o in overrules if o.side in (None, side)]
        legs[side], stages[side] = measure_leg(side, sensors, grid, how, notes, known, said)
    if len(legs) == 2:
        _front_only(legs, notes)
    sems = borrowed_sem(how.sem_name)
    legs = {side: replace(leg, estimates=leg_estimates(leg, sems)) for side, leg in legs.items()}
    comparison = None
    if len(legs) == 2:
        left, right = legs["left"], legs["right"]
        if left.setup != right.setup:
            notes.append("The legs were measured in different set-ups and are not compared.")
        elif left.reps and right.reps:
            said = how.protocol.primary if how.protocol and left.zero != "none" else None
            comparison = compare_legs(left, right, how.involved, sems, said)
    result = Analysis(
        ALGORITHM,
        legs,
        comparison,
        how.block_deg or 0.0,
        tuple(notes),
        protocol=how.protocol.name if how.protocol else None,
        entered=entered_values(how),
        knee_to_wall=knee_to_wall(how),
    )
    return result, stages


def _front_only(legs: dict[Side, Leg], notes: list[str]) -> None:
    """Keep only the front leg's sets of a split squat in which both shanks were recorded.

    Raises
    ------
    DataError
        When two planted legs move together and nothing tells which one is in front.
    """
    left, right = legs["left"], legs["right"]
    if not (left.setup == right.setup == "planted" and left.reps and right.reps):
        return
    rear = rear_leg(left, right)
    if rear == "apart":
        return
    if rear == "unknown":
        raise DataError(
            "Both shanks move in the same reps, as in a split squat, and nothing tells which leg "
            "is in front with its foot planted; give the front leg's file alone."
        )
    if rear == "alike":
        notes.append(
            "Both legs have reps at the same time and stand alike, so both count as planted; in a "
            "split squat give the front leg's file alone."
        )
        return
    front: Side = "left" if rear == "right" else "right"
    held = legs[rear]
    unmeasured = replace(held.trace, deg=np.full_like(held.trace.deg, np.nan))
    legs[rear] = replace(held, sets=(), trace=unmeasured)
    notes.append(
        f"Both shanks move in the same reps and the {rear} one leans further forward, as the rear "
        f"leg of a split squat does: its foot is not planted, so only the {front} leg has sets."
    )


def _by_leg(recordings: Sequence[Recording], how: Settings) -> dict[Side, dict[Segment, Recording]]:
    if not recordings:
        raise UsageError("Give at least one recording (a shank's or a foot's).")
    legs: dict[Side, dict[Segment, Recording]] = {}
    for side in SIDES:
        for r in recordings:
            if r.placement.side == side:
                segments = legs.setdefault(side, {})
                if r.placement.segment in segments:
                    raise UsageError(
                        f"Two recordings of the {r.placement} were given; one is needed."
                    )
                segments[r.placement.segment] = r
    if how.block_deg is not None and any("shank" not in leg for leg in legs.values()):
        raise UsageError(
            "A block angle goes with a shank sensor; on the table (foot sensor only) leave it out."
        )
    check_fits(how, [r.placement for r in recordings])
    return legs
