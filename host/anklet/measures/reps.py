"""Repetitions in an ankle angle: peaks that stand out, and where each rep starts and ends.

A rep is a peak whose prominence (the least that the angle turns back by on either side) is a good
share of the set's usual excursion: hesitations half-way turn back by less, uneven reps by more.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.signal import find_peaks

from anklet.model import Direction, Floats

LEAST_EXCURSION_DEG = 6.0
"""Smaller movements are never reps: four times the sway of quiet standing at the shank."""
PROMINENCE_SHARE = 0.4
"""Least prominence of a rep, as a share of the usual one."""
BAND_DEG, BAND_SHARE = 2.0, 0.1
"""A rep starts and ends on leaving and re-entering a band of max(2 deg, 10 %) about the posture."""
EDGE_S, AT_REST = 0.5, 0.12
"""The posture before and after reps is the median of this long; nearer to an end of the range than
this share of it, reps go one way."""
END_S, END_DEG = 0.2, 2.0
"""A trace that falls by more than this in its last 0.2 s ends inside a rep."""
SETTLE_S = 1.0
"""The far end of a rep may be reached this long after the band was re-entered."""


@dataclass(frozen=True)
class Excursion:
    """One rep as nodes of the trace.

    ``last`` is the last node whose angle belongs to it; ``cut`` says that the trace ends before the
    rep does.
    """

    start: int
    end: int
    df: int
    pf: int
    last: int
    cut: bool = False

    def moved(self, by: int) -> "Excursion":
        """The same rep in a longer trace, whose node ``by`` is this one's first."""
        return Excursion(
            self.start + by,
            self.end + by,
            self.df + by,
            self.pf + by,
            self.last + by,
            self.cut,
        )


def find_reps(
    angle_deg: Floats,
    rate_hz: float,
    direction: Direction,
    least_deg: float = LEAST_EXCURSION_DEG,
) -> tuple[Excursion, ...]:
    """Find the reps of a continuous piece of ankle angle.

    Parameters
    ----------
    angle_deg : (n,) array
        Low-passed ankle angle, dorsiflexion positive; NaN in gaps.
    rate_hz : float
    direction : str
        What a rep does first.
    least_deg : float
        Least prominence of a rep.

    Returns
    -------
    tuple of Excursion
        In time order; their start-end spans do not overlap.
    """
    x = filled(angle_deg)
    if direction == "both":
        return _both_ways(x, rate_hz, least_deg)
    up = x if direction == "df_first" else -x
    return tuple(_one_way(up, rate_hz, least_deg, flipped=direction == "pf_first"))


def tell_direction(angle_deg: Floats, rate_hz: float) -> Direction:
    """Tell what a foot's movement does first from the posture before and after the reps.

    Near the low peaks it is dorsiflexion first, near the high ones plantarflexion first (heel
    rises), between them both (table).
    """
    x = filled(angle_deg)
    highs, lows = _peaks(x)[0], _peaks(-x)[0]
    if not len(highs) or not len(lows):
        return "df_first" if len(highs) else "pf_first"
    high, low = np.median(x[highs]), np.median(x[lows])
    edge = max(1, round(EDGE_S * rate_hz))
    rest = 0.5 * (np.median(x[:edge]) + np.median(x[-edge:]))
    share = (rest - low) / max(high - low, 1e-9)
    if share < AT_REST:
        return "df_first"
    return "pf_first" if share > 1 - AT_REST else "both"


def usual_excursion_deg(angle_deg: Floats, direction: Direction) -> float:
    """Median prominence of the larger peaks at the far end of a rep, 0 without any."""
    return _peaks(filled(angle_deg) * (1 if direction == "df_first" else -1))[1]


def filled(angle_deg: Floats) -> Floats:
    """(n,) array: gaps bridged by straight lines, so that they hold no turning point."""
    measured = np.isfinite(angle_deg)
    if measured.all():
        return angle_deg.copy()
    nodes = np.arange(len(angle_deg))
    if not measured.any():
        return np.zeros(len(angle_deg))
    return np.interp(nodes, nodes[measured], angle_deg[measured])


def _peaks(
    x: Floats, least_deg: float = LEAST_EXCURSION_DEG
) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], float]:
    """Peaks that stand out by 40 % of the usual prominence, and that prominence."""
    at, found = find_peaks(x, prominence=least_deg)
    tall = found["prominences"]
    if not len(at):
        return at, 0.0
    usual = float(np.median(tall[tall >= 0.5 * np.percentile(tall, 90)]))
    return at[tall >= PROMINENCE_SHARE * usual], usual


