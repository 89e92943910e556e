"""Out of reach, power cuts, an adapter that vanishes: all comes back, and what is gone is named."""

import asyncio
import random

import pytest

pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from anklet.packets import decode
from anklet.sensor.link import State
from link.captured import (
    FAST,
    check_reports,
    differences,
    made_by_stream,
    make_capture,
    open_store,
    ranged,
)
from link.simtime import simulate


def test_five_times_out_of_reach_for_a_minute(make_rig, tmp_path):
    async def main():
        states = []
        with open_store(tmp_path) as store:
            async with make_rig(setup=FAST, intervals_s=[0.05]) as rig:
                capture = await make_capture(
                    rig, store, on_state=lambda _who, state, words: states.append((state, words))
                )
                async with capture:
                    rng = random.Random(4)
                    for _ in range(5):
                        await asyncio.sleep(rng.uniform(10, 15))
                        await rig.sensors[0].away(60)
                    await asyncio.sleep(10)
                    reports = await capture.stop()
                check_reports(store, rig.sensors, reports)
                (report,) = reports
                print(
                    f"five times away for 60 s: {report.packets} packets, {report.repaired} "
                    f"fetched afterwards, {report.reconnects} reconnections, 0 lost"
                )
                assert report.reconnects == 5
                assert report.repaired > 5 * 50 * 17
                seen = [state for state, _ in states]
                assert seen.count(State.LOST) == 5
                assert seen.index(State.LOST) < seen.index(State.REPAIRING)
                assert seen[-1] is State.DONE

    simulate(main())


@pytest.mark.parametrize("how", ["power cut", "reboot"])
def test_a_sensor_that_starts_anew_is_gone_on_with(make_rig, tmp_path, how):
    """A power cut loses what was in RAM alone: reported to the packet. A reboot loses nothing."""

    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(setup=FAST) as rig:
                sensor = rig.sensors[0]
                async with await make_capture(rig, store) as capture:
                    await asyncio.sleep(15)
                    if how == "power cut":
                        sensor.power_cut()
                        await asyncio.sleep(1)
                        sensor.start()
                    else:
                        await sensor.run("app.reboot_asked = True")
                    await asyncio.sleep(25)
                    reports = await capture.stop()
                assert [report.end for report in reports] == ["restarted", "stopped"]
                before, after = reports
                made = made_by_stream(sensor)
                assert list(made) == [before.stream, after.stream]
                held = len(store.packets(sensor.sensor_id, before.stream))
                # what was never sent nobody can know of: at the end of the old stream only
                unknown = set(range(before.packets, len(made[before.stream])))
                lost = ranged(before.lost) | unknown
                gone = {(sensor.sensor_id, before.stream): lost}
                print(
                    f"{how}: of {len(made[before.stream])} packets {held} stored, "
                    f"{sorted(ranged(before.lost))} reported lost, "
                    f"{len(unknown)} that never left the sensor; {after.packets} after it"
                )
                assert differences(store, rig.sensors, gone) == []
                assert after.complete
                assert len(unknown) <= 3  # one interval's worth
                if how == "reboot":
                    assert lost == set()
                    assert before.complete

    simulate(main())


def test_what_a_power_cut_out_of_reach_took_is_reported_exactly(make_rig, tmp_path):
    """The ring's packets of the time out of reach, and no other."""

    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(setup=FAST) as rig:
                sensor = rig.sensors[0]
                async with await make_capture(rig, store) as capture:
                    await asyncio.sleep(10)
                    async with asyncio.TaskGroup() as group:
                        group.create_task(sensor.away(30))
                        await asyncio.sleep(20)
                        in_ram = "app.delivery._ring.head - app.delivery._ring.saved"
                        while int(await sensor.run(in_ram)) < 4:
                            await asyncio.sleep(0.05)
                        sensor.power_cut()
                        await asyncio.sleep(1)
                        sensor.start()
                    await asyncio.sleep(20)
                    reports = await capture.stop()
                before, after = reports
                made = made_by_stream(sensor)[before.stream]
                held = set(store.packets(sensor.sensor_id, before.stream))
                absent = {seq for seq, data in enumerate(made) if data not in held}
                told = ranged(before.lost)
                beyond = {seq for seq in absent if seq >= before.packets}
                print(
                    f"away, then a power cut: of {len(made)} packets {len(absent)} gone with the "
                    f"RAM, {len(told)} of them reported, {len(beyond)} the sensor itself no "
                    "longer knows of"
                )
                assert absent
                assert told | beyond == absent
                assert before.broke_off
                # what nobody can number is told as a time: up to the next stream
                kept_s = max(t for t in map(_end_s(sensor), held) if t is not None)
                first = decode(made_by_stream(sensor)[after.stream][0])
                hole_s = sensor.boots[1].true_s(first.time_us) - kept_s
                print(f"the report says {before.unrecorded_s} s, it was {hole_s:.2f} s: {before}")
                assert before.unrecorded_s == pytest.approx(hole_s, abs=0.1)
                gone = {(sensor.sensor_id, before.stream): absent}
                assert differences(store, rig.sensors, gone) == []
                assert after.complete

    simulate(main())


def test_an_adapter_that_vanishes(make_rig, tmp_path):
    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(2, setup=FAST, intervals_s=[0.03, 0.05]) as rig:
                async with await make_capture(rig, store) as capture:
                    for _ in range(2):
                        await asyncio.sleep(10)
                        rig.pull_adapter()
                        await asyncio.sleep(20)
                        rig.return_adapter()
                    await asyncio.sleep(15)
                    reports = await capture.stop()
                check_reports(store, rig.sensors, reports)
                print(
                    "adapter gone twice for 20 s: "
                    + ", ".join(f"{r.packets} packets, {r.repaired} fetched" for r in reports)
                )
                assert all(1 <= report.reconnects <= 2 for report in reports)
                assert all(report.repaired > 600 for report in reports)

    simulate(main())


def test_a_sensor_that_is_away_at_the_end_keeps_what_is_missing(make_rig, tmp_path):
    """The report says what waits; nothing that did not reach the disk was acknowledged."""

    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(setup=FAST) as rig:
                sensor = rig.sensors[0]
                async with await make_capture(rig, store) as capture:
                    await asyncio.sleep(10)
                    away = asyncio.create_task(sensor.away(60))
                    await asyncio.sleep(15)
                    (report,) = await capture.stop(10)
                assert report.end == "unreached"
                assert report.lost == ()
                await away
                async with await make_capture(rig, store) as again:
                    await asyncio.sleep(5)
                    reports = await again.stop()
                check_reports(store, rig.sensors, reports)
                assert reports[0].stream == report.stream

    simulate(main())


def _end_s(sensor):
    def end_s(data):
        packet = decode(data)
        us = packet.time_us + packet.period_us * len(packet.samples)
        return sensor.boots[0].true_s(us) if packet.note is None else None

    return end_s
