"""The real recordings in the folder ANKLET_REALDATA, as files that the commands read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from anklet.exchange.csv_out import write_samples
from anklet.model import SIDES, Samples

WALK = "xsens_vicon_ankle_walk"


def write_csv(path: Path, t_s, acc_m_s2, gyr_rad_s) -> Path:
    """Write one sensor's samples in the project's own format."""
    columns = (np.asarray(x, float) for x in (t_s, acc_m_s2, gyr_rad_s))
    write_samples(path, Samples(*columns))
    return path


def broad(folder: Path) -> Iterator[tuple[str, dict]]:
    """Name and arrays of each BROAD trial."""
    for path in sorted((folder / "broad").glob("*.npz")):
        with np.load(path) as held:
            yield path.stem, {k: held[k] for k in ("acc", "gyr", "quat_sync", "movement", "fs")}


def walks(folder: Path) -> Iterator[tuple[str, dict]]:
    """Name and arrays of each walk with an optical reference (either leg, where present)."""
    for path in sorted((folder / WALK).glob("*.npz")):
        with np.load(path) as held:
            yield path.stem, dict(held)


def gait(folder: Path, scratch: Path) -> Iterator[tuple[str, list[str]]]:
    """Name of each gait recording without reference, and the command line's options for it."""
    for path in sorted((folder / "fullbody_stand_walk").glob("*.npz")):
        side = path.stem.removeprefix("leg_")
        with np.load(path) as held:
            t_s = np.arange(len(held["t"])) / float(held["fs"])
            options: list[str] = []
            for segment, name in (("shank", "lower_leg"), ("foot", "foot")):
                target = scratch / f"{path.stem}-{segment}.csv"
                write_csv(target, t_s, held[f"{name}_acc"], held[f"{name}_gyr"])
                options += [f"--{side}-{segment}", str(target)]
        yield f"stand and walk, {side}", options
    for path in sorted((folder / "xsens_treadmill_shank_foot").glob("*.npz")):
        with np.load(path) as held:
            options = []
            for side in SIDES:
                for segment in ("shank", "foot"):
                    acc, gyr = (held[f"{segment}_{side}_{what}"] for what in ("acc", "gyr"))
                    target = scratch / f"{path.stem}-{side}-{segment}.csv"
                    write_csv(target, np.arange(len(acc)) / float(held["fs"]), acc, gyr)
                    options += [f"--{side}-{segment}", str(target)]
        yield f"treadmill, {path.stem}", options
