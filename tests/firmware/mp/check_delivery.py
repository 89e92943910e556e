"""Delivery: no packet that is not acknowledged is lost, altered or sent twice."""

import gc
import json
import sys

from anklet_sensor.delivery import Delivery
from anklet_sensor.errors import Fault
from anklet_sensor.journal import Journal
from anklet_sensor.packets import seq_of, stream_of
from anklet_sensor.ring import Ring
from made_packets import Maker
from nor import Log, Nor, Time, power_off

OUT = bytearray(164)
maker = Maker()


class Bench:
    def __init__(self, blocks=64, ring=8000):
        self.nor = Nor(blocks)
        self.nor.format()
        self.nor.mount()
        self.time = Time()
        self.journal = None
        self.boot(ring)

    def boot(self, ring=8000):
        if self.journal:
            power_off(self.nor)
            self.nor.mount()
        self.log = Log()
        self.ring = Ring(ring)
        self.journal = Journal("/f/j", self.time, self.log)
        self.delivery = Delivery(self.ring, self.journal, self.log)

    def run(self, stream, first, last):
        """A turn of the loop for each packet; return how many were taken."""
        taken = 0
        for seq in range(first, last + 1):
            taken += self.delivery.put(*maker.any(stream, seq))
            self.time.us += 57_690
            self.delivery.step()
        return taken

    def send(self, most=100_000, refuse=None):
        """Send what is next; return the keys in the order sent."""
        sent = []
        while len(sent) < most:
            n = self.delivery.peek(OUT)
            if not n:
                break
            assert maker.same(OUT, n)
            if refuse and refuse():
                continue  # back-pressure: the same again, or a live one that came meanwhile
            sent.append((stream_of(OUT), seq_of(OUT)))
            self.delivery.advance()
        return sent

    def fetch(self, stream):
        self.delivery.live(None)
        asked = self.delivery.resend(stream, 0, 0xFFFFFFFF)
        seqs = [seq for _, seq in self.send()]
        assert asked["queued"] == len(seqs), (asked, len(seqs))
        held = set(seqs)
        for a, b in asked["missing"]:
            assert not any(a <= seq <= b for seq in held)
        return seqs

    def done(self):
        assert self.nor.violations == 0
        power_off(self.nor)
        gc.collect()


def keys(stream, first, last):
    return [(stream, seq) for seq in range(first, last + 1)]


def live_and_acknowledged_needs_no_flash():
    b = Bench()
    assert b.delivery.live(1) == 0 and b.delivery.peek(OUT) == 0
    b.delivery.advance()
    erased = sum(b.nor.erases)
    for seq in range(500):
        b.run(1, seq, seq)
        assert b.send() == [(1, seq)]
        if seq % 17 == 0:
            b.delivery.ack(1, [[0, seq]])
    assert sum(b.nor.erases) == erased and not b.log.faults
    assert b.delivery.status()["refused"] == 0
    b.done()


def a_lost_link_spills_and_nothing_is_lost():
    b = Bench()
    b.delivery.live(1)
    b.run(1, 0, 9)
    assert b.send() == keys(1, 0, 9)
    b.delivery.ack(1, [[0, 9]])
    b.delivery.forget()
    assert b.run(1, 10, 999) == 990 and not b.log.faults
    entry = b.delivery.listing()
    assert len(entry) == 1 and entry[0]["where"] == "both" and entry[0]["unacknowledged"] == 990
    assert b.delivery.live(1) == 999, "live goes on at the newest packet"
    asked = b.delivery.resend(1, 10, 998)
    assert asked == {"queued": 989, "missing": []}, asked
    first = b.send(1)
    b.run(1, 1000, 1000)
    assert first + b.send(1) == [(1, 999), (1, 1000)], "live goes before resends"
    sent = b.send()
    assert sent == keys(1, 10, 998)
    assert b.delivery.next_sent() == (1, 10, 998) and b.delivery.next_sent() is None
    b.delivery.ack(1, [[10, 500], [501, 1000]])
    assert b.delivery.listing()[0]["unacknowledged"] == 0
    b.done()


def a_slow_link_loses_and_doubles_nothing(seed):
    """Live and a resend together, refused at random, while the ring moves on underneath."""
    b = Bench()
    state = [seed]

    def refuse():
        state[0] = state[0] * 16807 % 2147483647
        return state[0] % 3 > 0

    b.run(1, 0, 99)
    live_from = b.delivery.live(1)
    b.delivery.resend(1, 0, live_from - 1)
    sent = []
    seq = 100
    while seq < 700:
        b.run(1, seq, seq)
        seq += 1
        # half of the packets at first, twice as many later
        for _ in range((state[0] % 2) if seq < 450 else 3):
            n = b.delivery.peek(OUT)
            again = bytes(OUT[:n])
            assert b.delivery.peek(OUT) == n and bytes(OUT[:n]) == again, "peek alone moved on"
            if n and not refuse():
                assert maker.same(OUT, n)
                sent.append(seq_of(OUT))
                b.delivery.advance()
                b.delivery.advance()
    sent.extend(q for _, q in b.send(refuse=refuse))
    assert sorted(sent) == list(range(700)), (len(sent), len(set(sent)))
    live = [q for q in sent if q >= live_from]
    assert live == sorted(live) and not b.log.faults
    b.done()


