"""Packets in flash, on the interpreter's real littlefs over a model of NOR flash."""

import json

import pytest


def test_rules(run_mp):
    """Bit for bit, gaps told, acknowledged data gone only for room, faults named."""
    assert run_mp("check_journal.py", heapsize="4m").count("ok ") == 9


def test_damage(run_mp, full):
    """Flipped bytes and cut files: every packet that was spared is read."""
    runs = 2000 if full else 200
    done = json.loads(
        run_mp("check_journal_flash.py", "damage", runs, heapsize="4m").splitlines()[-1]
    )
    assert done["runs"] == runs
    assert done["packets_hit"] > runs


def test_flash_filled(run_mp):
    """35 minutes at 104 Hz in 4.9 MiB; wear, opening and fetching in bounds."""
    done = json.loads(run_mp("check_journal_flash.py", "fill", heapsize="16m").splitlines()[-1])
    print(done)
    assert done["seconds"] >= 35 * 60
    assert abs(done["said_s"] - done["seconds"]) < 0.02 * done["seconds"]
    assert done["erases_per_s"] < 3
    assert done["programmed_per_byte"] < 3
    assert done["most_on_one_block"] < 100
    assert done["read_per_byte"] < 2


@pytest.mark.parametrize("part", range(8))
def test_power_cuts(run_mp, full, part):
    """After any byte of programming, in any erase: what was flushed is there, nothing torn is."""
    step = 1 if full else 37
    out = run_mp("check_journal_cuts.py", part * step, 8 * step, heapsize="8m", timeout_s=900)
    done = json.loads(out.splitlines()[-1])
    print(done)
    assert done["cuts"] > 10_000 / (8 * step)
    assert done["most_lost"] <= 12
