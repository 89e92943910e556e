"""Clocks from echoes under a model of connection events."""

import numpy as np
import pytest

from anklet.errors import DataError
from anklet.signals.clock import Echo, fit_clock

PER_SECOND = 2.0


def echoes(rng, interval_s, *, span_s=120.0, ppm=0.0, offset_s=0.0, pause_share=0.05):
    """Echoes that wait for the next connection event; some also for the sensor's collector."""
    sent = np.sort(rng.uniform(0, span_s, int(span_s * PER_SECOND)))
    phase = rng.uniform(0, interval_s)
    event = np.ceil((sent - phase) / interval_s) * interval_s + phase
    late = rng.exponential(0.001, len(sent))
    late += (rng.random(len(sent)) < pause_share) * rng.uniform(0, 0.07, len(sent))
    sensor_us = ((event + late) * (1 + ppm * 1e-6) + offset_s) * 1e6
    ready = event + late + rng.exponential(0.001, len(sent))
    back = np.ceil((ready - phase) / interval_s) * interval_s + phase
    back += rng.exponential(0.002, len(sent))
    rows = zip(1e9 + sent, sensor_us, 1e9 + back, strict=True)
    return [Echo(t, int(us), b) for t, us, b in rows]


@pytest.mark.parametrize(
    ("interval_s", "limit_s"),
    [(0.0075, 0.002), (0.015, 0.002), (0.03, 0.002), (0.05, 0.002), (0.1, 0.003)],
)
def test_two_sensors_agree(interval_s, limit_s, full):
    rng = np.random.default_rng(7)
    errors = []
    for _ in range(400 if full else 60):
        ppm, offset_s = rng.uniform(-60, 60), rng.uniform(1, 9000)
        other = interval_s * rng.uniform(0.5, 1)  # another interval and phase on the other link
        a = fit_clock(echoes(rng, interval_s, ppm=ppm, offset_s=offset_s))
        b = fit_clock(echoes(rng, other, ppm=ppm + 50, offset_s=2 * offset_s))
        at_s = rng.uniform(0, 120)
        host_a = a.to_host_s(((at_s * (1 + ppm * 1e-6)) + offset_s) * 1e6)
        host_b = b.to_host_s(((at_s * (1 + (ppm + 50) * 1e-6)) + 2 * offset_s) * 1e6)
        errors.append(abs(float(host_a - host_b)))
    assert np.percentile(errors, 95) <= limit_s


def test_an_exact_clock_comes_back():
    rng = np.random.default_rng(1)
    sent = np.sort(rng.uniform(0, 100, 50))
    fit = fit_clock([Echo(5e8 + t, round(1e6 * (3 + t * (1 - 40e-6))), 5e8 + t) for t in sent])
    assert fit.host_per_sensor == pytest.approx(1 + 40e-6, abs=1e-7)
    np.testing.assert_allclose(fit.to_host_s([3_000_000]), 5e8, atol=1e-5)
    assert fit.residual_s < 1e-5


def test_residual_tells_a_bad_link():
    rng = np.random.default_rng(2)
    good = fit_clock(echoes(rng, 0.015))
    bad = fit_clock(echoes(rng, 0.4, pause_share=0.5))
    assert bad.residual_s > 3 * good.residual_s


def test_short_spans_fit_no_skew():
    rng = np.random.default_rng(3)
    assert fit_clock(echoes(rng, 0.03, span_s=6.0, ppm=50)).host_per_sensor == 1.0


def test_too_few_echoes_are_refused():
    with pytest.raises(DataError, match="left shank answered 3 clock echoes"):
        fit_clock([Echo(1.0, 1, 1.1), Echo(2.0, 2, 2.1), Echo(3.0, 3, 3.1)], "left shank")
