"""The rig as a fixture; what it needs and is missing is named, with the remedy."""

import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

FINDER = Path(__file__).parents[1] / "firmware" / "get_micropython.py"


@pytest.fixture(scope="session")
def micropython() -> str:
    """The interpreter: found or fetched; without one these tests are skipped."""
    done = subprocess.run([sys.executable, FINDER], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no MicroPython, the link is not tested: {done.stderr.strip()}")
    return done.stdout.strip()


@pytest.fixture
def make_rig(tmp_path, micropython):
    """Make a rig (link/rig.py) whose files are in the test's folder; `setup` may be a dict."""
    pytest.importorskip(
        "bumble", reason="no bumble, the link is not tested: pip install -e '.[test]'"
    )
    from link.rig import Rig
    from link.sensor import SensorSetup

    made = count(1)

    def make(n_sensors: int = 1, *, setup: dict | None = None, **options) -> Rig:
        its = SensorSetup(**(setup or {}))
        return Rig(n_sensors, tmp_path / f"rig{next(made)}", micropython, setup=its, **options)

    return make
