"""A leg's reps over a recording: pieces between steps, and sets between long rests."""

from collections.abc import Callable, Sequence

import numpy as np

from anklet.measures.reps import (
    BAND_DEG,
    BAND_SHARE,
    LEAST_EXCURSION_DEG,
    PROMINENCE_SHARE,
    Excursion,
    filled,
    find_reps,
    usual_excursion_deg,
)
from anklet.model import Bools, Direction, Floats

MAX_REST_S = 15.0
"""A longer rest between reps starts a new set."""
MIN_PIECE_S = 1.0
MIN_OTHERS = 2
"""How many reps it takes to say that one at the edge is unlike them."""
SHORT, STEP_RATE, STEP_SIZE = (0.5, 0.3), 1.6, 1.6
"""A movement at the edge of a set that takes under half as long as its reps and is 1.6 times as
fast or as large is a step whose travel was not seen; where it was seen, under 0.3 a false start."""


def reps_between_steps(
    angle_deg: Floats, rate_hz: float, direction: Direction, travelling: Bools
) -> tuple[Excursion, ...]:
    """Find the reps of a recording, leaving out steps onto and off the block.

    Parameters
    ----------
    angle_deg : (n,) array
        Low-passed ankle angle; NaN in gaps.
    rate_hz : float
    direction : str
    travelling : (n,) bool array
        Where the foot moves as in a step: no rep reaches across.
    """
    pieces = [p for p in _pieces(travelling) if (p.stop - p.start) >= MIN_PIECE_S * rate_hz]
    usual = max((usual_excursion_deg(angle_deg[p], direction) for p in pieces), default=0.0)
    least_deg = max(LEAST_EXCURSION_DEG, PROMINENCE_SHARE * usual)
    found = [
        rep.moved(p.start)
        for p in pieces
        for rep in find_reps(angle_deg[p], rate_hz, direction, least_deg)
    ]
    x = filled(angle_deg)
    moved = [r for r in found if not _is_rest(r, x, rate_hz)]
    return _without_steps(moved, x, rate_hz, travelling)


def into_sets(reps: Sequence[Excursion], rate_hz: float) -> tuple[tuple[Excursion, ...], ...]:
    """Group reps; more than 15 s between one's end and the next one's start begins a new set."""
    sets: list[list[Excursion]] = []
    for rep in reps:
        if not sets or rep.start - sets[-1][-1].end > MAX_REST_S * rate_hz:
            sets.append([])
        sets[-1].append(rep)
    return tuple(tuple(s) for s in sets)


def planted_nodes(
    angle_deg: Floats, sets: Sequence[Sequence[Excursion]], travelling: Bools
) -> Bools:
    """Nodes at which a foot is known to be planted: each set and the posture held around it.

    A set reaches back, and on, for as long as the angle stays within twice a rep's band of the
    posture that its first rep starts from (its last one ends in) and the foot does not travel.

    Parameters
    ----------
    angle_deg : (n,) array
    sets : sequence of sequences of Excursion
    travelling : (n,) bool array
    """
    mask = np.zeros(len(angle_deg), bool)
    x = filled(angle_deg)
    for reps in sets:
        first, last = reps[0], reps[-1]
        size = float(np.median([abs(x[r.df] - x[r.pf]) for r in reps]))
        band = max(BAND_DEG, BAND_SHARE * size)
        before = (np.abs(x[: first.start] - x[first.start]) > 2 * band) | travelling[: first.start]
        after = (np.abs(x[last.last :] - x[last.last]) > 2 * band) | travelling[last.last :]
        outside = np.flatnonzero(before)
        start = int(outside[-1]) + 1 if len(outside) else 0
        outside = np.flatnonzero(after)
        stop = last.last + int(outside[0]) if len(outside) else len(x)
        mask[start:stop] = True
    return mask


def _pieces(travelling: Bools) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate([[True], travelling, [True]]).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _without_steps(
    reps: list[Excursion], x: Floats, rate_hz: float, travelling: Bools
) -> tuple[Excursion, ...]:
    """Drop movements at the edges of a set that are unlike its reps in the way that steps are.

    Where the step itself was seen on that side, only what is far too short for a rep.
    """
    far = round(MAX_REST_S * rate_hz)
    kept: list[Excursion] = []
    for group in into_sets(reps, rate_hz):
        held = list(group)
        seen = travelling[max(0, held[0].start - far) : held[0].start].any()
        while len(held) > MIN_OTHERS and _is_step(held[0], held[1:], x, SHORT[int(seen)]):
            held = held[1:]
        seen = travelling[held[-1].end : held[-1].end + far].any()
        while len(held) > MIN_OTHERS and _is_step(held[-1], held[:-1], x, SHORT[int(seen)]):
            held = held[:-1]
        kept.extend(held)
    return tuple(kept)


def _is_rest(rep: Excursion, x: Floats, rate_hz: float) -> bool:
    """Whether a movement is really a change of posture that was held: standing between sets."""
    inside = x[rep.start : rep.end + 1]
    band = max(BAND_DEG, BAND_SHARE * abs(x[rep.df] - x[rep.pf]))
    far = max((rep.df, rep.pf), key=lambda node: abs(x[node] - x[rep.start]))
    return float(np.sum(np.abs(inside - x[far]) <= band)) > MAX_REST_S * rate_hz


def _is_step(rep: Excursion, others: list[Excursion], x: Floats, short: float) -> bool:
    def duration(r: Excursion) -> float:
        return r.end - r.start

    def size(r: Excursion) -> float:
        return float(abs(x[r.df] - x[r.pf]))

    def rate(r: Excursion) -> float:
        return float(np.abs(np.diff(x[r.start : r.end + 1])).max(initial=0.0))

    def usual(of: Callable[[Excursion], float]) -> float:
        return float(np.median([of(r) for r in others]))

    return duration(rep) < short * usual(duration) and (
        rate(rep) > STEP_RATE * usual(rate) or size(rep) > STEP_SIZE * usual(size)
    )
