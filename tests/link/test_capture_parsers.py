"""Random bytes on the host's side of the link: the short run of fuzz_parsers.py, and a capture."""

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anklet.errors import PacketError
from anklet.packets import decode
from link.fuzz_parsers import Parsers, fuzz, some_bytes
from link.simtime import simulate


def test_ten_thousand_inputs_to_every_parser():
    understood = fuzz(10_000, seed=7)
    print(f"10000 inputs to each parser; understood: {understood}")
    assert all(understood.values()), "the inputs do not reach what is behind the first check"


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=5))
def test_whatever_hypothesis_finds(pieces):
    parsers = Parsers()
    for data in pieces:
        for parser in parsers.each:
            parser(data)


def test_the_fuzzer_can_find_something(monkeypatch):
    monkeypatch.setattr("link.fuzz_parsers.decode", lambda data: b""[len(data)])
    with pytest.raises(IndexError) as caught:
        fuzz(100)
    assert "packet(b" in caught.value.__notes__[0]


def test_garbage_among_the_notifications_stores_nothing_that_was_not_made(make_rig, tmp_path):
    pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
    from link.captured import FAST, check_reports, make_capture, open_store

    async def main():
        rng = random.Random(6)
        with open_store(tmp_path) as store:
            async with make_rig(setup=FAST) as rig:
                async with await make_capture(rig, store) as capture:
                    link = capture.recorders[0]._link
                    for _ in range(1000):
                        await asyncio.sleep(0.01)
                        data = bytearray(some_bytes(rng))
                        if not _whole(bytes(data)):
                            link._notified_data(None, data)
                    reports = await capture.stop()
                check_reports(store, rig.sensors, reports)
                assert reports[0].corrupted > 500

    simulate(main())


def _whole(data: bytes) -> bool:
    try:
        decode(data)
    except PacketError:
        return False
    return True
