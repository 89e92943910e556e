"""Orientation and gyro bias, on the real interpreter and against a twin that can be read."""

import json
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import numpy as np
import pytest

import broad
import twin

FIRMWARE = Path(__file__).parents[2] / "firmware" / "anklet_sensor"
LSB_DEG = np.degrees(2 / 32767)


def test_on_its_own(run_mp):
    """Start, spins, slow turns, bias, calibration, gaps, extremes, buffers, heap."""
    done = json.loads(run_mp("check_fusion.py").splitlines()[-1])
    assert 0 < done["heap_moving"] <= 232
    assert 0 < done["heap_resting"] <= 232


@pytest.mark.parametrize(
    ("bias_deg_s", "rest_first", "most_deg"),
    [
        ((0, 0, 0), True, 0.58),
        ((1, 1, 1), False, 0.95),
        ((-1, 1, -1), False, 0.95),
        ((3, 3, 3), True, 0.58),
        ((-5, 5, -5), True, 0.58),
    ],
)
def test_broad(run_mp, realdata, tmp_path, bias_deg_s, rest_first, most_deg):
    """Inclination against optical motion capture, below what is asked (0.6, 1.4 and 0.6)."""
    trials = broad.load(realdata, bias_deg_s, rest_first)
    assert len(trials) == 8
    found = broad.fuse(run_mp, trials, tmp_path)
    errors = [broad.rmse_deg(t, q) for t, q in zip(trials, found, strict=True)]
    assert np.mean(errors) <= most_deg, errors


def wild_counts() -> list[np.ndarray]:
    """Counts that no movement makes: at random, and only the ends of the range.

    Short: nothing draws the result back to gravity, so in the end rounding decides all.
    """
    rng = np.random.default_rng(5)
    ends = np.array([-32768, -32767, -1, 0, 1, 32767])
    parts = [rng.integers(-32768, 32768, (400, 6)) for _ in range(8)]
    parts += [rng.choice(ends, (400, 6)) for _ in range(8)]
    parts += [np.tile(rng.choice(ends, 6), (400, 1)) for _ in range(16)]
    return [part.astype("<i2") for part in parts]


def made_counts(seconds=60, rate_hz=104) -> np.ndarray:
    """Slow swings about all axes, 5 s of rest first, noise and bias."""
    rng = np.random.default_rng(3)
    t = np.arange(seconds * rate_hz) / rate_hz
    moving = np.clip(t - 5, 0, 1)[:, None]
    rate = moving * np.sin(t[:, None] * [1.1, 0.7, 1.9]) * [1.5, 1.0, 2.5]
    q = np.array([1.0, 0, 0, 0])
    acc = np.zeros((len(t), 3))
    for k in range(len(t)):
        if k:
            q = twin.multiply(q, twin.turn((rate[k] + rate[k - 1]) / 2 / rate_hz))
        acc[k] = 9.81 * twin.matrix(q)[2]
    acc += moving * rng.normal(0, 0.5, acc.shape)
    rate += np.radians([1.5, -2, 0.5]) + rng.normal(0, 0.001, rate.shape)
    return np.round(np.hstack([acc / twin.ACC_LSB_M_S2, rate / twin.GYR_LSB_RAD_S])).astype("<i2")


def replay(run_mp, tmp_path, recordings, rate_hz=104) -> list[np.ndarray]:
    """Orientations of the firmware on MicroPython for some recordings."""
    none = np.empty(0)
    trials = [broad.Trial(str(k), counts, none, none) for k, counts in enumerate(recordings)]
    return broad.fuse(run_mp, trials, tmp_path, rate_hz)


def twin_orientations(counts, dtype, rate_hz=104) -> np.ndarray:
    """One recording through the twin."""
    fusion = twin.Twin(rate_hz, dtype)
    out = np.empty((len(counts), 4))
    for k, sample in enumerate(counts.astype(float)):
        fusion.update_counts(sample)
        out[k] = fusion.q
    return out


