"""The sources of error that sensitivity looks at: one at a time, at a usual and at a bad level.

Most are drawn into the simulated sensor; a strap that slides, sway and a stance that is not the
usual one turn the sensor about the shank's medio-lateral axis after the simulation, which is what
they do. An unseen heel lift needs no simulation: the sensor cannot see it, so it is added whole.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from anklet.model import Floats, Recording
from anklet.simulate import Body, SensorErrors, SimulatedLeg

SWAY_S = 0.5
"""Slowness of the added sway (standard deviation of the Gaussian that smooths it)."""
STANCE_END_S = 1.0
"""Time in which a stance that was not the usual one is left before the set."""

Vector = tuple[float, float, float]
Turn = Callable[[Floats, SimulatedLeg], Floats]


@dataclass(frozen=True)
class Fault:
    """What a source does to one leg's recording and to how it is read."""

    errors: SensorErrors = field(default_factory=SensorErrors)
    body: Body = field(default_factory=Body)
    block_deg: float = 0.0
    turn_deg: Turn | None = None
    gyro_drift_deg_s: Vector = (0.0, 0.0, 0.0)
    added_df_deg: float = 0.0
    foot_late_s: float = 0.0


@dataclass(frozen=True)
class Source:
    """One source of error.

    Parameters
    ----------
    name, unit : str
    usual, bad : float
        Its size where things are as one may expect, and where they are not.
    fault : callable
        Draws a `Fault` of a size.
    legs : str
        For the difference between legs: "each" has its own, "both" have the same, or "one" has it
        and the other not.
    why : str
        Where the sizes come from.
    setup : str
        The set (`trials.SETUPS`) that it is looked at in.
    """

    name: str
    unit: str
    usual: float
    bad: float
    fault: Callable[[float, np.random.Generator], Fault]
    why: str
    legs: Literal["each", "both", "one"] = "each"
    setup: str = "planted"

    @property
    def label(self) -> str:
        """Name with both sizes."""
        return f"{self.name}, {self.usual:g} | {self.bad:g} {self.unit}"


def turned(recording: Recording, truth: SimulatedLeg, turn: Turn) -> Recording:
    """The recording of a shank sensor that is turned on its segment by so many deg over time."""
    s = recording.samples
    axis = truth.axes["shank"]
    deg = turn(s.t_s, truth)
    back = Rotation.from_rotvec(np.radians(deg)[:, None] * axis).inv()
    rate = np.radians(np.gradient(deg, s.t_s))[:, None] * axis
    acc, gyr = back.apply(s.acc_m_s2), back.apply(s.gyr_rad_s) + rate
    return replace(recording, samples=replace(s, acc_m_s2=acc, gyr_rad_s=gyr))


def _along(rng: np.random.Generator, size: float) -> Vector:
    """A vector of this length in any direction."""
    v = rng.normal(size=3)
    v *= size / np.linalg.norm(v)
    return float(v[0]), float(v[1]), float(v[2])


def _drawn(name: str, size: float, rng: np.random.Generator) -> Fault:
    return Fault(SensorErrors(**{name: _along(rng, size)}))


def _scale(name: str, percent: float, rng: np.random.Generator) -> Fault:
    signs = rng.choice([-1.0, 1.0], 3) * percent / 100
    return Fault(SensorErrors(**{name: (float(signs[0]), float(signs[1]), float(signs[2]))}))


def _mounted(x: float, y: float, size: float, rng: np.random.Generator) -> Fault:
    size *= rng.choice([-1.0, 1.0])
    return Fault(SensorErrors(misalignment_deg=(x * size, y * size, 0.0)))


def _plain(name: str, size: float, _: np.random.Generator) -> Fault:
    return Fault(SensorErrors(**{name: size}))


def _lost(percent: float, _: np.random.Generator) -> Fault:
    return Fault(SensorErrors(lost=percent / 100))


def _valgus(percent: float, _: np.random.Generator) -> Fault:
    return Fault(body=Body(valgus_share=percent / 100))


def _drift(size: float, rng: np.random.Generator) -> Fault:
    return Fault(gyro_drift_deg_s=_along(rng, size))


