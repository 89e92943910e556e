"""Numbers of a rep and of a set, from the ankle angle."""

import numpy as np

from anklet.measures.reps import Excursion, filled
from anklet.model import Bools, Floats, Rep, Summary

GAP_TOLERANCE_DEG = 0.5
"""A peak stands beside a gap when the angle cannot have passed it by more than this inside."""
DWELL_DEG = 2.0
"""Dwell is the time spent within this of the rep's far peak."""
MAX_PLAUSIBLE_DEG = 90.0
"""No ankle has a peak beyond this; a larger one is a sensor that slipped or a wrong calibration."""


def measure_rep(
    angle_deg: Floats,
    rate_hz: float,
    t0_s: float,
    at: Excursion,
    *,
    far_is_df: bool,
    has_zero: bool,
    saturated: Bools,
    off_plane_deg: Floats | None,
) -> Rep:
    """Measure one rep.

    Parameters
    ----------
    angle_deg : (n,) array
        Ankle angle, low-passed; NaN in gaps.
    rate_hz, t0_s : float
        Rate of the trace and time of its first node.
    at : Excursion
        Where the rep is.
    far_is_df : bool
        The rep goes to its DF peak and back (else to its PF peak).
    has_zero : bool
        Without a zero only the range is a result.
    saturated : (n,) bool array
        A sensor was at its limit.
    off_plane_deg : (n,) array or None
        Tilt of the segment out of the calibration plane.

    Returns
    -------
    Rep
        ``out_s``, ``back_s``: phase times to and from the far peak. ``dwell_s``: time within 2 deg
        of it. ``peak_rate_deg_s``: largest angular speed. ``smoothness``: see
        `log_dimensionless_jerk`. ``plane_deviation_deg``: largest change of tilt out of the
        calibration plane.
    """
    reasons: list[str] = []
    inside = angle_deg[at.start : at.last + 1]
    whole = filled(inside)
    df, pf = float(whole[at.df - at.start]), float(whole[at.pf - at.start])
    df_valid = _stands(inside, whole, df, "DF", reasons)
    pf_valid = _stands(-inside, -whole, -pf, "PF", reasons)
    if at.cut:
        reasons.append("the recording ends inside the rep")
        df_valid, pf_valid = (df_valid, False) if far_is_df else (False, pf_valid)
    if saturated[at.start : at.last + 1].any():
        reasons.append("a sensor was at its limit")
        df_valid = pf_valid = False
    if df - pf > MAX_PLAUSIBLE_DEG or (has_zero and max(abs(df), abs(pf)) > MAX_PLAUSIBLE_DEG):
        reasons.append(f"beyond {MAX_PLAUSIBLE_DEG:.0f} deg: not an ankle")
        df_valid = pf_valid = False
    x = whole[: max(at.end - at.start, 1) + 1]
    rate = np.gradient(x) * rate_hz
    far = min((at.df if far_is_df else at.pf) - at.start, len(x) - 1)
    return Rep(
        start_s=t0_s + at.start / rate_hz,
        end_s=t0_s + at.end / rate_hz,
        df_time_s=t0_s + at.df / rate_hz,
        pf_time_s=t0_s + at.pf / rate_hz,
        df_peak_deg=df if df_valid and has_zero else None,
        pf_peak_deg=pf if pf_valid and has_zero else None,
        rom_deg=df - pf if df_valid and pf_valid else None,
        df_valid=df_valid,
        pf_valid=pf_valid,
        reasons=tuple(reasons),
        out_s=far / rate_hz,
        back_s=(len(x) - 1 - far) / rate_hz,
        dwell_s=float(np.sum(np.abs(x - x[far]) <= DWELL_DEG) / rate_hz),
        peak_rate_deg_s=float(np.abs(rate).max()),
        smoothness=log_dimensionless_jerk(rate, rate_hz),
        plane_deviation_deg=_off_plane(off_plane_deg, at),
    )


def summarize(values: list[float | None], *, best_is_high: bool = True) -> Summary:
    """Median, mean, SD, mean of the best three and fade of a set's valid values.

    Parameters
    ----------
    values : list of float or None
        One per rep, in order; None where not measured.
    best_is_high : bool
        False where further is more negative (PF peaks).

    Returns
    -------
    Summary
        SD is None below 2 values; ``best3`` and ``fade_per_rep`` (least-squares slope over the rep
        number, deg a rep) are None below 3.
    """
    number = np.array([k for k, v in enumerate(values) if v is not None], float)
    x = np.array([v for v in values if v is not None])
    if not len(x):
        return Summary(None, None, None, 0)
    best = np.sort(x if best_is_high else -x)[-3:] * (1 if best_is_high else -1)
    return Summary(
        median=float(np.median(x)),
        mean=float(x.mean()),
        sd=float(x.std(ddof=1)) if len(x) > 1 else None,
        n=len(x),
        best3=float(best.mean()) if len(x) > 2 else None,
        fade_per_rep=_slope(number, x) if len(x) > 2 else None,
    )


def _slope(x: Floats, y: Floats) -> float:
    """Least-squares slope."""
    x = x - x.mean()
    return float(x @ y / (x @ x))


def log_dimensionless_jerk(rate_deg_s: Floats, rate_hz: float) -> float | None:
    """Smoothness of a movement from its angular rate; nearer to zero is smoother.

    ``-ln(T^3 / v_peak^2 * integral (d2v/dt2)^2 dt)`` (Balasubramanian, Melendez-Calderon, Burdet,
    J NeuroEng Rehabil 12:112, 2015, eq. 2), the rate being v.

    Parameters
    ----------
    rate_deg_s : (n,) array
    rate_hz : float
    """
    peak = np.abs(rate_deg_s).max(initial=0.0)
    if len(rate_deg_s) < 5 or peak <= 0:
        return None
    jerk = np.gradient(np.gradient(rate_deg_s, 1 / rate_hz), 1 / rate_hz)
    duration_s = (len(rate_deg_s) - 1) / rate_hz
    total = duration_s**3 / peak**2 * np.sum(jerk**2) / rate_hz
    return float(-np.log(total)) if total > 0 else None


def _stands(x: Floats, whole: Floats, peak: float, name: str, reasons: list[str]) -> bool:
    """Whether no gap inside the rep may hide an angle beyond its peak.

    In a gap of n steps the angle can rise above the line between its ends by A n^2 / 8, A being the
    rep's own largest second difference (a parabola over the gap).
    """
    missing = np.isnan(x)
    if not missing.any():
        return True
    second = np.abs(np.diff(whole, 2))[~(missing[:-2] | missing[1:-1] | missing[2:])]
    curve = float(np.percentile(second, 99)) if len(second) else np.inf
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        around = whole[max(0, start - 1) : stop + 1]
        bound = around.max() + curve * (stop - start + 1) ** 2 / 8
        if bound > peak + GAP_TOLERANCE_DEG:
            reasons.append(f"a gap may hide the {name} peak")
            return False
    return True


def _off_plane(off_plane_deg: Floats | None, at: Excursion) -> float | None:
    if off_plane_deg is None:
        return None
    x = off_plane_deg[at.start : at.end + 1]
    x = x[np.isfinite(x)]
    return float(np.abs(x - x[0]).max()) if len(x) else None
