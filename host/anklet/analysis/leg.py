"""One leg: zero, axes, ankle angle, reps, sets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from anklet.analysis.assessment import stand_of
from anklet.analysis.settings import Settings
from anklet.errors import DataError
from anklet.measures.holds import at_holds, end_holds, find_holds
from anklet.measures.lead import led_as, shank_leads, without_bends
from anklet.measures.lifts import Span, around_sets, owned_lifts, set_aside_lifted
from anklet.measures.metrics import measure_rep, summarize
from anklet.measures.reps import Excursion, tell_direction
from anklet.measures.sets import into_sets, planted_nodes, reps_between_steps
from anklet.model import (
    Bools,
    Direction,
    Floats,
    HeelRise,
    Hold,
    Leg,
    Rep,
    RepSet,
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
    heel_above_m,
    off_plane_deg,
)
from anklet.signals.heel import lifted
from anklet.signals.heel_set import heel_rises
from anklet.signals.leg import (
    Reference,
    Sensor,
    calibrations,
    check_overlap,
    find_axes,
    find_zero,
    names,
    setup_of,
)

ROUGHLY = 4
"""The reps that an axis is read from are found on every fourth node."""


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
    side: Side, sensors: dict[Segment, Sensor], grid: Grid, how: Settings, notes: list[str]
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
    zeros = find_zero(sensors, how.mount, relative=how.relative)
    axes = find_axes(sensors, zeros, how.mount, _after_zero(sensors, zeros), relative=how.relative)
    angle_of = partial(
        ankle_angle,
        sensors,
        zeros,
        block_deg=how.block_deg or 0.0,
        relative=how.relative,
        travel=travel,
    )
    rough = angle_of(axes, grid, every=ROUGHLY)
    direction = _direction(rough, setup, how)
    reps = _find_reps(rough, direction, how)
    if reps:
        use: dict[Segment, Bools] = {s: _in_reps(held, rough, reps) for s, held in sensors.items()}
        axes = find_axes(sensors, zeros, how.mount, use, relative=how.relative, fallback=axes)
    angle = angle_of(axes, grid)
    reps = _find_reps(angle, direction, how)
    if not reps and how.has_reps:
        notes.append(f"No reps were found in the {side} leg.")
    groups = into_sets(reps, grid.rate_hz)
    deg, heel_m = angle.deg, np.full(len(angle.deg), np.nan)
    lifts: list[Span] = []
    if setup == "planted":
        planted = planted_nodes(angle.deg, groups, angle.travelling)
        deg = np.where(planted, angle.deg, np.nan)
        if how.relative and groups:
            deg = deg - np.nanmedian(deg)
        if direction == "df_first":
            near = around_sets(groups, planted, grid.rate_hz)
            heel_m = heel_above_m(sensors["shank"], zeros["shank"], angle, near)
            lifts = lifted(heel_m, grid.rate_hz)
    tilt = off_plane_deg(sensors, axes, angle)
    wanted = how.protocol.results if how.protocol else ()
    holds = _holds_after_zero(angle, deg) if "holds" in wanted else ()
    sets = tuple(
        _measure_set(g, angle, deg, tilt, direction, how, holds, heel_m, lifts) for g in groups
    )
    if setup == "paired" and direction == "pf_first":
        sets = tuple(
            replace(done, heel_rise=_heights(sensors["shank"], zeros["shank"], angle, g, done, how))
            for g, done in zip(groups, sets, strict=True)
        )
    static = stand_of(sensors, zeros, axes) if "sway" in wanted else None
    if "sway" in wanted and static is None:
        notes.append(f"The {side} leg did not stand still for long enough to measure its sway.")
    leg = Leg(
        side=side,
        setup=setup,
        zero="none" if how.relative else "neutral" if setup == "table" else "standing",
        calibration=calibrations(sensors, zeros, axes),
        sets=sets,
        trace=Trace(angle.t0_s, grid.rate_hz, _without(deg, lifts)),
        samples=sum(int(s.uniform.measured.sum()) for s in sensors.values()),
        lost_samples=sum(int((~s.uniform.measured).sum()) for s in sensors.values()),
        holds=end_holds([rep for s in sets for rep in s.reps], holds, direction),
        static=static,
    )
    return leg, Stages(sensors, zeros, angle, tilt, heel_m)


def _check_planted(sensors: dict[Segment, Sensor], travel: Travel) -> None:
    """Refuse a shank sensor alone in gait, before anything else is asked of the recording."""
    if travel.gait:
        raise DataError(
            f"{names(sensors)}: the foot did not stay planted (the shank travels as in walking), "
            "so a shank sensor alone cannot measure the ankle; add a foot sensor."
        )


def _without(deg: Floats, lifts: Sequence[Span]) -> Floats:
    """Return the angle without the spans in which the heel is up."""
    kept = deg.copy()
    for start, stop in lifts:
        kept[start:stop] = np.nan
    return kept


def _direction(angle: AnkleAngle, setup: Setup, how: Settings) -> Direction:
    """What reps do first: said by the protocol, or told by the movement."""
    if how.first is not None:
        return how.first
    if setup == "table":
        return "both"
    if setup == "planted" or shank_leads(angle.shank_deg, angle.foot_deg, angle.grid.rate_hz):
        return "df_first"
    return tell_direction(angle.deg, angle.grid.rate_hz)


def _find_reps(angle: AnkleAngle, direction: Direction, how: Settings) -> tuple[Excursion, ...]:
    """Find the reps after the zero; a few bends before the step onto a block are not its reps."""
    if not how.has_reps:
        return ()
    travelling = angle.travelling & (not angle.gait)
    found = reps_between_steps(angle.deg, angle.grid.rate_hz, direction, travelling)
    reps = tuple(r for r in found if r.end >= angle.after_zero)
    if angle.has_both and not angle.gait:
        reps = tuple(r for r in reps if led_as(r, angle.shank_deg, angle.foot_deg, direction))
    if how.block_deg:
        later = travelling[angle.after_zero :]
        first = angle.after_zero + (int(np.argmax(later)) if len(later) else 0)
        reps = without_bends(reps, first)
    return reps


def _holds_after_zero(angle: AnkleAngle, deg: Floats) -> tuple[Hold, ...]:
    """Holds of the exercise: the still span that zero was taken from is none."""
    first = angle.after_zero
    return find_holds(deg[first:], angle.grid.rate_hz, angle.t0_s + first / angle.grid.rate_hz)


def _after_zero(
    sensors: dict[Segment, Sensor], zeros: dict[Segment, Reference]
) -> dict[Segment, Bools]:
    """The nodes that an axis may first be read from: all measured ones after the zero."""
    use: dict[Segment, Bools] = {}
    for segment, sensor in sensors.items():
        use[segment] = sensor.uniform.measured.copy()
        still = zeros[segment].still
        if still is not None:
            use[segment][: still.span.stop] = False
    return use


def _in_reps(sensor: Sensor, angle: AnkleAngle, reps: Sequence[Excursion]) -> Bools:
    """The sensor's nodes inside reps."""
    mask = np.zeros(len(sensor.uniform.measured), bool)
    for rep in reps:
        for_node = (
            angle.t0_s + np.array([rep.start, rep.last]) / angle.grid.rate_hz - sensor.uniform.t0_s
        ) * sensor.uniform.rate_hz
        mask[max(0, round(for_node[0])) : max(0, round(for_node[1])) + 1] = True
    return mask & sensor.uniform.measured


