"""Simulated sets through the whole analysis, against the truth: used by tests and validation."""

from dataclasses import dataclass

import numpy as np

from anklet.analysis import Settings, analyze
from anklet.model import SIDES
from anklet.simulate import Movement, simulate_leg

ODD = {"uneven": 0.4, "tempo_spread": 0.4, "hesitation": 0.3, "pause": 0.2}
"""Uneven reps at an uneven tempo, with hesitations half-way and pauses at both ends."""

SETUPS = {
    "planted": (("shank",), {"kind": "split_squat"}),
    "paired": (("shank", "foot"), {"kind": "split_squat"}),
    "lunge": (("shank",), {"kind": "lunge", "block_deg": 0.0}),
    "heel_rise": (("shank", "foot"), {"kind": "heel_rise", "block_deg": 0.0}),
    "table": (("foot",), {"kind": "table", "block_deg": 0.0}),
}


@dataclass(frozen=True, eq=False)
class Trial:
    """What one simulated set came to: angles in deg, an error and a truth for each rep counted."""

    true_reps: int
    found_reps: int
    rmse_deg: float
    covered: float
    df_error_deg: np.ndarray
    pf_error_deg: np.ndarray
    df_true_deg: np.ndarray
    pf_true_deg: np.ndarray


def run(setup: str, seed: int, **movement) -> Trial:
    """Simulate one set of 5 to 15 reps (from the seed) and analyse it."""
    segments, kind = SETUPS[setup]
    what = Movement(**{**kind, "reps": 5 + seed % 11, **movement})
    side = SIDES[seed % 2]
    truth = simulate_leg(side, what, seed=seed, segments=segments)
    block_deg = what.block_deg if segments == ("shank",) else None
    leg = analyze(list(truth.recordings.values()), Settings(block_deg=block_deg)).legs[side]
    t_s = leg.trace.t_s
    error = leg.trace.deg - np.interp(t_s, truth.trace.t_s, truth.trace.deg)
    inside = np.zeros(len(t_s), bool)
    for start_s, end_s in truth.sets_s:
        inside |= (t_s >= start_s) & (t_s <= end_s)
    measured = inside & np.isfinite(error)
    pairs = []
    if len(leg.reps) == len(truth.reps):
        pairs = list(zip(leg.reps, truth.reps, strict=True))
    df = np.array([(r.df_peak_deg, t.df_peak_deg) for r, t in pairs if r.df_valid]).reshape(-1, 2)
    pf = np.array([(r.pf_peak_deg, t.pf_peak_deg) for r, t in pairs if r.pf_valid]).reshape(-1, 2)
    return Trial(
        len(truth.reps),
        len(leg.reps),
        float(np.sqrt(np.mean(error[measured] ** 2))),
        float(measured.sum() / inside.sum()),
        df[:, 0] - df[:, 1],
        pf[:, 0] - pf[:, 1],
        df[:, 1],
        pf[:, 1],
    )


def rms(values: np.ndarray) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(values))))
