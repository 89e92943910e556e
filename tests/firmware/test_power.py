"""The sensor's battery and inactivity."""


def test_power(run_mp):
    """The estimate is smooth, low is told once, and no battery is no low battery."""
    assert run_mp("check_power.py").count("ok ") == 6
