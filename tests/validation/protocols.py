"""Each protocol's results against simulated truth: ``python tests/validation/protocols.py``."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from anklet.analysis import Settings, analyze
from anklet.measures.static import measure_stand
from anklet.model import SIDES, Leg
from anklet.protocols import find_protocol
from anklet.simulate import Body, LegAbility, Movement, SimulatedLeg, simulate_leg
from trials import rms

SETS, TENTH = 200, 20
MISSED = "missed"
ODD = {"uneven": 0.3, "tempo_spread": 0.3, "hesitation": 0.3}


def trial(protocol: str, seed: int, movement: Movement, ability: LegAbility, body: Body | None):
    """Simulate one set of a protocol and analyse it: the leg, and the truth."""
    how = find_protocol(protocol)
    side = SIDES[seed % 2]
    segments = {"planted": ("shank",), "paired": ("shank", "foot"), "table": ("foot",)}
    truth = simulate_leg(
        side, movement, ability, seed=seed, segments=segments[how.setups[0]], body=body
    )
    block_deg = movement.block_deg if "block_deg" in how.key else None
    settings = Settings(protocol=how, block_deg=block_deg)
    return analyze(list(truth.recordings.values()), settings).legs[side], truth


def draw(seed: int) -> tuple[np.random.Generator, LegAbility]:
    """A leg's ability, from the seed."""
    rng = np.random.default_rng([seed, 5])
    return rng, LegAbility(
        df_deg=rng.uniform(12, 35), pf_deg=rng.uniform(-50, -30), df_free_deg=rng.uniform(5, 20)
    )


def static_standing(seed: int) -> tuple[Leg, SimulatedLeg, dict[str, float]]:
    """Standing: errors of sway (%), of the ellipse (%) and of the drift (deg)."""
    rng, ability = draw(seed)
    sideways = rng.uniform(0.2, 0.8)
    move = Movement(kind="stand", standing_s=rng.uniform(25, 40), sway_deg=rng.uniform(0.15, 0.6))
    body = Body(valgus_noise_deg=sideways)
    leg, truth = trial("static_standing", seed, move, ability, body)
    if leg.static is None:
        return leg, truth, {}
    t_s, deg = truth.trace.t_s, truth.trace.deg
    inside = (t_s >= leg.static.start_s) & (t_s <= leg.static.end_s)
    # the tilt sideways is not in the trace; the lean alone gives sway and drift
    true = measure_stand(deg[inside], np.zeros(inside.sum()), truth.trace.rate_hz, 0.0)
    return (
        leg,
        truth,
        {
            "sway, %": 100 * (leg.static.sway_deg / true.sway_deg - 1),
            "sideways, %": 100 * (leg.static.sideways_deg / sideways - 1),
            "drift, deg": leg.static.drift_deg - true.drift_deg,
        },
    )


def passive_table(seed: int) -> tuple[Leg, SimulatedLeg, dict[str, list[float]]]:
    """Held ends of a foot that an examiner moves."""
    rng, ability = draw(seed)
    move = Movement(
        kind="passive_table",
        reps=3 + seed % 3,
        hold_s=rng.uniform(2, 4),
        tempo_s=(rng.uniform(1.5, 4), 2.0),
        hesitation=0.3,
    )
    leg, truth = trial("passive_table", seed, move, ability, None)
    return leg, truth, _held(leg, truth, both=True)


def lunge(knee: str) -> Callable[[int], tuple[Leg, SimulatedLeg, dict[str, list[float]]]]:
    """Lunges whose deepest point is held."""

    def run(seed: int) -> tuple[Leg, SimulatedLeg, dict[str, list[float]]]:
        rng, ability = draw(seed)
        move = Movement(
            kind="lunge", block_deg=0, reps=3 + seed % 3, hold_s=rng.uniform(1.5, 3), **ODD
        )
        leg, truth = trial(f"knee_to_wall_{knee}", seed, move, ability, None)
        return leg, truth, {**_peaks(leg, truth, "df"), **_held(leg, truth, both=False)}

    return run


def reps_of(
    protocol: str, **kind: object
) -> Callable[[int], tuple[Leg, SimulatedLeg, dict[str, list[float]]]]:
    """Reps that are read at their peaks."""

    def run(seed: int) -> tuple[Leg, SimulatedLeg, dict[str, list[float]]]:
        _, ability = draw(seed)
        move = Movement(**{"reps": 5 + seed % 6, **ODD, **kind})
        leg, truth = trial(protocol, seed, move, ability, None)
        return leg, truth, {**_peaks(leg, truth, "df"), **_peaks(leg, truth, "pf")}

    return run


