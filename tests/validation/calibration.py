"""What a strap that sits askew costs, without and with the guided half-minute.

``python tests/validation/calibration.py [--full]`` prints the tables for the validation page.
"""

import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from scipy.spatial.transform import Rotation

from anklet.analysis import Settings, analyze, calibrate
from anklet.errors import CalibrationError
from anklet.model import SIDES
from anklet.signals.angle import pitch_deg
from anklet.signals.calibration import nominal_axis
from anklet.signals.leg import find_zero, track
from anklet.simulate import Body, LegAbility, Movement, SensorErrors, simulate_leg
from trials import rms

LEAN_DEG, BLOCK_DEG = 40.0, 20.0
TWISTS_DEG = (0.0, 15.0, 30.0)
VALGUS = (0.03, 0.1)
"""Share of the lean that the knee drifts in by."""
BENDS_OUT_DEG = (0.0, 5.0, 10.0, 15.0, 20.0)
OFFSETS_MG = (15.0, 3.0)
"""Of an accelerometer as it comes, and after ``anklet setup --calibrate``."""
TARGET_DEG = 0.7
SIGNS = (-1, 1)
SQUATS = Movement(reps=5, block_deg=BLOCK_DEG, start_lean_deg=-6.0)
ABILITY = LegAbility(df_deg=LEAN_DEG - BLOCK_DEG)
LEG_UP = {"shank": "x", "foot": "z"}


def any_mount(rng, segment):
    """Any turn about the leg, upside down or not, front or side, tilted by up to 20 deg."""
    tilt = rng.normal(size=3)
    tilt *= np.radians(rng.uniform(0, 20)) / np.linalg.norm(tilt)
    flip = "z" if segment == "shank" else "x"
    return (
        Rotation.from_euler(LEG_UP[segment], rng.uniform(-180, 180), degrees=True)
        * Rotation.from_euler(flip, 180.0 * rng.integers(2), degrees=True)
        * Rotation.from_rotvec(tilt)
    )


def twisted(segment, deg):
    """The nominal mount, turned about the leg."""
    return Rotation.from_euler(LEG_UP[segment], deg, degrees=True)


def worn(seed, mounts, acc_bias_mg=15.0):
    """A sensor with its errors in each mount."""
    rng = np.random.default_rng(seed)
    return {
        segment: replace(
            SensorErrors.random(rng, acc_bias_mg=acc_bias_mg),
            misalignment_deg=tuple(mount.as_rotvec(degrees=True)),
        )
        for segment, mount in mounts.items()
    }


def recorded(movement, seed, errors, body=None):
    """A leg's recordings with these sensors on, and the truth."""
    return simulate_leg(
        SIDES[seed % 2],
        movement,
        ABILITY,
        seed=seed,
        segments=tuple(errors),
        errors=errors,
        body=body,
    )


def df_errors_deg(seed, errors, body=None, bends=None):
    """DF peak errors of a set, calibrated by a half-minute before, bends perhaps of another leg."""
    # the same leg: the parity of the seed is its side
    before = recorded(Movement(kind="calibration"), 7000 + seed, errors, bends or body)
    leg = recorded(SQUATS, seed, errors, body)
    how = Settings(block_deg=BLOCK_DEG if len(errors) == 1 else None, mount="unknown")
    known = calibrate(list(before.recordings.values()))
    found = analyze(list(leg.recordings.values()), how, known).legs[SIDES[seed % 2]]
    return peak_errors_deg(found, leg)


def own_errors_deg(seed, errors, body=None, mount="nominal"):
    """The same from the set alone."""
    leg = recorded(SQUATS, seed, errors, body)
    how = Settings(block_deg=BLOCK_DEG, mount=mount)
    return peak_errors_deg(analyze(list(leg.recordings.values()), how).legs[SIDES[seed % 2]], leg)


def nominal_errors_deg(seed, errors, body=None):
    """The same with the nominal mount's axis, as if the strap sat as told."""
    leg = recorded(SQUATS, seed, errors, body)
    shank = track(leg.recordings["shank"])
    zero = find_zero({"shank": shank}, relative=False)["shank"].up
    zero = zero / np.linalg.norm(zero)
    axis = nominal_axis(shank.placement)
    axis = axis - (axis @ zero) * zero
    deg = pitch_deg(shank.up, zero, axis / np.linalg.norm(axis)) - BLOCK_DEG
    at_s = [rep.df_time_s for rep in leg.reps]
    return np.interp(at_s, shank.uniform.t_s, deg) - [rep.df_peak_deg for rep in leg.reps]


