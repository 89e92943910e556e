"""Four sensors at 104 Hz on links of 7.5 to 100 ms: nothing lost or twice, little air, soon."""

import asyncio
import time

import pytest

pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from link.captured import FAST, check_reports, make_capture, open_store, p, sample_end_s
from link.simtime import simulate

INTERVALS_S = [0.0075, 0.03, 0.05, 0.1]
LATE_S = 0.020
MOST_NOTIFICATIONS_HZ = 18


def test_four_sensors_lose_nothing_and_store_nothing_twice(make_rig, tmp_path, full):
    """Ten minutes with `--full`, two without."""
    seconds = 600 if full else 120

    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(4, intervals_s=INTERVALS_S, setup=FAST) as rig:
                shown = []
                capture = await make_capture(rig, store, on_packet=lambda *what: shown.append(what))
                real_s = time.monotonic()
                async with capture:
                    began = [sensor.notified for sensor in rig.sensors]
                    await asyncio.sleep(seconds)
                    notified = [s.notified - n for s, n in zip(rig.sensors, began, strict=True)]
                    reports = await capture.stop()
                real_s = time.monotonic() - real_s
                check_reports(store, rig.sensors, reports)
                assert [report.duplicates for report in reports] == [0, 0, 0, 0]
                keys = [(who.sensor_id, packet.stream, packet.seq) for who, packet, _ in shown]
                assert len(set(keys)) == len(keys) == sum(report.packets for report in reports)
                for report in reports:
                    assert report.packets > 17 * seconds
                    assert report.repaired == report.corrupted == report.reconnects == 0
                _print(seconds, real_s, rig, reports, notified)
                assert max(notified) / seconds <= MOST_NOTIFICATIONS_HZ  # replies included
                for sensor, interval_s in zip(rig.sensors, INTERVALS_S, strict=True):
                    assert p(99, _beyond_s(sensor, interval_s, shown)) <= LATE_S
                assert _bytes_a_sample(rig) == 24.0

    simulate(main())


def _beyond_s(sensor, interval_s: float, shown) -> list[float]:
    """Return how long after its last sample each packet was shown, less a connection interval.

    A packet waits for its last sample (batching), then up to an interval for the air.
    """
    made = {packet.data[2:10]: packet.data for packet in sensor.made()}
    beyond_s = []
    for who, packet, host_s in shown:
        if who.sensor_id == sensor.sensor_id and packet.note is None:
            key = packet.stream.to_bytes(4, "little") + packet.seq.to_bytes(4, "little")
            beyond_s.append(host_s - sample_end_s(made[key], sensor) - interval_s)
    print(
        f"{1000 * interval_s:g} ms: last sample to callback beyond the interval "
        f"{1e3 * p(50, beyond_s):.1f} ms (50 %), {1e3 * p(99, beyond_s):.1f} ms (99 %), "
        f"{1e3 * max(beyond_s):.1f} ms (all of {len(beyond_s)})"
    )
    return beyond_s


def _bytes_a_sample(rig) -> float:
    """Of the packets with samples but the last of each stream, which `stop` cuts short."""
    sizes = []
    for sensor in rig.sensors:
        made = [packet.data for packet in sensor.made()]
        sizes += [(len(data), data[1]) for data in made if data[1]][:-1]
    return sum(size for size, _ in sizes) / sum(count for _, count in sizes)


def _print(seconds, real_s, rig, reports, notified):
    count = sum(report.packets for report in reports)
    data = ", ".join(f"{1 / report.packet_s:.2f}" for report in reports)
    every = ", ".join(f"{n / seconds:.2f}" for n in notified)
    print(
        f"{seconds} s of 4 sensors in {real_s:.0f} s: {count} packets, 0 lost, 0 twice; "
        f"{_bytes_a_sample(rig):.2f} bytes a sample; notifications a second with packets {data}, "
        f"with replies {every}"
    )
