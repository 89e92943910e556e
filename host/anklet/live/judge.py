"""Which turns of the angle are reps, and which movements at the edges of a set are steps."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from anklet.live.turns import Turn, band, peaks
from anklet.model import Direction

MAX_REST_S = 15.0
MIN_OTHERS = 2
SHORT, STEP_RATE, STEP_SIZE = (0.5, 0.3), 1.6, 1.6
"""These are those of `anklet.measures.sets`, with their reasons."""


@dataclass(frozen=True)
class LiveRep:
    """One rep so far. Times in s on the leg's clock, angles in deg.

    ``provisional`` until its set is over: what comes after may show that it was none (a step whose
    travel was not seen, a movement much smaller than the reps).
    """

    start_s: float
    end_s: float
    df_peak_deg: float
    pf_peak_deg: float
    provisional: bool = True


class Found(NamedTuple):
    """A rep with what decides whether it is one."""

    rep: LiveRep
    rate_deg_s: float
    size_deg: float
    posture_deg: float
    led: bool


def reps_of(
    piece: Sequence[Turn],
    direction: Direction,
    least_deg: float,
    *,
    up: float,
    posture_deg: float,
    closed: bool,
    has_both: bool,
) -> list[Found]:
    """Reps of one piece that are done.

    Parameters
    ----------
    piece : sequence of Turn
        Its turning points and its end so far.
    direction : str
        What a rep does first.
    least_deg : float
        Least prominence.
    up : float
        1 where the far end of a rep is dorsiflexion, else -1.
    posture_deg : float
        Where reps start from and come back to.
    closed : bool
        The piece is over.
    has_both : bool
        Both segments are measured: the right one must lead.
    """
    height = [up * t.deg for t in piece]
    posture = up * posture_deg
    at, _ = peaks(height, least_deg)
    lows = [
        min(range(a, b + 1), key=height.__getitem__) for a, b in pairwise([0, *at, len(piece) - 1])
    ]
    out: list[Found] = []
    for k, peak in enumerate(at):
        before, after = lows[k], lows[k + 1]
        last = not closed and k + 1 == len(at)
        if last and height[after] > posture + band(height[peak] - posture):
            break
        inside = piece[before : after + 1]
        shank, foot = [t.shank_deg for t in inside], [t.foot_deg for t in inside]
        by_shank = max(shank) - min(shank) > max(foot) - min(foot)
        far, end = piece[peak], piece[after]
        start_s, end_s, other = piece[before + 1].left_s, end.near_s, end
        if direction == "both":  # through rest to both sides
            other = piece[before]
            start_s = start_s if other.out_s is None else other.out_s
            end_s = end_s if end.in_s is None else end.in_s
        out.append(
            Found(
                LiveRep(
                    start_s=start_s,
                    end_s=end_s,
                    df_peak_deg=max(far.deg, other.deg),
                    pf_peak_deg=min(far.deg, other.deg),
                ),
                rate_deg_s=max(t.rate_deg_s for t in inside[1:]),
                size_deg=abs(far.deg - other.deg),
                posture_deg=end.deg,
                led=not has_both or direction == "both" or by_shank == (direction == "df_first"),
            )
        )
    return out


def without_steps(found: Sequence[Found], steps: Iterable[tuple[float, float]]) -> list[Found]:
    """Drop movements at the edges of a set that are unlike its reps in the way that steps are.

    Where a step was seen on that side (start and end of each, s), only what is far too short.
    """
    held = list(found)
    if not held:
        return held
    spans = list(steps)
    start_s, end_s = held[0].rep.start_s, held[-1].rep.end_s
    seen = any(start_s - MAX_REST_S < b and a < start_s for a, b in spans)
    while len(held) > MIN_OTHERS and _is_step(held[0], held[1:], SHORT[int(seen)]):
        held = held[1:]
    seen = any(end_s < b and a < end_s + MAX_REST_S for a, b in spans)
    while len(held) > MIN_OTHERS and _is_step(held[-1], held[:-1], SHORT[int(seen)]):
        held = held[:-1]
    return held


def _is_step(one: Found, others: Sequence[Found], short: float) -> bool:
    def usual(of: Callable[[Found], float]) -> float:
        return float(np.median([of(f) for f in others]))

    return _seconds(one) < short * usual(_seconds) and (
        one.rate_deg_s > STEP_RATE * usual(lambda f: f.rate_deg_s)
        or one.size_deg > STEP_SIZE * usual(lambda f: f.size_deg)
    )


def _seconds(found: Found) -> float:
    return found.rep.end_s - found.rep.start_s