def untethered_goes_to_flash():
    b = Bench()
    b.run(1, 0, 20)
    b.delivery.untethered = True
    b.run(1, 21, 400)
    assert b.delivery.flush()
    b.boot()
    assert b.fetch(1) == list(range(401)), "not everything was in flash"
    b.run(2, 0, 5)
    assert b.delivery.close()
    b.boot()
    assert [e["stream"] for e in b.delivery.listing()] == [1, 2] and b.fetch(2) == list(range(6))
    assert b.delivery.held(1) and b.delivery.held(2) and not b.delivery.held(3)
    assert not b.log.faults
    b.done()


def full_refuses_the_new_only():
    b = Bench(blocks=24)
    taken = b.run(1, 0, 999)
    assert taken < 1000 and "memory_full" in b.log.faults and "flash_full" in b.log.faults
    assert b.delivery.refused == 1000 - taken == b.delivery.status()["refused"]
    seqs = b.fetch(1)
    assert len(seqs) == taken and seqs[: taken - 5] == list(range(taken - 5))
    assert b.delivery.room_s(2496) <= 3, b.delivery.room_s(2496)
    b.delivery.ack(1, [[0, 500]])
    b.time.us += 2_000_000
    assert b.run(1, 1000, 1100) == 101, "it did not go on after room was made"
    again = b.fetch(1)
    assert [q for q in again if q > 500] == [q for q in seqs if q > 500] + list(range(1000, 1101))
    asked = b.delivery.resend(1, 900, 1005)
    missing = [q for a, c in asked["missing"] for q in range(a, c + 1)]
    assert missing == [q for q in range(900, 1000) if q not in seqs]
    b.done()


def a_failing_flash_costs_nothing_in_ram():
    b = Bench()
    b.run(1, 0, 17)
    b.delivery.untethered = True
    b.delivery.flush()
    b.run(1, 18, 20)  # written, not flushed
    b.nor.dead = True
    taken = b.run(1, 21, 99)
    assert "journal" in b.log.faults and taken < 79 and b.delivery.refused == 79 - taken
    b.nor.power_on()
    b.nor.unmount()
    b.nor.mount()
    b.time.us += 2_000_000
    assert b.delivery.flush() and b.run(1, 100, 300) == 201
    held = b.fetch(1)
    missing = [seq for seq in range(301) if seq not in held]
    assert len(missing) == b.delivery.refused and 60 < missing[0] and missing[-1] == 99, missing
    b.done()


def nonsense_is_harmless():
    b = Bench()
    b.run(0xFFFFFFFF, 0, 200)
    bad = [[5, 2], [-3, -1], [1], [], 7, None, "ab", [0.5, 2], [None, 2], [1 << 40, 1 << 50]]
    b.delivery.ack(0xFFFFFFFF, bad)
    b.delivery.ack(12345, [[0, 0xFFFFFFFF]])
    assert b.delivery.listing()[0]["unacknowledged"] == 201
    for first, last in ((5, 2), (-5, -2)):
        assert b.delivery.resend(0xFFFFFFFF, first, last)["queued"] == 0
    assert b.delivery.resend(9, 3, 7) == {"queued": 0, "missing": [[3, 7]]}
    asked = b.delivery.resend(0xFFFFFFFF, 150, 0xFFFFFFFF)
    assert asked == {"queued": 51, "missing": [[201, 0xFFFFFFFF]]}
    for _ in range(15):
        b.delivery.resend(0xFFFFFFFF, 0, 10)
    try:
        b.delivery.resend(0xFFFFFFFF, 0, 10)
    except Fault as fault:
        assert fault.code == "busy"
    else:
        raise AssertionError("resends without end")
    b.delivery.forget()
    assert b.delivery.peek(OUT) == 0
    b.delivery.ack(0xFFFFFFFF, [[0, 0xFFFFFFFF]])
    assert b.delivery.listing()[0]["unacknowledged"] == 0
    b.done()


def a_small_heap_holds():
    """Heap that ring, journal and delivery take while flash fills with 35 minutes of data."""
    gc.collect()
    before = gc.mem_alloc()
    b = Bench(blocks=1254, ring=51_000)
    gc.collect()
    made = gc.mem_alloc() - before
    b.delivery.untethered = True
    most, seq = 0, 0
    while "flash_full" not in b.log.faults:
        b.delivery.put(*maker.packet(1, seq))
        b.time.us += 57_690
        b.delivery.step()
        seq += 1
        if seq % 5000 == 0:
            b.delivery.ack(1, [[seq - 20, seq - 10]])
            gc.collect()
            most = max(most, gc.mem_alloc() - before)
    flash = len(b.nor.data) + 4 * 1254 + 64
    return {"made": made - flash, "most": most - flash, "seconds": round(seq * 0.05769)}


if sys.argv[1] == "rules":
    live_and_acknowledged_needs_no_flash()
    a_lost_link_spills_and_nothing_is_lost()
    for seed in range(1, 7):
        a_slow_link_loses_and_doubles_nothing(seed)
    untethered_goes_to_flash()
    full_refuses_the_new_only()
    a_failing_flash_costs_nothing_in_ram()
    nonsense_is_harmless()
    print(json.dumps({"ok": True}))
else:
    print(json.dumps(a_small_heap_holds()))
