"""What goes wrong on a bus and in a chip: flagged where it happened, named, and over soon."""

import json
import sys

from acquire_rig import LOST, Rig

chip = sys.argv[1]
RATE = 200 if chip == "mpu6886" else 208
KEPT = {"lsm6dsox": 170, "lsm6ds3trc": 0, "mpu6886": 0}[chip]
report = {}


class Spy:
    """Listens to what fusion is told of lost samples."""

    def __init__(self, fusion):
        self.update_counts, self.store_q = fusion.update_counts, fusion.store_q
        self.at_rest = False
        self.told = 0

    def set_rate(self, rate_hz):
        pass

    def lost(self, n_samples):
        self.told += n_samples


def longest_pause():
    """The longest pause that loses nothing, to 10 ms."""
    least, most = 0, 200
    while most - least > 1:
        pause = (least + most) // 2
        rig = Rig(chip, RATE)
        rig.run(1)
        rig.sim.advance(10_000 * pause)
        rig.run(1)
        if rig.judge.gaps:
            most = pause
        else:
            least = pause
    report["longest_pause_ms"] = 10 * least


def overflow():
    rig = Rig(chip, RATE)
    spy = rig.acquire.fusion = Spy(rig.acquire.fusion)
    rig.run(5)
    rig.sim.advance(2_000_000)
    rig.run(5)
    judge = rig.judge
    assert rig.log.history == ["fifo_overflow"], rig.log.history
    assert "fifo_overflow" in rig.log.faults, "a loss of data stands until the next start"
    assert len(judge.gaps) == 1, judge.gaps
    assert judge.silent_flags == 0
    assert abs(spy.told - judge.lost) <= (chip == "mpu6886"), spy.told
    expected = 2 * RATE - KEPT
    assert abs(judge.lost - expected) < 12, (judge.lost, expected)
    assert judge.lost + judge.samples + rig.packer.n + judge.first <= rig.model.k + 1
    report["overflow_lost"] = judge.lost
    report["worst_us"] = judge.worst_us


def mid_burst():
    rig = Rig(chip, RATE)
    rig.run(3)
    judge = rig.judge
    errors = 0
    for transfer in range(3):
        for moved in (0, 1, 2, 3, 6, 7, 8, 14, 18, 20, 21, 22, 100, 252):
            rig.bus.fail_in, rig.bus.fail_bytes = transfer, moved
            rig.run(0.25)
            assert rig.bus.fail_in < 0, "the error was never met"
            errors += 1
    rig.run(1)
    assert "bus" in rig.log.history
    assert not rig.log.faults, rig.log.faults
    if chip != "mpu6886":
        assert judge.silent_flags == 0, "a gap was flagged where nothing is missing"
    report["bus_errors"], report["bus_lost"], report["bus_gaps"] = (
        errors,
        judge.lost,
        len(judge.gaps),
    )
    report["bus_worst_us"] = judge.worst_us


def dead_bus():
    rig = Rig(chip, RATE)
    rig.run(3)
    rig.bus.dead = True
    before = rig.bus.transfers
    rig.run(10)
    tried = rig.bus.transfers - before
    assert "bus" in rig.log.faults
    assert 10 <= tried < 200, tried  # often for a second, then once a second
    rig.bus.dead = False
    if chip == "lsm6dsox":  # the model's chip ran on; its driver starts it anew all the same
        report["tries_in_10_s"] = tried
    rig.between_packets()
    rig.judge.k = None
    had = rig.judge.samples
    rig.run(4)
    assert not rig.log.faults, rig.log.faults
    assert rig.judge.first_flags & LOST
    assert rig.judge.samples - had > 2 * RATE


def lost_power():
    rig = Rig(chip, RATE)
    rig.run(4)
    rig.between_packets()
    rig.model.power_cycle()
    rig.judge.k = None
    had = rig.judge.samples
    rig.run(3)
    assert rig.judge.first_flags & LOST
    assert "imu" in rig.log.history, rig.log.history
    assert not rig.log.faults, rig.log.faults
    report["back_after_s"] = round(3 - (rig.judge.samples - had) / RATE, 2)
    assert rig.judge.samples - had > 2 * RATE


def parity():
    rig = Rig(chip, RATE)
    rig.run(3)
    rig.model.bad_parity_at = rig.model.tail + 31
    rig.run(3)
    assert rig.judge.lost == 1, rig.judge.lost
    assert len(rig.judge.gaps) == 1
    assert rig.log.history == ["imu"]


def wraps():
    """Every counter wraps on the way: the chip's, the driver's, the MCU's."""
    if chip == "mpu6886":
        tick0s = (0,)
    else:
        bits = rig_bits()
        tick0s = ((1 << bits) - 200_000, (1 << 30) - 200_000)
    for tick0 in tick0s:
        options = {} if chip == "mpu6886" else {"tick0": tick0}
        rig = Rig(chip, RATE, at_us=(1 << 30) - 7_000_000, **options)
        rig.run(14)
        judge = rig.judge
        assert judge.lost == 0 and not judge.gaps and not rig.log.history, rig.log.history
        assert judge.samples > 13 * RATE
        report["wrap_worst_us"] = max(report.get("wrap_worst_us", 0), judge.worst_us)


def rig_bits():
    return 24 if chip == "lsm6ds3trc" else 32


for case in [longest_pause, overflow, mid_burst, dead_bus, lost_power, wraps] + [parity] * (
    chip == "lsm6dsox"
):
    case()
print(json.dumps(report))
