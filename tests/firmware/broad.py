"""The BROAD trials as counts of ST's sensors, for fusion's tests and measurements.

Data, licence, protocol and score: README.md beside them (Laidig et al. 2021,
doi:10.3390/data6070072).
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from twin import ACC_LSB_M_S2, GYR_LSB_RAD_S, inclination_deg


class Trial(NamedTuple):
    """Counts (n, 6) acc xyz gyr xyz, reference (n, 4), and which rows are scored."""

    name: str
    counts: np.ndarray
    reference: np.ndarray
    scored: np.ndarray


def load(folder: Path, bias_deg_s=(0, 0, 0), rest_first=True) -> list[Trial]:
    """Read all trials; a bias is added to the gyro, and the rest before the movement left out."""
    trials = []
    for path in sorted((folder / "broad").glob("*.npz")):
        with np.load(path) as data:
            start = 0 if rest_first else np.flatnonzero(data["movement"])[0]
            gyr = data["gyr"][start:] + np.radians(bias_deg_s)
            si = np.hstack([data["acc"][start:] / ACC_LSB_M_S2, gyr / GYR_LSB_RAD_S])
            counts = np.clip(np.round(si), -32768, 32767).astype("<i2")
            reference = data["quat_sync"][start:]
            scored = data["movement"][start:] & np.isfinite(reference).all(1)
        trials.append(Trial(path.stem, counts, reference, scored))
    return trials


def rmse_deg(trial: Trial, quat) -> float:
    """Root mean square of the inclination error over the scored rows."""
    error = inclination_deg(quat[trial.scored], trial.reference[trial.scored])
    return float(np.sqrt(np.mean(error**2)))


def fuse(run_mp, trials, folder: Path, rate_hz=104) -> list[np.ndarray]:
    """Orientations (n, 4) of `Fusion.update_counts` on MicroPython, as stored in packets."""
    paths = []
    for trial in trials:
        paths.append(folder / trial.name)
        paths[-1].write_bytes(trial.counts.tobytes())
    run_mp("fusion_replay.py", rate_hz, *paths)
    return [np.fromfile(f"{path}.q", "<i2").reshape(-1, 4) / 32767 for path in paths]
