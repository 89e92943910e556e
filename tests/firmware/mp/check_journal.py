"""The journal: what goes in comes out, bit for bit, and what is not acknowledged stays."""

import os

from anklet_sensor.packets import seq_of
from journal_bench import OUT, Bench, maker
from nor import files


def comes_out_as_it_went_in():
    b = Bench()
    assert b.journal.streams() == [] and b.journal.counts(7) is None
    b.append(7, 0, 1199)
    assert b.journal.flush()
    b.append(0xFFFFFFFE, 0, 4)
    assert b.journal.close()
    for _ in range(2):
        assert b.journal.streams() == [7, 0xFFFFFFFE]
        assert b.read_all(7) == list(range(1200))
        assert b.read_all(0xFFFFFFFE) == list(range(5))
        for seq in (1199, 0, 700, 5, 1100, 699, 700, 700, 1198):
            n = b.journal.read(7, seq, OUT)
            assert n and seq_of(OUT) == seq and maker.same(OUT, n), seq
        assert b.journal.read(7, 1200, OUT) == 0 and b.journal.read(8, 0, OUT) == 0
        assert b.journal.counts(7) == (0, 1199, 1200, 1200)
        assert b.journal.runs(7, 5, 0xFFFFFFFF) == [[5, 1199]]
        assert b.journal.runs(7, 1200, 1300) == [] == b.journal.runs(7, 9, 3)
        b.boot()
        assert not b.log.faults
    b.append(7, 1200, 1210)
    b.journal.close()
    assert b.read_all(7) == list(range(1211))
    b.done()


def is_readable_while_written():
    b = Bench()
    seq = 0
    for turn in range(60):
        b.append(3, 10 * turn, 10 * turn + 9, maker.packet)
        b.journal.flush()
        while b.journal.read(3, seq, OUT):
            assert seq_of(OUT) == seq
            seq += 1
        assert seq == 10 * turn + 10
        assert b.journal.read(3, 0, OUT) and seq_of(OUT) == 0
    b.done()


def gaps_are_told():
    b = Bench()
    for first, last in ((0, 9), (15, 15), (20, 599), (90000, 90001)):
        b.append(3, first, last)
    b.journal.close()
    want = [[0, 9], [15, 15], [20, 599], [90000, 90001]]
    for _ in range(2):
        assert b.journal.runs(3, 0, 0xFFFFFFFF) == want, b.journal.runs(3, 0, 0xFFFFFFFF)
        assert b.journal.runs(3, 5, 22) == [[5, 9], [15, 15], [20, 22]]
        assert b.journal.read(3, 10, OUT) and seq_of(OUT) == 15
        assert b.journal.counts(3) == (0, 90001, 593, 593)
        b.boot()
    b.append(4, 0, 9)
    b.append(4, 20, 29)
    b.journal.close()
    b.journal.ack(4, 0, 19)
    assert not files("/f/j")[-1].endswith(".ack"), "numbers that it does not hold were counted"
    b.journal.ack(3, 0, 9)
    b.journal.ack(3, 20, 599)
    assert b.journal.counts(3)[3] == 3, b.journal.counts(3)
    b.journal.ack(3, 10, 19)
    assert b.journal.counts(3)[3] == 2
    assert sum(name.endswith(".ack") for name in files("/f/j")) == 2, files("/f/j")
    b.done()


def acknowledged_goes_only_for_room():
    b = Bench(100)
    b.append(1, 0, 999)
    b.append(2, 0, 99)
    b.journal.close()
    names = len(files("/f/j"))
    free = b.journal.free_bytes()
    for first, last in ((0, 300), (500, 999), (290, 499), (7, 3), (0, 0xFFFFFFFF)):
        b.journal.ack(1, first, last)
        b.journal.ack(9, first, last)
    assert b.journal.counts(1) == (0, 999, 1000, 0) and b.journal.counts(2)[3] == 100
    assert b.journal.free_bytes() > free + 120_000 and len(files("/f/j")) == names
    b.boot()
    assert b.journal.counts(1)[3] == 0, "the acknowledgement was lost"
    assert b.read_all(1) == list(range(1000)), "it went before room was needed"
    b.append(2, 100, 1900)
    assert b.journal.streams() == [1, 2] and b.journal.counts(1)[0] > 0, "the oldest did not go"
    stop = b.append(2, 1901, 9999)
    assert stop < 9999 and "flash_full" in b.log.faults and b.journal.flush()
    assert b.journal.streams() == [2] and b.read_all(2) == list(range(stop))
    b.time.us += 1_500_000
    assert not b.journal.append(*maker.any(2, stop)) and b.journal.free_bytes() < 4096
    b.journal.ack(2, 0, 700)
    b.time.us += 1_500_000
    assert b.append(2, stop, stop + 100) == stop + 101 and "flash_full" not in b.log.faults
    b.journal.close()
    b.boot()
    assert b.read_all(2)[-1] == stop + 100 and b.read_all(2, 701)[0] == 701
    assert not b.log.faults
    b.done()


