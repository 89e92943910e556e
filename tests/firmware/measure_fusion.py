"""Print what fusion is worth and costs: ``ANKLET_REALDATA=DIR python measure_fusion.py``.

The estimate for an ESP32-S3 at 240 MHz scales this machine's times by the speed of MicroPython.
Its own pystone (tests/perf_bench/misc_pystone.py) does 1850 passes a second on a pyboard v1.0
(micropython/micropython pull request 4858), and a published loop takes 13.0 s there and 8.9 s on an
S3 (scruss.com/blog/tag/benchmark): about 2700 on the S3. ANKLET_PYSTONES says how many here;
without it there is no estimate. It is good to a factor of two: viper, calls and floats scale
differently.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import broad
import get_micropython

HERE = Path(__file__).parent
S3_PYSTONES = 1850 * 13.0 / 8.9
CASES = {
    "clean": ((0, 0, 0), True),
    "no rest first": ((0, 0, 0), False),
    "1 deg/s, no rest first": ((1, 1, 1), False),
    "3 deg/s after rest": ((3, 3, 3), True),
    "5 deg/s after rest": ((5, 5, 5), True),
}


def run_mp(script: str, *args) -> str:
    """Run a script of tests/firmware/mp with the heap of the microcontroller."""
    paths = f"{HERE.parents[1] / 'firmware'}:{HERE / 'mp'}"
    return subprocess.run(
        [get_micropython.find(), "-X", "heapsize=160k", HERE / "mp" / script, *map(str, args)],
        env={**os.environ, "MICROPYPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def print_accuracy(folder: Path) -> None:
    """Inclination RMSE of each trial and their mean, deg."""
    with tempfile.TemporaryDirectory() as scratch:
        for case, (bias, rest_first) in CASES.items():
            trials = broad.load(folder, bias, rest_first)
            found = broad.fuse(run_mp, trials, Path(scratch))
            errors = [broad.rmse_deg(t, q) for t, q in zip(trials, found, strict=True)]
            names = [f"{t.name[:2]}: {e:.2f}" for t, e in zip(trials, errors, strict=True)]
            print(f"{case:24} mean {np.mean(errors):.3f} deg   {'  '.join(names)}")


def print_cost() -> None:
    """Heap, and time in calls of math.sin; times for the S3 when this machine's speed is given."""
    heap = json.loads(run_mp("check_fusion.py").splitlines()[-1])
    cost = json.loads(run_mp("measure_fusion.py").splitlines()[-1])
    sine_us = cost.pop("sin_us")
    print(
        f"heap a sample: {heap['heap_moving']:.0f} B in motion, {heap['heap_resting']:.0f} at rest"
    )
    pystones = os.environ.get("ANKLET_PYSTONES")
    for name, sines in cost.items():
        us = sines * sine_us
        print(f"{name.removesuffix('_sines'):14} {sines:6.1f} calls of math.sin, {us:.2f} us here")
        if pystones:
            print(f"{'':14} about {us * float(pystones) / S3_PYSTONES:.0f} us on an ESP32-S3")


if __name__ == "__main__":
    print_accuracy(Path(os.environ["ANKLET_REALDATA"]))
    print_cost()
