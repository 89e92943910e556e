"""A visit made by hand: sine reps with known peaks, one gap, one rejected rep."""

from dataclasses import replace
from datetime import date

import numpy as np

from anklet.measures.compare import compare_legs
from anklet.measures.norms import Sem
from anklet.measures.uncertainty import leg_estimates
from anklet.model import (
    MEASURES,
    Analysis,
    Calibration,
    Leg,
    Rep,
    RepSet,
    Summary,
    Trace,
    Trend,
    TrendPoint,
)
from anklet.report import ReportPage

RATE_HZ = 52.0
REP_S = 4.0
REJECTED = 6
CALIBRATION = Calibration(
    axis_xyz=(0.0, 0.0, 1.0),
    axis_from="movement",
    sign_from="nominal",
    explained_variance=0.987,
    stillness_deg_s=0.31,
    misalignment_deg=6.2,
    zero_s=(1.0, 4.0),
    gyro_bias_rad_s=(0.0, 0.0, 0.0),
)


def summary(values):
    held = np.array([v for v in values if v is not None])
    if not len(held):
        return Summary(None, None, None, 0)
    sd = float(held.std(ddof=1)) if len(held) > 1 else None
    return Summary(float(np.median(held)), float(held.mean()), sd, len(held))


def leg(side, peak_deg, *, zero="standing", setup="planted", n_sets=2, reject_all=False, seed=1):
    """Ten reps a set; rep 6 of the first set is rejected and its recording has a gap."""
    rng = np.random.default_rng(seed)
    start_s = 10.0 + 30.0 * (side == "right")
    angles = [np.zeros(int(start_s * RATE_HZ))]
    sets, t_s = [], start_s
    for k in range(n_sets):
        reps = []
        for i in range(10):
            top = peak_deg + rng.normal(0, 1.0) - 0.15 * i
            low = -2.0 + rng.normal(0, 0.6)
            x = np.arange(int(REP_S * RATE_HZ)) / (REP_S * RATE_HZ)
            up, down = (1 - np.cos(2 * np.pi * x / 0.8)) / 2, (1 - np.cos(10 * np.pi * x)) / 2
            deg = np.where(x < 0.8, top * up, low * down)
            bad = reject_all or (k == 0 and i == REJECTED - 1)
            if bad:
                deg[60:90] = np.nan
            angles.append(deg)
            keeps = not bad
            reps.append(
                Rep(
                    start_s=t_s,
                    end_s=t_s + REP_S,
                    df_time_s=t_s + 0.4 * REP_S,
                    pf_time_s=t_s + 0.9 * REP_S,
                    df_peak_deg=top if keeps and zero != "none" else None,
                    pf_peak_deg=low if keeps and zero != "none" else None,
                    rom_deg=top - low if keeps else None,
                    df_valid=keeps,
                    pf_valid=keeps,
                    reasons=() if keeps else ("a gap may hide the DF peak",),
                    out_s=1.6,
                    back_s=1.6,
                    dwell_s=0.4,
                    peak_rate_deg_s=41.0,
                    smoothness=-6.1,
                    plane_deviation_deg=2.0,
                )
            )
            t_s += REP_S
        angles.append(np.zeros(int(20 * RATE_HZ)))
        of = {m: summary([getattr(r, m) for r in reps]) for m in MEASURES}
        sets.append(RepSet(reps[0].start_s, reps[-1].end_s, "df_first", tuple(reps), **of))
        t_s += 20.0
    deg = np.concatenate(angles)
    segment = "foot" if setup == "table" else "shank"
    return estimated(
        side=side,
        setup=setup,
        zero=zero,
        calibration={segment: CALIBRATION},
        sets=tuple(sets),
        trace=Trace(0.0, RATE_HZ, deg),
        samples=len(deg) - 30,
        lost_samples=30,
    )


SEMS = {m: Sem(1.5, "borrowed: Konor 2012, weight-bearing lunge, within session") for m in MEASURES}


def estimated(**fields):
    """A leg with the estimates that follow from its reps."""
    measured = Leg(**fields)
    return replace(measured, estimates=leg_estimates(measured, SEMS))


def with_sets(measured, sets):
    """The leg with other sets."""
    held = replace(measured, sets=sets)
    return replace(held, estimates=leg_estimates(held, SEMS))


def analysis(left=None, right=None, *, involved="right", compared=True, block_deg=20.0):
    legs = {x.side: x for x in (left, right) if x is not None}
    both = compare_legs(left, right, involved, SEMS) if compared and len(legs) == 2 else None
    return Analysis(3, legs, both, block_deg, ())


def two_legs(**how):
    left, right = leg("left", 27.0, seed=1, **how), leg("right", 23.0, seed=2, **how)
    return analysis(left, right)


def trend_of(measure, start, slope, sem_deg=1.5, n=11, seed=0):
    rng = np.random.default_rng(seed)
    first = date(2026, 1, 20).toordinal()
    weeks = [w for w in range(n + 2) if w not in (4, 5)]
    deg = [start + slope * w + rng.normal(0, 0.8) for w in weeks]
    points = tuple(
        TrendPoint(float(first + 7 * w), d, 1.96 * sem_deg) for w, d in zip(weeks, deg, strict=True)
    )
    return Trend(
        measure=measure,
        points=points,
        slope_deg_week=slope,
        low_deg_week=slope - 0.3,
        high_deg_week=slope + 0.3,
        intercept_deg=deg[0],
        baseline_deg=deg[0],
        mdc_deg=1.96 * 2**0.5 * sem_deg,
        confidence=0.98,
        from_day=points[0].day,
        sem_deg=sem_deg,
        sem_source="borrowed",
        verdict=f"{'Rising beyond' if slope > 0.3 else 'Any trend is within'} measurement error: "
        f"{slope:+.2f} deg a week (98 % interval {slope - 0.3:+.2f} to {slope + 0.3:+.2f}).",
    )


def trends():
    return {
        "df_peak_deg": {
            "left": trend_of("df_peak_deg", 27.0, 0.02, seed=1),
            "right": trend_of("df_peak_deg", 14.0, 0.75, seed=2),
        },
        "difference": {"difference": trend_of("difference", -13.0, 0.73, sem_deg=2.1, seed=3)},
    }


def page(of=None, **changes):
    how = {
        "analysis": two_legs() if of is None else of,
        "person_code": "K-014",
        "involved": "right",
        "injured_on": date(2026, 1, 2),
        "visit_on": date(2026, 4, 14),
        "protocol": "split squat, knee bent, 2 sets of 10",
        "block_deg": 20.0,
        "footwear": "shoes",
        "measured_by": "M. Example",
        "pain": "left 2 before, 3 after; right 0 before, 1 after",
        "tags": "tactile cue, new shoes",
        "trends": trends(),
        "software_version": "0.1.0",
        "provenance": "input 3f9a12c0, calibration 7, protocol split_squat 1",
        "notes": "",
    }
    return ReportPage(**{**how, **changes})
