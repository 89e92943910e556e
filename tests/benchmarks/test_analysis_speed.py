"""Speed as a ratio against a peer in the same run, never as seconds."""

import gc
import time

import numpy as np
from vqf import offlineVQF

from anklet.analysis import Settings, analyze
from anklet.model import SIDES, Placement, Recording, Samples
from anklet.simulate import Movement, simulate_leg

MINUTES = 10.0
ROUNDS = 21


def visit():
    """Ten minutes of two legs with two sensors each at 104 Hz, in memory."""
    recordings = []
    for side in SIDES:
        leg = simulate_leg(
            side, Movement(reps=10, sets=9, rest_s=30.0), seed=5, segments=("shank", "foot")
        )
        for segment, held in leg.recordings.items():
            s = held.samples
            keep = s.t_s < MINUTES * 60
            recordings.append(
                Recording(
                    Placement(side, segment),
                    Samples(s.t_s[keep], s.acc_m_s2[keep], s.gyr_rad_s[keep]),
                    held.name,
                )
            )
    return recordings


def seconds(work):
    """Processor time of one call, without the garbage collector (it scans what tests left)."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    work()
    taken = time.process_time() - start
    gc.enable()
    return taken


def test_a_visit_takes_at_most_twice_the_time_of_its_orientation_filter(capsys):
    """Samples in memory to results, against offlineVQF alone on the same samples, in pairs."""
    recordings = visit()
    assert sum(len(r.samples.t_s) for r in recordings) > 4 * 0.98 * MINUTES * 60 * 104

    def filter_alone():
        for r in recordings:
            offlineVQF(r.samples.gyr_rad_s, r.samples.acc_m_s2, None, 1 / 104)

    def whole():
        result = analyze(recordings, Settings())
        assert len(result.legs["left"].reps) >= 60

    whole()
    filter_alone()
    ratio = np.median([seconds(whole) / seconds(filter_alone) for _ in range(ROUNDS)])
    with capsys.disabled():
        print(f"\nanalysis / offlineVQF: {ratio:.2f} (median of {ROUNDS} pairs)")
    assert ratio <= 2.0
