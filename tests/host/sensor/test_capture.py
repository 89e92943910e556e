"""Recording from virtual sensors with everything going wrong that may."""

import asyncio
import random
import tracemalloc
from types import SimpleNamespace
from typing import Any

import pytest
from sensor_rig import (
    MemorySink,
    link,
    made,
    run_virtual,
    sensor,
    stored,
    virtual_timing,
)

from anklet.errors import SensorError
from anklet.packets import Packet, decode, encode
from anklet.sensor.capture import Capture
from anklet.sensor.link import State
from anklet.sensor.simulated import Faults, SimulatedLink
from anklet.sensor.virtual_control import VirtualControl
from anklet.signals.clock import Echo, fit_clock

ALL_FAULTS = Faults(drop=0.3, duplicate=0.3, corrupt=0.3, reorder=0.3, garbage=0.3)


def capture(links: Any, sink: Any, **more: Any) -> Capture:
    return Capture(links, sink, timing=virtual_timing(), rng=random.Random(5), **more)


async def record(links: Any, sink: MemorySink, seconds: float, **more: Any) -> Any:
    async with capture(links, sink, **more) as running:
        await asyncio.sleep(seconds)
        return await running.stop(patience_s=600)


def test_ten_minutes_of_four_sensors_without_a_loss_or_a_duplicate() -> None:
    devices = [sensor(k, ppm=50.0 * (-1) ** k) for k in range(4)]
    intervals_s = (0.0075, 0.015, 0.03, 0.1)
    links = [link(d, interval_s=i) for d, i in zip(devices, intervals_s, strict=True)]
    sink = MemorySink()
    reports = run_virtual(record(links, sink, 600))
    for device, report in zip(devices, reports, strict=True):
        assert stored(sink, device) == made(device)
        assert report.complete
        assert report.packets > 10_300
        assert (report.first_time, report.repaired) == (report.packets, 0)
        assert (report.duplicates, report.corrupted, report.reconnects) == (0, 0, 0)
        assert report.quality == 1.0
        assert report.end == "stopped"
        assert report.packet_s == pytest.approx(0.05769, abs=1e-4)
    assert all(not device.memory.listing()[0]["unacknowledged"] for device in devices)
    assert sum(each.sends for each in links) == sum(len(made(d)) for d in devices)


@pytest.mark.parametrize("seed", range(3))
def test_everything_dropped_duplicated_reordered_and_corrupted(seed: int) -> None:
    devices = [sensor(10 * seed + k) for k in range(2)]
    links = [link(d, ALL_FAULTS) for d in devices]
    sink = MemorySink()
    reports = run_virtual(record(links, sink, 120))
    for device, report in zip(devices, reports, strict=True):
        assert stored(sink, device) == made(device)
        assert report.complete
        assert not report.lost
        assert report.corrupted > 100
        assert report.duplicates > 100
        assert 0.2 < report.quality < 0.8
    # what is asked for again does not flood: 0.49 of what is sent arrives whole
    assert sum(each.sends for each in links) < 4 * sum(len(made(d)) for d in devices)


def test_five_disconnects_of_a_minute() -> None:
    device = sensor(1)
    the_link = link(device)
    sink = MemorySink()
    states: list[State] = []

    async def act() -> Any:
        states_of = lambda _device, state, _sentence: states.append(state)  # noqa: E731
        async with capture([the_link], sink, on_state=states_of) as running:
            for _ in range(5):
                await asyncio.sleep(20)
                the_link.in_reach = False
                the_link.cut()
                await asyncio.sleep(60)
                the_link.in_reach = True
            await asyncio.sleep(30)
            return await running.stop()

    (report,) = run_virtual(act())
    assert stored(sink, device) == made(device)
    assert report.complete
    assert report.reconnects == 5
    assert report.packets > 430 * 17
    assert 0 < report.repaired < 0.85 * report.packets
    assert states.count(State.LOST) == 5
    assert State.REPAIRING in states
    assert states[-1] is State.DONE


