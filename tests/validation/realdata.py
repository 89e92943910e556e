"""Accuracy against optical references in real recordings, and what others without one show."""

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.ndimage import uniform_filter1d

sys.path.insert(0, str(Path(__file__).parents[1]))
from anklet.model import Placement, Recording, Samples
from anklet.signals.leg import Sensor, track
from anklet.signals.still import MIN_STILL_S
from realdata import recordings
from trials import rms
from validation.score import anklet, between_deg, table, up_of
from validation.walk import FLAT_DEG, FLAT_M_S, WalkParts, walk_parts, walk_rmse_deg

REACH = 95
"""Percentile that is given beside an RMSE."""


class NoRecordings(Exception):
    """The folder of real recordings is not known."""


def folder() -> Path:
    """Where the real recordings are.

    Raises
    ------
    NoRecordings
    """
    if "ANKLET_REALDATA" not in os.environ:
        raise NoRecordings("Set ANKLET_REALDATA to the folder of real recordings.")
    return Path(os.environ["ANKLET_REALDATA"])


def broad_errors_deg(folder: Path, scratch: Path) -> dict[str, np.ndarray]:
    """Inclination error of ``anklet orient`` at each moving row of each BROAD trial."""
    found: dict[str, np.ndarray] = {}
    for name, held in recordings.broad(folder):
        source, target = scratch / f"{name}.csv", scratch / f"{name}-q.csv"
        t_s = np.arange(len(held["acc"])) / float(held["fs"])
        recordings.write_csv(source, t_s, held["acc"], held["gyr"])
        code, said = anklet("orient", str(source), str(target))
        if code:
            raise SystemExit(said)
        quat = np.loadtxt(target, delimiter=",", skiprows=1)[:, 1:]
        found[name] = between_deg(up_of(quat), up_of(held["quat_sync"]))[scored(held)]
    return found


def scored(held: dict) -> np.ndarray:
    """(n,) bool: rows of a BROAD trial that move and have a reference."""
    return held["movement"] & np.isfinite(held["quat_sync"]).all(axis=1)


def gait_rows(folder: Path, scratch: Path) -> list[tuple[str, str, str]]:
    """Each gait recording: refused without and analysed with ``--relative``."""
    rows = []
    for name, options in recordings.gait(folder, scratch):
        code, said = anklet("analyze", *options, "--mount", "unknown")
        refusal = "no quiet standing" if "no quiet standing" in said else "no cue for the sign"
        if code != 1 or ("no quiet standing" not in said and "which way is forward" not in said):
            refusal = f"NOT REFUSED ({code}: {said})"
        out = scratch / "gait.json"
        code, said = anklet(
            "analyze", *options, "--relative", "--mount", "unknown", "--json", str(out)
        )
        if code:
            rows.append((name, refusal, f"FAILED: {said}"))
            continue
        legs = json.loads(out.read_text())["legs"]
        ranges = []
        for side, leg in legs.items():
            reps = [r["rom_deg"] for s in leg["sets"] for r in s["reps"] if r["valid"]]
            ranges.append(f"{side} {np.median(reps):.0f} deg ({len(reps)} reps)")
        rows.append((name, refusal, ", ".join(ranges)))
    return rows


def shank_alone(folder: Path, scratch: Path) -> tuple[int, int]:
    """How many gait recordings a shank sensor alone is refused for, of how many."""
    refused = asked = 0
    for _, options in recordings.gait(folder, scratch):
        code, said = anklet("analyze", *options[:2], "--relative", "--mount", "unknown")
        asked += 1
        refused += code == 1 and "did not stay planted" in said
    return refused, asked


def standing_rows(folder: Path) -> list[tuple[str, str, str, str]]:
    """Real quiet standing, sensor by sensor."""
    rows = []
    for path in sorted((folder / "fullbody_stand_walk").glob("*.npz")):
        with np.load(path) as held:
            for segment, name in (("shank", "lower_leg"), ("foot", "foot")):
                acc, gyr = (held[f"{name}_{what}"].astype(float) for what in ("acc", "gyr"))
                t_s = np.arange(len(acc)) / float(held["fs"])
                side = path.stem.removeprefix("leg_")
                sensor = track(Recording(Placement(side, segment), Samples(t_s, acc, gyr), name))
                rows.append((f"{side} {segment}", *_standing(sensor)))
    return rows


