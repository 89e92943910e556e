"""Run scripts on a real MicroPython, 32-bit as on the microcontroller."""

import os
import subprocess
from pathlib import Path

import pytest

import get_micropython

HERE = Path(__file__).parent
FIRMWARE = HERE.parents[1] / "firmware"


@pytest.fixture(scope="session")
def micropython() -> str:
    """The interpreter: found or fetched; without one these tests are skipped."""
    try:
        return get_micropython.find()
    except get_micropython.NotFoundError as error:
        pytest.skip(f"no MicroPython, the firmware is not tested: {error}")


@pytest.fixture(scope="session")
def run_mp(micropython):
    """Run ``tests/firmware/mp/SCRIPT`` and return what it printed."""

    def run(
        script: str,
        *args: object,
        heapsize: str = "160k",
        timeout_s: float = 300,
        firmware: Path = FIRMWARE,
    ) -> str:
        command = [micropython, "-X", f"heapsize={heapsize}", str(HERE / "mp" / script)]
        done = subprocess.run(
            [*command, *map(str, args)],
            env={**os.environ, "MICROPYPATH": f"{firmware}:{HERE / 'mp'}"},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert done.returncode == 0, f"{script} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run
