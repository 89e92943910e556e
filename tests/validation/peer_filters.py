"""The filters that a user would take instead, each with its settings.

Every filter is a function of angular rate (n, 3) rad/s, specific force (n, 3) m/s2 and rate_hz that
returns the upward vertical (n, 3) in the sensor frame. The packages are the extra ``validation``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from scipy.signal import butter, sosfiltfilt
from vqf import VQF, offlineVQF

from anklet.model import Samples
from anklet.signals.orientation import orient
from anklet.signals.timebase import to_uniform
from validation.score import up_of

Filter = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
G_M_S2 = 9.80665
GYRO_RANGE_DEG_S = 2000.0


@dataclass(frozen=True)
class Peer:
    """A filter: as its documentation shows it, and the settings that it may be tuned over.

    ``tuned`` filters get the gyroscope without its mean at rest and aligned with its intervals.
    """

    name: str
    plain: Filter
    tuned: dict[str, Filter] = field(default_factory=dict)


def prepared(gyr: np.ndarray, rest: slice | None) -> np.ndarray:
    """Angular rate without its mean at rest, each sample averaged with its predecessor.

    Filters apply ``gyr[k]`` to the interval before it; the mean of both its ends lies in its
    middle.
    """
    out = gyr - (gyr[rest].mean(axis=0) if rest else 0.0)
    out[1:] = 0.5 * (out[1:] + out[:-1].copy())
    return out


def own(gyr: np.ndarray, acc: np.ndarray, rate_hz: float) -> np.ndarray:
    """Anklet's own orientation: its rest detection, alignment and offlineVQF."""
    t_s = np.arange(len(gyr)) / rate_hz
    return orient(to_uniform(Samples(t_s, acc, gyr))).up


def vqf(gyr: np.ndarray, acc: np.ndarray, rate_hz: float) -> np.ndarray:
    """VQF as it runs live, default parameters."""
    return up_of(VQF(1 / rate_hz).updateBatch(_rows(gyr), _rows(acc))["quat6D"])


def offline_vqf(gyr: np.ndarray, acc: np.ndarray, rate_hz: float) -> np.ndarray:
    """VQF forward and back, default parameters."""
    return up_of(offlineVQF(_rows(gyr), _rows(acc), None, 1 / rate_hz)["quat6D"])


def fusion(
    gyr: np.ndarray,
    acc: np.ndarray,
    rate_hz: float,
    *,
    gain: float = 0.5,
    rejection_deg: float = 10.0,
    skip_startup: bool = False,
) -> np.ndarray:
    """x-io's Fusion: the values that its README calls appropriate for most applications.

    It converges over its first 3 s; with ``skip_startup`` it begins at the first sample's tilt.
    """
    import imufusion

    ahrs = imufusion.Ahrs().set_settings(
        imufusion.AhrsSettings(
            sample_rate=rate_hz,
            convention=imufusion.CONVENTION_NWU,
            gain=gain,
            gyroscope_range=GYRO_RANGE_DEG_S,
            acceleration_rejection=rejection_deg,
            rejection_timeout=5.0,
        )
    )
    if skip_startup:
        x, y, z = acc[0] / np.linalg.norm(acc[0])
        q = np.array([1 + z, y, -x, 0.0])
        ahrs.set_quaternion(q / np.linalg.norm(q))
        ahrs.skip_startup()
    offset = imufusion.Bias().set_settings(imufusion.BiasSettings(sample_rate=rate_hz))
    out = np.empty((len(gyr), 3))
    for k, (rate_deg_s, force_g) in enumerate(zip(np.degrees(gyr), acc / G_M_S2, strict=True)):
        ahrs.update_no_magnetometer(offset.update(rate_deg_s), force_g)
        out[k] = ahrs.get_gravity()
    return out


def madgwick(gyr: np.ndarray, acc: np.ndarray, rate_hz: float, *, gain: float = 0.033):
    """Madgwick's filter in ``ahrs``; 0.033 is its default without a magnetometer."""
    from ahrs.filters import Madgwick

    return up_of(Madgwick(gyr=gyr, acc=acc, frequency=rate_hz, gain=gain).Q)


def mahony(
    gyr: np.ndarray, acc: np.ndarray, rate_hz: float, *, k_p: float = 1.0, k_i: float = 0.3
) -> np.ndarray:
    """Mahony's filter in ``ahrs``, its default gains."""
    from ahrs.filters import Mahony

    return up_of(Mahony(gyr=gyr, acc=acc, frequency=rate_hz, k_P=k_p, k_I=k_i).Q)


def accelerometer(
    gyr: np.ndarray, acc: np.ndarray, rate_hz: float, *, cutoff_hz: float | None = None
) -> np.ndarray:
    """Tilt of the specific force, as it is or low-passed both ways."""
    if cutoff_hz is not None:
        acc = sosfiltfilt(butter(2, cutoff_hz, fs=rate_hz, output="sos"), acc, axis=0)
    return acc / np.linalg.norm(acc, axis=1)[:, None]


def _rows(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x, float)


OURS = "Anklet"
PEERS = (
    Peer(OURS, own),
    Peer("offlineVQF", offline_vqf, {"default": offline_vqf}),
    Peer("VQF, live", vqf, {"default": vqf}),
    Peer(
        "imufusion",
        fusion,
        {
            f"gain {gain:g}, rejection {rejection:g} deg": partial(
                fusion, gain=gain, rejection_deg=rejection, skip_startup=True
            )
            for gain, rejection in (
                (0.05, 40.0),
                (0.1, 40.0),
                (0.25, 40.0),
                (0.5, 40.0),
                (0.1, 0.0),
                (0.25, 0.0),
                (0.5, 10.0),
            )
        },
    ),
    Peer(
        "ahrs Madgwick",
        madgwick,
        {f"gain {g:g}": partial(madgwick, gain=g) for g in (0.01, 0.02, 0.033, 0.06)},
    ),
    Peer(
        "ahrs Mahony",
        mahony,
        {
            f"k_P {p:g}, k_I {i:g}": partial(mahony, k_p=p, k_i=i)
            for p, i in ((0.1, 0.001), (0.2, 0.001), (0.5, 0.01), (0.5, 0.05))
        },
    ),
    Peer(
        "accelerometer only",
        accelerometer,
        {f"{hz:g} Hz": partial(accelerometer, cutoff_hz=hz) for hz in (1.0, 2.0, 4.0)},
    ),
)
"""Grids of gains reach from below to above what was found best; a filter without settings of its
own has one candidate."""
