"""The guided half-minute, recognised: knee bends and heel raises between two quiet standings.

Everything is read from how far gravity turned in each sensor since the first standing, whichever
way the sensor sits, so that no axis is needed to find the movements that show it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.signal import butter, sosfiltfilt
from scipy.spatial.transform import Rotation

from anklet.model import Bools, Floats, Segment
from anklet.signals.leg import Reference, Sensor
from anklet.signals.still import runs
from anklet.signals.timebase import Uniform

LOOK_HZ = 25.0
"""The movements are slow: they are looked at on a grid of this rate."""
LEAVE_DEG = 6.0
"""A movement begins and ends here: over sway, and over a somewhat different standing after."""
MIN_BEND_DEG, MIN_RAISE_DEG = 10.0, 15.0
"""Smaller ones show no axis well (as `anklet.signals.calibration.MIN_TURN_DEG`)."""
BEND_S, RAISE_S = (1.0, 12.0), (0.6, 8.0)
"""How long one may take. A stance that is held for longer, as on a block, is not a movement."""
MAX_FOOT_DEG = 8.0
"""In a bend with the heel down the foot turns less: a shoe gives way by some degrees."""
CLIMB_M_S, MIN_CLIMB_M = 0.02, 0.015
"""A heel raise lifts the shank sensor faster and further than this (high-passed), and then lowers
it; a bend with the heel down lowers it first. Raises of 22 deg in 1.2 s reach 0.04 m/s."""
CLIMB_HZ = 0.15
"""High-pass of the integrated vertical acceleration: slower than a raise, faster than its drift."""

MIN_S = 2.0
"""Nothing is looked for in less."""

Fault = Literal["", "small", "quick", "heel", "step", "long"]


@dataclass(frozen=True)
class Phase:
    """One excursion from standing: when (s), how far (deg), and why it is not what was asked."""

    start_s: float
    end_s: float
    far_deg: float
    fault: Fault = ""


@dataclass(frozen=True, eq=False)
class Phases:
    """Excursions of the shank (bends) and of the heel (raises) of a leg, in the order of time."""

    bends: tuple[Phase, ...]
    raises: tuple[Phase, ...]

    @property
    def good_raises(self) -> tuple[Phase, ...]:
        """Heel raises as they were asked for."""
        return tuple(p for p in self.raises if not p.fault)


def find_phases(
    sensors: Mapping[Segment, Sensor],
    zeros: Mapping[Segment, Reference],
    travelling: tuple[Uniform, Bools],
    span_s: tuple[float, float],
) -> Phases:
    """Find the excursions of a leg within a span of time.

    Parameters
    ----------
    sensors : mapping
        Of one leg: shank, foot or both.
    zeros : mapping
        The first quiet standing of each.
    travelling : (Uniform, (n,) bool array)
        Where one of them moves as in a step, on its grid.
    span_s : (float, float)
        Start and end.

    Returns
    -------
    Phases
        Without a foot sensor heel raises are told by the shank's way up and down.
    """
    t_s = np.arange(span_s[0], span_s[1], 1 / LOOK_HZ)
    if len(t_s) < MIN_S * LOOK_HZ:
        return Phases((), ())
    tilt = {s: _tilt_deg(sensor, zeros[s].up, t_s) for s, sensor in sensors.items()}
    steps = np.interp(t_s, travelling[0].t_s, travelling[1].astype(float)) > 0.01
    foot, shank = tilt.get("foot"), tilt.get("shank")
    raises: list[Phase] = []
    climbs: list[tuple[Phase, float]] = []
    if foot is not None:
        for start, stop, far_deg in _excursions(foot):
            fault = _fault(far_deg, stop - start, MIN_RAISE_DEG, RAISE_S, steps[start:stop])
            raises.append(_phase(t_s, start, stop, far_deg, fault))
    elif shank is not None:
        climbs = _climbs(sensors["shank"], zeros["shank"], t_s, shank)
        raises = [climb for climb, _ in climbs if climb.far_deg < MIN_BEND_DEG]
    bends: list[Phase] = []
    for start, stop, far_deg in _excursions(shank) if shank is not None else ():
        fault = _fault(far_deg, stop - start, MIN_BEND_DEG, BEND_S, steps[start:stop])
        lifted = any(t_s[start] <= top_s < t_s[stop] for _, top_s in climbs)
        if foot is not None:
            turned_deg = float(foot[start:stop].max())
            if turned_deg > max(MAX_FOOT_DEG, far_deg):
                continue  # a heel raise turns the shank a little
            lifted = turned_deg > MAX_FOOT_DEG
        elif lifted and far_deg < MIN_BEND_DEG:
            continue
        bends.append(_phase(t_s, start, stop, far_deg, fault or ("heel" if lifted else "")))
    return Phases(tuple(bends), tuple(raises))


def _tilt_deg(sensor: Sensor, zero_up: Floats, t_s: Floats) -> Floats:
    """(n,) array: angle between the vertical and the zero's in the sensor, at these times."""
    uniform = sensor.uniform
    node = np.clip(np.round((t_s - uniform.t0_s) * uniform.rate_hz).astype(int), 0, None)
    up = sensor.up[np.minimum(node, len(sensor.up) - 1)]
    cosine = np.einsum("ij,j->i", up, zero_up / np.linalg.norm(zero_up))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def _excursions(tilt_deg: Floats) -> list[tuple[int, int, float]]:
    """Start, stop and largest tilt of each excursion that ends within the span."""
    return [
        (start, stop, float(tilt_deg[start:stop].max()))
        for start, stop in runs(tilt_deg > LEAVE_DEG)
        if start > 0 and stop < len(tilt_deg)
    ]