def heel_rise(seed: int) -> tuple[Leg, SimulatedLeg, dict[str, list[float]]]:
    """Heel rises to fatigue: the reach fades by up to a half."""
    rng, ability = draw(seed)
    move = Movement(
        kind="heel_rise",
        block_deg=0,
        reps=int(rng.integers(15, 36)),
        tempo_s=(0.9, 0.8),
        fade=rng.uniform(0, 0.5),
        scatter_deg=1.5,
    )
    leg, truth = trial("heel_rise", seed, move, ability, None)
    errors = _peaks(leg, truth, "pf")
    if errors:
        true = np.polyfit(range(len(truth.reps)), [r.pf_peak_deg for r in truth.reps], 1)[0]
        errors["fade, deg a rep"] = [leg.sets[0].pf_peak_deg.fade_per_rep - float(true)]
    return leg, truth, errors


PROTOCOLS = {
    "passive table": passive_table,
    "active table": reps_of("active_table", kind="table", block_deg=0.0),
    "knee to wall, bent": lunge("bent"),
    "lunge, knee straight": lunge("straight"),
    "split squat": reps_of("split_squat", kind="split_squat"),
    "heel rise to fatigue": heel_rise,
}


def measured(run, sets: int) -> tuple[int, dict[str, list[float]]]:
    """How many sets had every rep counted, and all errors by quantity."""
    counted, errors = 0, dict[str, list[float]]()
    for seed in range(sets):
        leg, truth, found = run(seed)
        counted += len(leg.reps) == len(truth.reps)
        for name, values in found.items():
            errors.setdefault(name, []).extend(np.atleast_1d(values))
    return counted, errors


def false_holds(sets: int) -> tuple[int, int]:
    """Reps that hold nothing, and how many of them have a hold of their far end all the same."""
    reps = held = 0
    for seed in range(sets):
        _, ability = draw(seed)
        move = Movement(kind="lunge", block_deg=0, reps=6, **ODD)
        leg, _ = trial("knee_to_wall_bent", seed, move, ability, None)
        reps += len(leg.reps)
        held += len(leg.holds)
    return reps, held


def section(*, full: bool) -> str:
    """Return the tables as markdown."""
    sets = SETS if full else TENTH
    rows = [
        f"| protocol | quantity | RMS error, deg | worst | sets of {sets} with every rep counted |",
        "|---|---|---|---|---|",
    ]
    missed: list[str] = []
    for name, run in PROTOCOLS.items():
        counted, errors = measured(run, sets)
        for quantity, values in errors.items():
            if quantity == MISSED:
                missed.append(f"{name} {sum(values):.0f} of {len(values)}")
                continue
            worst = np.abs(values).max()
            rows.append(
                f"| {name} | {quantity} | {rms(np.array(values)):.2f} | {worst:.2f} | {counted} |"
            )
    _, errors = measured(static_standing, sets)
    rows += ["", "| static standing | RMS error | worst |", "|---|---|---|"]
    rows += [
        f"| {name} | {rms(np.array(v)):.2f} | {np.abs(v).max():.2f} |" for name, v in errors.items()
    ]
    reps, held = false_holds(sets)
    rows += ["", f"Held ends that were not found: {', '.join(missed)}."]
    rows += [f"Of {reps} lunges that hold nothing, {held} count as held."]
    return "\n".join(rows)


def _peaks(leg: Leg, truth: SimulatedLeg, end: str) -> dict[str, list[float]]:
    pairs = _pairs(leg.reps, truth.reps)
    name = f"{end}_peak_deg"
    errors = [getattr(r, name) - getattr(t, name) for r, t in pairs if getattr(r, f"{end}_valid")]
    return {f"{end.upper()} peak": errors} if errors else {}


def _held(leg: Leg, truth: SimulatedLeg, *, both: bool) -> dict[str, list[float]]:
    errors: dict[str, list[float]] = {}
    for hold in truth.holds:
        end = "pf" if both and hold.angle_deg < 0 else "df"
        found = [
            h
            for h in leg.holds
            if h.end == end and h.start_s < hold.end_s and h.end_s > hold.start_s
        ]
        quantity = f"{end.upper()} held"
        errors.setdefault(quantity, [])
        if found:
            errors[quantity].append(found[0].angle_deg - hold.angle_deg)
        errors.setdefault(MISSED, []).append(0.0 if found else 1.0)
    return errors


def _pairs(found, true) -> Iterator:
    return zip(found, true, strict=True) if len(found) == len(true) else iter(())


if __name__ == "__main__":
    print(section(full="--full" in sys.argv))
