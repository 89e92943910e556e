"""Packets waiting in RAM."""

import json

import pytest


def test_traffic(run_mp):
    """Random puts, acknowledgements and savings agree with a plain model."""
    done = json.loads(run_mp("check_ring.py", "traffic", heapsize="2m").splitlines()[-1])
    assert done["refused"] > 50


@pytest.mark.parametrize(
    ("capacity", "least_s", "heapsize"), [(52_000, 20, "160k"), (1_600_000, 600, "4m")]
)
def test_size(run_mp, capacity, least_s, heapsize):
    """20 s at 104 Hz in 160 kB of heap, 10 minutes where there is PSRAM."""
    done = json.loads(run_mp("check_ring.py", "size", capacity, heapsize=heapsize).splitlines()[-1])
    print(done)
    assert done["seconds"] >= least_s
    assert done["heap"] < 1.1 * capacity
