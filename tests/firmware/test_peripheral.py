"""The link over Bluetooth LE, against the stand-in of `bluetooth`."""

import json


def test_peripheral(run_mp, tmp_path):
    """Advertising, control in pieces, MTUs, centrals that vanish or come second, pairing keys."""
    done = json.loads(run_mp("check_peripheral.py", tmp_path, heapsize="1m").splitlines()[-1])
    assert done["checks"] == 11


def test_flow(run_mp, tmp_path):
    """A full pool loses nothing, costs little of the link, and control gets through."""
    figures = json.loads(run_mp("check_flow.py", tmp_path, heapsize="24m").splitlines()[-1])
    assert len(figures) == 15
    assert all(figure["used"] > 0.8 for figure in figures[3:12])
