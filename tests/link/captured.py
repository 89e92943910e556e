"""What tests of the host's link code share: the real store behind it, and the last comparison.

Everything under test is unmodified: `Capture` and `pull` on `BleLink`, whose bleak backend is the
rig's, into `Store` on an SQLite file. Only the clock is the rig's simulated one.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from anklet.packets import decode
from anklet.sensor.ble import Backend, BleLink
from anklet.sensor.capture import Capture
from anklet.sensor.reports import StreamReport
from anklet.sensor.sink import Exchange
from anklet.sensor.timing import Timing
from anklet.store import ClockEcho, PutReport, Store
from link.programs import OWNER

UNIX_S = 1.8e9
FAST = {"idle_ms": 10}
"""Sensors whose loop sleeps longer: fewer turns to simulate, the same packets."""


class StoreSink:
    """The store as a sink: what visits.py does."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def put(self, packets: dict[str, list[bytes]]) -> dict[str, PutReport]:
        return self.store.put_all_packets(packets)

    def missing(self, sensor_id: str, stream: int, last: int | None = None) -> list:
        return self.store.missing(sensor_id, stream, last)

    def put_echoes(self, echoes: dict[str, list[Exchange]]) -> None:
        kept = {s: [ClockEcho(*echo) for echo in of_it] for s, of_it in echoes.items()}
        self.store.put_all_echoes(kept)


def sim_timing() -> Timing:
    """The loop's simulated clock as the host's."""
    loop = asyncio.get_running_loop()
    return Timing(now_s=loop.time, unix_s=lambda: UNIX_S + loop.time())


async def own(rig) -> dict[str, str]:
    """Set the owner key of all sensors, as over USB; return the key ring."""
    for sensor in rig.sensors:
        await sensor.run(f"app.settings.change({{'owner': '{OWNER}'}})")
    return {sensor.sensor_id: OWNER for sensor in rig.sensors}


def ble_links(rig, computer: int = 0) -> list[BleLink]:
    """Return a link to each sensor, as `anklet record` makes them."""
    backend = Backend(rig.scanner_of(computer), rig.client_of(computer))
    return [BleLink(s.address, backend=backend, timing=sim_timing()) for s in rig.sensors]


async def make_capture(rig, store: Store, **options: Any) -> Capture:
    """Return a capture from all sensors of a rig into a store, not yet started."""
    keys = await own(rig)
    return Capture(ble_links(rig), StoreSink(store), keys=keys, timing=sim_timing(), **options)


def open_store(folder: Path) -> Store:
    return Store.open(str(folder / "anklet.sqlite"))


def made_by_stream(sensor) -> dict[int, list[bytes]]:
    """Return what a sensor wrote down that it made, by stream, in order."""
    streams: dict[int, list[bytes]] = {}
    for packet in sensor.made():
        streams.setdefault(int.from_bytes(packet.data[2:6], "little"), []).append(packet.data)
    return streams


def seq_of(data: bytes) -> int:
    return int.from_bytes(data[6:10], "little")


def differences(
    store: Store, sensors: Sequence, gone: dict[tuple[str, int], set[int]] | None = None
) -> list[str]:
    """Compare byte for byte what sensors made with what the store holds; empty: the same.

    Parameters
    ----------
    gone : dict, optional
        By sensor id and stream the numbers of the packets that must be absent.
    """
    gone, found = gone or {}, []
    for sensor in sensors:
        made = made_by_stream(sensor)
        if others := set(store.streams(sensor.sensor_id)) - set(made):
            found.append(f"{sensor.name}: nobody made the streams {others}")
        if aside := store.set_aside(sensor.sensor_id):
            found.append(f"{sensor.name}: {len(aside)} set aside, such as {aside[0].reason}")
        for stream, packets in made.items():
            absent = gone.get((sensor.sensor_id, stream), set())
            right = {seq_of(data): data for data in packets if seq_of(data) not in absent}
            held = {seq_of(d): d for d in store.packets(sensor.sensor_id, stream)}
            lost, more = sorted(right.keys() - held.keys()), sorted(held.keys() - right.keys())
            other = [seq for seq in right.keys() & held.keys() if right[seq] != held[seq]]
            if lost or more or other:
                found.append(
                    f"{sensor.name}, stream {stream} of {len(packets)}: "
                    f"lost {lost[:9]} ({len(lost)}), not made {more[:9]}, differ {other[:9]}"
                )
    return found


def stored_counts(store: Store, sensors: Sequence) -> list[int]:
    """Return how many packets of each sensor the store holds."""
    ids = [sensor.sensor_id for sensor in sensors]
    return [sum(len(store.packets(i, stream)) for stream in store.streams(i)) for i in ids]


def ranged(ranges: Sequence[tuple[int, int]]) -> set[int]:
    """Return the numbers in ranges."""
    return {seq for first, last in ranges for seq in range(first, last + 1)}


def check_reports(store: Store, sensors: Sequence, reports: Sequence[StreamReport]) -> None:
    """Assert that all was stored and that the reports say so."""
    found = differences(store, sensors)
    assert not found, (found, [str(report) for report in reports])
    for report in reports:
        assert report.complete, str(report)
        assert report.lost == report.waiting == report.conflicts == ()
    by_sensor = {s.sensor_id: sum(map(len, made_by_stream(s).values())) for s in sensors}
    for sensor_id, count in by_sensor.items():
        assert sum(r.stored for r in reports if r.sensor.sensor_id == sensor_id) == count


def sample_end_s(data: bytes, sensor) -> float | None:
    """Return the true time of a packet's last sample; None for a note."""
    packet = decode(data)
    if packet.note is not None:
        return None
    last_us = packet.time_us + packet.period_us * (len(packet.samples) - 1)
    return sensor.boots[-1].true_s(last_us)


def p(share: float, values: Sequence[float]) -> float:
    """Return a percentile."""
    return float(np.percentile(values, share))