def test_a_reboot_loses_only_what_the_ram_held_and_says_exactly_that() -> None:
    device = sensor(2, ring_packets=100, flash_packets=2000)
    the_link = link(device)
    sink = MemorySink()

    async def act() -> Any:
        async with capture([the_link], sink) as running:
            await asyncio.sleep(30)
            the_link.in_reach = False
            the_link.cut()
            await asyncio.sleep(60)
            gone = device.reboot(asyncio.get_running_loop().time())
            the_link.in_reach = True
            await asyncio.sleep(30)
            return gone, await running.stop()

    gone, (old, new) = run_virtual(act())
    assert 0 < len(gone) <= 51
    assert old.end == "restarted"
    assert new.end == "stopped"
    assert new.complete
    kept = [d for k, d in sorted(device.made.items()) if k not in gone]
    assert sorted(stored(sink, device)) == sorted(kept)
    assert old.packets == old.stored == len(made(device, old.stream)) - len(gone)
    assert old.broke_off
    assert not old.complete
    assert old.unrecorded_s is not None
    assert len(gone) / 18 < old.unrecorded_s < len(gone) / 17 + 10
    assert "is not recorded" in str(old)


def test_what_was_sent_but_lost_with_the_ram_is_reported_as_gone() -> None:
    device = sensor(3, ring_packets=400, flash_packets=2000)
    the_link = link(device, Faults(drop=0.5))
    sink = MemorySink()

    async def act() -> Any:
        async with capture([the_link], sink) as running:
            await asyncio.sleep(30)
            gone = device.reboot(asyncio.get_running_loop().time())
            await asyncio.sleep(20)
            return gone, await running.stop()

    gone, (old, new) = run_virtual(act())
    told = {s for first, last in old.lost for s in range(first, last + 1)}
    known = {seq for stream, seq in gone if stream == old.stream and seq < old.packets}
    held = {k[2] for k in sink.packets if k[1] == old.stream}
    assert told == known - held
    assert told
    assert old.stored + len(told) == old.packets
    assert new.complete
    assert "lost for good" in str(old)
    assert old.lost_s == pytest.approx(len(told) * 0.0577, rel=0.05)


def test_a_slow_disk_delays_nothing_but_the_acknowledgement() -> None:
    device = sensor(4)
    sink = MemorySink()
    sink.take_s = 2.0
    late_s: list[float] = []

    async def act() -> Any:
        loop: Any = asyncio.get_running_loop()
        sink.loop = loop

        def on_packet(_identity: Any, packet: Packet, host_s: float) -> None:
            late_s.append(loop.time() - host_s)

        return await record([link(device)], sink, 60, on_packet=on_packet)

    (report,) = run_virtual(act())
    assert stored(sink, device) == made(device)
    assert report.quality == 1.0
    assert len(late_s) == report.packets
    assert max(late_s) < 0.001
    assert sink.puts < 40


def test_a_full_disk_for_a_while_loses_nothing_and_is_told() -> None:
    device = sensor(5)
    sink = MemorySink()
    told: list[str] = []

    async def act() -> Any:
        loop: Any = asyncio.get_running_loop()
        sink.loop = loop
        sink.fail_until_s = loop.time() + 90
        return await record([link(device)], sink, 120, on_trouble=told.append)

    (report,) = run_virtual(act())
    assert stored(sink, device) == made(device)
    assert report.complete
    assert told == ["The disk is full; free some room.", ""]


def test_with_no_room_left_packets_wait_in_the_sensor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anklet.sensor.writer.CAPACITY", 200)
    device = sensor(6)
    sink = MemorySink()
    the_link = link(device)

    async def act() -> Any:
        loop: Any = asyncio.get_running_loop()
        sink.loop = loop
        async with capture([the_link], sink) as running:
            sink.fail_until_s = loop.time() + 100
            await asyncio.sleep(90)
            before = (device.memory.listing()[0]["unacknowledged"], the_link.sends)
            await asyncio.sleep(60)
            return before, await running.stop()

    (unacknowledged, sends), (report,) = run_virtual(act())
    assert unacknowledged > 1400
    assert sends < 1700  # nothing is asked for that there is no room for
    assert stored(sink, device) == made(device)
    assert report.complete


def test_a_disk_that_never_writes_leaves_all_of_it_on_the_sensor() -> None:
    device = sensor(7)
    sink = MemorySink()

    async def act() -> Any:
        loop: Any = asyncio.get_running_loop()
        sink.loop = loop
        sink.fail_until_s = float("inf")
        async with capture([link(device)], sink) as running:
            await asyncio.sleep(20)
            return await running.stop(patience_s=15)

    (report,) = run_virtual(act())
    assert report.stored == 0
    assert report.waiting == ((0, report.packets - 1),)
    assert "still on the sensor" in str(report)
    assert device.memory.listing()[0]["unacknowledged"] == len(made(device))


