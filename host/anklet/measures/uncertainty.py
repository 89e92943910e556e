"""How far a leg's mean can be believed: an error budget with named parts.

The parts are standard uncertainties in the sense of the *Guide to the Expression of Uncertainty in
Measurement* (JCGM 100:2008). They add in quadrature; each error is in one part only:

sensor
    What orientation, axis, low-pass and a strap that wobbles do to an end of the range, the same in
    every rep of a set. What they do differently from rep to rep is in the reps' own scatter.
calibration and zero
    What shifts both ends of the range alike: where the zero was taken. Dorsiflexion and
    plantarflexion share it; the range does not have it. The block's angle is not in it: it is taken
    as given, and a wrong one shifts both legs alike.
rep-to-rep
    The reps' scatter over the root of their number. Reps count as independent.
day-to-day
    What visits differ by beyond that: a standard error of measurement between visits holds reps,
    zero and sensor already, so this part is what remains of it when they are taken off.
"""

import math
from collections.abc import Mapping

import numpy as np
from scipy.special import stdtrit

from anklet.measures.metrics import summarize
from anklet.measures.norms import Z_95, Sem
from anklet.model import MEASURES, Estimate, Floats, Interval, Leg, Measure, Part, Summary, Zero

SENSOR_SD_DEG: Mapping[Measure, float] = {
    "df_peak_deg": 0.25,
    "pf_peak_deg": 0.25,
    "rom_deg": 0.35,
}
"""RMS error of a set's mean on simulated sets with known truth, the zero's shift taken off; the
worst of five set-ups (``tests/validation/coverage.py``)."""
ZERO_SD_DEG: Mapping[Zero, float] = {"standing": 0.35, "neutral": 1.0, "none": 0.0}
"""Standing: the sway of quiet standing, as though the seconds that zero is taken from did not
average it; the shift of both ends on simulated sets is smaller (``tests/validation/coverage.py``).
An examiner's neutral is not known so well: 1 deg is assumed."""
EACH_REP_SD_DEG = 0.35
"""What the sensor does differently from rep to rep, as `SENSOR_SD_DEG`."""
OWN_SCATTER = "their SD over the root of their number"
FEW_REPS = 5
REP_SD_DEG = 2.0
"""Fewer reps than `FEW_REPS` do not tell their own scatter: for the long run it counts as this at
least (a usual one of slow squats, assumed)."""


def leg_estimates(leg: Leg, sems: Mapping[Measure, Sem]) -> dict[Measure, Estimate | None]:
    """Estimate each quantity of a leg over all its sets; None without a rep that stands."""
    return {m: estimate(pooled(leg, m), sems[m], measure=m, zero=leg.zero) for m in MEASURES}


def pooled(leg: Leg, measure: Measure) -> Summary:
    """Summary of one quantity over all sets of a leg."""
    return summarize_measure([getattr(rep, measure) for rep in leg.reps], measure)


def summarize_measure(values: list[float | None], measure: Measure) -> Summary:
    """Summary of one quantity; further is more negative in plantarflexion."""
    return summarize(values, best_is_high=measure != "pf_peak_deg")


def estimate(
    summary: Summary, sem: Sem, *, measure: Measure = "df_peak_deg", zero: Zero = "standing"
) -> Estimate | None:
    """Give a mean its intervals; None without a rep.

    Today's half-width is Student's for the reps and 1.96 SD for sensor and zero, whose figures
    count as known, in quadrature. (The effective degrees of freedom of JCGM 100:2008, G.4.1, hold
    too seldom with two or three reps: 87 % and 92 % where reps have an SD of 2 deg.) The long run's
    takes `quantile` of the SEM.

    Parameters
    ----------
    summary : Summary
        Of the reps that stand.
    sem : Sem
        Standard error of measurement of one leg's value between visits.
    measure, zero : str
        What it is, and from where it counts.
    """
    if summary.mean is None:
        return None
    fixed = _fixed_parts(measure, zero)
    parts = long_run_parts(summary, sem, measure=measure, zero=zero)
    each = (*fixed, Part("sensor", EACH_REP_SD_DEG, "simulated sets"))
    return Estimate(
        summary.mean,
        summary.n,
        _today(summary, fixed),
        _around(summary.mean, quantile(sem) * quadrature(parts), parts),
        Z_95 * quadrature(each),
    )


