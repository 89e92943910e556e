"""What a strap that sits askew costs, without and with the guided half-minute.

``python tests/validation/calibration.py [--full]`` prints the tables for the validation page.
"""

import sys
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
from anklet.simulate import Body, GuidedHalfMinute, LegAbility, Movement, SensorErrors, simulate_leg
from trials import rms

LEAN_DEG, BLOCK_DEG = 40.0, 20.0
TWISTS_DEG = (0.0, 5.0, 10.0, 15.0, 20.0, 30.0)
BENDS_OUT_DEG = (0.0, 5.0, 10.0, 15.0, 20.0)
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


def worn(seed, mounts):
    """A sensor with its errors in each mount."""
    rng = np.random.default_rng(seed)
    return {
        segment: replace(
            SensorErrors.random(rng), misalignment_deg=tuple(mount.as_rotvec(degrees=True))
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


def df_errors_deg(seed, errors, movement=SQUATS, bends_out_deg=0.0):
    """DF peak errors of a set, calibrated by a guided half-minute recorded before."""
    out = Body(valgus_share=Body.valgus_share + float(np.tan(np.radians(bends_out_deg))))
    before = recorded(Movement(kind="calibration"), 7000 + seed, errors, out)
    leg = recorded(movement, seed, errors)
    how = Settings(block_deg=BLOCK_DEG if len(errors) == 1 else None, mount="unknown")
    known = calibrate(list(before.recordings.values()))
    found = analyze(list(leg.recordings.values()), how, known).legs[SIDES[seed % 2]]
    return peak_errors_deg(found, leg)


def own_errors_deg(seed, errors, mount="nominal"):
    """The same from the set alone."""
    leg = recorded(SQUATS, seed, errors)
    how = Settings(block_deg=BLOCK_DEG, mount=mount)
    return peak_errors_deg(analyze(list(leg.recordings.values()), how).legs[SIDES[seed % 2]], leg)


def nominal_errors_deg(seed, errors):
    """The same with the nominal mount's axis, as if the strap sat as told."""
    leg = recorded(SQUATS, seed, errors)
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


def by_mount(seeds, setups=(("shank",), ("shank", "foot"))):
    """DF peak errors (one array a set) of randomly worn sensors, by what was worn."""
    return {
        segments: [
            df_errors_deg(
                s,
                worn(s, {g: any_mount(np.random.default_rng(900 + s), g) for g in segments}),
            )
            for s in seeds
        ]
        for segments in setups
    }


def section(*, full: bool) -> str:
    """Return the tables as markdown."""
    seeds = range(40 if full else 4)
    return "\n\n".join([_twists(seeds), _mounts(range(200 if full else 20)), _bends(seeds)])


def _twists(seeds):
    rows = [
        f"Shank sensor, {LEAN_DEG:.0f} deg of lean ({len(seeds)} sets a row, gyroscope and "
        "accelerometer errors, wobble, sway, 0.6 deg of valgus): RMS error of the DF peak, deg.",
        "",
        "| strap twisted about the leg by | nominal axis | axis from the set | guided half-minute |",
        "|---|---|---|---|",
    ]
    for deg in TWISTS_DEG:
        # either way round: a twist adds to the leg's own out-of-plane lean, or takes from it
        both = [(s, worn(s, {"shank": twisted("shank", w * deg)})) for s in seeds for w in (-1, 1)]
        cells = [
            rms(np.concatenate([of(s, e) for s, e in both]))
            for of in (nominal_errors_deg, own_errors_deg, df_errors_deg)
        ]
        worst = [
            f"{cell:.2f}" if k else f"{cell:.2f} (sets: {_spread(both)})"
            for k, cell in enumerate(cells)
        ]
        rows.append(f"| {deg:.0f} deg | {' | '.join(worst)} |")
    return "\n".join(rows)


def _spread(both):
    means = [abs(nominal_errors_deg(s, e).mean()) for s, e in both]
    return f"{min(means):.1f}-{max(means):.1f}"


def _mounts(seeds):
    rows = [
        f"Any mount (any turn about the leg, upside down, front or side, tilted up to 20 deg; "
        f"{len(seeds)} sets a row), after the guided half-minute, DF peak error, deg:",
        "",
        "| worn | RMS over the reps | sets within 0.7 deg (mean) | worst set |",
        "|---|---|---|---|",
    ]
    for segments, errors in by_mount(seeds).items():
        means = np.abs([e.mean() for e in errors])
        rows.append(
            f"| {' + '.join(segments)} | {rms(np.concatenate(errors)):.2f} | "
            f"{(means <= 0.7).sum()} of {len(means)} | {means.max():.2f} |"
        )
    return "\n".join(rows)


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
                bends_out_deg=sign * deg,
            )
            for s in seeds
            for sign in (-1, 1)
        ]
        rows.append(f"| {deg:.0f} deg | {rms(np.concatenate(errors)):.2f} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(section(full="--full" in sys.argv))
