"""Comparison in one run with what a user would take instead."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

sys.path.insert(0, str(Path(__file__).parents[1]))
from anklet.analysis import Settings
from anklet.analysis.pipeline import analyze_in_stages
from anklet.model import SIDES
from anklet.signals.angle import pitch_deg, smooth
from anklet.signals.leg import Sensor
from anklet.simulate import Movement, SimulatedLeg, simulate_leg
from realdata import recordings
from trials import ODD, rms
from validation import realdata
from validation.figures import Dots, dots
from validation.peer_filters import OURS, PEERS, Filter, Peer, accelerometer, prepared
from validation.score import between_deg, progress, table, up_of

REST_S = 10.0
"""Every BROAD trial begins with at least 30 s of rest; its user would take the offset from this."""
TUNING_SEEDS = range(900, 904)
SETS, FULL_SETS = 10, 60
KINDS = {
    "split squat": {"kind": "split_squat", "reps": 8},
    "lunge": {"kind": "lunge", "block_deg": 0.0, "reps": 8},
}
HELD = {"kind": "lunge", "block_deg": 0.0, "reps": 6, "pause": 1.0}
"""A lunge held at its end, as when an inclinometer is read."""
HOLD_S, HOLD_DEG = 0.5, 0.5
"""An end position counts as held while the true angle stays this near for this long."""
TIMINGS = 5


@dataclass(frozen=True)
class Score:
    """A filter's errors: an RMSE in deg for each recording."""

    plain: np.ndarray
    best: np.ndarray
    setting: str


@dataclass(frozen=True, eq=False)
class Case:
    """A simulated set with the calibration that every filter is scored with."""

    truth: SimulatedLeg
    sensor: Sensor
    axis: np.ndarray
    zero: slice
    block_deg: float

    def angle_deg(self, up: np.ndarray) -> np.ndarray:
        """(n,): ankle angle of a filter's vertical: its own zero, the common axis and low-pass."""
        pitch = pitch_deg(up, up[self.zero].mean(axis=0), self.axis)
        return smooth(pitch, self.sensor.uniform) - self.block_deg

    def errors_deg(self, up: np.ndarray) -> tuple[np.ndarray, float]:
        """Error of each rep's DF peak, and RMSE over the set."""
        t_s, deg = self.sensor.uniform.t_s, self.angle_deg(up)
        peaks = [
            deg[(t_s >= rep.start_s) & (t_s <= rep.end_s)].max() - rep.df_peak_deg
            for rep in self.truth.reps
        ]
        ((start_s, end_s),) = self.truth.sets_s
        inside = (t_s >= start_s) & (t_s <= end_s)
        true = np.interp(t_s, self.truth.trace.t_s, self.truth.trace.deg)
        return np.array(peaks), rms((deg - true)[inside])

    def run(self, run: Filter, *, tuned: bool) -> np.ndarray:
        """A filter's vertical over this set."""
        u = self.sensor.uniform
        gyr = prepared(u.gyr_rad_s, self.zero) if tuned else u.gyr_rad_s
        return run(gyr, u.acc_m_s2, u.rate_hz)


def case(kind: dict, seed: int) -> Case:
    """Simulate a set and calibrate it once, by Anklet."""
    what, side = Movement(**kind), SIDES[seed % 2]
    truth = simulate_leg(side, what, seed=seed, segments=("shank",))
    how = Settings(block_deg=what.block_deg)
    analysis, stages = analyze_in_stages(list(truth.recordings.values()), how)
    still = stages[side].zeros["shank"].still
    axis = np.array(analysis.legs[side].calibration["shank"].axis_xyz)
    return Case(truth, stages[side].sensors["shank"], axis, still.span, what.block_deg)


def on_broad(peer: Peer, folder: Path) -> Score:
    """Inclination RMSE of each trial; settings are chosen on the other seven (leave one out)."""
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
    errors = np.array(list(tried.values()))
    others = errors.sum(axis=1, keepdims=True) - errors
    chosen = others.argmin(axis=0)
    usual = list(tried)[Counter(chosen.tolist()).most_common(1)[0][0]]
    return Score(np.array(plain), errors[chosen, np.arange(errors.shape[1])], usual)


