"""Postures that are held: plateaus of the ankle angle, and reps read at them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from anklet.measures.reps import BAND_DEG, BAND_SHARE
from anklet.model import Bools, Direction, Floats, Hold, Rep
from anklet.model.assessed import End

WINDOW_S = 1.5
"""A hold lasts at least this long: an ankle that turns back at its peak stays within 2 deg for a
second. `tests/validation/protocols.py` counts the holds found in reps that hold nothing: a fifth of
slow lunges with 1.0 s."""
BAND_HELD_DEG = 2.0
"""Within a window a held angle spans no more: twice the range of sway at the shank, and less than
what a movement of 3 deg/s covers. Chosen on simulated sets: `tests/validation/protocols.py`."""
TRIM_DEG = 1.0
"""A hold reaches as far as the angle stays this near its level: the movements to and from it begin
and end slowly, and a slow creep is several holds."""


def find_holds(angle_deg: Floats, rate_hz: float, t0_s: float) -> tuple[Hold, ...]:
    """Find the plateaus of an ankle angle.

    Parameters
    ----------
    angle_deg : (n,) array
        Low-passed ankle angle; NaN in gaps, which no hold reaches across.
    rate_hz, t0_s : float
        Rate of the trace and time of its first node.

    Returns
    -------
    tuple of Hold
        In time order: each at least `WINDOW_S` long, in which no window of that length spans more
        than `BAND_HELD_DEG`. The angle is the median, the steadiness the SD.
    """
    window = max(2, round(WINDOW_S * rate_hz))
    if len(angle_deg) < window:
        return ()
    measured = np.isfinite(angle_deg)
    x = np.where(measured, angle_deg, 0.0)
    span = maximum_filter1d(x, window) - minimum_filter1d(x, window)
    whole = minimum_filter1d(measured.astype(np.uint8), window, mode="constant").astype(bool)
    calm = whole & (span <= BAND_HELD_DEG)
    held = maximum_filter1d(calm.astype(np.uint8), window, mode="constant").astype(bool) & measured
    holds: list[Hold] = []
    for start, stop in _runs(held):
        for a, b in _level_parts(x[start:stop], window):
            part = x[start + a : start + b]
            holds.append(
                Hold(
                    t0_s + (start + a) / rate_hz,
                    t0_s + (start + b - 1) / rate_hz,
                    float(np.median(part)),
                    float(part.std()),
                )
            )
    return tuple(holds)


def end_holds(reps: Sequence[Rep], holds: Sequence[Hold], direction: Direction) -> tuple[Hold, ...]:
    """Return the holds that are ends of reps, each with the end that it is.

    Parameters
    ----------
    reps : sequence of Rep
        With a zero.
    holds : sequence of Hold
        Of the whole trace.
    direction : str
        The start posture of reps that go one way is not an end.
    """
    found: list[Hold] = []
    for rep in reps:
        if direction != "pf_first":
            found += _held("df", rep.df_peak_deg, rep, holds)
        if direction != "df_first":
            found += _held("pf", rep.pf_peak_deg, rep, holds)
    return tuple(sorted(found, key=lambda hold: hold.start_s))


def at_holds(rep: Rep, holds: Sequence[Hold]) -> Rep:
    """Read both ends of a rep where they were held, instead of at its peaks.

    An end without a hold near its peak is not measured, and the rep says so.
    """
    df = _held("df", rep.df_peak_deg, rep, holds)
    pf = _held("pf", rep.pf_peak_deg, rep, holds)
    reasons = list(rep.reasons)
    for name, peak_deg, held in (("DF", rep.df_peak_deg, df), ("PF", rep.pf_peak_deg, pf)):
        if peak_deg is not None and not held:
            reasons.append(f"the {name} end was not held still for {WINDOW_S:g} s")
    return replace(
        rep,
        df_time_s=0.5 * (df[0].start_s + df[0].end_s) if df else rep.df_time_s,
        pf_time_s=0.5 * (pf[0].start_s + pf[0].end_s) if pf else rep.pf_time_s,
        df_peak_deg=df[0].angle_deg if df else None,
        pf_peak_deg=pf[0].angle_deg if pf else None,
        rom_deg=df[0].angle_deg - pf[0].angle_deg if df and pf else None,
        df_valid=bool(df),
        pf_valid=bool(pf),
        reasons=tuple(reasons),
    )


def _held(end: End, peak_deg: float | None, rep: Rep, holds: Sequence[Hold]) -> list[Hold]:
    """The longest hold inside a rep within a rep's band of its peak: a push goes beyond it."""
    if peak_deg is None:
        return []
    band = max(BAND_DEG, BAND_SHARE * (rep.rom_deg or 0.0))
    near = [
        h
        for h in holds
        if h.start_s < rep.end_s and h.end_s > rep.start_s and abs(h.angle_deg - peak_deg) <= band
    ]
    return [replace(max(near, key=lambda h: h.length_s), end=end)] if near else []


def _level_parts(x: Floats, window: int) -> list[tuple[int, int]]:
    """The level stretches of a calm run, in time order: the longest first, then beside it."""
    best = (0, 0)
    for first in range(0, len(x) - window + 1, max(1, window // 4)):
        middle = first + window // 2
        off = np.flatnonzero(np.abs(x - np.median(x[first : first + window])) > TRIM_DEG)
        after = int(np.searchsorted(off, middle))
        start = int(off[after - 1]) + 1 if after else 0
        stop = int(off[after]) if after < len(off) else len(x)
        best = max(best, (start, stop), key=lambda part: part[1] - part[0])
    start, stop = best
    if stop - start < window:
        return []
    after = [(a + stop, b + stop) for a, b in _level_parts(x[stop:], window)]
    return [*_level_parts(x[:start], window), best, *after]


def _runs(mask: Bools) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
