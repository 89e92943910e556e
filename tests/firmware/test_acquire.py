"""From FIFO to packets on simulated time: nothing lost, what is lost flagged where it was."""

import json

import pytest

CHIPS = ("lsm6dsox", "lsm6ds3trc", "mpu6886")


def figures_of(output: str) -> dict:
    figures = json.loads(output.splitlines()[-1])
    print(figures)
    return figures


@pytest.mark.parametrize(
    ("chip", "rate_hz", "error_ppm"),
    [("lsm6dsox", 208, 20_000), ("lsm6ds3trc", 208, -30_000), ("mpu6886", 200, -8_000)],
)
def test_ten_minutes_with_pauses_lose_nothing(run_mp, chip, rate_hz, error_ppm):
    """Pauses of 70 ms every second and of 300 ms every minute; every sample bit for bit."""
    figures = figures_of(run_mp("check_acquire_run.py", chip, rate_hz, 10, error_ppm, 0.3))
    assert figures["lost"] == 0
    assert figures["gaps"] == []
    assert figures["faults"] == []
    assert figures["samples"] >= 600 * rate_hz * 0.96
    # what is not in a packet was discarded at the start, or waits
    assert figures["taken"] - figures["samples"] < 50


@pytest.mark.parametrize("chip", CHIPS)
def test_faults_are_flagged_named_and_over_soon(run_mp, chip):
    """Overflow, errors in mid-burst, a dead bus, lost power, torn tags, wraps of all counters."""
    figures = figures_of(run_mp("check_acquire_faults.py", chip))
    assert figures["back_after_s"] < 1
    assert figures["wrap_worst_us"] < (300 if chip != "mpu6886" else 1000)
    if chip != "mpu6886":
        assert figures["bus_lost"] <= figures["bus_errors"]
        assert max(figures["worst_us"], figures["bus_worst_us"]) < 300


def test_axes_are_turned_by_rotations_only(run_mp):
    assert run_mp("check_acquire_remap.py").splitlines()[-1] == "ok"


@pytest.mark.parametrize("chip", CHIPS)
def test_heap_per_sample(run_mp, chip):
    rate_hz = 200 if chip == "mpu6886" else 208
    figures = figures_of(run_mp("check_acquire_heap.py", chip, rate_hz))
    assert figures["samples"] > 150
    assert figures["bytes_a_sample"] <= 256