def on_sets(peer: Peer, tuning: list[Case], scored: list[Case]) -> tuple[Score, Score]:
    """DF peak RMSE and ankle RMSE of each set; settings are chosen on other sets' DF peaks."""
    best, setting = peer.plain, ""
    if peer.tuned:
        loss = {
            name: rms(np.concatenate([c.errors_deg(c.run(f, tuned=True))[0] for c in tuning]))
            for name, f in peer.tuned.items()
        }
        setting = min(loss, key=loss.__getitem__)
        best = peer.tuned[setting]
    plain = [c.errors_deg(c.run(peer.plain, tuned=False)) for c in scored]
    tuned = [c.errors_deg(c.run(best, tuned=bool(peer.tuned))) for c in scored]
    peak, whole = (
        [np.array([rms(e[part]) for e in held]) for held in (plain, tuned)] for part in (0, 1)
    )
    return Score(*peak, setting), Score(*whole, setting)


class Walk:
    """The optically measured walk (sensor above the ankle, and foot), with Anklet's calibration."""

    def __init__(self, folder: Path) -> None:
        ((name, self.held),) = recordings.walks(folder)
        self.side = name.removeprefix("walk_")
        both = realdata.walk_recordings(self.side, self.held, "ankle")
        how = Settings(relative=True, mount="unknown")
        self.analysis, self.stages = analyze_in_stages(both, how)

    def rms_deg(self, up_of_sensor: Callable[[Sensor], np.ndarray]) -> float:
        """RMS error of the ankle angle about its mean, from each sensor's vertical."""
        total = np.zeros(len(self.held["t"]))
        for segment, sensor in self.stages[self.side].sensors.items():
            axis = np.array(self.analysis.legs[self.side].calibration[segment].axis_xyz)
            pitch = pitch_deg(up_of_sensor(sensor), self.stages[self.side].zeros[segment].up, axis)
            total += smooth(pitch, sensor.uniform)
        reference = realdata.low_passed(self.held["ref_ankle_df_deg"], float(self.held["fs"]))
        return realdata.spread(total - reference)

    def both(self, peer: Peer, setting: str) -> tuple[float, float]:
        """A filter plain, and with a setting (no rest is in the walk to take the offset from)."""

        def plain(sensor: Sensor) -> np.ndarray:
            u = sensor.uniform
            return peer.plain(u.gyr_rad_s, u.acc_m_s2, u.rate_hz)

        def tuned(sensor: Sensor) -> np.ndarray:
            u = sensor.uniform
            return peer.tuned[setting](prepared(u.gyr_rad_s, None), u.acc_m_s2, u.rate_hz)

        return self.rms_deg(plain), self.rms_deg(tuned if peer.tuned else plain)

    def on_board(self) -> float:
        """The recording sensors' own filter (Xsens, nine axes, on board)."""
        names = {"shank": "ankle", "foot": "foot"}
        return self.rms_deg(lambda s: up_of(self.held[f"{names[s.placement.segment]}_quat"]))


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


def held_errors_deg(seeds: range) -> tuple[np.ndarray, np.ndarray]:
    """Error of held lunges' end positions: a phone-like static reading, and Anklet's DF peak.

    The reading is the tilt of the accelerometer's mean over the hold, from its mean over the quiet
    standing, about the same axis: a phone that sits as the sensor does, and never slips.
    """
    phone, ours = [], []
    for seed in seeds:
        c = case(HELD, seed)
        u = c.sensor.uniform
        standing = u.acc_m_s2[c.zero].mean(axis=0)
        standing /= np.linalg.norm(standing)
        peaks, _ = c.errors_deg(c.sensor.up)
        for rep, peak in zip(c.truth.reps, peaks, strict=True):
            span = held_span(c, rep.df_time_s)
            if span is None:
                continue
            tilt = accelerometer(u.gyr_rad_s, u.acc_m_s2[span].mean(axis=0)[None], u.rate_hz)
            true = np.interp(u.t_s[span], c.truth.trace.t_s, c.truth.trace.deg).mean()
            phone.append(float(pitch_deg(tilt, standing, c.axis)[0]) - true)
            ours.append(peak)
    return np.array(phone), np.array(ours)


def held_span(c: Case, peak_s: float) -> slice | None:
    """The nodes about a DF peak over which the true angle stays, if for long enough."""
    u = c.sensor.uniform
    true = np.interp(u.t_s, c.truth.trace.t_s, c.truth.trace.deg)
    at = int(np.argmin(np.abs(u.t_s - peak_s)))
    away = np.flatnonzero(np.abs(true - true[at]) > HOLD_DEG)
    start, stop = away[away < at].max() + 1, away[away > at].min()
    return slice(start, stop) if stop - start >= HOLD_S * u.rate_hz else None


