"""Comparison in one run with what a user would take instead."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parents[1]))
from anklet.signals.leg import Sensor
from realdata import recordings
from trials import rms
from validation import realdata
from validation.figures import Dots, dots
from validation.peer_filters import OURS, PEERS, Filter, Peer, prepared
from validation.peer_sets import Case, case, held_errors_deg
from validation.score import between_deg, progress, signed, table, up_of
from validation.walk import Walk

REST_S = 10.0
"""Every BROAD trial begins with at least 30 s of rest; its user would take the offset from this."""
SETS, FULL_SETS = 6, 60
"""Simulated sets of each exercise."""
QUICK_S = (0.7, 0.6)
SQUAT, LUNGE = {"reps": 8}, {"kind": "lunge", "block_deg": 0.0, "reps": 8}
TEMPOS = {
    "slow": (SQUAT, LUNGE),
    "quick": tuple({**kind, "tempo_s": QUICK_S} for kind in (SQUAT, LUNGE)),
}
"""Split squats and lunges: 2 s out and 1.5 s back, and about as fast as one goes."""
TIMINGS = 5
BETTER_DEG = 0.01
"""Smaller advantages are not told apart in the table."""


@dataclass(frozen=True)
class Score:
    """A filter's errors: an RMSE in deg for each recording."""

    plain: np.ndarray
    best: np.ndarray
    setting: str


def on_broad(peer: Peer, folder: Path) -> Score:
    """Inclination RMSE of each trial, with the setting that is best over these very trials."""
    plain, tried = [], {name: [] for name in peer.tuned}
    for _, held in recordings.broad(folder):
        gyr, acc = held["gyr"].astype(float), held["acc"].astype(float)
        rate_hz, rows = float(held["fs"]), realdata.scored(held)
        reference = up_of(held["quat_sync"])
        ready = prepared(gyr, slice(0, round(REST_S * rate_hz)))
        plain.append(rms(between_deg(peer.plain(gyr, acc, rate_hz), reference)[rows]))
        for name, run in peer.tuned.items():
            tried[name].append(rms(between_deg(run(ready, acc, rate_hz), reference)[rows]))
    if not tried:
        return Score(np.array(plain), np.array(plain), "")
    setting = min(tried, key=lambda name: sum(tried[name]))
    return Score(np.array(plain), np.array(tried[setting]), setting)


def on_sets(peer: Peer, cases: list[Case]) -> tuple[Score, Score]:
    """DF peak RMSE and ankle RMSE of each set, with the setting that is best on their DF peaks."""
    plain = np.array([c.errors_deg(c.run(peer.plain, tuned=False)) for c in cases])
    tried = {
        name: np.array([c.errors_deg(c.run(f, tuned=True)) for c in cases])
        for name, f in peer.tuned.items()
    } or {"": plain}
    setting = min(tried, key=lambda name: tried[name][:, 0].mean())
    peak, whole = (Score(plain[:, k], tried[setting][:, k], setting) for k in (0, 1))
    return peak, whole


def on_walk(peer: Peer, walk: Walk) -> tuple[float, float]:
    """A filter plain, and the best of its settings (no rest is there to take the offset from)."""

    def plain(sensor: Sensor) -> np.ndarray:
        u = sensor.uniform
        return peer.plain(u.gyr_rad_s, u.acc_m_s2, u.rate_hz)

    def tuned(sensor: Sensor, run: Filter) -> np.ndarray:
        u = sensor.uniform
        return run(prepared(u.gyr_rad_s, None), u.acc_m_s2, u.rate_hz)

    as_shown = walk.rms_deg(plain)
    tried = [walk.rms_deg(partial(tuned, run=run)) for run in peer.tuned.values()]
    return as_shown, min(tried, default=as_shown)


def times(folder: Path) -> dict[str, float]:
    """Run time of each filter, offlineVQF being 1; the least of some runs on one trial."""
    _, held = next(recordings.broad(folder))
    gyr, acc = held["gyr"].astype(float), held["acc"].astype(float)
    took = {}
    for peer in PEERS:
        took[peer.name] = np.inf
        for _ in range(TIMINGS if peer.name in (OURS, "offlineVQF", "VQF, live") else 1):
            start = time.perf_counter()
            peer.plain(gyr, acc, float(held["fs"]))
            took[peer.name] = min(took[peer.name], time.perf_counter() - start)
    return {name: seconds / took["offlineVQF"] for name, seconds in took.items()}


@dataclass(frozen=True)
class Results:
    """Everything that this topic measures, by filter; of simulated sets by tempo and filter."""

    broad: dict[str, Score]
    peaks: dict[str, dict[str, Score]]
    sets: dict[str, dict[str, Score]]
    walk: dict[str, tuple[float, float]]
    on_board: float
    times: dict[str, float]
    phone: np.ndarray
    held: np.ndarray


@cache
def results(full: bool) -> Results:
    """Run every filter on everything."""
    folder = realdata.folder()
    broad, walk = {}, {}
    peaks, sets = ({tempo: {} for tempo in TEMPOS} for _ in range(2))
    the_walk = Walk(folder)
    seeds = range(FULL_SETS if full else SETS)
    cases = {
        tempo: [case(kind, seed) for kind in kinds for seed in seeds]
        for tempo, kinds in TEMPOS.items()
    }
    for peer in PEERS:
        progress(f"peers: {peer.name}")
        broad[peer.name] = on_broad(peer, folder)
        for tempo, held in cases.items():
            peaks[tempo][peer.name], sets[tempo][peer.name] = on_sets(peer, held)
        walk[peer.name] = on_walk(peer, the_walk)
    phone, ours = held_errors_deg(seeds)
    return Results(broad, peaks, sets, walk, the_walk.on_board(), times(folder), phone, ours)


