"""The boards of the sensor."""


def test_board(run_mp, tmp_path):
    """Found by the build's name or /board.json; mistakes are told and survived; sleep can end."""
    assert run_mp("check_board.py", tmp_path).count("ok ") == 9