def _fault(
    far_deg: float, nodes: int, least_deg: float, may_take_s: tuple[float, float], steps: Bools
) -> Fault:
    if steps.any():
        return "step"
    if nodes > may_take_s[1] * LOOK_HZ:
        return "long"
    if far_deg < least_deg:
        return "small"
    return "quick" if nodes < may_take_s[0] * LOOK_HZ else ""


def _phase(t_s: Floats, start: int, stop: int, far_deg: float, fault: Fault = "") -> Phase:
    return Phase(float(t_s[start]), float(t_s[stop - 1]), far_deg, fault)


def _climbs(
    sensor: Sensor, zero: Reference, t_s: Floats, tilt_deg: Floats
) -> list[tuple[Phase, float]]:
    """Where the shank sensor goes up and down again; how far it turns; when it is at the top."""
    speed = _climb_m_s(sensor, zero, t_s)
    lobes = [
        (start, stop, up)
        for up in (True, False)
        for start, stop in runs((speed if up else -speed) > CLIMB_M_S)
        if np.abs(speed[start:stop]).sum() > MIN_CLIMB_M * LOOK_HZ
    ]
    lobes.sort()
    found: list[tuple[Phase, float]] = []
    for rise, fall in pairwise(lobes):
        start, stop = rise[0], fall[1]
        if rise[2] and not fall[2] and stop - start < RAISE_S[1] * LOOK_HZ:
            climb = _phase(t_s, start, stop, float(tilt_deg[start:stop].max()))
            found.append((climb, 0.5 * float(t_s[rise[1] - 1] + t_s[fall[0]])))
    return found


def _climb_m_s(sensor: Sensor, zero: Reference, t_s: Floats) -> Floats:
    """(n,) array: vertical speed of a sensor in m/s, its drift taken away."""
    uniform = sensor.uniform
    every = max(1, int(uniform.rate_hz / LOOK_HZ))
    first = max(0, int((t_s[0] - uniform.t0_s) * uniform.rate_hz))
    last = min(len(uniform.measured), int((t_s[-1] - uniform.t0_s) * uniform.rate_hz) + every)
    nodes = slice(first, last, every)
    to_earth = Rotation.from_quat(sensor.orientation.quat[nodes], scalar_first=True)
    force = to_earth.apply(uniform.acc_m_s2[nodes])[:, 2]
    gravity = np.linalg.norm(uniform.acc_m_s2[zero.still.span], axis=1).mean() if zero.still else 0
    rate_hz = uniform.rate_hz / every
    sos = butter(1, CLIMB_HZ, "high", fs=rate_hz, output="sos")
    speed = sosfiltfilt(sos, np.cumsum(force - gravity) / rate_hz)
    return np.interp(t_s, uniform.t_s[nodes], speed)