def firmware_orientations(counts, dtype, rate_hz=104) -> np.ndarray:
    """One recording through the firmware's own source, all its floats being `dtype`."""
    fusion = load_fusion(dtype)(dtype(rate_hz), dtype(twin.ACC_LSB_M_S2), dtype(twin.GYR_LSB_RAD_S))
    raw, out = counts.tobytes(), bytearray(8 * len(counts))
    for k in range(len(counts)):
        fusion.update_counts(raw, 12 * k)
        fusion.store_q(out, 8 * k)
    assert isinstance(fusion._gravity, dtype)
    return np.frombuffer(out, "<i2").reshape(-1, 4) / 32767


def load_fusion(dtype):
    """Run the firmware's modules on CPython: numpy keeps float32 as the microcontroller does.

    Integers have no limit here: results that agree with MicroPython's had none to overflow.
    """
    micropython = ModuleType("micropython")
    micropython.viper = lambda function: function
    micropython.const = lambda value: value
    modules = {"micropython": micropython, "anklet_sensor": ModuleType("anklet_sensor")}
    with patch.dict(sys.modules, modules):
        for name in ("errors", "fusion_core", "fusion_bias", "fusion"):
            module = sys.modules[f"anklet_sensor.{name}"] = ModuleType(name)
            source = (FIRMWARE / f"{name}.py").read_text()
            exec("from __future__ import annotations\n" + source, vars(module))
            floats = {k: dtype(v) for k, v in vars(module).items() if type(v) is float}
            vars(module).update(floats)
        core = sys.modules["anklet_sensor.fusion_core"]
    module.sqrt = lambda value: dtype(np.sqrt(value))
    module.step = lambda s, buf, o: core.step(s, memoryview(buf).cast("B").cast("H"), o)
    module.store = lambda s, buf, o: core.store(s, memoryview(buf).cast("B").cast("h"), o)
    return module.Fusion


@pytest.mark.parametrize("rate_hz", [100, 104, 208])
def test_twin(run_mp, tmp_path, rate_hz):
    """Sample by sample the twin's, but for rounding: q has 15 bits, turned acceleration 14."""
    counts = made_counts(rate_hz=rate_hz)
    found = replay(run_mp, tmp_path, [counts], rate_hz)[0]
    double = twin_orientations(counts, np.float64, rate_hz)
    single = twin_orientations(counts, np.float32, rate_hz)
    assert twin.inclination_deg(found, double).max() < 0.015
    assert twin.angle_deg(found, double).max() < 0.03  # heading is not held by gravity
    assert twin.inclination_deg(single, double).max() < 0.002
    assert twin.angle_deg(single, double).max() < 0.01


def test_twin_on_broad(run_mp, realdata, tmp_path):
    """The same on a real trial with fast rotation and no rest first."""
    trial = broad.load(realdata, (1, 1, 1), rest_first=False)[1]
    found = broad.fuse(run_mp, [trial], tmp_path)[0]
    double = twin_orientations(trial.counts, np.float64)
    assert twin.inclination_deg(found, double).max() < 0.02
    assert twin.angle_deg(found, double).max() < 0.05


@pytest.mark.parametrize("rate_hz", [100, 208])
def test_float32(run_mp, tmp_path, rate_hz):
    """With the microcontroller's floats the firmware's code gives the same, to a count or three."""
    counts = made_counts(40, rate_hz)
    found = replay(run_mp, tmp_path, [counts], rate_hz)[0]
    again = firmware_orientations(counts, np.float32, rate_hz)
    assert twin.angle_deg(found, again).max() < 3 * LSB_DEG


@pytest.mark.parametrize("rate_hz", [100, 208])
def test_no_overflow(run_mp, tmp_path, rate_hz):
    """Whatever the counts, MicroPython's 32-bit integers give what those without limit give."""
    recordings = wild_counts()
    replayed = replay(run_mp, tmp_path, recordings, rate_hz)
    for counts, found in zip(recordings, replayed, strict=True):
        again = firmware_orientations(counts, np.float64, rate_hz)
        assert twin.angle_deg(found, again).max() < 0.05
        single = firmware_orientations(counts, np.float32, rate_hz)
        assert np.abs(np.linalg.norm(single, axis=1) - 1).max() < 2e-3
