"""A leg's session: from its plan to the recordings of its sensors, and the truth."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from anklet.model import SIDES, Floats, Hold, Placement, Recording, Samples, Segment, Side, Trace
from anklet.simulate.lifts import LiftEnd
from anklet.simulate.movement import FINE_HZ, ON_TABLE, Movement, Plan, plan
from anklet.simulate.passive import plan_passive
from anklet.simulate.person import Body, LegAbility
from anklet.simulate.sensors import SensorErrors, measure, mount

SLIDE_S = 0.15
"""Skin slides no more suddenly than this (assumed)."""
LANDING_M, LANDING_HZ, LANDING_S = 0.0008, 12.0, 0.04
DECIMATION = 4
BETWEEN_LEGS_S = 20.0


@dataclass(frozen=True)
class TruthRep:
    """One rep as it was; angles in deg from quiet standing, times on the recordings' clock.

    ``lift`` says at which end the heel left the ground, ``rise_m`` how far the ankle rose.
    """

    start_s: float
    end_s: float
    df_time_s: float
    pf_time_s: float
    df_peak_deg: float
    pf_peak_deg: float
    lift: LiftEnd | None = None
    rise_m: float = 0.0

    @property
    def rom_deg(self) -> float:
        """Range of the rep."""
        return self.df_peak_deg - self.pf_peak_deg


@dataclass(frozen=True, eq=False)
class SimulatedLeg:
    """Recordings of a leg, and the truth.

    Parameters
    ----------
    recordings : dict of segment to Recording
    trace : Trace
        The true ankle angle over the whole session, 104 Hz.
    reps : tuple of TruthRep
    sets_s : tuple of (float, float)
        From the foot being planted to its stepping off, each set.
    axes : dict of segment to (3,) array
        True medio-lateral axis in the sensor frame; a positive turn is dorsiflexion.
    holds : tuple of Hold
        Ends that were held.
    """

    recordings: dict[Segment, Recording]
    trace: Trace
    reps: tuple[TruthRep, ...]
    sets_s: tuple[tuple[float, float], ...]
    axes: dict[Segment, Floats]
    holds: tuple[Hold, ...] = ()


def simulate_leg(
    side: Side,
    movement: Movement,
    ability: LegAbility | None = None,
    *,
    seed: int,
    segments: tuple[Segment, ...] = ("shank", "foot"),
    errors: dict[Segment, SensorErrors] | None = None,
    body: Body | None = None,
    start_s: float = 0.0,
) -> SimulatedLeg:
    """Simulate one leg's session.

    Parameters
    ----------
    side : str
    movement : Movement
    ability : LegAbility, optional
    seed : int
        Everything random follows from it.
    segments : tuple of str
        Where sensors are worn.
    errors : dict, optional
        By segment; drawn at random when not given.
    body : Body, optional
    start_s : float
        Time of the session's start on the recordings' clock.
    """
    rng = np.random.default_rng(seed)
    held = body or Body()
    lay_out = plan_passive if movement.kind == "passive_table" else plan
    p = lay_out(movement, ability or LegAbility(), rng)
    lean, foot, forward, up = (np.concatenate(t.parts) for t in (p.lean, p.foot, p.forward, p.up))
    swaying = movement.kind not in ON_TABLE
    lean = lean + (_noise(rng, len(lean), movement.sway_deg, 0.4) if swaying else 0)
    up = up + _landings(p, len(up))
    positions, turns = _kinematics(side, movement, held, lean, foot, forward, up, rng)
    recordings: dict[Segment, Recording] = {}
    axes: dict[Segment, Floats] = {}
    for segment in segments:
        placement = Placement(side, segment)
        sensor = (errors or {}).get(segment) or SensorErrors.random(rng)
        samples = measure(positions[segment], turns[segment], placement, sensor, rng)
        later = Samples(
            samples.t_s + start_s, samples.acc_m_s2, samples.gyr_rad_s, samples.saturated
        )
        recordings[segment] = Recording(placement, later, f"simulated {placement}")
        lateral = np.array([0.0, 1.0, 0.0]) * (1 if segment == "shank" else -1)
        axes[segment] = mount(placement, sensor).apply(lateral, inverse=True)
    angle = lean + foot
    angle = angle - angle[: round(movement.standing_s * FINE_HZ)].mean()
    return SimulatedLeg(
        recordings,
        Trace(start_s, FINE_HZ / DECIMATION, angle[::DECIMATION].copy()),
        tuple(_truth(angle, _ankle_height_m(held, foot, up), p, movement, start_s)),
        tuple((start_s + a / FINE_HZ, start_s + b / FINE_HZ) for a, b in p.planted),
        axes,
        tuple(_hold(angle, a, b, start_s) for a, b in p.holds),
    )


def simulate_person(
    movement: Movement,
    abilities: dict[Side, LegAbility],
    *,
    seed: int,
    segments: tuple[Segment, ...] = ("shank", "foot"),
    start_s: float = 0.0,
    errors: dict[Side, dict[Segment, SensorErrors]] | None = None,
    together: bool = False,
) -> dict[Side, SimulatedLeg]:
    """Simulate both legs, one after the other or together, on one clock."""
    legs: dict[Side, SimulatedLeg] = {}
    for k, side in enumerate(SIDES):
        legs[side] = simulate_leg(
            side,
            movement,
            abilities[side],
            seed=2 * seed + k,
            segments=segments,
            errors=errors[side] if errors else None,
            start_s=start_s,
        )
        if together:
            continue
        start_s = float(legs[side].trace.t_s[-1]) + BETWEEN_LEGS_S
    return legs


def _kinematics(
    side: Side,
    movement: Movement,
    body: Body,
    lean_deg: Floats,
    foot_deg: Floats,
    forward_m: Floats,
    up_m: Floats,
    rng: np.random.Generator,
) -> tuple[dict[Segment, Floats], dict[Segment, Rotation]]:
    """Each sensor's place and its segment's turn in the world (x forward, y left, z up)."""
    out = 1.0 if side == "left" else -1.0
    n = len(lean_deg)
    world = Rotation.from_euler("z", out * body.toe_out_deg, degrees=True)
    valgus = _noise(rng, n, body.valgus_noise_deg, 0.4) + body.valgus_share * lean_deg * out
    tilt = np.column_stack([lean_deg + body.rest_lean_deg, valgus])
    if movement.kind in ON_TABLE:  # lying, the leg rolled out, the foot free
        world = Rotation.from_euler("zy", [out * body.toe_out_deg, -90.0], degrees=True)
        tilt = np.zeros((n, 2))
    roll = 0.5 * _noise(rng, n, body.valgus_noise_deg, 0.4)
    shank = world * Rotation.from_euler("YX", tilt, degrees=True)
    foot = world * Rotation.from_euler("YX", np.column_stack([-foot_deg, roll]), degrees=True)
    toe = world.apply(np.column_stack([forward_m, 0 * up_m, 0 * up_m]))
    toe[:, 2] += up_m
    pivot = np.array([-body.toe_m, 0.0, body.ankle_height_m])
    ankle = np.zeros((n, 3)) if movement.kind in ON_TABLE else toe + foot.apply(pivot)
    mirror = np.array([1.0, out, 1.0])
    strap = np.tile(mirror * body.shank_sensor_m, (n, 1))
    strap[:, 2] += body.skin_slide_m * gaussian_filter1d((lean_deg / 45) ** 2, SLIDE_S * FINE_HZ)
    return (
        {
            "shank": ankle + shank.apply(strap),
            "foot": ankle + foot.apply(mirror * body.foot_sensor_m),
        },
        {"shank": shank, "foot": foot},
    )


def _ankle_height_m(body: Body, foot_deg: Floats, up_m: Floats) -> Floats:
    """(n,) array: height of the ankle joint, the foot turning about its toe joint."""
    pitch = np.radians(-foot_deg)
    return up_m + body.toe_m * np.sin(pitch) + body.ankle_height_m * np.cos(pitch)


def _truth(
    angle: Floats, height_m: Floats, p: Plan, movement: Movement, start_s: float
) -> list[TruthRep]:
    reps: list[TruthRep] = []
    lifts = p.lifts or [None] * len(p.reps)
    for (begin, end), lift in zip(p.reps, lifts, strict=True):
        df = begin + int(np.argmax(angle[begin:end]))
        from_ = begin if movement.kind == "heel_rise" else df
        pf = from_ + int(np.argmin(angle[from_:end]))
        reps.append(
            TruthRep(
                start_s + begin / FINE_HZ,
                start_s + end / FINE_HZ,
                start_s + df / FINE_HZ,
                start_s + pf / FINE_HZ,
                float(angle[df]),
                float(angle[pf]),
                lift,
                float(height_m[begin:end].max() - height_m[begin]),
            )
        )
    return reps


def _hold(angle: Floats, first: int, last: int, start_s: float) -> Hold:
    held = angle[first:last]
    start_s, end_s = start_s + first / FINE_HZ, start_s + (last - 1) / FINE_HZ
    return Hold(start_s, end_s, float(np.median(held)), float(held.std()))


def _landings(p: Plan, n: int) -> Floats:
    shake = np.zeros(n)
    for node in p.landings:
        t_s = np.arange(min(n - node, round(0.3 * FINE_HZ))) / FINE_HZ
        ring = np.exp(-t_s / LANDING_S) * np.sin(2 * np.pi * LANDING_HZ * t_s)
        shake[node : node + len(t_s)] += LANDING_M * ring
    return shake


def _noise(rng: np.random.Generator, n: int, rms: float, seconds: float) -> Floats:
    """Slow random wandering."""
    x = gaussian_filter1d(rng.normal(size=n), seconds * FINE_HZ)
    return rms * x / x.std()