def test_conflicts_are_reported_and_never_acknowledged() -> None:
    device = sensor(8)
    sink = MemorySink()
    stream_of: list[int] = []

    async def act() -> Any:
        the_link = link(device)
        async with capture([the_link], sink) as running:
            stream_of.append(device.stream)
            for seq in (100, 150):
                other = encode(Packet(device.stream, seq, 1, 1, note={"other": True}))
                sink.packets[device.sensor_id, device.stream, seq] = other
            await asyncio.sleep(20)
            return await running.stop()

    (report,) = run_virtual(act())
    assert report.conflicts == ((100, 100), (150, 150))
    (entry,) = device.memory.listing()
    assert entry["unacknowledged"] == 2


def test_a_later_run_goes_on_with_a_stream_that_still_runs() -> None:
    device = sensor(9)
    sink = MemorySink()

    async def act() -> Any:
        the_link = link(device)
        running = capture([the_link], sink)
        await running.start()
        await asyncio.sleep(20)
        await running.close()  # as killed: no stop, what was not committed is gone
        await asyncio.sleep(40)
        before = len(sink.packets)
        sends = the_link.sends
        async with capture([the_link], sink) as again:
            await asyncio.sleep(10)
            return before, the_link, sends, await again.stop()

    before, the_link, sends, (report,) = run_virtual(act())
    assert stored(sink, device) == made(device)
    assert report.complete
    assert report.held_before == before
    assert the_link.sends - sends == report.packets - before  # nothing is fetched twice


def test_clocks_from_echoes() -> None:
    device = sensor(11, ppm=40.0)
    sink = MemorySink()
    (report,) = run_virtual(record([link(device, interval_s=0.05)], sink, 120))
    assert 220 < len(sink.echoes) < 360
    echoes = [
        Echo(e.host_sent_us * 1e-6, e.sensor_us, e.host_received_us * 1e-6) for _, e in sink.echoes
    ]
    fit = fit_clock(echoes)
    assert report.clock is not None
    assert report.clock.residual_s == pytest.approx(fit.residual_s, abs=1e-4)
    truth = (fit.sensor_us - device.boot_us) / (1e6 + 40) + device.boot_s
    assert fit.host_s == pytest.approx(truth, abs=2e-3)
    assert all(e.host_received_us > e.host_sent_us for _, e in sink.echoes)


def test_a_stream_that_the_sensor_ends_is_not_started_again() -> None:
    device = sensor(12)
    sink = MemorySink()

    async def act() -> Any:
        running = capture([link(device)], sink)
        recording = asyncio.ensure_future(running.run(asyncio.Event()))
        await asyncio.sleep(30)
        device.stop(asyncio.get_running_loop().time())  # its battery is empty
        return await recording

    (report,) = run_virtual(act())
    assert report.end == "ended by the sensor"
    assert report.complete
    assert device.mode == "idle"


def test_a_stalled_stream_is_taken_over_again() -> None:
    device = sensor(13)
    sink = MemorySink()

    async def act() -> Any:
        async with capture([link(device)], sink) as running:
            await asyncio.sleep(10)
            device.memory.forget_link()  # another link took the data
            await asyncio.sleep(20)
            return await running.stop()

    (report,) = run_virtual(act())
    assert stored(sink, device) == made(device)
    assert 0.7 < report.quality < 0.95
    assert report.reconnects == 0


def test_cancelling_ends_the_streams_and_keeps_what_came() -> None:
    device = sensor(14)
    sink = MemorySink()

    async def act() -> Any:
        running = capture([link(device)], sink)
        recording = asyncio.ensure_future(running.run(asyncio.Event()))
        await asyncio.sleep(15)
        recording.cancel()
        with pytest.raises(asyncio.CancelledError):
            await recording
        return running.reports

    (report,) = run_virtual(act())
    assert report.complete
    assert stored(sink, device) == made(device)
    assert device.mode == "idle"


def test_a_sensor_out_of_reach_at_the_end() -> None:
    device = sensor(15)
    sink = MemorySink()
    the_link = link(device)

    async def act() -> Any:
        async with capture([the_link], sink) as running:
            await asyncio.sleep(15)
            the_link.in_reach = False
            the_link.cut()
            await asyncio.sleep(5)
            return await running.stop(patience_s=20)

    (report,) = run_virtual(act())
    assert report.end == "unreached"
    assert report.stored == len(stored(sink, device)) > 200


def test_one_that_is_not_found_is_named() -> None:
    near, far = sensor(16), sensor(17, name="blue")
    links = [link(near), link(far)]
    links[1].in_reach = False
    with pytest.raises(SensorError, match="blue is not found"):
        run_virtual(record(links, MemorySink(), 5))


