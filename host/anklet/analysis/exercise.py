"""What one leg did in its ankle angle: reps, sets, heels that lift, ends that are held."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from anklet.analysis.settings import Settings
from anklet.measures.holds import at_holds, end_holds, find_holds
from anklet.measures.lead import led_as, shank_leads, without_bends
from anklet.measures.lifts import Span, around_sets, owned_lifts, set_aside_lifted
from anklet.measures.metrics import measure_rep, summarize
from anklet.measures.overrules import overrule_reps
from anklet.measures.reps import Excursion, tell_direction
from anklet.measures.sets import into_sets, planted_nodes, reps_between_steps
from anklet.model import (
    Bools,
    Direction,
    Floats,
    HeelRise,
    Hold,
    Overrule,
    Rep,
    RepSet,
    Segment,
    Setup,
)
from anklet.signals.ankle import AnkleAngle, heel_above_m, off_plane_deg
from anklet.signals.calibration import Axis
from anklet.signals.heel import lifted
from anklet.signals.heel_set import heel_rises
from anklet.signals.leg import Reference, Sensor, setup_of


@dataclass(frozen=True, eq=False)
class Exercise:
    """A leg's exercise, measured.

    Parameters
    ----------
    sets : tuple of RepSet
    holds : tuple of Hold
        Held ends of reps, where the protocol asks for them.
    deg : (n,) array
        Ankle angle, deg; NaN where it is not measured: gaps, steps, a heel that is up.
    off_plane_deg, heel_m : (n,) array
        Tilt out of the calibration plane, deg; the ankle's height above where it is with the heel
        down, m (NaN where it is not known).
    """

    sets: tuple[RepSet, ...]
    holds: tuple[Hold, ...]
    deg: Floats
    off_plane_deg: Floats
    heel_m: Floats


@dataclass(frozen=True, eq=False)
class _Traces:
    """What reps are measured in, (n,) arrays on the nodes of ``angle``; and what is known of it."""

    angle: AnkleAngle
    deg: Floats
    off_plane_deg: Floats
    heel_m: Floats
    lifts: Sequence[Span]
    holds: tuple[Hold, ...]


def direction_of(angle: AnkleAngle, setup: Setup, how: Settings) -> Direction:
    """What reps do first: said by the protocol, or told by the movement."""
    if how.first is not None:
        return how.first
    if setup == "table":
        return "both"
    if setup == "planted" or shank_leads(angle.shank_deg, angle.foot_deg, angle.grid.rate_hz):
        return "df_first"
    return tell_direction(angle.deg, angle.grid.rate_hz)


def find_exercise(angle: AnkleAngle, direction: Direction, how: Settings) -> tuple[Excursion, ...]:
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


def nodes_in(sensor: Sensor, angle: AnkleAngle, reps: Sequence[Excursion]) -> Bools:
    """The sensor's nodes inside reps."""
    mask = np.zeros(len(sensor.uniform.measured), bool)
    for rep in reps:
        for_node = (
            angle.t0_s + np.array([rep.start, rep.last]) / angle.grid.rate_hz - sensor.uniform.t0_s
        ) * sensor.uniform.rate_hz
        mask[max(0, round(for_node[0])) : max(0, round(for_node[1])) + 1] = True
    return mask & sensor.uniform.measured


def measure_exercise(
    sensors: dict[Segment, Sensor],
    zeros: dict[Segment, Reference],
    axes: dict[Segment, Axis],
    angle: AnkleAngle,
    reps: Sequence[Excursion],
    direction: Direction,
    how: Settings,
    said: Sequence[Overrule],
) -> Exercise:
    """Measure each rep and set of a leg.

    Parameters
    ----------
    sensors, zeros, axes : dict
        Of the leg, by segment.
    angle : AnkleAngle
    reps : sequence of Excursion
        From `find_exercise`.
    direction : str
        What a rep does first.
    how : Settings
    said : sequence of Overrule
        What somebody said of this leg's reps.
    """
    groups = into_sets(reps, angle.grid.rate_hz)
    traces = _traces(sensors, zeros, axes, angle, groups, direction, how)
    sets = tuple(_measure_set(g, traces, direction, how, said) for g in groups)
    if setup_of(sensors) == "paired" and direction == "pf_first":
        shank, zero = sensors["shank"], zeros["shank"]
        sets = tuple(
            replace(done, heel_rise=_heights(shank, zero, angle, g, done, how))
            for g, done in zip(groups, sets, strict=True)
        )
    return Exercise(
        sets,
        end_holds([rep for s in sets for rep in s.reps], traces.holds, direction),
        _without(traces.deg, traces.lifts),
        traces.off_plane_deg,
        traces.heel_m,
    )


def _traces(
    sensors: dict[Segment, Sensor],
    zeros: dict[Segment, Reference],
    axes: dict[Segment, Axis],
    angle: AnkleAngle,
    groups: Sequence[Sequence[Excursion]],
    direction: Direction,
    how: Settings,
) -> _Traces:
    """The angle where it is measured, and where a shank alone sees that the heel is up."""
    deg, heel_m = angle.deg, np.full(len(angle.deg), np.nan)
    lifts: list[Span] = []
    if setup_of(sensors) == "planted":
        planted = planted_nodes(angle.deg, groups, angle.travelling)
        deg = np.where(planted, angle.deg, np.nan)
        if how.relative and groups:
            deg = deg - np.nanmedian(deg)
        if direction == "df_first":
            near = around_sets(groups, planted, angle.grid.rate_hz)
            heel_m = heel_above_m(sensors["shank"], zeros["shank"], angle, near)
            lifts = lifted(heel_m, angle.grid.rate_hz)
    wanted = how.protocol.results if how.protocol else ()
    holds = _holds_after_zero(angle, deg) if "holds" in wanted else ()
    return _Traces(angle, deg, off_plane_deg(sensors, axes, angle), heel_m, lifts, holds)


def _without(deg: Floats, lifts: Sequence[Span]) -> Floats:
    """Return the angle without the spans in which the heel is up."""
    kept = deg.copy()
    for start, stop in lifts:
        kept[start:stop] = np.nan
    return kept


def _holds_after_zero(angle: AnkleAngle, deg: Floats) -> tuple[Hold, ...]:
    """Holds of the exercise: the still span that zero was taken from is none."""
    first = angle.after_zero
    return find_holds(deg[first:], angle.grid.rate_hz, angle.t0_s + first / angle.grid.rate_hz)


def _measure_set(
    group: Sequence[Excursion],
    traces: _Traces,
    direction: Direction,
    how: Settings,
    said: Sequence[Overrule],
) -> RepSet:
    angle, deg = traces.angle, traces.deg
    measured: tuple[Rep, ...] = tuple(
        measure_rep(
            deg,
            angle.grid.rate_hz,
            angle.t0_s,
            rep,
            far_is_df=direction != "pf_first",
            has_zero=not how.relative,
            saturated=angle.saturated,
            off_plane_deg=traces.off_plane_deg,
        )
        for rep in group
    )
    reps = tuple(
        set_aside_lifted(rep, at, deg, traces.heel_m, own)
        for rep, at, own in zip(measured, group, owned_lifts(traces.lifts, group), strict=True)
    )
    if how.protocol and how.protocol.ends == "hold" and not how.relative:
        reps = tuple(at_holds(rep, traces.holds) for rep in reps)
    reps = overrule_reps(reps, group, deg, said, direction, has_zero=not how.relative)
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
