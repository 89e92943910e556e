"""Do the intervals hold? Visits and courses with known truth, through the shipped statistics.

A visit-level model (what days, zero, sensor and reps do to a visit's mean) is fitted to visits
simulated sample by sample and analysed; visits and courses by the thousand are drawn from it.

``python tests/validation/coverage.py [--full]`` prints the tables; without ``--full``, a tenth.
"""

import math
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from anklet.analysis import Settings, analyze
from anklet.measures.compare import BEYOND, difference
from anklet.measures.norms import BORROWED_SEM, OWN_SEM_DOF, Sem
from anklet.measures.trend import fit_trend, own_sem
from anklet.measures.uncertainty import (
    SENSOR_SD_DEG,
    ZERO_SD_DEG,
    estimate,
    summarize_measure,
    within_deg,
    zero_sd_deg,
)
from anklet.model import MEASURES, SIDES
from anklet.simulate import LegAbility, Movement, simulate_leg
from trials import ODD, SETUPS

SEED = 51
REPS, REP_SD_DEG = 10, 2.0
FACTORS = (0.7, 1.0, 1.4)
"""The true SEM over the assumed one."""


@dataclass(frozen=True)
class Fitted:
    """What sample-level sets do to a set's mean and to its reps, SD in deg."""

    setup: str
    sets: int
    end_deg: float
    range_deg: float
    zero_deg: float
    each_rep_deg: float
    rep_sd_deg: float
    covered: float


@cache
def fitted(setup: str, sets: int) -> Fitted:
    """Fit the visit-level model to simulated sets of one set-up.

    The truth that a set's mean is held against counts from the posture itself, not from how the leg
    happened to sway while zero was taken: that is the zero's error, the part that both ends share.
    """
    segments, kind = SETUPS[setup]
    block_deg = kind.get("block_deg", 20.0)
    ability = LegAbility()
    means, errors, within, spreads, held = [], [], [], [], []
    for k in range(sets):
        side = SIDES[k % 2]
        what = Movement(
            **{**kind, **ODD, "uneven": 0.0, "reps": REPS, "scatter_deg": REP_SD_DEG},
            start_lean_deg=-8.0,
        )
        truth = simulate_leg(side, what, ability, seed=SEED * 1000 + k, segments=segments)
        how = Settings(block_deg=block_deg if segments == ("shank",) else None)
        leg = analyze(list(truth.recordings.values()), how).legs[side]
        if len(leg.reps) != len(truth.reps):
            continue
        both = [(r, t) for r, t in zip(leg.reps, truth.reps, strict=True) if r.valid]
        error = np.array(
            [(r.df_peak_deg - t.df_peak_deg, r.pf_peak_deg - t.pf_peak_deg) for r, t in both]
        )
        errors.append(error.mean(axis=0))
        within.append(error.var(axis=0, ddof=1))
        means.append([leg.estimates[m].value_deg for m in MEASURES])
        spreads.append(np.var([r.df_peak_deg for r in leg.reps if r.valid], ddof=1))
        held.append([leg.estimates[m].today for m in MEASURES])
    error, mean = np.array(errors), np.array(means)
    target = mean.mean(axis=0)  # the same ability in every set
    covered = [
        [i.low_deg <= t <= i.high_deg for i, t in zip(row, target, strict=True)] for row in held
    ]
    ends = np.cov(mean[:, :2].T)
    shift = max(float(np.cov(error.T)[0, 1]), 0.0)
    return Fitted(
        setup,
        len(mean),
        float(np.sqrt(max(np.mean(error**2) - shift, 0.0))),
        float(np.sqrt(np.mean((error[:, 0] - error[:, 1]) ** 2))),
        float(np.sqrt(max(ends[0, 1], shift))),
        float(np.sqrt(np.max(np.mean(within, axis=0)))),
        float(np.sqrt(np.mean(spreads))),
        float(np.mean(covered)),
    )


@dataclass(frozen=True)
class VisitModel:
    """How a visit's reps come about: a value, and what each source of error does to it, SD in deg.

    ``sem_deg`` is the total that one visit's mean misses the long-run value by.
    """

    sem_deg: float
    zero_deg: float
    sensor_deg: float
    rep_sd_deg: float = REP_SD_DEG
    reps: int = REPS

    @property
    def day_deg(self) -> float:
        """SD of the visit's own effect: what is left of the total."""
        rest = self.sem_deg**2 - self.zero_deg**2 - self.sensor_deg**2
        return math.sqrt(max(rest - self.rep_sd_deg**2 / self.reps, 0.0))

    def draw(self, rng, long_run_deg):
        """Draw a visit's reps, and the mean that endless reps on that day would have had."""
        today = long_run_deg + rng.normal(0, self.day_deg)
        shift = rng.normal(0, self.zero_deg) + rng.normal(0, self.sensor_deg)
        return today + shift + rng.normal(0, self.rep_sd_deg, self.reps), today


