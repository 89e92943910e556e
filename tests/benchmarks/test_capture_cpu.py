"""What a capture of four sensors costs this computer, against bare bleak in the same run."""

import asyncio
import gc
import time
from contextlib import AsyncExitStack

import numpy as np
import pytest

bleak = pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from anklet.sensor.keys import proof  # noqa: E402
from link.captured import FAST, make_capture, open_store  # noqa: E402
from link.conftest import make_rig, micropython  # noqa: E402, F401
from link.programs import OWNER, talking  # noqa: E402
from link.simtime import simulate  # noqa: E402

INTERVALS_S = [0.0075, 0.03, 0.05, 0.1]
SECONDS = 10
ROUNDS = 3


def test_a_capture_costs_at_most_thrice_bare_notifications(make_rig, tmp_path, capsys):  # noqa: F811
    """In pairs on the same four sensors, the rig's Bluetooth stack in the same process each time.

    Bare: connected, subscribed, each notification put into a list; nothing decoded, acknowledged,
    timed or stored. The stack's share, in both, is D-Bus's or the like on a real system.
    """

    async def main():
        pairs = []
        with open_store(tmp_path) as store:
            async with make_rig(4, intervals_s=INTERVALS_S, setup=FAST) as rig:
                for _ in range(ROUNDS):
                    async with await make_capture(rig, store) as capture:
                        capture_s = await _cpu_s()
                        reports = await capture.stop()
                        assert all(report.complete for report in reports)
                    pairs.append((capture_s, await _bare_cpu_s(rig)))
        return np.array(pairs)

    pairs = simulate(main())
    ratio = float(np.median(pairs[:, 0] / pairs[:, 1]))
    capture_ms, bare_ms = 1000 * np.median(pairs, axis=0) / SECONDS
    with capsys.disabled():
        print(
            f"\ncapture of 4 sensors / bare bleak notifications: {ratio:.2f} (median of {ROUNDS} "
            f"pairs); {capture_ms:.0f} and {bare_ms:.0f} ms of processor time a second, the rig's "
            "Bluetooth stack in both"
        )
    assert ratio <= 3.0


async def _cpu_s() -> float:
    gc.collect()
    began = time.process_time()
    await asyncio.sleep(SECONDS)
    return time.process_time() - began


async def _bare_cpu_s(rig) -> float:
    async with AsyncExitStack() as stack:
        talks = [await stack.enter_async_context(talking(rig, i)) for i in range(4)]
        for talk in talks:
            nonce = (await talk.do("hello"))["nonce"]
            assert (await talk.do("auth", mac=proof(OWNER, "host", nonce)))["ok"]
            assert (await talk.do("start", mode="live"))["ok"]
        before = [len(talk.packets) for talk in talks]
        taken_s = await _cpu_s()
        for talk, count in zip(talks, before, strict=True):
            assert len(talk.packets) - count > 16 * SECONDS
            assert (await talk.do("stop"))["ok"]
    return taken_s
