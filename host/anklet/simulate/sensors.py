"""A sensor on a moving segment: what it ought to measure, and what it does."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter
from scipy.spatial.transform import Rotation

from anklet.model import Bools, Floats, Placement, Samples
from anklet.packets import SCALES, pack_samples
from anklet.simulate.movement import FINE_HZ

GRAVITY_M_S2 = 9.81
WOBBLE_HZ, WOBBLE_DAMPING = 7.0, 0.25
"""Soft tissue under a strap as a damped mass on a spring (assumed; literature spreads 5-20 Hz)."""
LOST_TOGETHER = 6
"""Samples are lost by the packet."""


@dataclass(frozen=True)
class SensorErrors:
    """What is wrong with a sensor and with how it sits.

    Parameters
    ----------
    misalignment_deg : 3 floats
        Rotation vector of the mount on top of the nominal one, in the sensor frame.
    gyro_bias_deg_s, acc_bias_mg : 3 floats
    gyro_scale, acc_scale : 3 floats
        Shares by which a reading is too large.
    gyro_noise_deg_s, acc_noise_m_s2 : float
        RMS per sample.
    wobble_deg : float
        Turn of the strap on the skin per m/s2 of acceleration.
    lost : float
        Share of packets that never arrive.
    rate_hz, start_s, skew_ppm : float
        True rate, start after the session's, and error of the time stamps.
    scale : int
        Code of the count sizes (`anklet.packets.SCALES`), which also bound the range.
    """

    misalignment_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gyro_bias_deg_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    acc_bias_mg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gyro_scale: tuple[float, float, float] = (0.0, 0.0, 0.0)
    acc_scale: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gyro_noise_deg_s: float = 0.07
    acc_noise_m_s2: float = 0.012
    wobble_deg: float = 0.0
    lost: float = 0.0
    rate_hz: float = 104.0
    start_s: float = 0.0
    skew_ppm: float = 0.0
    scale: int = 1

    @staticmethod
    def random(
        rng: np.random.Generator,
        *,
        misalignment_deg: float = 15.0,
        gyro_bias_deg_s: float = 1.0,
        acc_bias_mg: float = 15.0,
        wobble_deg: float = 0.3,
        lost: float = 0.0,
    ) -> "SensorErrors":
        """Draw a sensor: the biases and the misalignment are the largest that can come."""
        direction = rng.normal(size=3)
        direction *= rng.uniform(0, misalignment_deg) / np.linalg.norm(direction)
        return SensorErrors(
            misalignment_deg=_triple(direction),
            gyro_bias_deg_s=_triple(rng.uniform(-1, 1, 3) * gyro_bias_deg_s),
            acc_bias_mg=_triple(rng.uniform(-1, 1, 3) * acc_bias_mg),
            gyro_scale=_triple(rng.uniform(-0.01, 0.01, 3)),
            acc_scale=_triple(rng.uniform(-0.005, 0.005, 3)),
            wobble_deg=wobble_deg,
            lost=lost,
            rate_hz=104.0 * (1 + rng.uniform(-4e-3, 4e-3)),
            start_s=float(rng.uniform(0, 0.8)),
            skew_ppm=float(rng.uniform(-50, 50)),
        )


def nominal_mount(placement: Placement) -> Rotation:
    """Sensor to segment (x forward, y left, z up) as the sensor is meant to sit.

    Shank: outer side, arrow up, lid away from the leg. Foot: laces, arrow to the toes, lid up.
    """
    outward = 1.0 if placement.side == "left" else -1.0
    shank = placement.segment == "shank"
    x = np.array([0.0, 0.0, 1.0] if shank else [1.0, 0.0, 0.0])
    z = np.array([0.0, outward, 0.0] if shank else [0.0, 0.0, 1.0])
    return Rotation.from_matrix(np.column_stack([x, np.cross(z, x), z]))


def mount(placement: Placement, errors: SensorErrors) -> Rotation:
    """Sensor to segment as it sits."""
    return nominal_mount(placement) * Rotation.from_rotvec(errors.misalignment_deg, degrees=True)


def measure(
    position_m: Floats,
    segment: Rotation,
    placement: Placement,
    errors: SensorErrors,
    rng: np.random.Generator,
) -> Samples:
    """What a sensor on a segment reports.

    Parameters
    ----------
    position_m : (n, 3) array
        Of the sensor in the world (z up), at `FINE_HZ`.
    segment : Rotation
        (n) segment to world.
    """
    acc = np.gradient(np.gradient(position_m, 1 / FINE_HZ, axis=0), 1 / FINE_HZ, axis=0)
    acc = gaussian_filter1d(acc, 0.003 * FINE_HZ, axis=0)
    sensor = segment * mount(placement, errors)
    sensor = sensor * _wobble(sensor.apply(acc, inverse=True), errors)
    force = sensor.apply(acc + GRAVITY_M_S2 * np.array([0.0, 0.0, 1.0]), inverse=True)
    turns = (sensor[:-1].inv() * sensor[1:]).as_rotvec() * FINE_HZ
    fine_s = np.arange(len(force)) / FINE_HZ
    t_s = np.arange(errors.start_s, fine_s[-1], 1 / errors.rate_hz)
    force = _interpolated(t_s, fine_s, force)
    rate = _interpolated(t_s, fine_s[:-1] + 0.5 / FINE_HZ, turns)
    n = (len(t_s), 3)
    force = force * (1 + np.array(errors.acc_scale)) + np.array(errors.acc_bias_mg) * 9.80665e-3
    force += rng.normal(0, errors.acc_noise_m_s2, n)
    rate = rate * (1 + np.array(errors.gyro_scale)) + np.radians(errors.gyro_bias_deg_s)
    rate += np.radians(rng.normal(0, errors.gyro_noise_deg_s, n))
    counts = pack_samples(force, rate, np.tile([1.0, 0, 0, 0], (len(t_s), 1)), errors.scale)
    both = np.column_stack([counts["acc"], counts["gyr"]])
    limit: Bools = np.any((both >= 32767) | (both <= -32768), axis=1)
    kept = np.repeat(rng.random(len(t_s) // LOST_TOGETHER + 1) >= errors.lost, LOST_TOGETHER)
    kept = kept[: len(t_s)]
    lsb = SCALES[errors.scale]
    return Samples(
        (t_s * (1 + errors.skew_ppm * 1e-6))[kept],
        (counts["acc"] * lsb.acc_m_s2)[kept],
        (counts["gyr"] * lsb.gyr_rad_s)[kept],
        limit[kept],
    )


def _wobble(acc_m_s2: Floats, errors: SensorErrors) -> Rotation:
    """Turn of the strap: each axis follows the acceleration across it as a damped oscillator."""
    w = 2 * np.pi * WOBBLE_HZ / FINE_HZ
    a = [1.0, -2 * np.exp(-WOBBLE_DAMPING * w) * np.cos(w * np.sqrt(1 - WOBBLE_DAMPING**2))]
    a.append(float(np.exp(-2 * WOBBLE_DAMPING * w)))
    followed = lfilter([sum(a)], a, acc_m_s2, axis=0)
    return Rotation.from_rotvec(errors.wobble_deg * followed[:, [1, 2, 0]], degrees=True)


def _interpolated(t_s: Floats, at_s: Floats, x: Floats) -> Floats:
    return np.column_stack([np.interp(t_s, at_s, x[:, k]) for k in range(x.shape[1])])


def _triple(v: Floats) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])
