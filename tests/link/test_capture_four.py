"""Four sensors at 104 Hz on links of 7.5 to 100 ms: nothing lost, nothing twice, little air."""

import asyncio
import time

import pytest

pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from link.captured import FAST, check_reports, make_capture, open_store
from link.simtime import simulate

INTERVALS_S = [0.0075, 0.03, 0.05, 0.1]


def test_four_sensors_lose_nothing_and_store_nothing_twice(make_rig, tmp_path, full):
    """Ten minutes with `--full`, two without."""
    seconds = 600 if full else 120

    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(4, intervals_s=INTERVALS_S, setup=FAST) as rig:
                shown = []
                capture = await make_capture(
                    rig, store, on_packet=lambda who, packet, _: shown.append((who, packet))
                )
                real_s = time.monotonic()
                async with capture:
                    began = [sensor.notified for sensor in rig.sensors]
                    await asyncio.sleep(seconds)
                    notified = [s.notified - n for s, n in zip(rig.sensors, began, strict=True)]
                    reports = await capture.stop()
                real_s = time.monotonic() - real_s
                check_reports(store, rig.sensors, reports)
                assert [report.duplicates for report in reports] == [0, 0, 0, 0]
                keys = [(who.sensor_id, packet.stream, packet.seq) for who, packet in shown]
                assert len(set(keys)) == len(keys) == sum(report.packets for report in reports)
                for report in reports:
                    assert report.packets > 17 * seconds
                    assert report.repaired == report.corrupted == report.reconnects == 0
                _print(seconds, real_s, rig, reports, notified)
                for report in reports:  # replies come on top: one a second of ack, two of echo
                    assert 1 / report.packet_s <= 18
                assert _bytes_a_sample(rig) == 24.0

    simulate(main())


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
