"""Reps as they are done: the causal twin of `anklet.measures.reps` and `anklet.measures.sets`.

The offline rules are applied anew, to the turning points of the current set, whenever something
happens; so a count may still be revised until the set is over, and then equals the offline one.
"""

import math
from collections import deque
from dataclasses import replace
from typing import Literal

from anklet.live.judge import MAX_REST_S, Found, LiveRep, reps_of, without_steps
from anklet.live.turns import LEAST_EXCURSION_DEG, PROMINENCE_SHARE, Turn, Turns, band, peaks
from anklet.model import Direction

Phase = Literal["start", "to df", "at df", "to pf", "at pf", "back", "step"]

SETTLE_S = 1.0
PATH_S = 0.25
MIN_PIECE_S = 1.0
MAX_BENDS = 3
"""These are those of `anklet.measures`, with their reasons."""
AT_DEG = 1.0
"""An angle that moved by less in 0.25 s is held (4 deg/s)."""
MAX_TURNS = 256
"""Longer sets (over a hundred reps) are settled by halves, so that memory stays bounded."""


class RepCounter:
    """Counts reps in an ankle angle that comes value by value.

    Parameters
    ----------
    direction : str or None
        What a rep does first; None: told by which segment turns more.
    has_both : bool
        Both segments are measured.
    on_block : bool
        A few bends before the first step are not reps of the set.
    """

    def __init__(self, direction: Direction | None, *, has_both: bool, on_block: bool) -> None:
        self._given: Direction | None = direction
        self._has_both = has_both
        self._on_block = on_block
        self._turns: Turns | None = None
        self._closed: list[list[Turn]] = []
        self._settled: list[LiveRep] = []
        self._steps: deque[tuple[float, float]] = deque(maxlen=8)
        self._first_step_s = math.inf
        self._path_deg = [0.0, 0.0]
        self._path_at: tuple[float, float, float] | None = None
        self._recent: deque[tuple[float, float]] = deque()
        self._usual_deg = 0.0
        self._inside = True
        self._posture_deg = self._far_deg = 0.0
        self._active_s = -math.inf
        self.sets: list[tuple[LiveRep, ...]] = []
        self.reps: tuple[LiveRep, ...] = ()
        self.peak_deg: float | None = None

    @property
    def direction(self) -> Direction:
        """What a rep does first, as far as it is known."""
        if self._given is not None:
            return self._given
        if self._has_both and self._path_deg[1] > self._path_deg[0]:
            return "pf_first"
        return "df_first"

    @property
    def phase(self) -> Phase:
        """What the ankle does now."""
        if self._turns is None or self._inside:
            return "start"
        now, then = self._turns.now.deg, self._recent[0][1]
        up = now > self._posture_deg
        if abs(now - then) < AT_DEG:
            return "at df" if up else "at pf"
        if (now > then) != up:
            return "back"
        return "to df" if up else "to pf"

    def push(self, at_s: float, deg: float, shank_deg: float, foot_deg: float) -> None:
        """Take one measured value, in order of time (a clock set back ends the set)."""
        turns = self._turns
        if turns is not None and at_s <= turns.now.at_s:
            self.finish()
            turns = None
        if turns is None:
            self._open(at_s, deg, shank_deg, foot_deg)
            return
        self._add_path(at_s, shank_deg, foot_deg)
        while self._recent and self._recent[0][0] < at_s - PATH_S:
            self._recent.popleft()
        self._recent.append((at_s, deg))
        turned = turns.push(
            at_s,
            deg,
            shank_deg,
            foot_deg,
            band_deg=band(self._usual_deg),
            rest_deg=self._posture_deg,
        )
        if self._follow(turns) or turned:
            self._judge()
        away_s = -math.inf if self._inside else turns.last.at_s
        if at_s - max(self._active_s, away_s) > MAX_REST_S:
            self.finish()
            self._open(at_s, deg, shank_deg, foot_deg)

    def step(self, since_s: float) -> None:
        """End the piece: a step has begun."""
        self._first_step_s = min(self._first_step_s, since_s)
        self._steps.append((since_s, since_s))
        self._close()
        self._judge()

    def stepped(self, until_s: float) -> None:
        """Say when the step was over."""
        since_s, _ = self._steps.pop()
        self._steps.append((since_s, max(since_s, until_s)))

    def finish(self) -> None:
        """End the set: its reps are final."""
        self._close()
        self._judge()
        if self.reps:
            self.sets.append(tuple(replace(r, provisional=False) for r in self.reps))
        self._closed, self._settled, self.reps, self._usual_deg = [], [], (), 0.0

    def _open(self, at_s: float, deg: float, shank_deg: float, foot_deg: float) -> None:
        self._turns = Turns(at_s, deg, shank_deg, foot_deg)
        self._inside, self._posture_deg, self._far_deg = True, deg, 0.0
        self._recent = deque([(at_s, deg)])
        self._path_at = (at_s, shank_deg, foot_deg)
        if not self.reps:
            self._active_s = at_s

    def _close(self) -> None:
        if self._turns is not None and self._turns.now.at_s - self._turns.start_s >= MIN_PIECE_S:
            self._closed.append(self._turns.path())
        self._turns = None

    def _add_path(self, at_s: float, shank_deg: float, foot_deg: float) -> None:
        before_s, shank, foot = self._path_at or (at_s, shank_deg, foot_deg)
        if at_s - before_s >= PATH_S:
            self._path_deg[0] += abs(shank_deg - shank)
            self._path_deg[1] += abs(foot_deg - foot)
            self._path_at = (at_s, shank_deg, foot_deg)

    def _follow(self, turns: Turns) -> bool:
        """Follow the posture and the way from it; return whether the angle came back."""
        deg = turns.now.deg
        off = deg - self._posture_deg
        both = self.direction == "both"
        up = -1.0 if self.direction == "pf_first" else 1.0
        height = abs(off) if both else up * off
        if height < 0:
            self._posture_deg, height = deg, 0.0
        edge = band(max(self._usual_deg, self._far_deg))
        if self._inside:
            if height > edge:
                self._inside = False
                self._far_deg, self.peak_deg = height, deg
            return False
        if height > self._far_deg:
            self._far_deg, self.peak_deg = height, deg
        least = max(LEAST_EXCURSION_DEG, PROMINENCE_SHARE * self._usual_deg)
        settled = (
            not both
            and turns.way == -up
            and turns.now.at_s - turns.last.at_s >= SETTLE_S
            and self._far_deg - height >= least
        )
        if settled:
            self._posture_deg = deg
        self._inside = settled or height <= edge
        return self._inside

    def _judge(self) -> None:
        """Find the reps of the current set by the offline rules."""
        pieces = list(self._closed)
        if self._turns is not None:
            pieces.append(self._turns.path())
        direction = self.direction
        if direction == "both":
            degs = [t.deg - self._posture_deg for piece in pieces for t in piece]
            up = 1.0 if degs and max(degs) > -min(degs) else -1.0
        else:
            up = 1.0 if direction == "df_first" else -1.0
        usual = max((peaks([up * t.deg for t in piece])[1] for piece in pieces), default=0.0)
        least = max(LEAST_EXCURSION_DEG, PROMINENCE_SHARE * usual)
        self._usual_deg = usual
        found: list[Found] = []
        for k, piece in enumerate(pieces):
            inside = reps_of(
                piece,
                direction,
                least,
                up=up,
                posture_deg=self._posture_deg,
                closed=k < len(self._closed),
                has_both=self._has_both,
            )
            if self._turns is not None and k == len(pieces) - 1 and inside and direction != "both":
                self._posture_deg = inside[-1].posture_deg
            found += inside
        kept = without_steps([f for f in found if f.led], self._steps)
        early = sum(f.rep.start_s < self._first_step_s for f in kept)
        if self._on_block and early <= min(MAX_BENDS, (len(kept) - early) // 2):
            kept = kept[early:]
        self.reps = (*self._settled, *(f.rep for f in kept))
        if kept:
            self._active_s = max(self._active_s, kept[-1].rep.end_s)
        self._settle()

    def _settle(self) -> None:
        """Take the older half of a very long set as it is."""
        turns = self._turns
        if turns is None or sum(map(len, self._closed)) + len(turns.confirmed) <= MAX_TURNS:
            return
        known = len(self._settled)
        half = self._closed[len(self._closed) // 2] if self._closed else turns.confirmed
        middle_s = half[-1 if self._closed else len(half) // 2].at_s
        older = [r for r in self.reps[known:] if r.end_s <= middle_s]
        self._settled += older
        end_s = max((r.end_s for r in older), default=middle_s)
        self._closed = [p for p in self._closed if p[-1].at_s > max(middle_s, end_s)]
        turns.confirmed = [t for t in turns.confirmed if t.at_s >= end_s]
