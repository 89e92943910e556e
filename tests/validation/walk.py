"""The walk that Vicon measured: how far each segment and the ankle are off, and why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfiltfilt

from anklet.analysis import Settings
from anklet.analysis.pipeline import analyze_in_stages
from anklet.model import Placement, Recording, Samples, Side
from anklet.signals.angle import pitch_deg, smooth
from anklet.signals.ankle import AnkleAngle
from anklet.signals.leg import Sensor
from realdata import recordings
from trials import rms
from validation.score import anklet, up_of

FLAT_DEG, FLAT_M_S, FLAT_S = 3.0, 0.1, 0.3
"""The foot is flat in the walk where its optical pitch and the speed of its toe marker stay within
these for this long: chosen so that the stance phases come out whole."""


def walk_rmse_deg(folder: Path, scratch: Path) -> dict[str, float]:
    """RMSE of the ankle angle of each optically measured walk, offset removed, 6 Hz."""
    found: dict[str, float] = {}
    for name, held in recordings.walks(folder):
        side = name.removeprefix("walk_")
        for shank in ("ankle", "shank"):
            angles = scratch / "angles.csv"
            options = ["--relative", "--mount", "unknown", "--angles", str(angles)]
            for segment, sensor in (("shank", shank), ("foot", "foot")):
                source = scratch / f"{name}-{sensor}.csv"
                t_s, acc, gyr = held["t"], held[f"{sensor}_acc"], held[f"{sensor}_gyr"]
                recordings.write_csv(source, t_s, acc, gyr)
                options += [f"--{side}-{segment}", str(source)]
            code, said = anklet("analyze", *options)
            if code:
                raise SystemExit(said)
            column = 1 if side == "left" else 2
            measured = np.genfromtxt(angles, delimiter=",", skip_header=1, usecols=(0, column))
            smooth = low_passed(held["ref_ankle_df_deg"], float(held["fs"]))
            error = measured[:, 1] - np.interp(measured[:, 0], held["t"], smooth)
            found[f"{side}, {shank} + foot"] = spread(error)
    return found


@dataclass(frozen=True)
class WalkParts:
    """Where a walk's error comes from; RMS of errors about their mean, deg."""

    name: str
    shank_deg: float
    shank_flat_deg: float
    foot_deg: float
    planted_deg: float
    foot_moves_deg: float
    windows: int
    flat_s: float


def walk_parts(folder: Path) -> Iterator[WalkParts]:
    """Segment by segment, and a shank sensor alone in the windows where the foot is flat."""
    for name, held in recordings.walks(folder):
        side, rate_hz = name.removeprefix("walk_"), float(held["fs"])
        windows = flat_windows(held)
        flat = np.zeros(len(held["t"]), bool)
        for window in windows:
            flat[window] = True
        ankle, lean, pitch = (
            low_passed(held[f"ref_{what}_deg"], rate_hz)
            for what in ("ankle_df", "shank_forward", "foot_pitch")
        )
        for shank in ("ankle", "shank"):
            angle = walk_angle(side, held, shank)
            measured = {
                part: np.interp(held["t"], angle.t_s, getattr(angle, f"{part}_deg"))
                for part in ("shank", "foot")
            }
            yield WalkParts(
                name=f"{side}, {shank} + foot",
                shank_deg=spread(measured["shank"] - lean),
                shank_flat_deg=spread((measured["shank"] - lean)[flat]),
                foot_deg=spread(measured["foot"] - pitch),
                planted_deg=spread((measured["shank"] - ankle)[flat]),
                foot_moves_deg=spread(pitch[flat]),
                windows=len(windows),
                flat_s=float(flat.sum() / rate_hz),
            )


def walk_recordings(side: Side, held: dict, shank: str) -> list[Recording]:
    """A walk's two recordings: the foot's, and that of one of the two places on the shank."""
    return [
        Recording(
            Placement(side, segment),
            Samples(held["t"], *(held[f"{s}_{k}"].astype(float) for k in ("acc", "gyr"))),
            f"walk {s}",
        )
        for segment, s in (("shank", shank), ("foot", "foot"))
    ]


def walk_angle(side: Side, held: dict, shank: str) -> AnkleAngle:
    """The analysed angle of a walk with its parts."""
    how = Settings(relative=True, mount="unknown")
    return analyze_in_stages(walk_recordings(side, held, shank), how)[1][side].angle


def flat_windows(held: dict) -> list[slice]:
    """Spans in which the optical reference says that the foot is flat and still."""
    rate_hz = float(held["fs"])
    speed = np.linalg.norm(np.gradient(held["ref_toe_pos"], 1 / rate_hz, axis=0), axis=1)
    flat = (np.abs(held["ref_foot_pitch_deg"]) < FLAT_DEG) & (speed < FLAT_M_S)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat.astype(int), [0]])))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [slice(a, b) for a, b in pairs if b - a >= FLAT_S * rate_hz]


class Walk:
    """The optically measured walk (sensor above the ankle, and foot), with Anklet's calibration."""

    def __init__(self, folder: Path) -> None:
        ((name, self.held),) = recordings.walks(folder)
        self.side = name.removeprefix("walk_")
        both = walk_recordings(self.side, self.held, "ankle")
        how = Settings(relative=True, mount="unknown")
        self.analysis, self.stages = analyze_in_stages(both, how)

    def rms_deg(self, up_of_sensor: Callable[[Sensor], np.ndarray]) -> float:
        """RMS error of the ankle angle about its mean, from each sensor's vertical."""
        total = np.zeros(len(self.held["t"]))
        for segment, sensor in self.stages[self.side].sensors.items():
            axis = np.array(self.analysis.legs[self.side].calibration[segment].axis_xyz)
            pitch = pitch_deg(up_of_sensor(sensor), self.stages[self.side].zeros[segment].up, axis)
            total += smooth(pitch, sensor.uniform)
        reference = low_passed(self.held["ref_ankle_df_deg"], float(self.held["fs"]))
        return spread(total - reference)

    def on_board(self) -> float:
        """The recording sensors' own filter (Xsens, nine axes, on board)."""
        names = {"shank": "ankle", "foot": "foot"}
        return self.rms_deg(lambda s: up_of(self.held[f"{names[s.placement.segment]}_quat"]))


def low_passed(deg: np.ndarray, rate_hz: float) -> np.ndarray:
    """The reference low-passed as motion analysis does: 6 Hz, second order, both ways."""
    return sosfiltfilt(butter(2, 6 / 0.802, fs=rate_hz, output="sos"), deg)


def spread(error: np.ndarray) -> float:
    """RMS about the mean: the offset has no reference."""
    return rms(error[np.isfinite(error)] - np.nanmean(error))
