"""The live view waits for nothing: a disk that hangs, a repair without an end, a store locked."""

import asyncio
import itertools
from dataclasses import replace
from datetime import UTC, datetime

from anklet.analysis import Settings
from anklet.model import Placement
from anklet.packets import Packet, decode
from anklet.sensor.capture import Capture
from anklet.sensor.greeting import Identity
from anklet.sensor.link import State
from anklet.sensor.simulated import Faults, SimulatedLink
from anklet.store import Person, Store
from anklet.visits.live_session import LiveSession
from host.sensor.sensor_rig import (
    Gate,
    MemorySink,
    VirtualLoop,
    link,
    made,
    run_virtual,
    sensor,
    stored,
    virtual_timing,
)
from host.visits_rig import Clock, links, new_assessment

PACKET_S = 6 / 104


class HangingSink(MemorySink):
    """A disk that takes nothing until the gate is opened."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self.gate = gate

    def put_of(self, sensor_id: str, packets: list[bytes]):
        self.gate.pass_through()
        return super().put_of(sensor_id, packets)


class HolesLink(SimulatedLink):
    """Every fourth packet never arrives, however often it is asked for, until it is mended."""

    mended = False

    def _send(self, data: bytes, now_s: float) -> None:
        if self.mended or decode(data).seq % 4:
            super()._send(data, now_s)


def holes_link(device) -> HolesLink:
    return HolesLink(device, timing=virtual_timing(), rng=device.rng)


def test_packets_are_shown_at_once_while_the_disk_hangs_and_the_repair_has_no_end() -> None:
    device = sensor(31)
    the_link = holes_link(device)
    late_s: list[float] = []
    seqs: list[int] = []
    states: set[State] = set()

    def on_packet(_who: Identity, packet: Packet, _host_s: float) -> None:
        now_us = device.clock_us(asyncio.get_running_loop().time())
        seqs.append(packet.seq)
        late_s.append((now_us - packet.time_us) * 1e-6)

    async def act() -> tuple[HangingSink, list]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        sink = HangingSink(Gate(loop))
        capture = Capture(
            [the_link],
            sink,
            on_packet=on_packet,
            on_state=lambda _r, state, _s: states.add(state),
            timing=virtual_timing(),
        )
        async with capture:
            await asyncio.sleep(60)
            assert sink.gate.waiting == 1
            assert not sink.packets
            (recorder,) = capture.recorders
            assert recorder.to_come > 200
            shown, until_s = len(seqs), loop.time() + 10
            while loop.time() < until_s:
                await asyncio.sleep(1)
                assert len(seqs) >= shown + 10
                shown = len(seqs)
            the_link.mended = True
            sink.gate.open()
            return sink, await capture.stop()

    sink, (report,) = run_virtual(act())
    assert State.REPAIRING in states
    assert report.complete
    assert stored(sink, device) == made(device)
    first = [k for k, seq in enumerate(seqs) if seq == max(seqs[: k + 1])]
    assert max(late_s[k] for k in first[10:-1]) < PACKET_S + 0.1
    assert len(set(seqs)) == len(seqs)


def test_angles_of_a_pair_go_on_while_the_store_hangs(tmp_path) -> None:
    """Shank and foot need clocks, whose echoes must not wait for the store either."""
    clock = Clock()
    the_links = links(clock, Placement("left", "shank"), Placement("left", "foot"))
    for each in the_links:
        each.faults = replace(Faults(), drop=0.1)

    with Store.open(str(tmp_path / "visits.sqlite")) as store:

        async def act() -> tuple[list[float], LiveSession]:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualLoop)
            gate = Gate(loop)
            for name in ("put_all_packets", "put_all_echoes", "add_recording_stream"):
                setattr(store, name, _behind(gate, getattr(store, name)))
            session = LiveSession(
                store,
                Person("K-1", "left"),
                new_assessment(datetime(2026, 9, 1, 18, 0, tzinfo=UTC)),
                Settings(block_deg=20),
                the_links,
                timing=clock.timing,
            )
            session.start()
            angles: list[float] = []
            began_s = loop.time()
            while loop.time() - began_s < 60:
                await asyncio.sleep(0.2)
                session.catch_up()
                await session.keep_up()
                legs = session.legs
                state = legs.states.get("left") if legs else None
                if state is not None and state.angle_deg is not None:
                    angles.append(state.angle_deg)
            assert gate.waiting >= 2  # packets, and the register of streams
            gate.open()
            session.stop()
            while not session.over:
                await asyncio.sleep(0.2)
                session.catch_up()
                await session.keep_up()
            outcome = await session.outcome()
            assert outcome.trouble == ""
            assert all(report.complete for report in outcome.reports)
            return angles, session

        angles, _ = clock.run(act())
    assert len(angles) > 200
    assert max(angles) - min(angles) > 10
    changes = sum(a != b for a, b in itertools.pairwise(angles))
    assert changes > 0.9 * len(angles)


def _behind(gate: Gate, work):
    def wait(*args, **options):
        gate.pass_through()
        return work(*args, **options)

    return wait


def test_the_gate_holds_and_lets_go() -> None:
    device = sensor(32)

    async def act() -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        sink = HangingSink(Gate(loop))
        async with Capture([link(device)], sink, timing=virtual_timing()) as capture:
            await asyncio.sleep(5)
            assert not sink.packets
            sink.gate.open()
            await asyncio.sleep(2)
            assert sink.packets
            await capture.stop()
        return len(sink.packets)

    assert run_virtual(act()) == len(made(device))