def _one_way(up: Floats, rate_hz: float, least_deg: float, *, flipped: bool) -> list[Excursion]:
    """Reps that leave a low posture, peak and come back; ``flipped`` when up is plantarflexion."""
    at, _ = _peaks(up, least_deg)
    reps: list[Excursion] = []
    edges = _valleys(up, at)
    for k, peak in enumerate(at):
        before, after = edges[k], edges[k + 1]
        level = _band_level(float(up[peak]), max(float(up[before]), float(up[after])))
        start = before + int(np.flatnonzero(up[before : peak + 1] <= level)[-1])
        end = int(peak) + int(np.flatnonzero(up[peak : after + 1] <= level)[0])
        limit = after if k + 1 < len(at) else len(up) - 1
        last = min(max(end, limit), end + round(SETTLE_S * rate_hz))
        low = int(peak) + int(np.argmin(up[peak : last + 1]))
        df, pf = (low, int(peak)) if flipped else (int(peak), low)
        reps.append(Excursion(start, end, df, pf, last, _still_falling(up, low, rate_hz)))
    return reps


def _both_ways(x: Floats, rate_hz: float, least_deg: float) -> tuple[Excursion, ...]:
    """Reps that pass through rest to both sides, each found by the peak that is further from it."""
    edge = max(1, round(EDGE_S * rate_hz))
    rest = float(0.5 * (np.median(x[:edge]) + np.median(x[-edge:])))
    if x.max() - rest > rest - x.min():
        swapped = _both_ways_pf_far(-x, -rest, least_deg)
        return tuple(replace(r, df=r.pf, pf=r.df) for r in swapped)
    return _both_ways_pf_far(x, rest, least_deg)


def _both_ways_pf_far(x: Floats, rest: float, least_deg: float) -> tuple[Excursion, ...]:
    """One PF peak each, the DF peak before it or after."""
    at, usual = _peaks(-x, least_deg)
    if not len(at):
        return ()
    if x[: at[0]].max(initial=rest) < x[at[-1] :].max(initial=rest):
        n = len(x) - 1
        mirrored = _both_ways_df_first(x[::-1], n - at[::-1], rest, usual)
        return tuple(
            Excursion(n - r.end, n - r.start, n - r.df, n - r.pf, n - r.start)
            for r in reversed(mirrored)
        )
    return tuple(_both_ways_df_first(x, at, rest, usual))


def _both_ways_df_first(
    x: Floats, at: np.ndarray[tuple[int], np.dtype[np.intp]], rest: float, usual: float
) -> list[Excursion]:
    band = max(BAND_DEG, BAND_SHARE * usual)
    reps: list[Excursion] = []
    begin = 0
    for k, pf in enumerate(at):
        df = begin + int(np.argmax(x[begin : pf + 1]))
        inside = np.flatnonzero(np.abs(x[begin : df + 1] - rest) <= band)
        start = begin + int(inside[-1]) if len(inside) else begin
        stop = at[k + 1] if k + 1 < len(at) else len(x) - 1
        inside = np.flatnonzero(x[pf : stop + 1] >= rest - band)
        end = int(pf + inside[0]) if len(inside) else int(stop)
        reps.append(Excursion(start, end, df, int(pf), end, cut=not len(inside)))
        begin = end
    return reps


def _valleys(up: Floats, at: np.ndarray[tuple[int], np.dtype[np.intp]]) -> list[int]:
    """Lowest node before the first peak, between each pair, and after the last."""
    bounds = [0, *(int(a) for a in at), len(up) - 1]
    return [a + int(np.argmin(up[a : b + 1])) for a, b in pairwise(bounds)]


def _still_falling(up: Floats, low: int, rate_hz: float) -> bool:
    """Whether the trace ends at its lowest while still on the way down."""
    window = max(1, round(END_S * rate_hz))
    return low >= len(up) - window and up[max(0, low - window)] - up[low] > END_DEG


def _band_level(peak: float, posture: float) -> float:
    """Edge of the band about the higher of the postures that a rep comes from and goes to."""
    return posture + max(BAND_DEG, BAND_SHARE * (peak - posture))
