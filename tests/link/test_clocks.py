"""Sensors of one person on one time axis, through the echoes that a capture itself exchanges."""

import asyncio
import random

import numpy as np
import pytest

pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from anklet.signals.clock import Echo, fit_clock
from link.captured import FAST, check_reports, make_capture, open_store, p
from link.simtime import simulate

INTERVALS_S = [0.05, 0.05, 0.1, 0.1]
PPM = [25, -25, 25, -25]
LIMIT_S = {0.05: 0.002, 0.1: 0.003}
SECONDS = 120


def test_two_sensors_50_ppm_apart_agree_after_two_minutes(make_rig, tmp_path, full):
    """Ten recordings with `--full`, one without; errors over the whole of each."""
    found = {interval_s: [] for interval_s in LIMIT_S}
    for seed in range(10 if full else 1):
        for interval_s, errors_s in simulate(_record(make_rig, tmp_path, seed)).items():
            found[interval_s].append(errors_s)
    for interval_s, runs in found.items():
        errors_s, ends_s = np.concatenate(runs), [abs(errors[-1]) for errors in runs]
        print(
            f"two sensors at {1000 * interval_s:.0f} ms, {len(runs)} recordings of {SECONDS} s: "
            f"apart by {1e3 * p(50, errors_s):.2f} ms (median), {1e3 * p(95, errors_s):.2f} ms "
            f"(95 %), {1e3 * max(errors_s):.2f} ms (all); at the end {1e3 * max(ends_s):.2f} ms"
        )
        assert p(95, errors_s) <= LIMIT_S[interval_s]


async def _record(make_rig, folder, seed):
    """Return how far two sensors' times of one moment are apart, by interval."""
    path = folder / str(seed)
    path.mkdir()
    with open_store(path) as store:
        async with make_rig(4, intervals_s=INTERVALS_S, ppm=PPM, setup=FAST) as rig:
            async with await make_capture(rig, store, rng=random.Random(seed)) as capture:
                await asyncio.sleep(SECONDS)
                reports = await capture.stop()
            check_reports(store, rig.sensors, reports)
            late_s = []
            for sensor, report in zip(rig.sensors, reports, strict=True):
                echoes = store.echoes(sensor.sensor_id, report.stream)
                fit = fit_clock(
                    [
                        Echo(e.host_sent_us * 1e-6, e.sensor_us, e.host_received_us * 1e-6)
                        for e in echoes
                    ]
                )
                assert fit.echoes == report.clock.echoes
                late_s.append(_late_s(fit, sensor, rig.time_s))
            return {
                0.05: np.abs(late_s[0] - late_s[1]),
                0.1: np.abs(late_s[2] - late_s[3]),
            }


def _late_s(fit, sensor, until_s: float) -> np.ndarray:
    """Return by how much a fit is late over the last two minutes."""
    boot = sensor.boots[0]
    true_s = np.linspace(until_s - SECONDS, until_s, 500)
    device_us = np.round((true_s - boot.zero_s) * (1 + boot.ppm * 1e-6) * 1e6).astype(np.int64)
    assert boot.true_s(device_us[0]) == pytest.approx(true_s[0], abs=1e-5)
    return fit.to_host_s(device_us) - true_s
