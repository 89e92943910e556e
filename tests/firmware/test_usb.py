"""The link over USB."""

import json
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def test_usb(run_mp, tmp_path):
    """Lines among garbage; hosts that do not read block the sensor at most for moments."""
    done = json.loads(run_mp("check_usb.py", tmp_path, heapsize="2m").splitlines()[-1])
    assert done["checks"] == 7
    honest_s, blocking_s = done["blocked_s_in_20"]
    assert honest_s == 0
    assert blocking_s <= 2.5


def test_real_console(micropython, tmp_path):
    """A pipe as the console: polled for real, end of file included."""
    done = subprocess.run(
        [micropython, "-X", "heapsize=1m", HERE / "mp" / "check_usb.py", tmp_path, "console"],
        env={**os.environ, "MICROPYPATH": f"{HERE.parents[1] / 'firmware'}:{HERE / 'mp'}"},
        input=b'noise\n#C {"do":"version"}\n',
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith(b"#P AAEC")
    assert len(done.stdout) == 224
