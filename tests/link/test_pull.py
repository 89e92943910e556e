"""Untethered sets over Bluetooth: as fast as the air, and gone on with after every cut."""

import asyncio
import random

import pytest

pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from anklet.errors import SensorError
from anklet.sensor.pull import holdings, pull
from anklet.store import Store
from link.captured import (
    FAST,
    StoreSink,
    ble_links,
    differences,
    made_by_stream,
    own,
    sim_timing,
)
from link.simtime import simulate

INTERVAL_S, PER_EVENT = 0.03, 6
CUTS = 20


async def _record(rig, seconds: float) -> dict[str, str]:
    """Record a set without a computer near; return the key ring."""
    keys = await own(rig)
    for sensor in rig.sensors:
        await sensor.run("app.start('untethered')")
    await asyncio.sleep(seconds)
    for sensor in rig.sensors:
        await sensor.run("app.stop()")
    return keys


def test_an_untethered_set_comes_at_the_airs_pace_and_survives_cuts(make_rig, tmp_path, full):
    """A set of ten minutes with `--full`, of two without; 20 cuts in the first pull."""
    seconds = 600 if full else 120

    async def main():
        rig = make_rig(setup=FAST, intervals_s=[INTERVAL_S], per_event=PER_EVENT)
        async with rig:
            keys = await _record(rig, seconds)
            (sensor,) = rig.sensors
            ((stream, made),) = made_by_stream(sensor).items()
            with Store.open(str(tmp_path / "cut.sqlite")) as store:
                await _pull_with_cuts(rig, sensor, store, keys, len(made))
                assert differences(store, rig.sensors) == []
            with Store.open(str(tmp_path / "quick.sqlite")) as store:
                (link,) = ble_links(rig)
                options = {"keys": keys, "timing": sim_timing(), "streams": [stream]}
                told, began = [], []

                def on_progress(_who, _stream, here, of):
                    told.append((here, of))
                    began.append(rig.time_s)

                sent = sensor.notified
                (report,) = await pull(link, StoreSink(store), on_progress=on_progress, **options)
                ends = [t for t, (here, of) in zip(began, told, strict=True) if here == of]
                starts = [t for t, (here, _) in zip(began, told, strict=True) if here == 0]
                took_s = ends[0] - starts[-1]
                share = len(made) / took_s / (PER_EVENT / INTERVAL_S)
                print(
                    f"pull of {seconds} s: {len(made)} packets in {took_s:.1f} s, {share:.0%} of "
                    f"the air's capacity; {sensor.notified - sent} notifications in all"
                )
                assert report.complete
                assert differences(store, rig.sensors) == []
                assert share >= 0.8

    simulate(main())


async def _pull_with_cuts(rig, sensor, store, keys, count):
    """Pull while the connection is cut again and again; what is stored is not sent again."""
    rng = random.Random(3)
    (link,) = ble_links(rig)
    fetching = asyncio.create_task(
        pull(link, StoreSink(store), keys=keys, timing=sim_timing(), on_progress=lambda *a: seen(a))
    )
    here = [0]

    def seen(progress):
        here[0] = progress[2]

    before, cuts = sensor.notified, 0
    for part in range(1, CUTS + 1):
        while here[0] < count * part / (CUTS + 1) and not fetching.done():
            await asyncio.sleep(rng.uniform(0.05, 0.15))
        if not fetching.done():
            sensor.disconnect()
            cuts += 1
    (report,) = await fetching
    sent = sensor.notified - before
    print(
        f"{cuts} cuts: {report.reconnects} reconnections, {report.duplicates} packets came twice; "
        f"{sent} notifications for {count} packets, replies included"
    )
    assert cuts == report.reconnects == CUTS
    assert report.complete
    # what was in the stack's pool and in flight at a cut is sent again, what is stored is not
    assert report.duplicates == 0
    assert sent < count + CUTS * 45


def test_a_pull_that_is_killed_goes_on_from_what_is_stored(make_rig, tmp_path):
    """Another program, another day: only the rest is sent; then it is acknowledged, not before."""

    async def main():
        async with make_rig(setup=FAST) as rig:
            keys = await _record(rig, 60)
            (sensor,) = rig.sensors
            count = len(sensor.made())
            options = {"keys": keys, "timing": sim_timing()}
            with Store.open(str(tmp_path / "anklet.sqlite")) as store:
                sink = StoreSink(store)
                first = asyncio.create_task(pull(ble_links(rig)[0], sink, **options))
                while not (held := _stored(store, sensor)):
                    await asyncio.sleep(0.2)
                first.cancel()
                await asyncio.wait([first])
                held = _stored(store, sensor)
                assert 0 < held < count
                _, (holding,) = await holdings(ble_links(rig)[0], **options)
                assert holding.unacknowledged == holding.packets == count
                before = sensor.notified
                (report,) = await pull(ble_links(rig)[0], sink, **options)
                assert report.held_before == held
                assert sensor.notified - before < count - held + 40
                assert differences(store, rig.sensors) == []
                _, (holding,) = await holdings(ble_links(rig)[0], **options)
                assert holding.unacknowledged == 0
                assert await pull(ble_links(rig)[0], sink, **options) == []

    simulate(main())


def test_a_pull_that_the_disk_refuses_acknowledges_nothing(make_rig, tmp_path):
    async def main():
        async with make_rig(setup=FAST) as rig:
            keys = await _record(rig, 10)
            options = {"keys": keys, "timing": sim_timing()}
            with Store.open(str(tmp_path / "anklet.sqlite")) as store:
                sink = StoreSink(store)
                sink.put = _refuse
                with pytest.raises(SensorError, match="full"):
                    await pull(ble_links(rig)[0], sink, patience_s=10, **options)
                _, (holding,) = await holdings(ble_links(rig)[0], **options)
                assert holding.unacknowledged == len(rig.sensors[0].made())
                (report,) = await pull(ble_links(rig)[0], StoreSink(store), **options)
                assert report.complete
                assert differences(store, rig.sensors) == []

    simulate(main())


def _stored(store, sensor):
    return sum(len(store.packets(sensor.sensor_id, s)) for s in store.streams(sensor.sensor_id))


def _refuse(_packets):
    raise OSError("the disk is full")
