"""The ring: against a plain model, with random traffic; nothing unsafe goes, memory is fixed."""

import gc
import json
import sys

from anklet_sensor.packets import seq_of
from anklet_sensor.ring import Ring
from made_packets import Maker

OUT = bytearray(164)
maker = Maker()


class Dice:
    def __init__(self, seed):
        self._state = seed

    def __call__(self, n):
        self._state = (self._state * 16807) % 2147483647
        return self._state % n


def random_traffic(seed, capacity, turns):
    """Every answer must be the model's: a dict that holds what the ring may not give up."""
    dice, ring = Dice(seed), Ring(capacity)
    held = {}  # key -> number, of all that the ring took
    stream, seq, refused, turned = 5, 0, 0, 0
    for _ in range(turns):
        act = dice(10)
        if act < 6:
            if dice(60) == 0:
                stream, seq = stream + 1, 0
            buf, n = maker.any(stream, seq)
            if ring.put(buf, n):
                held[stream, seq] = ring.head - 1
            else:
                refused += 1
                unsafe = ring.needed_bytes()
                room = ring.capacity - (2 + capacity // 1024) * 166
                assert unsafe + n + 2 > room, "refused although there was room"
            seq += 1
        elif act < 8:
            first = dice(seq + 1)
            last = first + dice(12)
            ring.ack(stream, first, last)
            for (s, q), number in held.items():
                if s == stream and first <= q <= last and number >= ring.tail:
                    assert ring.acked(number)
        elif act == 8 and dice(4) == 0:
            ring.saved = max(ring.saved, ring.head - dice(20))
        for key in [key for key, number in held.items() if number < ring.tail]:
            del held[key]
            turned += 1
        for _ in range(2):
            check_find(ring, held, stream - dice(3), dice(seq + 3))
    for (s, q), number in held.items():
        n = ring.copy(number, OUT)
        assert maker.same(OUT, n) and ring.find(s, q) == number
    assert refused and turned > 20, (refused, turned)
    return refused


def check_find(ring, held, stream, seq):
    number = ring.find(stream, seq)
    later = sorted(q for s, q in held if s == stream and q >= seq)
    if later:
        assert number == held[stream, later[0]], (stream, seq, number, later)
    else:
        assert number == -1
    runs = ring.runs(stream, seq, seq + 9)
    assert [q for a, b in runs for q in range(a, b + 1)] == [q for q in later if q <= seq + 9]
    counts = ring.counts(stream)
    mine = [(q, n) for (s, q), n in held.items() if s == stream]
    if mine:
        unsaved = [n for _, n in mine if n >= ring.saved]
        waiting = sum(not ring.acked(n) for n in unsaved)
        assert counts == (min(mine)[0], max(mine)[0], len(unsaved), waiting)
    else:
        assert counts is None


def nothing_unsafe_goes():
    ring = Ring(1024)
    seq = 0
    while ring.put(*maker.packet(1, seq)):
        seq += 1
    assert seq == 7 and ring.find(1, 0) == 0 and ring.free_bytes() < 146
    ring.ack(1, 5, 6)
    assert not ring.put(*maker.packet(1, seq)), "an unacknowledged packet was given up"
    ring.ack(1, 0, 0)
    assert ring.put(*maker.packet(1, seq))
    assert ring.find(1, 0) == ring.find(1, 1) == 1, "the acknowledged one was not the one to go"
    assert not ring.put(*maker.packet(1, seq + 1))
    ring.saved = ring.head
    assert ring.needed_bytes() == 0
    assert ring.find(1, 1) == 1, "it went before room was needed"
    for i in range(1, 40):
        assert ring.put(*maker.packet(1, seq + i))
        ring.saved = ring.head


def acks_that_are_nonsense():
    ring = Ring(3000)
    for seq in range(10):
        ring.put(*maker.packet(0xFFFFFFFF, seq))
    for stream, first, last in ((0xFFFFFFFF, 5, 2), (9, 0, 5), (0xFFFFFFFF, 10, 0xFFFFFFFF)):
        ring.ack(stream, first, last)
    assert not any(ring.acked(number) for number in range(10))
    ring.ack(0xFFFFFFFF, 0, 0xFFFFFFFF)
    assert all(ring.acked(number) for number in range(10))
    assert Ring(100).put(*maker.packet(1, 0)) is False, "a packet larger than the ring"


def largest_numbers():
    ring = Ring(3000)
    for seq in range(0xFFFFFFFA, 0x100000000):
        assert ring.put(*maker.packet(0xFFFFFFFF, seq))
    assert seq_of(OUT[: ring.copy(ring.find(0xFFFFFFFF, 0xFFFFFFFF), OUT)]) == 0xFFFFFFFF
    assert ring.runs(0xFFFFFFFF, 0, 0xFFFFFFFF) == [[0xFFFFFFFA, 0xFFFFFFFF]]


def size(capacity):
    gc.collect()
    before = gc.mem_alloc()
    ring = Ring(capacity)
    gc.collect()
    fixed = gc.mem_alloc() - before
    seq = 0
    while ring.put(*maker.packet(1, seq)):
        seq += 1
    seconds = seq * 6 / 104
    for more in range(seq, 3 * seq):
        ring.ack(1, more - seq, more - seq)
        assert ring.put(*maker.packet(1, more))
    gc.collect()
    grown = gc.mem_alloc() - before - fixed
    assert grown < 1000, grown  # its list of streams, the interpreter's own names
    return {"capacity": capacity, "heap": fixed, "seconds": round(seconds, 1), "grown": grown}


if sys.argv[1] == "traffic":
    refused = [random_traffic(seed, 2100 + 97 * (seed % 7), 600) for seed in range(1, 13)]
    refused += [random_traffic(seed, 7000 + 970 * seed, 3000) for seed in (1, 2, 3)]
    nothing_unsafe_goes()
    acks_that_are_nonsense()
    largest_numbers()
    print(json.dumps({"refused": sum(refused)}))
else:
    print(json.dumps(size(int(sys.argv[2]))))
