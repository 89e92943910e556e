"""Connections that carry less than others: 185 is enough, below a packet's size all is refused."""

import asyncio

import pytest

pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from anklet.errors import SensorError
from anklet.packets import MAX_BYTES
from link.captured import FAST, check_reports, make_capture, open_store
from link.programs import talking
from link.simtime import simulate


@pytest.mark.parametrize("mtu", [517, 185, 167])
def test_an_mtu_that_fits_a_packet_is_enough(make_rig, tmp_path, mtu):
    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(setup=FAST, mtu=mtu) as rig:
                async with await make_capture(rig, store) as capture:
                    await asyncio.sleep(5)
                    reports = await capture.stop()
                check_reports(store, rig.sensors, reports)
                assert max(len(packet.data) for packet in rig.sensors[0].made()) <= MAX_BYTES
                assert reports[0].packets > 5 * 17

    simulate(main())


@pytest.mark.parametrize("mtu", [166, 100, 23])
def test_a_smaller_mtu_is_refused_plainly_and_no_packet_cut(make_rig, tmp_path, mtu):
    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(setup=FAST, mtu=mtu) as rig:
                capture = await make_capture(rig, store)
                with pytest.raises(SensorError, match="its packets need 164") as caught:
                    await capture.start()
                assert caught.value.code == "mtu"
                assert f"carries {mtu - 3} bytes" in str(caught.value)
                assert rig.sensors[0].made() == []

    simulate(main())


def test_the_sensor_refuses_as_well(make_rig):
    """Who does not look at the MTU gets an error, and no packet, whole or cut."""

    async def main():
        async with make_rig(setup=FAST, mtu=166) as rig, talking(rig) as talk:
            await talk.own(rig.sensors[0])
            assert (await talk.do("start", mode="live"))["error"] == "mtu"
            await talk.do("start", mode="untethered")
            await asyncio.sleep(2)
            await talk.do("stop")
            (held,) = (await talk.do("journal"))["streams"]
            span = {"stream": held["stream"], "from": 0, "to": held["last"]}
            assert (await talk.do("fetch", **span))["error"] == "mtu"
            await asyncio.sleep(2)
            assert talk.packets == []
            assert len(rig.sensors[0].made()) > 30

    simulate(main())
