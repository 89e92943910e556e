"""How well a heel that leaves the ground is seen by the shank sensor alone, and its height.

``python tests/validation/contact.py [--full]`` prints the tables (about 2 and 20 minutes).
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from anklet.analysis import Settings, analyze
from anklet.errors import AnkletError
from anklet.model import SIDES
from anklet.simulate import Body, HeelLift, LegAbility, Movement, SensorErrors, simulate_leg
from trials import ODD, SETUPS, rms

HEIGHTS_DEG = (5.0, 7.5, 10.0, 15.0, 20.0)
TIMES_S = (0.4, 0.8, 1.2, 1.6, 2.0, 3.0)
GRID_SETS = 20
HEEL_SETS = 200
SETS = 60
"""Sets of 5 to 10 reps a condition with ``full``; a tenth of them otherwise."""


@dataclass(frozen=True)
class Seen:
    """One rep: where its heel lifted (None: not), whether that was seen, and which peaks stand."""

    lift: str | None
    marked: bool
    df_valid: bool
    pf_valid: bool

    @property
    def right_peak(self) -> bool:
        """The peak inside the lift does not stand, and the other one does."""
        return (self.df_valid, self.pf_valid) == (self.lift != "df", self.lift != "pf")


def one_set(
    seed: int,
    *,
    body: Body | None = None,
    wobble_deg: float | None = None,
    lost: float = 0.0,
    relative: bool = False,
    **movement,
) -> list[Seen]:
    """Simulate a set with a leg, a strap and a sensor drawn at random, and analyse it.

    Empty when it is refused (standing was not still) or the number of reps is not the true one.
    """
    rng = np.random.default_rng(10_000 + seed)
    drawn = Body.random(rng)
    wobble = float(rng.uniform(0, 0.6)) if wobble_deg is None else wobble_deg
    errors = SensorErrors.random(rng, misalignment_deg=12.0, wobble_deg=wobble, lost=lost)
    what = Movement(**{"reps": 5 + seed % 6, **movement})
    if what.kind != "split_squat":
        what = replace(what, block_deg=0.0)
    side = SIDES[seed % 2]
    leg = simulate_leg(
        side, what, seed=seed, segments=("shank",), errors={"shank": errors}, body=body or drawn
    )
    block_deg = None if relative else what.block_deg
    how = Settings(block_deg=block_deg, relative=relative)
    try:
        found = analyze(list(leg.recordings.values()), how).legs[side]
    except AnkletError:
        return []
    if len(found.reps) != len(leg.reps):
        return []
    return [
        Seen(t.lift, any("heel" in why for why in r.reasons), r.df_valid, r.pf_valid)
        for r, t in zip(found.reps, leg.reps, strict=True)
    ]


UNLIFTED = {
    "uneven reps, hesitations, pauses": ODD,
    "even reps": {},
    "fast reps (0.7 s down, 0.6 s up)": {"tempo_s": (0.7, 0.6)},
    "slow reps (4 s down, 3 s up)": {"tempo_s": (4.0, 3.0)},
    "knee-to-wall lunge": {"kind": "lunge", **ODD},
    "knee falling in by 10 % of the lean, 2 deg of wandering": {
        "body": Body(valgus_share=0.1, valgus_noise_deg=2.0),
        **ODD,
    },
    "loose strap (0.8 deg of wobble per m/s2)": {"wobble_deg": 0.8, **ODD},
    "skin sliding by 8 mm": {"body": Body(skin_slide_m=0.008), **ODD},
    "5 % of packets lost": {"lost": 0.05, **ODD},
    "no zero (`--relative`)": {"relative": True, **ODD},
    "heel let down onto the block slowly": {"step_kind": "placed", **ODD},
}
TARGET = "10 to 30 deg, 0.3 to 0.8 s each way, half of the reps"
LIFTED = {
    TARGET: {"heel_lift": HeelLift(), **ODD},
    "the same, every rep": {"heel_lift": HeelLift(chance=1.0), **ODD},
    "every rep at the deepest dorsiflexion, the shank leaning on": {
        "heel_lift": HeelLift(at="df", chance=1.0, lean_share=(0.8, 1.0)),
        **ODD,
    },
    "5 % of packets lost": {"heel_lift": HeelLift(), "lost": 0.05, **ODD},
    "loose strap (0.8 deg of wobble per m/s2)": {
        "heel_lift": HeelLift(),
        "wobble_deg": 0.8,
        **ODD,
    },
    "skin sliding by 8 mm": {"heel_lift": HeelLift(), "body": Body(skin_slide_m=0.008), **ODD},
    "no zero (`--relative`)": {"heel_lift": HeelLift(), "relative": True, **ODD},
}


def reps(sets: int, first: int, **how) -> list[Seen]:
    """All reps of so many sets, but for sets that are refused or miscounted."""
    return [rep for held in each_set(sets, first, **how) for rep in held]


def each_set(sets: int, first: int, **how) -> list[list[Seen]]:
    """So many sets' reps."""
    return [one_set(seed, **how) for seed in range(first, first + sets)]


def share(rows: list[bool]) -> str:
    """Percentage of a list."""
    return f"{100 * np.mean(rows):.1f} %" if rows else "–"