def long_run_parts(
    summary: Summary, sem: Sem, *, measure: Measure = "df_peak_deg", zero: Zero = "standing"
) -> tuple[Part, ...]:
    """Return the parts of a leg's error against the person's long-run value.

    Together they are the SEM, which holds an ordinary visit's reps, zero and sensor; only what this
    visit has of these beyond `Sem.contained_deg` comes on top, so nothing is added twice.
    """
    within = _within(summary, measure, zero)
    held = min(quadrature(within), sem.contained_deg, sem.deg)
    rest = math.sqrt(sem.deg**2 - held**2)
    return (*within, Part("day-to-day", rest, f"the rest of the SEM, {sem.deg:.2g} deg"))


def long_run_half_deg(summary: Summary, sem: Sem, *, measure: Measure, zero: Zero) -> float:
    """Return half of a mean's 95 % interval for the person's long-run value, deg."""
    return quantile(sem) * quadrature(long_run_parts(summary, sem, measure=measure, zero=zero))


def within_deg(sd_deg: Floats, n: Floats, zero_deg: Floats, measure: Measure) -> Floats:
    """Return the standard errors that the means of n reps have within their visits, deg.

    Parameters
    ----------
    sd_deg, n : (k,) arrays
        Of the reps of each visit.
    zero_deg : (k,) array
        As `zero_sd_deg` says.
    measure : str
    """
    reps = np.where(n < FEW_REPS, np.maximum(sd_deg, REP_SD_DEG), sd_deg) / np.sqrt(n)
    return np.sqrt(SENSOR_SD_DEG[measure] ** 2 + zero_deg**2 + reps**2)


def zero_sd_deg(measure: Measure, zero: Zero) -> float:
    """Return the standard uncertainty of the zero in a measure, deg."""
    return 0.0 if measure == "rom_deg" else ZERO_SD_DEG[zero]


def quadrature(parts: tuple[Part, ...]) -> float:
    """Root of the sum of squares, deg."""
    return math.hypot(*(part.sd_deg for part in parts))


def quantile(sem: Sem) -> float:
    """Half-width of a 95 % interval in standard errors: Student's for an own SEM."""
    return Z_95 if sem.dof is None else float(stdtrit(sem.dof, 0.975))


def _today(summary: Summary, fixed: tuple[Part, ...]) -> Interval | None:
    if summary.mean is None or summary.sd is None:
        return None
    reps = Part("rep-to-rep", summary.sd / math.sqrt(summary.n), OWN_SCATTER)
    half = math.hypot(float(stdtrit(summary.n - 1, 0.975)) * reps.sd_deg, Z_95 * quadrature(fixed))
    return _around(summary.mean, half, (*fixed, reps))


def _fixed_parts(measure: Measure, zero: Zero) -> tuple[Part, ...]:
    shift = zero_sd_deg(measure, zero)
    source = {
        "standing": "sway of quiet standing",
        "neutral": "assumed of an examiner's neutral",
        "none": "no zero",
    }[zero]
    return (
        Part("sensor", SENSOR_SD_DEG[measure], "simulated sets with known truth"),
        Part("calibration and zero", shift, "not in a range" if measure == "rom_deg" else source),
    )


def _within(summary: Summary, measure: Measure, zero: Zero) -> tuple[Part, ...]:
    return (*_fixed_parts(measure, zero), _cautious_rep_part(summary))


def _cautious_rep_part(summary: Summary) -> Part:
    sd, n = summary.sd or 0.0, summary.n
    if n < FEW_REPS and sd < REP_SD_DEG:
        return Part("rep-to-rep", REP_SD_DEG / math.sqrt(n), f"{REP_SD_DEG:g} deg assumed of few")
    return Part("rep-to-rep", sd / math.sqrt(n), OWN_SCATTER)


def _around(value_deg: float, half_deg: float, parts: tuple[Part, ...]) -> Interval:
    return Interval(value_deg - half_deg, value_deg + half_deg, parts)
