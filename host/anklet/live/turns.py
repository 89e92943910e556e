"""Turning points of the ankle angle, and the peaks among them that are reps."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

LEAST_EXCURSION_DEG = 6.0
PROMINENCE_SHARE = 0.4
BAND_DEG, BAND_SHARE = 2.0, 0.1
"""These are those of `anklet.measures.reps`, with their reasons."""
TURN_DEG = 3.0
"""The angle has turned when it is back by this much: half a least excursion, so that every peak
that could be a rep keeps its exact prominence."""


@dataclass(slots=True)
class Turn:
    """A turning point: when, where, and the way to it.

    ``left_s`` and ``near_s`` are when the angle left the band about the turn before and entered the
    one about this; ``rate_deg_s`` is the fastest in between. ``in_s`` and ``out_s`` are when it
    first and last was in the band about the rest posture on the way here, None where it was not.
    """

    at_s: float
    deg: float
    left_s: float
    near_s: float
    rate_deg_s: float
    shank_deg: float
    foot_deg: float
    in_s: float | None = None
    out_s: float | None = None


class Turns:
    """Follows one piece of angle from turn to turn."""

    def __init__(self, at_s: float, deg: float, shank_deg: float, foot_deg: float) -> None:
        first = Turn(at_s, deg, at_s, at_s, 0.0, shank_deg, foot_deg)
        self.confirmed: list[Turn] = []
        self.start_s = at_s
        self.way = 0
        """1 while rising, -1 while falling, 0 before the first turn."""
        self.last = first
        """The extreme of the way so far."""
        self._other = replace(first)
        """Before the first turn: the lowest, ``last`` being the highest."""
        self.now = first
        self._stayed_s = at_s
        self._rate = 0.0
        self._approach: deque[tuple[float, float]] = deque()

    def push(
        self,
        at_s: float,
        deg: float,
        shank_deg: float,
        foot_deg: float,
        *,
        band_deg: float,
        rest_deg: float,
    ) -> bool:
        """Take a value; return whether a turning point was passed.

        ``band_deg`` is the width of the band, ``rest_deg`` the posture between reps.
        """
        rate = abs(deg - self.now.deg) / max(at_s - self.now.at_s, 1e-3)
        self._rate = max(self._rate, rate)
        self.now = Turn(at_s, deg, at_s, at_s, rate, shank_deg, foot_deg)
        if not self.way:
            return self._begin()
        last = self.last
        if abs(deg - rest_deg) <= band_deg:
            last.in_s = at_s if last.in_s is None else last.in_s
            last.out_s = at_s
        if self.confirmed and abs(deg - self.confirmed[-1].deg) <= band_deg:
            last.left_s = at_s
        if self.way * (deg - last.deg) >= 0:
            self._approach.append((at_s, deg))
            while self.way * (deg - self._approach[0][1]) > band_deg:
                self._approach.popleft()
            last.at_s, last.deg = at_s, deg
            last.shank_deg, last.foot_deg = shank_deg, foot_deg
            last.near_s = self._approach[0][0]
            last.rate_deg_s = max(last.rate_deg_s, self._rate)
            self._rate = 0.0
        if abs(deg - last.deg) <= band_deg:
            self._stayed_s = at_s
        if self.way * (last.deg - deg) < TURN_DEG:
            return False
        self._turn(last)
        return True

    def path(self) -> list[Turn]:
        """All turns, the extreme so far, and where the angle is now."""
        if not self.way:
            return [self.now]
        return [*self.confirmed, self.last, self.now]

    def _begin(self) -> bool:
        now = self.now
        if now.deg > self.last.deg:
            self.last = now
        elif now.deg < self._other.deg:
            self._other = now
        if now.deg - self._other.deg >= TURN_DEG:
            self.way = -1
            self._turn(self._other)
        elif self.last.deg - now.deg >= TURN_DEG:
            self.way = 1
            self._turn(self.last)
        return bool(self.way)

    def _turn(self, passed: Turn) -> None:
        self.confirmed.append(passed)
        self.way = -self.way
        self._approach = deque([(self.now.at_s, self.now.deg)])
        self.last = replace(
            self.now, left_s=max(self._stayed_s, passed.at_s), rate_deg_s=self._rate
        )
        self._stayed_s, self._rate = self.now.at_s, 0.0


def peaks(
    height_deg: Sequence[float], least_deg: float = LEAST_EXCURSION_DEG
) -> tuple[list[int], float]:
    """Peaks that stand out by 40 % of the usual prominence, and that prominence.

    Parameters
    ----------
    height_deg : sequence of float
        Turning points, and the ends of the piece, which are no peaks.
    least_deg : float
        Least prominence.
    """
    from_left = _bases(height_deg)
    from_right = _bases(height_deg[::-1])[::-1]
    at: list[int] = []
    tall: list[float] = []
    for k in range(1, len(height_deg) - 1):
        if height_deg[k - 1] < height_deg[k] > height_deg[k + 1]:
            prominence = height_deg[k] - max(from_left[k], from_right[k])
            if prominence >= least_deg:
                at.append(k)
                tall.append(prominence)
    if not at:
        return [], 0.0
    large = 0.5 * float(np.percentile(tall, 90))
    usual = float(np.median([p for p in tall if p >= large]))
    return [k for k, p in zip(at, tall, strict=True) if p >= PROMINENCE_SHARE * usual], usual


def band(excursion_deg: float) -> float:
    """Width of the band about a posture, deg."""
    return max(BAND_DEG, BAND_SHARE * excursion_deg)


def _bases(height_deg: Sequence[float]) -> list[float]:
    """Lowest value between each one and the next higher one before it (or the start)."""
    open_: list[tuple[float, float]] = []
    out: list[float] = []
    for height in height_deg:
        low = height
        while open_ and open_[-1][0] <= height:
            low = min(low, open_.pop()[1])
        open_.append((height, low))
        out.append(low)
    return out
