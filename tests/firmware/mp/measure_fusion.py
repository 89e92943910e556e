"""Time of a sample, in calls of math.sin on the same interpreter."""

import gc
import json
import math
import time

from anklet_sensor.fusion import Fusion
from fusion_motions import G_COUNTS, sample

_N = 20000


def timed_us(call) -> float:
    """Best of five runs, us a pass."""
    best = 1e9
    for _ in range(5):
        gc.collect()
        start = time.ticks_us()
        call()
        best = min(best, time.ticks_diff(time.ticks_us(), start) / _N)
    return best


def empty() -> None:
    """Only the loop."""
    for _ in range(_N):
        pass


def sines() -> None:
    """The loop and math.sin."""
    sin = math.sin
    for _ in range(_N):
        sin(0.5)


def by_counts() -> None:
    """The firmware's path."""
    update_counts, store_q = fusion.update_counts, fusion.store_q
    for _ in range(_N):
        update_counts(buf, 0)
        store_q(buf, 12)


def by_floats() -> None:
    """The path for rad/s and m/s2."""
    update = fusion.update
    for _ in range(_N):
        update(0.1, 0.2, 0.3, 0.0, 0.0, 9.81)


def correction() -> None:
    """The end of a block alone: level, in motion."""
    correct, s = fusion._correct, fusion._s
    level = int(2 * G_COUNTS) * 16
    for _ in range(_N):
        s[12] = level
        s[13] = 10000
        correct()


fusion = Fusion(104)
buf = bytearray(sample((0, 0, G_COUNTS), (10, 20, 30)) + bytes(8))
loop = timed_us(empty)
sine = timed_us(sines) - loop
print(
    json.dumps(
        {
            "sin_us": sine,
            "update_counts_sines": (timed_us(by_counts) - loop) / sine,
            "update_sines": (timed_us(by_floats) - loop) / sine,
            "correction_sines": (timed_us(correction) - loop) / sine,
        }
    )
)