def lifted_rows(sets: int) -> Iterator[str]:
    """Sensitivity, and specificity in the same sets' other reps, by condition."""
    for name, how in LIFTED.items():
        held = each_set(sets, 0, **how)
        seen = [rep for one in held for rep in one]
        up, flat = ([r for r in seen if bool(r.lift) == is_up] for is_up in (True, False))
        yield (
            f"| {name} | {len(up)} | {share([r.marked for r in up])} "
            f"| {share([r.right_peak for r in up])} "
            f"| {len(flat)} | {share([not r.marked for r in flat])} "
            f"| {sum(map(bool, held))} of {sets} |"
        )


def unlifted_rows(sets: int) -> Iterator[str]:
    """Specificity by condition."""
    for name, how in UNLIFTED.items():
        seen = reps(sets, 2000, **how)
        yield f"| {name} | {len(seen)} | {share([not r.marked for r in seen])} |"
    for setup, (segments, kind) in SETUPS.items():
        if segments == ("shank",):
            trials = [rep for seed in range(sets) for rep in _trial(setup, kind, seed)]
            name = f"`trials.py`, {setup}"
            yield f"| {name} | {len(trials)} | {share([not marked for marked in trials])} |"


def _trial(setup: str, kind: dict, seed: int) -> list[bool]:
    """The simulated sets that the other tables are made of (a default leg)."""
    what = Movement(**{**kind, "reps": 5 + seed % 11, **ODD})
    side = SIDES[seed % 2]
    leg = simulate_leg(side, what, seed=seed, segments=SETUPS[setup][0])
    found = analyze(list(leg.recordings.values()), Settings(block_deg=what.block_deg)).legs[side]
    return [any("heel" in why for why in rep.reasons) for rep in found.reps]


def grid_rows(sets: int) -> Iterator[str]:
    """Sensitivity by how far the foot pitches and how long that takes each way."""
    for height in HEIGHTS_DEG:
        cells = []
        for time_s in TIMES_S:
            lift = HeelLift(pitch_deg=(height, height), seconds=(time_s, time_s))
            seen = reps(sets, 4000, heel_lift=lift, **ODD)
            cells.append(f"{100 * np.mean([r.marked for r in seen if r.lift]):.0f} %")
        yield f"| {height:g} deg | {' | '.join(cells)} |"


@dataclass(frozen=True)
class HeelSet:
    """How a set's estimated mean rise lies to the true one."""

    covered: bool
    error_share: float
    half_share: float
    rep_error_m: tuple[float, ...]


def one_heel_set(seed: int) -> HeelSet | None:
    """Simulate a set of 5 to 15 heel rises with both sensors; None where no height was given."""
    rng = np.random.default_rng(20_000 + seed)
    body = Body.random(rng)
    errors = {
        segment: SensorErrors.random(rng, misalignment_deg=12.0, wobble_deg=rng.uniform(0, 0.6))
        for segment in ("shank", "foot")
    }
    what = Movement(kind="heel_rise", reps=5 + seed % 11, block_deg=0.0, **ODD)
    ability = LegAbility(pf_deg=-float(rng.uniform(20, 45)))
    side = SIDES[seed % 2]
    leg = simulate_leg(side, what, ability, seed=seed, errors=errors, body=body)
    sets = analyze(list(leg.recordings.values()), Settings(direction="pf_first")).legs[side].sets
    rise = sets[0].heel_rise if len(sets) == 1 else None
    true_m = np.array([rep.rise_m for rep in leg.reps])
    if rise is None or rise.mean is None or rise.reps != len(true_m) or None in rise.heights_m:
        return None
    mean, truth = rise.mean, float(true_m.mean())
    return HeelSet(
        mean.low_m <= truth <= mean.high_m,
        mean.value_m / truth - 1,
        (mean.high_m - mean.low_m) / 2 / truth,
        tuple(np.array(rise.heights_m) - true_m),
    )


def heel_rise_row(sets: int) -> str:
    """Coverage and size of the interval of the mean rise, and each rep's error."""
    seen = [one_heel_set(seed) for seed in range(sets)]
    held = [s for s in seen if s is not None]
    errors_m = np.concatenate([s.rep_error_m for s in held])
    return (
        f"| {len(held)} of {sets} | {share([s.covered for s in held])} "
        f"| {100 * rms(np.array([s.error_share for s in held])):.1f} % "
        f"| {100 * np.median([s.half_share for s in held]):.1f} % "
        f"| {1000 * rms(errors_m):.1f} mm |"
    )


def section(*, full: bool) -> str:
    """Return the tables as markdown."""
    sets, grid_sets = (SETS, GRID_SETS) if full else (SETS // 10, GRID_SETS // 10)
    lines = [
        "| heel lifts | reps with one | found | right peak kept | reps without | not marked "
        "| sets measured with every rep |",
        "|---|---|---|---|---|---|---|",
        *lifted_rows(sets),
        "",
        "| no heel lifts | reps | not marked |",
        "|---|---|---|",
        *unlifted_rows(sets),
        "",
        "| found, by foot pitch and time each way | "
        + " | ".join(f"{t:g} s" for t in TIMES_S)
        + " |",
        "|---|" + "---|" * len(TIMES_S),
        *grid_rows(grid_sets),
        "",
        "| sets of heel rises with a height | true mean in its 95 % interval "
        "| error of the mean, RMS | half of the interval, median | error of a rep, RMS |",
        "|---|---|---|---|---|",
        heel_rise_row(HEEL_SETS if full else HEEL_SETS // 10),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(section(full="--full" in sys.argv))