def test_the_owner_key_is_proved_both_ways(monkeypatch) -> None:
    key, other = "ab" * 32, "cd" * 32
    device = sensor(18, owner=key)
    sink = MemorySink()
    (report,) = run_virtual(record([link(device)], sink, 5, keys={"sensor18": key}))
    assert report.complete
    with pytest.raises(SensorError, match="its key is not on this computer") as caught:
        run_virtual(record([link(device)], sink, 5))
    assert caught.value.code == "no_key"
    with pytest.raises(SensorError, match="not the proof"):
        run_virtual(record([link(device)], sink, 5, keys={"sensor18": other}))

    def pretend(_self, session, *_):
        session.authorized = True
        return {"mac": other}

    monkeypatch.setattr(VirtualControl, "_do_auth", pretend)
    with pytest.raises(SensorError, match="pretends") as caught:
        run_virtual(record([link(device)], sink, 5, keys={"sensor18": key}))
    assert caught.value.code == "impostor"


class EagerLink(SimulatedLink):
    """From the second connection on, something at the sensor's address talks before it is asked."""

    opened = 0
    forged: bytes = b""

    async def open(self) -> None:
        await super().open()
        self.opened += 1
        if self.opened > 1:
            self._on_packet(self.forged, self._timing.now_s())


def test_packets_of_who_has_not_proved_the_key_are_not_kept() -> None:
    key = "ab" * 32
    device = sensor(33, owner=key)
    sink = MemorySink()
    the_link = EagerLink(device, timing=virtual_timing(), rng=random.Random(3))

    async def act() -> None:
        capture = Capture([the_link], sink, keys={"sensor33": key}, timing=virtual_timing())
        async with capture:
            await asyncio.sleep(5)
            the_link.forged = encode(Packet(device.stream, 9999, 1, 0, note={"end": 9999}))
            the_link.cut()
            await asyncio.sleep(10)
            (report,) = await capture.stop()
        assert report.complete
        assert report.reconnects == 1

    run_virtual(act())
    assert stored(sink, device) == made(device)


def test_what_the_sink_calls_damaged_is_not_acknowledged() -> None:
    class Picky(MemorySink):
        def put_of(self, sensor_id: str, packets: list[bytes]) -> Any:
            report = super().put_of(sensor_id, packets)
            report.damaged = ("The packet is not a packet.",) if self.puts == 3 else ()
            return report

    device = sensor(35)
    (report,) = run_virtual(record([link(device)], Picky(), 10))
    assert not report.complete
    assert report.waiting
    assert device.memory.listing()[0]["unacknowledged"] == report.packets - report.stored > 0


def test_an_error_of_who_is_told_of_states_harms_nothing() -> None:
    device = sensor(34)
    sink = MemorySink()
    asyncio_errors: list[dict[str, Any]] = []

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    async def act() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _l, c: asyncio_errors.append(c))
        sink.loop = asyncio.get_running_loop()
        sink.fail_until_s = sink.loop.now_s + 3
        capture = Capture(
            [link(device)], sink, on_state=broken, on_trouble=broken, timing=virtual_timing()
        )
        async with capture:
            await asyncio.sleep(8)
            (report,) = await capture.stop()
        assert report.complete

    run_virtual(act())
    assert len(asyncio_errors) >= 4


def test_an_error_of_the_live_view_harms_nothing() -> None:
    device = sensor(19)
    sink = MemorySink()
    errors: list[Any] = []

    async def act() -> Any:
        asyncio.get_running_loop().set_exception_handler(lambda _l, c: errors.append(c))

        def on_packet(*_: Any) -> None:
            raise ValueError("the view is broken")

        return await record([link(device)], sink, 10, on_packet=on_packet)

    (report,) = run_virtual(act())
    assert report.complete
    assert len(errors) == report.packets


def test_memory_stays_bounded() -> None:
    device = sensor(20)
    device.keep_made = False

    class Nowhere(MemorySink):
        def put_of(self, sensor_id: str, packets: list[bytes]) -> Any:
            for data in packets:
                decode(data)
            return SimpleNamespace(stored=len(packets), conflicts=(), duplicates=0, damaged=())

        def put_echoes(self, echoes: Any) -> None:
            pass

    async def act() -> tuple[int, int]:
        async with capture([link(device, Faults(drop=0.02))], Nowhere()) as running:
            await asyncio.sleep(60)
            tracemalloc.start()
            await asyncio.sleep(60)
            early, _ = tracemalloc.get_traced_memory()
            await asyncio.sleep(300)  # 0.85 MB of packets
            late, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            del running
            return early, late

    early, late = run_virtual(act())
    assert late - early < 300_000
