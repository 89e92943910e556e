"""Simulated sets on which filters are compared: one calibration, only the filter differs."""

from dataclasses import dataclass

import numpy as np

from anklet.analysis import Settings
from anklet.analysis.pipeline import analyze_in_stages
from anklet.model import SIDES
from anklet.signals.angle import pitch_deg, smooth
from anklet.signals.leg import Sensor
from anklet.simulate import Movement, SimulatedLeg, simulate_leg
from trials import rms
from validation.peer_filters import Filter, accelerometer, prepared

HELD = {"kind": "lunge", "block_deg": 0.0, "reps": 6, "pause": 1.0}
"""A lunge held at its end, as when an inclinometer is read."""
HOLD_S, HOLD_DEG = 0.5, 0.5
"""An end position counts as held while the true angle stays this near for this long."""


@dataclass(frozen=True, eq=False)
class Case:
    """A simulated set with the calibration that every filter is scored with."""

    truth: SimulatedLeg
    sensor: Sensor
    axis: np.ndarray
    zero: slice
    block_deg: float

    def angle_deg(self, up: np.ndarray) -> np.ndarray:
        """(n,): ankle angle of a filter's vertical: its own zero, the common axis and low-pass."""
        pitch = pitch_deg(up, up[self.zero].mean(axis=0), self.axis)
        return smooth(pitch, self.sensor.uniform) - self.block_deg

    def peak_errors_deg(self, up: np.ndarray) -> np.ndarray:
        """Error of each rep's DF peak."""
        t_s, deg = self.sensor.uniform.t_s, self.angle_deg(up)
        return np.array(
            [
                deg[(t_s >= rep.start_s) & (t_s <= rep.end_s)].max() - rep.df_peak_deg
                for rep in self.truth.reps
            ]
        )

    def errors_deg(self, up: np.ndarray) -> tuple[float, float]:
        """RMSE of the reps' DF peaks, and of the angle over the set."""
        t_s, deg = self.sensor.uniform.t_s, self.angle_deg(up)
        ((start_s, end_s),) = self.truth.sets_s
        inside = (t_s >= start_s) & (t_s <= end_s)
        true = np.interp(t_s, self.truth.trace.t_s, self.truth.trace.deg)
        return rms(self.peak_errors_deg(up)), rms((deg - true)[inside])

    def run(self, run: Filter, *, tuned: bool) -> np.ndarray:
        """A filter's vertical over this set."""
        u = self.sensor.uniform
        gyr = prepared(u.gyr_rad_s, self.zero) if tuned else u.gyr_rad_s
        return run(gyr, u.acc_m_s2, u.rate_hz)


def case(kind: dict, seed: int) -> Case:
    """Simulate a set and calibrate it once, by Anklet."""
    what, side = Movement(**kind), SIDES[seed % 2]
    truth = simulate_leg(side, what, seed=seed, segments=("shank",))
    how = Settings(block_deg=what.block_deg)
    analysis, stages = analyze_in_stages(list(truth.recordings.values()), how)
    still = stages[side].zeros["shank"].still
    axis = np.array(analysis.legs[side].calibration["shank"].axis_xyz)
    return Case(truth, stages[side].sensors["shank"], axis, still.span, what.block_deg)


def held_errors_deg(seeds: range) -> tuple[np.ndarray, np.ndarray]:
    """Error of held lunges' end positions: a phone-like static reading, and Anklet's DF peak.

    The reading is the tilt of the accelerometer's mean over the hold, from its mean over the quiet
    standing, about the same axis: a phone that sits as the sensor does, and never slips.
    """
    phone, ours = [], []
    for seed in seeds:
        c = case(HELD, seed)
        u = c.sensor.uniform
        standing = u.acc_m_s2[c.zero].mean(axis=0)
        standing /= np.linalg.norm(standing)
        peaks = c.peak_errors_deg(c.sensor.up)
        for rep, peak in zip(c.truth.reps, peaks, strict=True):
            span = held_span(c, rep.df_time_s)
            if span is None:
                continue
            tilt = accelerometer(u.gyr_rad_s, u.acc_m_s2[span].mean(axis=0)[None], u.rate_hz)
            true = np.interp(u.t_s[span], c.truth.trace.t_s, c.truth.trace.deg).mean()
            phone.append(float(pitch_deg(tilt, standing, c.axis)[0]) - true)
            ours.append(peak)
    return np.array(phone), np.array(ours)


def held_span(c: Case, peak_s: float) -> slice | None:
    """The nodes about a DF peak over which the true angle stays, if for long enough."""
    u = c.sensor.uniform
    true = np.interp(u.t_s, c.truth.trace.t_s, c.truth.trace.deg)
    at = int(np.argmin(np.abs(u.t_s - peak_s)))
    away = np.flatnonzero(np.abs(true - true[at]) > HOLD_DEG)
    start, stop = away[away < at].max() + 1, away[away > at].min()
    return slice(start, stop) if stop - start >= HOLD_S * u.rate_hz else None