def _standing(sensor: Sensor) -> tuple[str, str, str]:
    """Length of the longest still span, angular rate in all of them, sway in the longest."""
    rates = [s.stillness_deg_s for s in sensor.still]
    span = max((s.span for s in sensor.still), key=lambda s: s.stop - s.start)
    rate_hz, up = sensor.uniform.rate_hz, sensor.up[span]
    means = uniform_filter1d(up, round(MIN_STILL_S * rate_hz), axis=0, mode="nearest")
    sway, zero = (between_deg(x, np.broadcast_to(up.mean(axis=0), x.shape)) for x in (up, means))
    return (
        f"{len(rates)}, {(span.stop - span.start) / rate_hz:.0f} s",
        f"{min(rates):.1f} to {max(rates):.1f}",
        f"{rms(sway):.2f}, {zero.max():.2f}",
    )


@dataclass(frozen=True)
class Results:
    """Everything that this topic measures."""

    broad: dict[str, np.ndarray]
    walk: dict[str, float]
    parts: list[WalkParts]
    gait: list[tuple[str, str, str]]
    shank_alone: tuple[int, int]
    standing: list[tuple[str, str, str, str]]

    @property
    def broad_rmse_deg(self) -> dict[str, float]:
        """RMSE of each trial."""
        return {trial: rms(error) for trial, error in self.broad.items()}


@cache
def results() -> Results:
    """Analyse every real recording."""
    here = folder()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        return Results(
            broad_errors_deg(here, scratch),
            walk_rmse_deg(here, scratch),
            list(walk_parts(here)),
            gait_rows(here, scratch),
            shank_alone(here, scratch),
            standing_rows(here),
        )


def section(*, full: bool) -> str:
    """The tables of the real recordings (there is no fuller run of them)."""
    r = results()
    mean = np.mean(list(r.broad_rmse_deg.values()))
    reach = f"{REACH} % of samples within, deg"
    trials = [
        (name, f"{rms(e):.2f}", f"{np.percentile(e, REACH):.2f}") for name, e in r.broad.items()
    ]
    parts = {p.name: p for p in r.parts}
    p = r.parts[0]
    return "\n\n".join(
        [
            table(
                ("BROAD trial", "inclination RMSE, deg", reach),
                [*trials, ("**mean**", f"**{mean:.2f}**", "")],
            ),
            table(
                (
                    "walk against Vicon: error about its mean, RMS deg",
                    "ankle angle",
                    "shank",
                    "shank while the foot is flat",
                    "foot",
                    "shank sensor alone as ankle angle while the foot is flat",
                ),
                [
                    (
                        name,
                        f"{value:.2f}",
                        f"{parts[name].shank_deg:.2f}",
                        f"{parts[name].shank_flat_deg:.2f}",
                        f"{parts[name].foot_deg:.2f}",
                        f"{parts[name].planted_deg:.2f}",
                    )
                    for name, value in r.walk.items()
                ],
            ),
            f"The foot is flat for {p.flat_s:.1f} s in {p.windows} windows (optical pitch within "
            f"{FLAT_DEG:.0f} deg, toe marker under {FLAT_M_S:g} m/s); its pitch still wanders by "
            f"{p.foot_moves_deg:.1f} deg RMS there.",
            table(
                ("gait without reference", "as it is", "with `--relative`"),
                [(name, f"refused: {why}", what) for name, why, what in r.gait],
            ),
            f"A shank sensor alone is refused for {r.shank_alone[0]} of {r.shank_alone[1]} gait "
            "recordings (the foot did not stay planted).",
            table(
                (
                    "real quiet standing",
                    "still spans, longest",
                    "angular rate, RMS deg/s",
                    f"longest: sway RMS, and a {MIN_STILL_S:.0f} s mean's furthest, deg",
                ),
                r.standing,
            ),
        ]
    )


def summary(*, full: bool) -> str:
    """What a clinician may believe of it."""
    r = results()
    mean = np.mean(list(r.broad_rmse_deg.values()))
    worst = max(r.broad_rmse_deg.values())
    walk = max(r.walk.values())
    planted = max(p.planted_deg for p in r.parts)
    return "\n".join(
        [
            f"- **The sensor's tilt is right to about {mean:.1f} deg** while it is moved by hand "
            f"(RMSE over {len(r.broad)} recordings with optical reference; the worst "
            f"{worst:.1f} deg). No leg was in these recordings.",
            f"- **On the one walk measured optically the ankle angle was off by {walk:.1f} deg** "
            "RMS, with skin, shoe and impacts in it; a shank sensor alone followed the ankle to "
            f"{planted:.1f} deg RMS while the foot was flat. One healthy adult, under 10 s.",
        ]
    )


if __name__ == "__main__":
    print(section(full="--full" in sys.argv))