def _measure_set(
    group: Sequence[Excursion],
    angle: AnkleAngle,
    deg: Floats,
    off_plane: Floats,
    direction: Direction,
    how: Settings,
    holds: Sequence[Hold],
    heel_m: Floats,
    lifts: Sequence[Span],
) -> RepSet:
    measured: tuple[Rep, ...] = tuple(
        measure_rep(
            deg,
            angle.grid.rate_hz,
            angle.t0_s,
            rep,
            far_is_df=direction != "pf_first",
            has_zero=not how.relative,
            saturated=angle.saturated,
            off_plane_deg=off_plane,
        )
        for rep in group
    )
    reps = tuple(
        set_aside_lifted(rep, at, deg, heel_m, own)
        for rep, at, own in zip(measured, group, owned_lifts(lifts, group), strict=True)
    )
    if how.protocol and how.protocol.ends == "hold" and not how.relative:
        reps = tuple(at_holds(rep, holds) for rep in reps)
    return RepSet(
        start_s=reps[0].start_s,
        end_s=reps[-1].end_s,
        direction=direction,
        reps=reps,
        df_peak_deg=summarize([r.df_peak_deg for r in reps]),
        pf_peak_deg=summarize([r.pf_peak_deg for r in reps], best_is_high=False),
        rom_deg=summarize([r.rom_deg for r in reps]),
    )


def _heights(
    shank: Sensor,
    zero: Reference,
    angle: AnkleAngle,
    group: Sequence[Excursion],
    measured: RepSet,
    how: Settings,
) -> HeelRise:
    """How high the ankle rose in a set of heel rises."""
    t_s = shank.uniform.t_s
    pitch_deg = np.interp(t_s, angle.t_s, -angle.foot_deg, left=np.nan, right=np.nan)
    spans = [np.searchsorted(t_s, angle.t_s[[at.start, at.last]]) for at in group]
    reps = [
        (int(a), int(b), rep.pf_valid) for (a, b), rep in zip(spans, measured.reps, strict=True)
    ]
    return heel_rises(shank.uniform, shank.up, zero.up, pitch_deg, reps, how.mass_kg)