def peak_errors_deg(found, leg):
    """Found minus true DF peaks; every rep must be found."""
    pairs = list(zip(found.reps, leg.reps, strict=True))
    return np.array([f.df_peak_deg - t.df_peak_deg for f, t in pairs if f.df_valid])


def by_mount(seeds, segments, acc_bias_mg=15.0):
    """DF peak errors (one array a set) of sensors worn at random."""
    return [
        df_errors_deg(
            s,
            worn(
                s,
                {g: any_mount(np.random.default_rng(900 + s), g) for g in segments},
                acc_bias_mg,
            ),
        )
        for s in seeds
    ]


def section(*, full: bool) -> str:
    """Return the tables as markdown."""
    seeds = range(20 if full else 3)
    return "\n\n".join([_twists(seeds), _mounts(range(100 if full else 10)), _bends(seeds)])


def _twists(seeds):
    rows = [
        f"Shank sensor, {LEAN_DEG:.0f} deg of lean, {2 * len(seeds)} sets a row (sensor errors, "
        "wobble, sway, valgus wandering by 0.6 deg): size of the DF peak's error, deg: RMS "
        "(smallest - largest set).",
        "",
        "| knee drifts in by | strap turned by | nominal axis | axis from the set | half-minute |",
        "|---|---|---|---|---|",
    ]
    for share in VALGUS:
        body = Body(valgus_share=share)
        for deg in TWISTS_DEG:
            both = [
                (s, worn(s, {"shank": twisted("shank", w * deg)})) for s in seeds for w in SIGNS
            ]
            cells = [
                _sized([of(s, e, body) for s, e in both])
                for of in (nominal_errors_deg, own_errors_deg, df_errors_deg)
            ]
            drift_deg = share * LEAN_DEG
            rows.append(f"| {drift_deg:.0f} deg | {deg:.0f} deg | {' | '.join(cells)} |")
    return "\n".join(rows)


def _sized(errors):
    means = np.abs([e.mean() for e in errors])
    return f"{rms(np.concatenate(errors)):.2f} ({means.min():.1f} - {means.max():.1f})"


def _mounts(seeds):
    rows = [
        "Any mount (any turn about the leg, upside down, front or side, tilted up to 20 deg), "
        f"{len(seeds)} sets a row, after the half-minute: the DF peak's error, deg.",
        "",
        "| worn | accelerometer offset up to | RMS | sets within 0.7 deg (mean) | worst set |",
        "|---|---|---|---|---|",
    ]
    for segments in (("shank",), ("shank", "foot")):
        for mg in OFFSETS_MG:
            errors = by_mount(seeds, segments, mg)
            means = np.abs([e.mean() for e in errors])
            rows.append(
                f"| {' + '.join(segments)} | {mg:.0f} mg | {rms(np.concatenate(errors)):.2f} | "
                f"{(means <= TARGET_DEG).sum()} of {len(means)} | {means.max():.2f} |"
            )
    return "\n".join([*rows, "", _without(seeds)])


def _without(seeds):
    """What becomes of the same shank sensors without the half-minute."""
    told = []
    for mount in ("nominal", "unknown"):
        errors = []
        for s in seeds:
            mounts = {"shank": any_mount(np.random.default_rng(900 + s), "shank")}
            with suppress(CalibrationError):
                errors.append(own_errors_deg(s, worn(s, mounts), mount=mount))
        rest = f"{rms(np.concatenate(errors)):.2f} deg" if errors else "none"
        told.append(f"with `--mount {mount}` {len(seeds) - len(errors)} (RMS of the rest: {rest})")
    return f"Without it, of the {len(seeds)} sets of a shank sensor are refused: {'; '.join(told)}."


def _bends(seeds):
    rows = [
        "Knee bends out of the plane of the reps (the knee drifts in or out), any mount, shank:",
        "",
        "| bends out of plane by | RMS error of the DF peak, deg |",
        "|---|---|",
    ]
    for deg in BENDS_OUT_DEG:
        errors = [
            df_errors_deg(
                s,
                worn(s, {"shank": any_mount(np.random.default_rng(900 + s), "shank")}),
                bends=Body(valgus_share=Body.valgus_share + sign * float(np.tan(np.radians(deg)))),
            )
            for s in seeds
            for sign in SIGNS
        ]
        rows.append(f"| {deg:.0f} deg | {rms(np.concatenate(errors)):.2f} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(section(full="--full" in sys.argv))