def parts_stay():
    b = Bench()
    b.append(1, 0, 299)
    b.journal.close()
    for k in range(60):
        b.journal.ack(1, 4 * k, 4 * k)
    assert 0 < b.journal.counts(1)[3] < 300
    assert b.read_all(1) == list(range(300)) and not files("/f/j")[0].endswith(".ack")
    b.journal.ack(1, 0, 298)
    assert b.journal.counts(1)[3] == 1
    b.journal.ack(1, 299, 299)
    assert files("/f/j")[0].endswith(".ack")
    b.done()


def foreign_files_are_left_alone():
    b = Bench()
    b.append(1, 0, 20)
    b.journal.close()
    odd = ("notes.txt", "zzz-1-2-3.seg", "000001-00000001-00000000-11.bak", "-----.seg", "\xe9.seg")
    for name in odd:
        with open("/f/j/" + name, "w") as file:
            file.write("mine")
    os.mkdir("/f/j/000009-00000001-00000000-11.seg")
    b.boot()
    assert b.read_all(1) == list(range(21)) and "journal" in b.log.faults
    b.append(1, 21, 30)
    b.journal.close()
    assert b.read_all(1) == list(range(31))
    assert all(name in files("/f/j") for name in odd)
    b.done()


def trash_is_survived():
    b = Bench()
    names = ("000000-00000005-00000000-11.seg", "000001-00000005-00000000-11.ack")
    os.mkdir("/f/x")
    for i, name in enumerate(names):
        with open("/f/j/" + name, "wb") as file:
            for k in range(200):
                file.write(bytes([0, 4 + i, 0, 0, 0, 0, 7 * k & 255]) * 9)
    with open("/f/j/000002-00000005-00000000-11.seg", "wb"):
        pass
    b.boot()
    assert b.journal.streams() == [] and "journal_torn" in b.log.faults and not files("/f/j")
    b.done()


def a_flash_that_fails_is_named():
    b = Bench()
    b.append(1, 0, 30)
    b.journal.flush()
    b.nor.dead = True
    assert b.journal.append(*maker.any(1, 31)) is False or b.journal.flush() is False
    assert "journal" in b.log.faults and not b.journal.append(*maker.any(1, 32))
    assert b.journal.read(1, 0, OUT) == 0
    b.journal.ack(1, 0, 30)
    b.journal.close()
    b.boot()
    assert b.read_all(1) == list(range(31))
    b.time.us += 2_000_000
    b.append(1, 31, 40)
    b.journal.close()
    assert b.read_all(1) == list(range(41))
    b.done()


def many_short_streams():
    b = Bench(300)
    taken = 0
    for stream in range(1, 400):
        if b.append(stream, 0, 3) == 4:
            taken += 1
        b.time.us += 1_000_001
    assert 190 < taken <= 200 and "flash_full" in b.log.faults
    b.journal.ack(1, 0, 3)
    b.time.us += 1_000_001
    assert b.append(500, 0, 3) == 4, b.log.faults
    b.journal.close()
    b.boot()
    assert len(b.journal.streams()) == taken and not b.log.faults, b.log.faults
    b.done()


for check in (
    comes_out_as_it_went_in,
    is_readable_while_written,
    gaps_are_told,
    acknowledged_goes_only_for_room,
    parts_stay,
    foreign_files_are_left_alone,
    trash_is_survived,
    a_flash_that_fails_is_named,
    many_short_streams,
):
    check()
    print("ok", check.__name__)
