"""The guided half-minute of a calibration: stand, knee bends, heel raises, stand."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from anklet.simulate.movement import Plan


@dataclass(frozen=True)
class GuidedHalfMinute:
    """How somebody does it, after quiet standing.

    Parameters
    ----------
    bends, raises : int
        Knee bends with the heels down, and heel raises.
    bend_deg, raise_deg : float
        How far the shank leans forward, and how far the heel rises.
    bend_heel_deg : float
        How far the heel comes up in a bend (0: it stays down, as asked).
    raise_lean_deg : float
        How far the shank leans forward meanwhile, at most; half of it at least.
    bend_s, raise_s : float
        Time out; the way back takes as long.
    uneven : float
        Each movement is up to this share smaller or larger, and as much slower or quicker.
    standing_s : float
        Quiet standing after.
    drift_deg : float
        How much further the shank leans in the standing after.
    """

    bends: int = 3
    raises: int = 2
    bend_deg: float = 26.0
    raise_deg: float = 28.0
    bend_heel_deg: float = 0.0
    raise_lean_deg: float = 6.0
    bend_s: float = 1.8
    raise_s: float = 1.2
    uneven: float = 0.2
    standing_s: float = 5.0
    drift_deg: float = 0.0


def guide(p: "Plan", how: GuidedHalfMinute, rng: np.random.Generator) -> None:
    """Lay the movements out, from quiet standing."""

    def about(value: float) -> float:
        return value * (1 + rng.uniform(-how.uneven, how.uneven))

    for _ in range(how.bends):
        seconds = about(how.bend_s)
        p.go(seconds, about(how.bend_deg), -how.bend_heel_deg)
        p.go(rng.uniform(0.1, 0.5))
        p.go(seconds, rng.normal(0, 0.7), 0.0)
        p.go(rng.uniform(0.3, 1.0))
    for _ in range(how.raises):
        seconds = about(how.raise_s)
        p.go(seconds, how.raise_lean_deg * rng.uniform(0.5, 1.0), -about(how.raise_deg))
        p.go(rng.uniform(0.1, 0.6))
        p.go(seconds, 0.0, 0.0)
        p.go(rng.uniform(0.3, 1.0))
    p.go(0.8, how.drift_deg)
    p.go(how.standing_s)
