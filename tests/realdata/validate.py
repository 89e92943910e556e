"""Run the pipeline on every real recording, and on simulated sets, and print how good it is.

``python tests/realdata/validate.py`` prints the tables; ``--write`` puts them into
``docs/validation.md``; ``--check`` fails when the real recordings' tables there are not current.
Needs ANKLET_REALDATA (the folder of recordings, not part of the project).
"""

import argparse
import json
import os
import re
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfiltfilt

sys.path.insert(0, str(Path(__file__).parents[1]))
from anklet.cli import main
from realdata import recordings
from trials import ODD, SETUPS, rms, run

PAGE = Path(__file__).parents[2] / "docs" / "validation.md"
SETS, COUNTED = 40, 200


def anklet(*arguments: str) -> tuple[int, str]:
    """Run the command line; return its exit code and what it printed on stderr."""
    said = StringIO()
    argv, sys.argv = sys.argv, ["anklet", *arguments]
    try:
        with redirect_stderr(said), redirect_stdout(StringIO()):
            main()
    except SystemExit as stop:
        return int(stop.code or 0), said.getvalue()
    finally:
        sys.argv = argv
    return 0, said.getvalue()


def inclination_deg(quat: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Inclination part of the error quaternion (BROAD's protocol), both (n, 4), w first."""
    w = (quat * reference).sum(axis=1)
    z = (
        -quat[:, 0] * reference[:, 3]
        + quat[:, 3] * reference[:, 0]
        - quat[:, 1] * reference[:, 2]
        + quat[:, 2] * reference[:, 1]
    )
    return np.degrees(2 * np.arccos(np.clip(np.hypot(w, z), 0, 1)))


def broad_rmse_deg(folder: Path, scratch: Path) -> dict[str, float]:
    """RMSE of ``anklet orient``'s inclination over the movement of each BROAD trial."""
    found: dict[str, float] = {}
    for name, held in recordings.broad(folder):
        source, target = scratch / f"{name}.csv", scratch / f"{name}-q.csv"
        t_s = np.arange(len(held["acc"])) / float(held["fs"])
        recordings.write_csv(source, t_s, held["acc"], held["gyr"])
        code, said = anklet("orient", str(source), str(target))
        if code:
            raise SystemExit(said)
        quat = np.loadtxt(target, delimiter=",", skiprows=1)[:, 1:]
        rows = held["movement"] & np.isfinite(held["quat_sync"]).all(axis=1)
        found[name] = rms(inclination_deg(quat, held["quat_sync"])[rows])
    return found


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
            table = np.genfromtxt(angles, delimiter=",", skip_header=1, usecols=(0, column))
            sos = butter(2, 6 / 0.802, fs=float(held["fs"]), output="sos")
            smooth = sosfiltfilt(sos, held["ref_ankle_df_deg"])
            error = table[:, 1] - np.interp(table[:, 0], held["t"], smooth)
            found[f"{side}, {shank} + foot"] = rms(error - np.nanmean(error))
    return found


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


def real_tables(folder: Path) -> str:
    """The tables that come from real recordings."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        orient = broad_rmse_deg(folder, scratch)
        walk = walk_rmse_deg(folder, scratch)
        others = gait_rows(folder, scratch)
    lines = ["| BROAD trial | inclination RMSE, deg |", "|---|---|"]
    lines += [f"| {trial} | {value:.2f} |" for trial, value in orient.items()]
    lines += [f"| **mean** | **{np.mean(list(orient.values())):.2f}** |", ""]
    lines += ["| walk with optical reference | ankle RMSE, deg |", "|---|---|"]
    lines += [f"| {sensors} | {value:.2f} |" for sensors, value in walk.items()]
    lines += ["", "| gait without reference | as it is | with `--relative` |", "|---|---|---|"]
    lines += [f"| {name} | refused: {why} | {what} |" for name, why, what in others]
    return "\n".join(lines)


def simulated_table() -> str:
    """Simulated sets with 15 deg of misalignment, 1 deg/s and 15 mg of bias, and wobble."""
    lines = [
        f"| simulated | ankle RMSE, deg: median, worst of {SETS} | DF peak RMSE | PF peak RMSE "
        f"| sets of {COUNTED} with every rep counted |",
        "|---|---|---|---|---|",
    ]
    for setup in SETUPS:
        held = [run(setup, seed, **ODD) for seed in range(COUNTED)]
        errors = [t.rmse_deg for t in held[:SETS]]
        df, pf = (
            np.concatenate([getattr(t, f"{q}_error_deg") for t in held]) for q in ("df", "pf")
        )
        exact = sum(t.found_reps == t.true_reps for t in held)
        lines.append(
            f"| {setup.replace('_', ' ')} | {np.median(errors):.2f}, {max(errors):.2f} "
            f"| {rms(df):.2f} | {rms(pf):.2f} | {exact} |"
        )
    return "\n".join(lines)


def put(text: str, name: str, table: str) -> str:
    """Replace the part of a page between the markers of a name."""
    marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    return marked.sub(lambda m: m[1] + table + "\n" + m[2], text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/validation.md")
    parser.add_argument("--check", action="store_true", help="fail when the page is not current")
    wanted = parser.parse_args()
    if "ANKLET_REALDATA" not in os.environ:
        raise SystemExit("Set ANKLET_REALDATA to the folder of real recordings.")
    page = PAGE.read_text()
    new = put(page, "real recordings", real_tables(Path(os.environ["ANKLET_REALDATA"])))
    if wanted.check:
        raise SystemExit("docs/validation.md is not current: run --write" if new != page else 0)
    new = put(new, "simulated sets", simulated_table())
    print(new)
    if wanted.write:
        PAGE.write_text(new)
