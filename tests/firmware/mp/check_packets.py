"""Packets: golden bytes made and accepted, bad ones refused, sealing without the heap."""

import binascii
import gc
import json
import struct
import sys
from collections import OrderedDict

import micropython
from anklet_sensor import packets
from anklet_sensor.errors import Fault
from anklet_sensor.packets import Packer, check, seq_of, stream_of, whole


def made(fields):
    packer = Packer(7)
    packer.begin(fields["stream"], fields["scale"])
    packer.seq = fields["seq"]
    if "note" in fields:
        pairs = OrderedDict(fields["note"])  # MicroPython's dict keeps no order
        return bytes(packer.note(pairs, fields["time_us"], fields["period_us"]))
    packer.open(fields["time_us"], fields["flags"] & 2)
    for i, sample in enumerate(fields["samples"]):
        struct.pack_into("<10h", packer.buf, packer.offset(), *sample)
        assert packer.add() == (i == 6)
    n = packer.seal(fields["period_us"], fields["flags"] & 5)
    assert packer.seal(fields["period_us"]) == 0
    return bytes(packer.buf[:n])


def golden(path):
    with open(path) as file:
        vectors = json.load(file)
    for vector in vectors["packets"]:
        fields, data = vector["fields"], binascii.unhexlify(vector["hex"])
        assert made(fields) == data, (vector["name"], binascii.hexlify(made(fields)))
        assert check(data, len(data)) and whole(memoryview(data), len(data)), vector["name"]
        assert stream_of(data) == fields["stream"] and seq_of(data) == fields["seq"]
        assert not check(data, len(data) - 1) and not check(data, len(data) + 1)
    for vector in vectors["bad"]:
        data = binascii.unhexlify(vector["hex"])
        assert not check(data, len(data)), vector["name"]
        for shorter in range(len(data)):
            assert not check(data, shorter), (vector["name"], shorter)
    return len(vectors["packets"]), len(vectors["bad"])


def every_bit_counts():
    packer = Packer(2)
    packer.begin(7, 1)
    packer.open(1 << 47, 0)
    packer.add()
    assert packer.add()
    n = packer.seal(9615)
    for i in range(8 * n):
        packer.buf[i // 8] ^= 1 << i % 8
        assert not check(packer.buf, n), i
        packer.buf[i // 8] ^= 1 << i % 8
    assert check(packer.buf, n)


def sealing_allocates_nothing():
    packer = Packer(6)
    packer.begin(0xFFFFFFFF, 2)
    packer.open(1 << 40, 0)
    gc.collect()
    micropython.heap_lock()
    try:
        before = gc.mem_alloc()
        while not packer.add():
            packer.offset()
        n = packer.seal(4808, 4)
        assert whole(packer.buf, n)
        assert gc.mem_alloc() == before
    finally:
        micropython.heap_unlock()
    assert n == 144 and check(packer.buf, n)


def notes_that_are_refused():
    packer = Packer()
    packer.begin(1, 1)
    numbers = ({"a": float("nan")}, {"a": [1, float("inf")]}, {"a": object()}, [1], "x", None)
    for bad in numbers + ({"a": "x" * 133}, {"a": "\xe9" * 67}, {"a": "\ud83e\uddb6"}):
        try:
            packer.note(bad, 5)
        except Fault as fault:
            assert fault.code == "note" and len(fault.why) > 20
        else:
            raise AssertionError(bad)
    assert packer.seq == 0, "a refused note took a number"
    assert len(packer.note({"a": "\xe9" * 66}, 5)) == 164
    view = packer.note({"f": 0.1, "big": 1 << 50, "yes": True, "no": None}, 5)
    assert check(view, len(view)) and seq_of(view) == 1
    assert json.loads(bytes(view[20:-4])) == {"f": 0.1, "big": 1 << 50, "yes": True, "no": None}


def a_note_leaves_open_samples_alone():
    packer = Packer(2)
    packer.begin(1, 1)
    packer.open(10, 0)
    struct.pack_into("<10h", packer.buf, packer.offset(), *range(10))
    packer.add()
    assert seq_of(packer.note({"marker": "x"}, 12)) == 0
    n = packer.seal(9615)
    assert n == 44 and seq_of(packer.buf) == 1 and check(packer.buf, n)
    assert struct.unpack_from("<10h", packer.buf, 20) == tuple(range(10))


def wrong_use_is_named():
    for wrong in (0, 8, -1):
        try:
            Packer(wrong)
        except Fault as fault:
            assert fault.code == "setting"
        else:
            raise AssertionError(wrong)
    for scale in (0, 3, 99):
        try:
            Packer().begin(1, scale)
        except Fault as fault:
            assert fault.code == "imu"
        else:
            raise AssertionError(scale)


every_bit_counts()
sealing_allocates_nothing()
notes_that_are_refused()
a_note_leaves_open_samples_alone()
wrong_use_is_named()
good, bad = golden(sys.argv[1])
assert packets.MAX_BYTES == 164
print(json.dumps({"good": good, "bad": bad}))
