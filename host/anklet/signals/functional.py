"""Functional calibration: axis, sign and zero of each sensor from a guided half-minute.

Stand still; two or three slow knee bends with the heels down (the knee goes forward: axis and sign
of the shank); two heel raises (the heel goes up: axis and sign of the foot); stand still. Zero is
the mean of both standings. It needs nothing of how the strap sits: turned about the leg, upside
down, on the front or the side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from anklet.errors import CalibrationError
from anklet.model import Calibration, CalibrationSource, Floats, Segment, SignFrom
from anklet.signals.angle import pitch_deg
from anklet.signals.ankle import Travel, find_travel
from anklet.signals.calibration import between_deg, nominal_axis, principal_axis
from anklet.signals.grading import grade, refuse_too_few
from anklet.signals.leg import (
    ENOUGH_HZ,
    Reference,
    Sensor,
    check_overlap,
    find_zero,
    span_s,
    still_between,
    triple,
)
from anklet.signals.phases import Phase, Phases, find_phases
from anklet.signals.still import MIN_STILL_S, Still

Ints = NDArray[np.int_]

MIN_MOVEMENTS = 2
"""One alone would not show whether the next goes the same way."""
MAX_BENDS, MAX_RAISES = 4, 4
"""More of them before a set are a set of their own."""
LONGEST_S = 90.0
"""A guided half-minute at the beginning of a set is over by then, pauses included."""


@dataclass(frozen=True, eq=False)
class Guided:
    """A guided half-minute of one leg.

    Parameters
    ----------
    calibrations : dict of segment to Calibration
    refused : dict of segment to str
        Why a segment has none, and what to do.
    zeros : dict of segment to Reference
        Its first quiet standing.
    end_s : float
        When its last quiet standing ended: the exercise comes after.
    """

    calibrations: dict[Segment, Calibration]
    refused: dict[Segment, str]
    zeros: dict[Segment, Reference]
    end_s: float


def calibrate_leg(sensors: dict[Segment, Sensor]) -> dict[Segment, Calibration]:
    """Calibrate a leg's sensors from a recording of the guided half-minute alone.

    Parameters
    ----------
    sensors : dict of segment to Sensor
        Shank, foot or both, tracked.

    Raises
    ------
    CalibrationError
        When a sensor shows no axis that can be believed: what was wrong, and what to do again.
    """
    check_overlap(sensors)
    zeros = find_zero(sensors, relative=False)
    begin_s = max(zero.end_s for zero in zeros.values())
    end_s = min(float(s.uniform.t_s[-1]) for s in sensors.values())
    phases = _phases(sensors, zeros, find_travel(sensors), begin_s, end_s)
    after_s = max((p.end_s for p in (*phases.bends, *phases.raises)), default=begin_s)
    stood = still_between(sensors, after_s, end_s, last=True)
    found = _judged(sensors, zeros, phases, stood, "recording")
    for why in found.refused.values():
        raise CalibrationError(why)
    return found.calibrations


def find_guided(sensors: dict[Segment, Sensor], travel: Travel) -> Guided | None:
    """Recognise a guided half-minute at the beginning of a set's own recording.

    It is: quiet standing, two to four knee bends, heel raises, quiet standing as before. Bends
    alone could be a set of lunges, raises alone one of heel rises: both stay what they are.

    Returns
    -------
    Guided or None
        None where there is none; a poor one has its reason in ``refused``.
    """
    try:
        zeros = find_zero(sensors, relative=False)
    except CalibrationError:
        return None
    begin_s = max(zero.end_s for zero in zeros.values())
    end_s = min(begin_s + LONGEST_S, *(float(s.uniform.t_s[-1]) for s in sensors.values()))
    phases = _phases(sensors, zeros, travel, begin_s, end_s)
    first = _first_group(phases)
    if first is None:
        return None
    after_s = first.raises[-1].end_s
    later = [p.start_s for p in (*phases.bends, *phases.raises) if p.start_s > after_s]
    stood = still_between(sensors, after_s, min([end_s, *later]), last=False)
    return _judged(sensors, zeros, first, stood, "beginning") if stood else None


def _phases(
    sensors: dict[Segment, Sensor],
    zeros: dict[Segment, Reference],
    travel: Travel,
    begin_s: float,
    end_s: float,
) -> Phases:
    moves = (travel.sensor.uniform, travel.mask)
    return find_phases(sensors, zeros, moves, (begin_s, end_s))


def _first_group(phases: Phases) -> Phases | None:
    """Return the bends and raises that are a guided half-minute before an exercise."""
    if not phases.good_raises:
        return None
    first = phases.good_raises[0]
    raises = [first]
    for raised in phases.good_raises[1:]:
        if raised.start_s - raises[-1].end_s > MIN_STILL_S:
            break
        raises.append(raised)
    bends = [b for b in phases.bends if b.end_s <= first.start_s]
    faults = {p.fault for p in (*bends, *phases.raises) if p.end_s <= first.start_s}
    if faults & {"step", "long"} or len(raises) > MAX_RAISES:
        return None
    if not MIN_MOVEMENTS <= len(bends) <= MAX_BENDS:
        return None
    return Phases(tuple(bends), tuple(raises))


def _judged(
    sensors: dict[Segment, Sensor],
    zeros: dict[Segment, Reference],
    phases: Phases,
    stood: dict[Segment, Still] | None,
    source: CalibrationSource,
) -> Guided:
    """Calibrate each sensor from its movements, or say why not."""
    guided = Guided({}, {}, zeros, max(zero.end_s for zero in zeros.values()))
    if stood:
        ends = [span_s(sensors[s].uniform, still.span)[1] for s, still in stood.items()]
        guided = replace(guided, end_s=max(ends))
    for segment, sensor in sensors.items():
        moves = phases.bends if segment == "shank" else phases.raises
        last = stood[segment] if stood else None
        try:
            found = _calibration(sensor, zeros[segment], moves, last)
        except CalibrationError as error:
            guided.refused[segment] = str(error)
        else:
            guided.calibrations[segment] = replace(found, source=source)
    return guided


def _calibration(
    sensor: Sensor, zero: Reference, moves: Sequence[Phase], last: Still | None
) -> Calibration:
    segment = sensor.placement.segment
    good = [p for p in moves if not p.fault]
    if len(good) < MIN_MOVEMENTS:
        refuse_too_few(sensor, moves, MIN_MOVEMENTS)
    up = zero.up / np.linalg.norm(zero.up)
    every = max(1, int(sensor.uniform.rate_hz / ENOUGH_HZ))
    spans = [_nodes(sensor, p, every) for p in good]
    inside = np.concatenate(spans)
    xyz, explained = principal_axis(sensor.gyr_rad_s[inside], up)
    xyz = xyz * _sign(segment, xyz, up, sensor.up[inside])
    apart_deg = max(_line_deg(principal_axis(sensor.gyr_rad_s[s], up)[0], xyz) for s in spans)
    drift_deg = turned_deg = None
    zero_up = up
    if last is not None:
        now = sensor.up[last.span].mean(axis=0)
        turned_deg = between_deg(now, up)
        drift_deg = float(pitch_deg(now[None], up, xyz)[0])
        zero_up = up + now  # two standings sway less than one
        zero_up /= np.linalg.norm(zero_up)
    far_deg = float(np.median([p.far_deg for p in good]))
    still = zero.still
    calm_deg_s = still.stillness_deg_s if still else None
    reasons = grade(sensor, explained, apart_deg, far_deg, calm_deg_s, turned_deg)
    sign_from: SignFrom = "knee_bend" if segment == "shank" else "heel_raise"
    return Calibration(
        axis_xyz=triple(xyz),
        axis_from="movement",
        sign_from=sign_from,
        explained_variance=explained,
        stillness_deg_s=calm_deg_s,
        misalignment_deg=between_deg(xyz, nominal_axis(sensor.placement)),
        zero_s=span_s(sensor.uniform, still.span) if still else None,
        gyro_bias_rad_s=triple(still.gyr_rad_s if still else np.zeros(3)),
        up_xyz=triple(zero_up),
        quality="fair" if reasons else "good",
        reasons=reasons,
        drift_deg=drift_deg,
    )


def _nodes(sensor: Sensor, phase: Phase, every: int) -> Ints:
    uniform = sensor.uniform
    first, last = (
        round((at_s - uniform.t0_s) * uniform.rate_hz) for at_s in (phase.start_s, phase.end_s)
    )
    nodes: Ints = np.arange(max(0, first), min(last + 1, len(sensor.up)), every)
    return nodes[uniform.measured[nodes]]


def _sign(segment: Segment, xyz: Floats, zero_up: Floats, up: Floats) -> float:
    """Sign that makes the excursions knee forward (shank) or heel up (foot)."""
    positive = float(pitch_deg(up, zero_up, xyz).mean()) > 0
    return 1.0 if positive == (segment == "shank") else -1.0


def _line_deg(a: Floats, b: Floats) -> float:
    return min(between_deg(a, b), between_deg(-a, b))