def model(measure: str, sem_deg: float, **more) -> VisitModel:
    """The visit-level model of a measure, with the parts that the analysis was fitted to have."""
    zero = 0.0 if measure == "rom_deg" else ZERO_SD_DEG["standing"]
    return VisitModel(sem_deg, zero, SENSOR_SD_DEG[measure], **more)


@dataclass(frozen=True)
class Tally:
    """Of so many visits: how often each interval held the truth, and legs were called different."""

    visits: int
    difference: float
    long_run: float
    today: float
    called: float


def tally(measure: str, visits: int, how: VisitModel, true_deg: float, seed: int) -> Tally:
    """Draw visits of two legs that differ by so much, and judge them as the analysis does."""
    rng = np.random.default_rng([SEED, seed])
    sem = BORROWED_SEM[measure]
    hits = np.zeros(4)
    for _ in range(visits):
        at = (30.0 + true_deg, 30.0)
        reps, today = zip(*(how.draw(rng, a) for a in at), strict=True)
        one, other = (summarize_measure(list(r), measure) for r in reps)
        d = difference(one, other, sem, measure=measure)
        e = estimate(one, sem, measure=measure)
        hits += (
            d.low_deg <= true_deg <= d.high_deg,
            e.long_run.low_deg <= at[0] <= e.long_run.high_deg,
            e.today is not None and e.today.low_deg <= today[0] <= e.today.high_deg,
            d.verdict == BEYOND,
        )
    return Tally(visits, *(float(h) for h in hits / visits))


def own_coverage(factor: float, visits: int, courses: int, seed: int) -> float:
    """Coverage of the difference at the last of so many weekly visits, own SEM where it is due."""
    rng = np.random.default_rng([SEED, 7, seed])
    measure, borrowed = "df_peak_deg", BORROWED_SEM["df_peak_deg"]
    how = model(measure, factor * borrowed.deg)
    days = [7.0 * k for k in range(visits)]
    held = 0
    for _ in range(courses):
        pairs = [
            [
                summarize_measure(list(how.draw(rng, mu)[0]), measure)
                for mu in (30.0 - 8.0 + 0.5 * k, 30.0)
            ]
            for k in range(visits)
        ]
        gap = [(a.mean - b.mean) / math.sqrt(2) for a, b in pairs]
        sd, n = (
            np.array([[getattr(s, of) or 0.0 for s in pair] for pair in pairs])
            for of in ("sd", "n")
        )
        each = within_deg(sd, n, np.full(n.shape, zero_sd_deg(measure, "standing")), measure)
        within = np.hypot(*each.T) / math.sqrt(2)
        sem = own_sem(days, gap, within, OWN_SEM_DOF) or borrowed
        d = difference(*pairs[-1], sem, measure=measure)
        held += d.low_deg <= -8.0 + 0.5 * (visits - 1) <= d.high_deg
    return held / courses


def called_a_change(
    slope: float, weeks: int, courses: int, sem_deg: float, seed: int, correlation: float = 0.0
) -> float:
    """Share of weekly courses that are called a change in the right direction, at any look.

    A flat course counts whichever way it is called.
    """
    rng = np.random.default_rng([SEED, 9, seed])
    called = 0
    for _ in range(courses):
        e = rng.normal(0, sem_deg, weeks)
        for k in range(1, weeks):
            e[k] = correlation * e[k - 1] + math.sqrt(1 - correlation**2) * e[k]
        value, days = e + slope * np.arange(weeks), 7.0 * np.arange(weeks)
        for n in range(2, weeks + 1):
            t = fit_trend("df_peak_deg", days[:n], value[:n], Sem(sem_deg, "true"))
            right = slope == 0 or (t.slope_deg_week or 0.0) * slope > 0
            if "beyond" in t.verdict and right:
                called += 1
                break
    return called / courses


def percent(share: float) -> str:
    """A share of visits or courses."""
    return f"{100 * share:.1f} %"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def fitted_table(sets: int) -> str:
    """The visit-level model's parameters, as fitted to each set-up."""
    head = ["SD, deg", "sets", "sensor: an end", "sensor: range", "zero: shared by both ends"]
    head += ["from rep to rep, sensor", "reps (2.0 drawn)", "today's interval holds"]
    rows = []
    for setup in SETUPS:
        f = fitted(setup, sets)
        of = [f.end_deg, f.range_deg, f.zero_deg, f.each_rep_deg, f.rep_sd_deg]
        cells = [f"{v:.2f}" for v in of]
        rows.append([setup.replace("_", " "), str(f.sets), *cells, percent(f.covered)])
    return table(head, rows)