def _slid(size: float, rng: np.random.Generator) -> Fault:
    size *= rng.choice([-1.0, 1.0])

    def turn(t_s: Floats, truth: SimulatedLeg) -> Floats:
        start_s, end_s = truth.sets_s[0]
        return size * np.clip((t_s - start_s) / (end_s - start_s), 0.0, 1.0)

    return Fault(turn_deg=turn)


def _stance(size: float, rng: np.random.Generator) -> Fault:
    size *= rng.choice([-1.0, 1.0])
    return Fault(turn_deg=lambda t_s, truth: size * _standing(t_s, truth))


def _swayed(size: float, rng: np.random.Generator) -> Fault:
    seed = int(rng.integers(2**32))

    def turn(t_s: Floats, truth: SimulatedLeg) -> Floats:
        rate_hz = 1 / np.median(np.diff(t_s))
        x = gaussian_filter1d(np.random.default_rng(seed).normal(size=len(t_s)), SWAY_S * rate_hz)
        return size * x / x.std() * _standing(t_s, truth)

    return Fault(turn_deg=turn)


def _standing(t_s: Floats, truth: SimulatedLeg) -> Floats:
    """1 in the quiet standing before the set, 0 from the set on."""
    end_s = truth.reps[0].start_s - 3 * STANCE_END_S
    return np.clip(1 - (t_s - end_s) / STANCE_END_S, 0.0, 1.0)


def _block(size: float, rng: np.random.Generator) -> Fault:
    return Fault(block_deg=size * rng.choice([-1.0, 1.0]))


def _heel(size: float, _: np.random.Generator) -> Fault:
    return Fault(added_df_deg=size)


def _late(milliseconds: float, rng: np.random.Generator) -> Fault:
    return Fault(foot_late_s=milliseconds / 1000 * rng.choice([-1.0, 1.0]))


ASSUMED = "assumed"
SOURCES = (
    Source("heel lift that is not seen", "deg", 2, 5, _heel, ASSUMED, legs="one"),
    Source("block angle wrong", "deg", 1, 2, _block, ASSUMED, legs="both"),
    Source("zero: stance not the usual", "deg", 1, 2, _stance, ASSUMED),
    Source("strap slides during the set", "deg", 1, 2, _slid, ASSUMED),
    Source("sway in the zero", "deg", 0.3, 0.8, _swayed, "0.3: the simulator's own"),
    Source(
        "strap twisted about the leg", "deg", 15, 30, partial(_mounted, 1.0, 0.0), ASSUMED
    ),
    Source("strap tilted on the leg", "deg", 10, 20, partial(_mounted, 0.0, 1.0), ASSUMED),
    Source(
        "strap wobbles", "deg per m/s2", 0.3, 1.0, partial(_plain, "wobble_deg"), ASSUMED
    ),
    Source("knee falls in, share of the lean", "%", 10, 25, _valgus, ASSUMED, legs="one"),
    Source(
        "accelerometer offset", "mg", 20, 40, partial(_drawn, "acc_bias_mg"),
        "data sheets: LSM6DSOX 20, LSM6DS3TR-C 40",
    ),
    Source(
        "accelerometer scale", "%", 1, 2, partial(_scale, "acc_scale"), "data sheet: 1"
    ),
    Source(
        "gyroscope offset", "deg/s", 1, 5, partial(_drawn, "gyro_bias_deg_s"),
        "data sheets: LSM6DSOX 1, LSM6DS3TR-C 3, MPU-6886 10 at most",
    ),
    Source(
        "gyroscope offset drifts", "deg/s a file", 0.05, 0.25, _drift,
        "data sheets: 0.01 and 0.05 deg/s a degree Celsius, 5 degrees",
    ),
    Source(
        "gyroscope scale", "%", 1, 2.5, partial(_scale, "gyro_scale"),
        "data sheets: 1; MPU-6886 2.5 over temperature",
    ),
    Source(
        "gyroscope noise", "deg/s RMS", 0.1, 0.3, partial(_plain, "gyro_noise_deg_s"), ASSUMED
    ),
    Source("packets lost", "%", 1, 5, _lost, ASSUMED),
    Source("clock skew", "ppm", 50, 500, partial(_plain, "skew_ppm"), ASSUMED),
    Source(
        "foot's clock off (heel rise)", "ms", 10, 30, _late, ASSUMED, setup="heel_rise"
    ),
)  # fmt: skip
"""Sizes are of real sensors where a data sheet gives them; the rest are assumptions, and say so."""
