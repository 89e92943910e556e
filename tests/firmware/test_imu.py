"""IMU drivers on register models: set up, scale, self-test, sleep; models that catch misuse."""

import json

import pytest

CHIPS = ("lsm6dsox", "lsm6ds3trc", "mpu6886")


@pytest.mark.parametrize("chip", CHIPS)
def test_driver_sets_up_scales_tests_and_sleeps(run_mp, chip):
    figures = json.loads(run_mp("check_imu_registers.py", chip).splitlines()[-1])
    print(chip, figures)
    assert figures["scale"]["100 deg/s"] == pytest.approx(100, abs=0.5)
    assert figures["scale"]["1 g"] == pytest.approx(1, abs=0.01)
    assert figures["self_test_ms"] < 600


def test_models_fail_on_misuse(run_mp):
    assert run_mp("check_imu_misuse.py").splitlines()[-1] == "ok"
