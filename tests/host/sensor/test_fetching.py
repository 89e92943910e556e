"""Untethered sets: fetched once, verified, only then acknowledged; recordings replayed."""

import asyncio
from typing import Any

import pytest
from sensor_rig import MemorySink, link, made, run_virtual, sensor, stored, virtual_timing

from anklet.errors import PacketError, SensorError
from anklet.packets import decode
from anklet.sensor.capture import Capture
from anklet.sensor.pull import holdings, pull
from anklet.sensor.replay import AT_ONCE, replay
from anklet.sensor.simulated import Faults
from anklet.sensor.virtual import VirtualSensor


def recorded(seconds: float, number: int = 1, **changes: Any) -> VirtualSensor:
    """A sensor that recorded on its own."""
    device = sensor(number, flash_packets=30_000, **changes)
    device.start("untethered", 0.0)
    device.stop(seconds)
    return device


async def fetch(the_link: Any, sink: MemorySink, **more: Any) -> Any:
    return await pull(the_link, sink, timing=virtual_timing(), **more)


def unacknowledged(device: VirtualSensor) -> list[int]:
    return [entry["unacknowledged"] for entry in device.memory.listing()]


def test_a_ten_minute_set_is_fetched_verified_and_acknowledged() -> None:
    device, sink = recorded(600), MemorySink()
    the_link, told = link(device), []
    took_s: list[float] = []

    async def act() -> Any:
        began_s = asyncio.get_running_loop().time()
        reports = await fetch(the_link, sink, on_progress=lambda *p: told.append(p[1:]))
        took_s.append(asyncio.get_running_loop().time() - began_s)
        return reports

    (report,) = run_virtual(act())
    assert stored(sink, device) == made(device)
    assert report.complete
    assert report.packets > 10_300
    assert unacknowledged(device) == [0]
    assert the_link.sends == report.packets
    assert [p[1] for p in told] == sorted(p[1] for p in told)
    assert told[-1] == (report.stream, report.packets, report.packets)
    assert report.packets * 0.03 / 6 / took_s[0] > 0.9  # of what the connection events carry


def test_twenty_cuts_fetch_nothing_twice() -> None:
    device, sink = recorded(600), MemorySink()
    the_link = link(device)

    async def act() -> Any:
        async def cut() -> None:
            for _ in range(20):
                await asyncio.sleep(1.7)
                the_link.cut()

        cutting = asyncio.ensure_future(cut())
        reports = await fetch(the_link, sink)
        await cutting
        return reports

    (report,) = run_virtual(act())
    assert stored(sink, device) == made(device)
    assert report.reconnects == 20
    assert report.duplicates == 0
    assert the_link.sends == report.packets
    assert unacknowledged(device) == [0]


def test_runs_that_are_killed_fetch_nothing_twice_but_what_was_not_committed() -> None:
    device, sink = recorded(600), MemorySink()
    the_link = link(device)

    async def act() -> Any:
        for _ in range(20):
            pulling = asyncio.ensure_future(fetch(the_link, sink))
            await asyncio.sleep(2.5)
            pulling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await pulling
            assert unacknowledged(device) == [len(made(device))]
        return await fetch(the_link, sink)

    (report,) = run_virtual(act())
    assert stored(sink, device) == made(device)
    assert report.complete
    # each kill costs at most what came since the last commit (0.4 s of 200 packets a second)
    assert the_link.sends - report.packets < 20 * 100
    assert unacknowledged(device) == [0]


def test_everything_goes_wrong() -> None:
    device, sink = recorded(120), MemorySink()
    faults = Faults(drop=0.3, duplicate=0.3, corrupt=0.3, reorder=0.3, garbage=0.05)
    (report,) = run_virtual(fetch(link(device, faults), sink))
    assert report.complete
    assert stored(sink, device) == made(device)


