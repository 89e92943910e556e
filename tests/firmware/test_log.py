"""The log on the sensor."""


def test_log(run_mp, tmp_path):
    """Bounded, rate-limited, whole after a power cut, never an error of its own."""
    assert run_mp("check_log.py", tmp_path).count("ok ") == 8