def coverage_table(visits: int) -> str:
    """Coverage and false calls per measure, at and off the assumed SEM."""
    head = ["true SEM / assumed", "measure", "difference held", "leg, long run, held"]
    head += ["leg, today, held", "equal legs called different"]
    rows = []
    for factor in FACTORS:
        for k, measure in enumerate(MEASURES):
            how = model(measure, factor * BORROWED_SEM[measure].deg)
            t = tally(measure, visits, how, 0.0, k)
            cells = [percent(v) for v in (t.difference, t.long_run, t.today, t.called)]
            rows.append([f"{factor:g}", measure.removesuffix("_deg").replace("_", " "), *cells])
    return table(head, rows)


def power_table(visits: int) -> str:
    """How often a true difference is found, by its size and the true SEM."""
    sizes, sems = (2.0, 4.0, 6.0, 8.0, 10.0), (1.0, 1.5, 2.1)
    head = ["true difference, deg", *(f"true SEM {s:g} deg" for s in sems)]
    rows = []
    for size in sizes:
        found = [tally("df_peak_deg", visits, model("df_peak_deg", s), size, 11) for s in sems]
        rows.append([f"{size:g}", *(percent(t.called) for t in found)])
    return table(head, rows)


def reps_table(visits: int) -> str:
    """Few, many, steady and scattered reps: the day's own error stays the same."""
    head = ["reps", "their SD, deg", "difference held", "leg, today, held"]
    base = model("df_peak_deg", BORROWED_SEM["df_peak_deg"].deg)
    rows = []
    for reps in (1, 2, 3, 5, 10, 20):
        for rep_sd in (1.0, 2.0, 4.0):
            total = base.sem_deg**2 - base.rep_sd_deg**2 / base.reps + rep_sd**2 / reps
            how = replace(base, sem_deg=math.sqrt(total), rep_sd_deg=rep_sd, reps=reps)
            t = tally("df_peak_deg", visits, how, 0.0, 21)
            today = percent(t.today) if reps > 1 else "none is given"
            rows.append([str(reps), f"{rep_sd:g}", percent(t.difference), today])
    return table(head, rows)


def own_table(courses: int) -> str:
    """Coverage of the difference where the own SEM takes over, after 12 visits."""
    counts = (11, 12, 14, 20)
    head = ["true SEM / borrowed", *(f"visit {n}" for n in counts)]
    rows = [[f"{f:g}", *(percent(own_coverage(f, n, courses, n)) for n in counts)] for f in FACTORS]
    return table(head, rows)


def trend_table(courses: int, *, full: bool) -> str:
    """Courses that are called a change at any weekly look."""
    head = ["weekly course", "weeks", "called a change"]
    sem = BORROWED_SEM["df_peak_deg"].deg
    both = math.sqrt(2) * sem
    cases = [("flat", 0.0, 12, sem, 0.0), ("flat", 0.0, 13, sem, 0.0)]
    if full:
        cases += [("flat", 0.0, n, sem, 0.0) for n in (26, 52, 104)]
    cases += [(f"flat, visits correlated by {r:g}", 0.0, 12, sem, r) for r in (0.2, 0.4)]
    cases += [(f"{s:g} deg a week, a leg", s, 12, sem, 0.0) for s in (0.25, 0.5, 1.0)]
    cases += [(f"{s:g} deg a week, the difference", s, 12, both, 0.0) for s in (0.25, 0.5, 1.0)]
    rows = []
    for k, (name, slope, weeks, sd, r) in enumerate(cases):
        n = courses if weeks < 50 else courses // 4
        rows.append([name, str(weeks), percent(called_a_change(slope, weeks, n, sd, k, r))])
    return table(head, rows)


def section(*, full: bool) -> str:
    """The tables of the intervals' validation, as markdown."""
    n = 1000 if full else 100
    sem = BORROWED_SEM["df_peak_deg"].deg
    how = model("df_peak_deg", sem)
    return "\n\n".join(
        [
            f"Fitted to simulated sets of {REPS} reps (seed {SEED}):",
            fitted_table(60 if full else 6),
            f"Visits are drawn with a zero of SD {how.zero_deg:g} deg, a sensor of "
            f"{how.sensor_deg:g} deg, {REPS} reps of SD {REP_SD_DEG:g} deg and days of "
            f"{how.day_deg:.2f} deg, a total SEM of {sem:g} deg; {n} visits a row:",
            coverage_table(n),
            f"True differences called beyond measurement error (assumed SEM {sem:g} deg):",
            power_table(n),
            "Other numbers of reps, and other scatter:",
            reps_table(n),
            f"The difference's interval while the person's own SEM takes over (from {OWN_SEM_DOF} "
            "degrees of freedom on, 12 visits), in a course that rises:",
            own_table(n),
            f"Trends, looked at after every visit, SEM {sem:g} deg:",
            trend_table(n, full=full),
        ]
    )


if __name__ == "__main__":
    print(section(full="--full" in sys.argv))