def test_what_the_sensor_lost_is_reported_and_the_rest_acknowledged() -> None:
    device, sink = recorded(60), MemorySink()
    for seq in (5, 6, 7, 400):
        key = (device.stream, seq)
        device.memory._ring.pop(key, None)
        device.memory._flash.pop(key, None)
        device.memory._held[device.stream].remove(seq)
    (report,) = run_virtual(fetch(link(device), sink))
    assert report.lost == ((5, 7), (400, 400))
    assert not report.complete
    assert unacknowledged(device) == [0]


def test_a_sink_that_holds_less_than_it_said_is_not_acknowledged() -> None:
    class Forgetful(MemorySink):
        def put_of(self, sensor_id: str, packets: list[bytes]) -> Any:
            report = super().put_of(sensor_id, packets)
            for data in packets:
                packet = decode(data)
                if packet.seq == 77:
                    del self.packets[sensor_id, packet.stream, packet.seq]
            return report

    device, sink = recorded(30), Forgetful()
    run_virtual(fetch(link(device), sink))
    assert unacknowledged(device) == [len(made(device))]


def test_streams_are_listed_and_chosen() -> None:
    device, sink = recorded(20), MemorySink()
    for k in range(1, 12):
        device.start("untethered", 30.0 * k)
        device.stop(30.0 * k + 10)
    the_link = link(device)
    identity, held = run_virtual(holdings(the_link, timing=virtual_timing()))
    assert identity.sensor_id == device.sensor_id
    assert len(held) == 12
    assert sum(h.packets for h in held) == len(made(device))
    second, fifth = held[1].stream, held[4].stream
    reports = run_virtual(fetch(the_link, sink, streams=[second, fifth]))
    assert {r.stream for r in reports} == {second, fifth}
    assert {k[1] for k in sink.packets} == {second, fifth}
    rest = run_virtual(fetch(the_link, sink))
    assert len(rest) == 10
    with pytest.raises(SensorError, match="does not hold the stream 99"):
        run_virtual(fetch(the_link, sink, streams=[99]))


def test_it_gives_up_plainly() -> None:
    device, sink = recorded(60), MemorySink()
    the_link = link(device)

    async def act() -> None:
        pulling = asyncio.ensure_future(fetch(the_link, sink, patience_s=30))
        await asyncio.sleep(2)
        the_link.in_reach = False
        the_link.cut()
        await pulling

    with pytest.raises(SensorError, match="repeat the command to go on"):
        run_virtual(act())
    assert len(sink.packets) > 100
    assert unacknowledged(device) == [len(made(device))]


def record_all(the_link: Any, sink: MemorySink, seen: list[Any]) -> Any:
    async def act() -> Any:
        capture = Capture(
            [the_link],
            sink,
            timing=virtual_timing(),
            on_packet=lambda _i, packet, host_s: seen.append((packet, host_s)),
        )
        return await capture.run(asyncio.Event())

    return run_virtual(act())


@pytest.mark.parametrize(("speed", "seconds"), [(1.0, 40.0), (AT_ONCE, 1.0)])
def test_a_recording_is_replayed_bit_for_bit(speed: float, seconds: float) -> None:
    device, sink, seen = recorded(40), MemorySink(), []
    packets = made(device)
    (report,) = record_all(replay(packets, speed=speed, timing=virtual_timing()), sink, seen)
    assert sink.of(device.sensor_id, device.stream) == packets
    assert report.complete
    assert report.end == "ended by the sensor"
    times = [host_s for packet, host_s in seen]
    assert times[-1] - times[0] == pytest.approx(seconds, abs=1.0)


def test_what_cannot_be_replayed_is_refused() -> None:
    one, other = made(recorded(2, 1)), made(recorded(2, 2))
    with pytest.raises(SensorError, match="no packets"):
        replay([])
    with pytest.raises(SensorError, match="several streams"):
        replay([*one, *other])
    with pytest.raises(PacketError):
        replay([one[0][:-3]])
