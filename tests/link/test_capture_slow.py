"""A radio that is slower than the sensor: one packet every 100 ms, and a pool that is full."""

import asyncio

import pytest

pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from link.captured import FAST, check_reports, make_capture, open_store, p
from link.simtime import simulate

ALWAYS_S = 1.0


@pytest.mark.parametrize("pool", [4, 12])
def test_one_packet_every_100_ms_loses_nothing_and_answers_soon(make_rig, tmp_path, full, pool):
    """17 packets a second into a link of 10, from the first second on; what waits comes later.

    Ten minutes with `--full`, one without. A pool of 4 is exhausted all the time; one of 12 must
    not be, since what it has taken goes before any reply.
    """
    seconds = 600 if full else 60

    async def main():
        with open_store(tmp_path) as store:
            rig = make_rig(setup=FAST, intervals_s=[0.1], per_event=1, pool=pool)
            async with rig, await make_capture(rig, store) as capture:
                answered_s = await _ask_all_the_time(rig, capture, seconds)
                reports = await capture.stop(3 * seconds)
                refused = rig.sensors[0].refused
                print(f"{refused} times ENOMEM, 0 lost; {_told(pool, answered_s)}; {reports[0]}")
                check_reports(store, rig.sensors, reports)
                return answered_s, refused

    answered_s, refused = simulate(main())
    assert max(answered_s) < ALWAYS_S
    assert p(90, answered_s) < 0.7
    assert (refused > 0) == (pool == 4)


def test_a_radio_that_becomes_slower_and_faster_is_followed(make_rig, tmp_path):
    """At 30 ms, then at 100 ms with one packet an event, then at 30 ms again."""

    async def main():
        with open_store(tmp_path) as store:
            rig = make_rig(setup=FAST, intervals_s=[0.03])
            async with rig, await make_capture(rig, store) as capture:
                air, sensor = rig.air, rig.sensors[0]
                ((central, address),) = air.timings
                assert sensor.address in (central, address)
                quick_s = await _ask_all_the_time(rig, capture, 20)
                air.change(central, address, interval_s=0.1, per_event=1)
                change_s = await _ask_all_the_time(rig, capture, 10)
                slow_s = await _ask_all_the_time(rig, capture, 40)
                air.change(central, address, interval_s=0.03, per_event=6)
                await asyncio.sleep(60)
                behind = capture.recorders[0].to_come, await _waiting(capture)
                again_s = await _ask_all_the_time(rig, capture, 10)
                reports = await capture.stop()
                check_reports(store, rig.sensors, reports)
                for told in (quick_s, change_s, slow_s, again_s):
                    print(_told(12, told), behind)
                return quick_s, change_s, slow_s, again_s, behind

    quick_s, change_s, slow_s, again_s, behind = simulate(main())
    assert max(quick_s) < 0.2
    assert max(change_s) < 12 * 0.1 + 0.3  # the pool fills before anybody can know
    assert max(slow_s) < ALWAYS_S
    assert max(again_s) < 0.2
    assert max(behind) < 20


async def _ask_all_the_time(rig, capture, seconds: float) -> list[float]:
    """Return how long each of many requests took, one after the other."""
    (recorder,) = capture.recorders
    answered_s, until_s = [], rig.time_s + seconds
    while rig.time_s < until_s:
        await asyncio.sleep(0.37)
        asked_s = rig.time_s
        await recorder.request("status")
        answered_s.append(rig.time_s - asked_s)
    return answered_s


async def _waiting(capture) -> int:
    """Return how many packets wait in the sensor to be sent."""
    (recorder,) = capture.recorders
    made = (await recorder.request("status")).integer("next_seq")
    return made - recorder.trackers[recorder.stream].end


def _told(pool: int, answered_s: list[float]) -> str:
    return (
        f"pool {pool}: {len(answered_s)} requests answered within {p(50, answered_s):.2f} s (50 %),"
        f" {p(90, answered_s):.2f} s (90 %), {max(answered_s):.2f} s (all)"
    )
