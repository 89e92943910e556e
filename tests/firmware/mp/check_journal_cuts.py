"""Power cut after any byte of programming and in any erase, several boots in a row.

In each boot packets are written to small segments, the last boot's are acknowledged, and the
oldest acknowledged ones are removed. Whatever the moment: what a flush had made safe is there, bit
for bit; nothing torn is given out; the journal works on.
"""

import gc
import json
import os
import sys

from anklet_sensor import journal as journal_module
from anklet_sensor import segment_files
from anklet_sensor.journal import Journal
from anklet_sensor.packets import check, seq_of, stream_of
from made_packets import Maker
from nor import Log, Nor, Time, power_off

# so small that every session sees segments finished, renamed and removed
journal_module.BYTES = segment_files.BYTES = 3000
BLOCKS = 18
PACKETS = 36
OUT = bytearray(164)
maker = Maker()


class Truth:
    """What the journal promised."""

    def __init__(self, other=None):
        self.safe = set(other.safe) if other else set()
        self.acked = set(other.acked) if other else set()


def session(nor, boot, truth):
    """One boot, until it is done or the power goes; return the packets not yet safe."""
    time = Time()
    journal = Journal("/f/j", time, Log())
    pending = []
    for seq in range(PACKETS):
        time.us += 57_690
        if not journal.append(*maker.any(boot, seq)):
            break
        pending.append((boot, seq))
        if journal.due():
            if not journal.flush():
                break
            truth.safe.update(pending)
            pending = []
        if seq in (8, 24):
            half = range(PACKETS // 2) if seq == 8 else range(PACKETS // 2, PACKETS)
            truth.acked.update((boot - 1, q) for q in half)
            journal.ack(boot - 1, half[0], half[-1])
            journal.ack(boot - 2, 0, PACKETS)  # whatever was forgotten
            truth.acked.update((boot - 2, q) for q in range(PACKETS))
    else:
        if journal.close() and not nor.dead:
            truth.safe.update(pending)
            pending = []
    return pending


def verify(nor, boot, truth):
    """Every packet that was safe is there; return the journal and what it has."""
    log = Log()
    journal = Journal("/f/j", Time(), log)
    held = set()
    for stream in range(max(0, boot - 3), boot + 1):
        seq = 0
        while True:
            n = journal.read(stream, seq, OUT)
            if not n:
                break
            assert check(OUT, n) and maker.same(OUT, n), "torn"
            assert stream_of(OUT) == stream
            held.add((stream, seq_of(OUT)))
            seq = seq_of(OUT) + 1
    lost = truth.safe - truth.acked - held
    assert not lost, lost
    assert not log.faults, log.faults
    return journal, held


def works_on(nor, boot, truth):
    journal, _ = verify(nor, boot, truth)
    stream = 1000 + boot
    for seq in range(3):
        assert journal.append(*maker.packet(stream, seq))
    assert journal.flush() and journal.read(stream, 2, OUT)
    journal.ack(stream, 0, 2)
    assert journal.counts(stream) == (0, 2, 3, 0)
    power_off(nor)


def cut(nor, boot, truth, at):
    """A boot that is cut; return whether it was, and how many packets were lost with it."""
    nor.mount()
    nor.spent = 0
    nor.left = at
    pending = session(nor, boot, truth)
    was_cut, spent = nor.dead, nor.spent
    power_off(nor)
    nor.mount()
    _, held = verify(nor, boot, truth)
    power_off(nor)
    lost = [key for key in pending if key not in held]
    truth.safe.update(held)
    return was_cut, len(lost), spent


def all_cuts(start, stride):
    nor = Nor(BLOCKS)
    nor.format()
    nor.mount()
    os.mkdir("/f/j")
    nor.unmount()
    first = Truth()
    for boot in range(1, 5):
        cut(nor, boot, first, -1)
    image, at, cuts, most_lost, total = bytes(nor.data), start, 0, 0, 0
    while True:
        nor.data[:] = image
        truth = Truth(first)
        was_cut, lost, spent = cut(nor, 5, truth, at)
        most_lost = max(most_lost, lost)
        if not was_cut:
            total = spent
            break
        cuts += 1
        cut(nor, 6, truth, at * 7919 % 9000)  # and again, somewhere else
        nor.mount()
        works_on(nor, 6, truth)
        _, lost, _ = cut(nor, 7, truth, -1)
        assert lost == 0
        assert nor.violations == 0
        at += stride
        if cuts % 20 == 0:
            gc.collect()
    return {"cuts": cuts, "bytes": total, "most_lost": most_lost, "erased": sum(nor.erases)}


print(json.dumps(all_cuts(int(sys.argv[1]), int(sys.argv[2]))))