def section(*, full: bool) -> str:
    """Who is how good on what, plain and at its best."""
    r = results(full)
    n = FULL_SETS if full else SETS
    heads = ["filter", "inclination, BROAD"]
    heads += [f"{what}, {tempo} sets" for tempo in TEMPOS for what in ("DF peak", "ankle")]
    rows = [_row(r, name) for name in r.broad]
    rows.append(
        ("Xsens on board, with magnetometer", *[""] * (len(heads) - 1), f"{r.on_board:.2f}", "")
    )
    settings = [
        (p.name, r.broad[p.name].setting, *(r.peaks[t][p.name].setting for t in TEMPOS))
        for p in PEERS
        if len(p.tuned) > 1
    ]
    return "\n\n".join(
        [
            table((*heads, "ankle, walk", "run time"), rows),
            f"Simulated: {n} split squats and {n} lunges of 8 reps, slow (2 s out, 1.5 s back) and "
            f"quick ({QUICK_S[0]:g} s, {QUICK_S[1]:g} s).",
            f"Better than Anklet here: {', '.join(_better(r)) or 'none'}.",
            table(("filter", "best on BROAD", *(f"best on {t} sets" for t in TEMPOS)), settings),
            table(
                (
                    f"lunge held at its end, simulated, {len(r.phone)} holds",
                    "error, RMS deg",
                    "95 %",
                ),
                [
                    _held_row("static reading, phone-like", r.phone),
                    _held_row("Anklet, DF peak", r.held),
                ],
            ),
        ]
    )


def _pairs(r: Results, name: str) -> dict[str, tuple[float, float]]:
    """Errors of a filter, plain and at its best, by what they are errors of."""
    by = {"BROAD": r.broad[name]}
    for tempo in TEMPOS:
        by |= {f"DF peak, {tempo}": r.peaks[tempo][name], f"ankle, {tempo}": r.sets[tempo][name]}
    pairs = {what: (_mean(score.plain), _mean(score.best)) for what, score in by.items()}
    return pairs | {"walk": r.walk[name]}


def _row(r: Results, name: str) -> tuple[str, ...]:
    cells = [
        f"{plain:.2f}" if plain == best else f"{plain:.2f} / {best:.2f}"
        for plain, best in _pairs(r, name).values()
    ]
    return (f"**{name}**" if name == OURS else name, *cells, _times(r.times[name]))


def _times(ratio: float) -> str:
    """A run time to one figure: it varies from run to run."""
    return f"{float(f'{ratio:.1g}'):g}"


def _better(r: Results) -> Iterator[str]:
    ours = _pairs(r, OURS)
    for name in r.broad:
        if name != OURS:
            for what, pair in _pairs(r, name).items():
                if min(pair) <= ours[what][0] - BETTER_DEG:
                    yield f"{name} ({what}: {min(pair):.2f} deg)"
    if r.on_board <= ours["walk"][0] - BETTER_DEG:
        yield f"Xsens on board (walk: {r.on_board:.2f} deg)"


def _held_row(name: str, error: np.ndarray) -> tuple[str, str, str]:
    low, high = np.percentile(error, [2.5, 97.5])
    return name, f"{rms(error):.2f}", f"{signed(low, 2)} to {signed(high, 2)}"


def _mean(values: np.ndarray) -> float:
    """Mean over recordings, as BROAD scores."""
    return float(values.mean())


def summary(*, full: bool) -> str:
    """What a clinician may believe of it."""
    r = results(full)
    tilt, ours = _pairs(r, "accelerometer only"), _pairs(r, OURS)
    slow, quick = ("DF peak, slow", "DF peak, quick")
    return "\n".join(
        [
            "- **An end position that is held still, a phone reads as well**: "
            f"{rms(r.phone):.1f} deg against {rms(r.held):.1f} deg in simulation, if it sits in "
            "the same place each time.",
            "- **In slow reps the choice of filter hardly matters, in quick ones it does.** The "
            "DF peak from the accelerometer alone, smoothed as is best, is off by "
            f"{min(tilt[slow]):.1f} deg in slow simulated sets and by {min(tilt[quick]):.1f} deg "
            f"in quick ones, Anklet's by {ours[slow][0]:.1f} and {ours[quick][0]:.1f} deg; in "
            f"the walk that was measured the ankle is off by {min(tilt['walk']):.1f} against "
            f"{ours['walk'][0]:.1f} deg.",
        ]
    )


def figures(*, full: bool) -> dict[str, Figure]:
    """Each filter at its best, a dot a recording."""
    r = results(full)
    by = {"inclination, BROAD": r.broad}
    by |= {f"DF peak, {tempo} sets": r.peaks[tempo] for tempo in TEMPOS}
    panels = [
        Dots(title, "RMSE, deg", {name: score.best for name, score in scores.items()})
        for title, scores in by.items()
    ]
    return {"validation-peers": dots(panels, OURS)}


if __name__ == "__main__":
    print(section(full="--full" in sys.argv))
