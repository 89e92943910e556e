"""How old a sample is when the program that shows it gets it."""

import asyncio

import pytest

pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from link.captured import check_reports, make_capture, open_store, p, sample_end_s
from link.simtime import simulate

INTERVALS_S = [0.0075, 0.03, 0.05, 0.1]
LIMIT_S = 0.020


def test_the_last_sample_of_a_packet_is_shown_soon(make_rig, tmp_path, full):
    """Five minutes with `--full`, one without, from the first packet on.

    A packet waits for its last sample (batching), then up to a connection interval for the air.
    """
    seconds = 300 if full else 60

    async def main():
        shown = []
        with open_store(tmp_path) as store:
            async with make_rig(4, intervals_s=INTERVALS_S) as rig:
                capture = await make_capture(rig, store, on_packet=lambda *what: shown.append(what))
                async with capture:
                    await asyncio.sleep(seconds)
                    check_reports(store, rig.sensors, await capture.stop())
                for sensor, interval_s in zip(rig.sensors, INTERVALS_S, strict=True):
                    made = {packet.data[2:10]: packet.data for packet in sensor.made()}
                    beyond_s = [
                        host_s - end_s - interval_s
                        for who, packet, host_s in shown
                        if who.sensor_id == sensor.sensor_id
                        for end_s in [sample_end_s(made[_key(packet)], sensor)]
                        if end_s is not None
                    ]
                    print(
                        f"{1000 * interval_s:g} ms: {len(beyond_s)} packets, last sample to "
                        f"callback beyond the interval {1e3 * p(50, beyond_s):.1f} ms (50 %), "
                        f"{1e3 * p(99, beyond_s):.1f} ms (99 %), {1e3 * max(beyond_s):.1f} ms (all)"
                    )
                    assert len(beyond_s) > 17 * seconds
                    assert p(99, beyond_s) <= LIMIT_S

    simulate(main())


def _key(packet) -> bytes:
    return packet.stream.to_bytes(4, "little") + packet.seq.to_bytes(4, "little")