@dataclass(frozen=True)
class Results:
    """Everything that this topic measures, by filter."""

    broad: dict[str, Score]
    peaks: dict[str, Score]
    sets: dict[str, Score]
    walk: dict[str, tuple[float, float]]
    on_board: float
    times: dict[str, float]
    phone: np.ndarray
    held: np.ndarray


@cache
def results(full: bool) -> Results:
    """Run every filter on everything."""
    folder = realdata.folder()
    broad, peaks, sets, walk = {}, {}, {}, {}
    the_walk = Walk(folder)
    tuning = [case(kind, seed) for kind in KINDS.values() for seed in TUNING_SEEDS]
    seeds = range(FULL_SETS if full else SETS)
    scored = [case(kind, seed) for kind in KINDS.values() for seed in seeds]
    for peer in PEERS:
        progress(f"peers: {peer.name}")
        broad[peer.name] = on_broad(peer, folder)
        peaks[peer.name], sets[peer.name] = on_sets(peer, tuning, scored)
        walk[peer.name] = the_walk.both(peer, broad[peer.name].setting)
    phone, held = held_errors_deg(seeds)
    return Results(broad, peaks, sets, walk, the_walk.on_board(), times(folder), phone, held)


def section(*, full: bool) -> str:
    """Who is how good on what, plain and at its best."""
    r = results(full)
    return "\n\n".join(
        [
            table(
                (
                    "filter",
                    "inclination, BROAD",
                    "DF peak, simulated",
                    "ankle, simulated",
                    "ankle, walk",
                    "run time",
                ),
                _rows(r),
            ),
            table(
                ("filter", "setting chosen on BROAD", "setting chosen on simulated sets"),
                [
                    (p.name, r.broad[p.name].setting, r.peaks[p.name].setting)
                    for p in PEERS
                    if len(p.tuned) > 1
                ],
            ),
            table(
                ("lunge held at its end", "error, RMS deg", "95 % of holds"),
                [
                    _held_row("static reading, phone-like", r.phone),
                    _held_row("Anklet, DF peak", r.held),
                ],
            ),
        ]
    )


def _rows(r: Results) -> Iterator[tuple[str, ...]]:
    for name in r.broad:
        pairs = [(_mean(s[name].plain), _mean(s[name].best)) for s in (r.broad, r.peaks, r.sets)]
        cells = [_cell(*pair) for pair in [*pairs, r.walk[name]]]
        bold = "**" if name == OURS else ""
        yield (f"{bold}{name}{bold}", *cells, f"{r.times[name]:.1g}")
    yield ("Xsens on board, with magnetometer", "", "", "", f"{r.on_board:.2f}", "")


def _cell(plain: float, best: float) -> str:
    return f"{plain:.2f}" if plain == best else f"{plain:.2f} / {best:.2f}"


def _held_row(name: str, error: np.ndarray) -> tuple[str, str, str]:
    low, high = np.percentile(error, [2.5, 97.5])
    return name, f"{rms(error):.2f}", f"{low:+.2f} to {high:+.2f}"


def _mean(values: np.ndarray) -> float:
    """Mean over recordings, as BROAD scores."""
    return float(values.mean())


def summary(*, full: bool) -> str:
    """What a clinician may believe of it."""
    r = results(full)
    rest = {n: _mean(s.best) for n, s in r.peaks.items() if n not in (OURS, "accelerometer only")}
    return (
        f"- **For an end position that is held still, a phone does as well**: "
        f"{rms(r.phone):.1f} deg against {rms(r.held):.1f} deg in simulation, if it sits in the "
        "same place each time. Anklet is for what moves: there an accelerometer alone is off by "
        f"{_mean(r.peaks['accelerometer only'].plain):.1f} deg in the DF peak, Anklet by "
        f"{_mean(r.peaks[OURS].plain):.1f} deg, well-set filters of others by "
        f"{min(rest.values()):.1f} to {max(rest.values()):.1f} deg."
    )


def figures(*, full: bool) -> dict[str, Figure]:
    """Each filter at its best, a dot a recording."""
    r = results(full)
    panels = [
        Dots("inclination, BROAD", "RMSE a trial, deg", {n: s.best for n, s in r.broad.items()}),
        Dots("DF peak, simulated", "RMSE a set, deg", {n: s.best for n, s in r.peaks.items()}),
        Dots("ankle, simulated", "RMSE a set, deg", {n: s.best for n, s in r.sets.items()}),
    ]
    return {"validation-peers": dots(panels, OURS)}


if __name__ == "__main__":
    print(section(full="--full" in sys.argv))
