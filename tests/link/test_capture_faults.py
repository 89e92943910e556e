"""What drivers do to notifications: dropped, late, twice, damaged. The disk shows none of it."""

import asyncio

import pytest

pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from anklet.packets import decode
from link.captured import FAST, check_reports, make_capture, open_store
from link.simtime import simulate

KINDS = [
    {"drop": 0.3},
    {"reorder": 0.3},
    {"duplicate": 0.3},
    {"corrupt": 0.3},
    {"drop": 0.3, "reorder": 0.1, "duplicate": 0.1, "corrupt": 0.1},
]


@pytest.mark.parametrize("shares", KINDS, ids=lambda shares: "+".join(shares))
def test_harmed_notifications_cost_nothing(make_rig, tmp_path, full, shares):
    """Packets and replies alike; five minutes with `--full`, half a minute without."""

    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(setup=FAST) as rig:
                shown = []
                capture = await make_capture(
                    rig, store, on_packet=lambda _who, packet, _s: shown.append(packet.seq)
                )
                async with capture:
                    for kind, share in shares.items():
                        setattr(rig.faults, kind, share)
                    await asyncio.sleep(300 if full else 30)
                    began_s = rig.time_s
                    reports = await capture.stop(600)
                check_reports(store, rig.sensors, reports)
                (report,) = reports
                done = {kind: rig.faults.done[kind] for kind in shares}
                print(
                    f"{done} of {rig.faults.done['all']} notifications: {report.packets} packets, "
                    f"{report.repaired} repaired, {report.duplicates} came again, "
                    f"{report.corrupted} damaged, 0 lost, {report.reconnects} reconnections; "
                    f"the last {rig.time_s - began_s:.1f} s after the stop"
                )
                assert min(done.values()) > 0.7 * min(shares.values()) * rig.faults.done["all"]
                assert sorted(shown) == list(range(report.packets))
                assert (report.corrupted > 0) == ("corrupt" in shares)
                if {"drop", "corrupt"} & set(shares):
                    assert report.repaired > 0

    simulate(main())


def test_the_comparison_can_fail(make_rig, tmp_path):
    """A packet that is taken away, and one with another byte, are found out."""
    from link.captured import differences, seq_of

    async def main():
        async with make_rig(setup=FAST) as rig:
            with open_store(tmp_path) as store:
                async with await make_capture(rig, store) as capture:
                    await asyncio.sleep(3)
                    await capture.stop()
                sensor = rig.sensors[0]
                packets = [packet.data for packet in sensor.made()]
            for change in (lambda d: [], lambda d: [d[:30] + b"\x00" + d[31:]]):
                spoilt = _Spoilt(packets, 7, change)
                found = differences(spoilt, [sensor])
                assert len(found) == 1
                assert "7" in found[0]
            assert differences(_Spoilt(packets, 7, lambda d: [d]), [sensor]) == []
            stream, number = decode(packets[0]).stream, seq_of(packets[7])
            gone = {(sensor.sensor_id, stream): {number}}
            assert differences(_Spoilt(packets, 7, lambda d: []), [sensor], gone) == []
            assert differences(_Spoilt(packets, 7, lambda d: [d]), [sensor], gone) != []

    simulate(main())


class _Spoilt:
    """A store that holds all packets, one of them changed."""

    def __init__(self, packets, at, change):
        self.held = packets[:at] + change(packets[at]) + packets[at + 1 :]

    def streams(self, _sensor_id):
        return [int.from_bytes(self.held[0][2:6], "little")]

    def packets(self, _sensor_id, _stream):
        return self.held

    def set_aside(self, _sensor_id):
        return []
