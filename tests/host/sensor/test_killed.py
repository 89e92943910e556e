"""A recording program killed at any moment: the database opens, and a later run goes on."""

import asyncio
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sensor_rig import link, made, run_virtual, sensor, virtual_timing

from anklet.packets import decode
from anklet.sensor.capture import Capture
from anklet.store import ClockEcho, Store

PROGRAM = """
import asyncio, sys
from test_killed import record
asyncio.run(record(sys.argv[1]))
"""


class StoreSink:
    """The store as a sink: what visits.py does."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def put(self, packets: dict[str, list[bytes]]) -> Any:
        return self.store.put_all_packets(packets)

    def missing(self, sensor_id: str, stream: int, last: int | None = None) -> Any:
        return self.store.missing(sensor_id, stream, last)

    def put_echoes(self, echoes: dict[str, list[Any]]) -> None:
        kept = {s: [ClockEcho(*echo) for echo in of_it] for s, of_it in echoes.items()}
        self.store.put_all_echoes(kept)


async def record(path: str) -> None:
    """In a process of its own, in real time: say what arrived, so that the test can compare."""
    from anklet.sensor.simulated import SimulatedLink

    def on_packet(_identity: Any, packet: Any, _host_s: float) -> None:
        print(packet.stream, packet.seq, time.monotonic(), flush=True)

    links = [SimulatedLink(sensor(k), interval_s=0.01) for k in range(2)]
    await Capture(links, StoreSink(Store.open(path)), on_packet=on_packet).run(asyncio.Event())


def test_killed_at_random_moments(tmp_path: Path, full: bool) -> None:
    rng = random.Random(1)
    for k in range(100 if full else 3):
        path = str(tmp_path / f"{k}.sqlite")
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, path],
            cwd=Path(__file__).parent,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert program.stdout is not None
        first = program.stdout.readline()
        assert first
        time.sleep(rng.uniform(0.1, 2.5))
        program.send_signal(signal.SIGKILL)
        killed_s = time.monotonic()
        told = [line.split() for line in [first, *program.stdout] if line.endswith("\n")]
        program.wait()
        program.stdout.close()
        with Store.open(path) as store:
            held = {
                (decode(data).stream, decode(data).seq)
                for sensor_id in ("sensor0", "sensor1")
                for stream in store.streams(sensor_id)
                for data in store.packets(sensor_id, stream)
            }
        absent = [
            killed_s - float(at_s)
            for stream, seq, at_s in told
            if (int(stream), int(seq)) not in held
        ]
        assert max(absent, default=0.0) < 1.0


def test_a_later_run_repairs_even_the_last_second(tmp_path: Path) -> None:
    device = sensor(1)
    path = str(tmp_path / "anklet.sqlite")

    async def act() -> Any:
        the_link = link(device)
        with Store.open(path) as store:
            running = Capture([the_link], StoreSink(store), timing=virtual_timing())
            await running.start()
            await asyncio.sleep(20.2)
            await running.close()
        with Store.open(path) as store:
            async with Capture([the_link], StoreSink(store), timing=virtual_timing()) as again:
                await asyncio.sleep(5)
                (report,) = await again.stop()
            return (
                report,
                store.packets(device.sensor_id, device.stream),
                store.echoes(device.sensor_id, device.stream),
            )

    report, packets, echoes = run_virtual(act())
    assert packets == made(device)
    assert report.complete
    assert report.held_before > 300
    assert len(echoes) > 60


@pytest.mark.parametrize("cut", [0.0, 0.3])
def test_the_store_holds_what_the_sensors_made(tmp_path: Path, cut: float) -> None:
    from anklet.sensor.simulated import Faults

    devices = [sensor(k) for k in range(2)]
    links = [link(d, Faults(drop=cut)) for d in devices]

    async def act(store: Store) -> Any:
        async with Capture(links, StoreSink(store), timing=virtual_timing()) as capture:
            await asyncio.sleep(60)
            return await capture.stop()

    with Store.open(str(tmp_path / "anklet.sqlite")) as store:
        reports = run_virtual(act(store))
        for device, report in zip(devices, reports, strict=True):
            assert store.packets(device.sensor_id, device.stream) == made(device)
            assert store.missing(device.sensor_id, device.stream, report.packets - 1) == []
