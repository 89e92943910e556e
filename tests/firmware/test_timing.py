"""Sample times against the truth: the fit alone, and through drivers, pauses and packets."""

import json

import pytest


def test_fit_follows_fast_slow_and_paused_counters(run_mp):
    figures = json.loads(run_mp("check_imu_timing.py").splitlines()[-1])
    print(figures)
    assert figures.pop("stuck_period_us") == 4800
    for name, (worst_us, ppm) in figures.items():
        assert worst_us < (1000 if name.startswith("coarse") else 300), name
        assert ppm < 30, name


@pytest.mark.parametrize(
    ("chip", "rate_hz", "error_ppm", "drift_ppm_s", "worst_us", "jump_us"),
    [
        ("lsm6dsox", 208, 40_000, 0, 300, 100),
        ("lsm6dsox", 104, -750, 1.0, 300, 100),
        ("lsm6ds3trc", 104, -40_000, -1.0, 300, 100),
        ("mpu6886", 100, 8_000, 0.3, 1000, 300),
        ("mpu6886", 200, -8_000, -0.3, 1000, 300),
    ],
)
def test_sample_times(run_mp, chip, rate_hz, error_ppm, drift_ppm_s, worst_us, jump_us):
    """After 3 s, and the period after two minutes, while the oscillator warms up."""
    output = run_mp("check_acquire_run.py", chip, rate_hz, 2, error_ppm, drift_ppm_s)
    figures = json.loads(output.splitlines()[-1])
    print(figures)
    assert figures["lost"] == 0
    assert figures["worst_us"] < worst_us
    assert figures["worst_jump_us"] < jump_us
    assert abs(figures["period_ppm"]) < 30


def test_period_is_measured_not_presumed(run_mp):
    """A chip whose 104 Hz is 104.00, not 40 kHz / 384: a period of 384.6 ticks."""
    output = run_mp("check_acquire_run.py", "lsm6dsox", 104, 2, 5_000, 0, 9615)
    figures = json.loads(output.splitlines()[-1])
    print(figures)
    assert figures["lost"] == 0
    assert figures["worst_us"] < 300
    assert abs(figures["period_ppm"]) < 30
