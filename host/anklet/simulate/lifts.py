"""Heels that leave the ground while the foot ought to be planted, and the rear leg's foot."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

LiftEnd = Literal["df", "pf"]
"""Where in a rep a heel lifts: at the deepest dorsiflexion, or after coming back up."""


@dataclass(frozen=True)
class HeelLift:
    """Heel lifts in some reps of a planted set, the foot turning about its toe joint.

    Parameters
    ----------
    at : str
        "df", "pf", or "either" (drawn for each lift).
    pitch_deg, seconds, hold_s : (float, float)
        Least and most of how far the foot pitches, how long that takes each way, and how long the
        heel stays up; drawn for each lift.
    chance : float
        Probability of a lift, a rep.
    lean_share : (float, float)
        At the deepest dorsiflexion the shank leans on by this share of the foot's pitch (1: the
        ankle's angle stays); at the other end by a fifth of it, either way.
    """

    at: Literal["df", "pf", "either"] = "either"
    pitch_deg: tuple[float, float] = (10.0, 30.0)
    seconds: tuple[float, float] = (0.3, 0.8)
    hold_s: tuple[float, float] = (0.0, 1.0)
    chance: float = 0.5
    lean_share: tuple[float, float] = (0.0, 1.0)

    def end(self, rng: np.random.Generator) -> LiftEnd | None:
        """Where the next rep's heel lifts, if it does."""
        if rng.random() >= self.chance:
            return None
        if self.at == "either":
            return "df" if rng.random() < 0.5 else "pf"
        return self.at

    def drawn(
        self, end: LiftEnd, rng: np.random.Generator
    ) -> tuple[float, float, float, float, float]:
        """Pitch in deg, seconds up, held and down, and the shank's lean with it in deg."""
        pitch = rng.uniform(*self.pitch_deg)
        up, held, down = (rng.uniform(*x) for x in (self.seconds, self.hold_s, self.seconds))
        share = rng.uniform(*self.lean_share)
        if end == "pf":
            share *= 0.2 * rng.choice([-1.0, 1.0])
        return pitch, up, held, down, pitch * share
