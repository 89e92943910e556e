"""A radio that is slower than the sensor: one packet every 100 ms, and a pool that is full."""

import asyncio

import pytest

pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from link.captured import FAST, check_reports, make_capture, open_store, p
from link.simtime import simulate


@pytest.mark.parametrize("pool", [12])
def test_one_packet_every_100_ms_loses_nothing_and_answers_soon(make_rig, tmp_path, full, pool):
    """17 packets a second into a link of 10; what waits comes after the stop."""

    async def main():
        with open_store(tmp_path) as store:
            rig = make_rig(setup=FAST, intervals_s=[0.1], per_event=1, pool=pool)
            async with rig, await make_capture(rig, store) as capture:
                (recorder,) = capture.recorders
                answered_s = []
                await asyncio.sleep(3)  # until the sensor knows the pace
                for _ in range(300 if full else 40):
                    await asyncio.sleep(1.1)
                    asked_s = rig.time_s
                    await recorder.request("status")
                    answered_s.append(rig.time_s - asked_s)
                reports = await capture.stop(600)
                check_reports(store, rig.sensors, reports)
                print(
                    f"pool {pool}: {rig.sensors[0].refused} times ENOMEM, "
                    f"{reports[0].packets} packets, 0 lost; control answers within "
                    f"{p(90, answered_s):.2f} s (90 %), {p(97, answered_s):.2f} s (97 %), "
                    f"{max(answered_s):.2f} s (all)"
                )
                return answered_s, rig.sensors[0].refused

    answered_s, refused = simulate(main())
    assert refused > 0
    assert p(90, answered_s) < 0.5
    assert p(97, answered_s) < 1.0
    assert max(answered_s) < pool * 0.1 + 0.3  # while the pool is full, once a minute
