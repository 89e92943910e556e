"""The rig itself: what it models holds, before anything is tested with it."""

import asyncio
import json
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

bleak = pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from link.programs import CONTROL, DATA, STRICT, connected  # noqa: E402
from link.simtime import SimLoop, StalledError, simulate  # noqa: E402

NUMBERED = {"program": "numbered.py"}


def test_time_jumps_when_nobody_works_and_stands_when_somebody_does():
    async def main():
        loop = asyncio.get_running_loop()
        began, real = loop.time(), time.monotonic()
        await asyncio.sleep(3600)
        assert loop.time() - began == pytest.approx(3600)
        assert time.monotonic() - real < 5
        began = loop.time()
        ticks = asyncio.create_task(asyncio.sleep(1000))
        await asyncio.to_thread(time.sleep, 0.05)
        assert loop.time() == began
        ticks.cancel()

    simulate(main())


def test_a_speed_is_not_exceeded():
    real = time.monotonic()
    simulate(asyncio.sleep(4), speed=20)
    assert time.monotonic() - real >= 0.19


def test_who_hangs_is_named(monkeypatch):
    monkeypatch.setattr("link.simtime.STALLED_S", 0.05)

    async def main():
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimLoop)
        loop.hold("the culprit")
        await asyncio.sleep(1)

    with pytest.raises(StalledError, match="the culprit"):
        simulate(main())


@pytest.mark.parametrize(("interval_s", "period_ms"), [(0.0075, 20), (0.03, 58), (0.1, 58)])
def test_notifications_arrive_in_order_at_connection_events(make_rig, interval_s, period_ms):
    async def main():
        async with make_rig(setup=NUMBERED, intervals_s=[interval_s]) as rig:
            async with connected(rig) as seen:
                assert seen.client.mtu_size == 247
                counted = await seen.run(20, period_ms)
            assert seen.numbers == list(range(counted["sent"]))
            assert counted["sent"] == pytest.approx(20_000 / period_ms, abs=8)
            assert counted["full"] == 0
            assert counted["irqs"][:2] == [1, 21]  # connected, MTU exchanged
            events = rig.events(0)
            for when_s in seen.times_s:
                phase = (when_s - events.phase_s) / interval_s
                assert phase == pytest.approx(round(phase), abs=1e-3)
            assert 0 < max(seen.lags_s) <= interval_s + 1e-3
            assert max(seen.lags_s) > 0.6 * interval_s

    simulate(main())


def test_four_links_have_intervals_and_phases_of_their_own(make_rig):
    async def main():
        intervals_s = [0.0075, 0.03, 0.05, 0.1]
        async with make_rig(4, setup=NUMBERED, intervals_s=intervals_s) as rig:

            async def one(i: int):
                async with connected(rig, i) as seen:
                    return seen, await seen.run(10, 58)

            for seen, counted in await asyncio.gather(*map(one, range(4))):
                assert seen.numbers == list(range(counted["sent"]))
            events = [rig.events(i) for i in range(4)]
            assert [event.interval_s for event in events] == intervals_s
            assert len({event.phase_s / event.interval_s for event in events}) == 4

    simulate(main())


def test_a_full_pool_says_enomem_and_recovers(make_rig):
    async def main():
        rig = make_rig(setup=NUMBERED, intervals_s=[0.1], per_event=1, pool=8)
        async with rig, connected(rig) as seen:
            counted = await seen.run(10, period_ms=0)
            await asyncio.sleep(5)
            assert seen.numbers == list(range(counted["sent"]))
            assert counted["full"] > 100
            assert rig.sensors[0].refused == counted["full"]
            # one an event for 10 s, and what still waited at the end
            assert counted["sent"] == pytest.approx(100 + 8, abs=4)

    simulate(main())


def test_more_pdus_an_event_carry_more(make_rig):
    async def main():
        async with make_rig(setup=NUMBERED, intervals_s=[0.03], per_event=6) as rig:
            async with connected(rig) as seen:
                counted = await seen.run(10, period_ms=0)
            assert counted["sent"] == pytest.approx(10 / 0.03 * 6, rel=0.02)

    simulate(main())


@pytest.mark.parametrize(("mtu", "length"), [(517, 244), (185, 182), (100, 97), (23, 20)])
def test_the_smaller_mtu_holds_and_cuts_silently(make_rig, mtu, length):
    async def main():
        async with make_rig(setup=NUMBERED, mtu=mtu) as rig:
            lengths = set()
            async with connected(rig) as seen:
                assert seen.client.mtu_size == min(mtu, 247)
                await seen.client.stop_notify(DATA)
                await seen.client.start_notify(DATA, lambda _, data: lengths.add(len(data)))
                await seen.run(1, length=244)
            assert lengths == {length}

    simulate(main())


def test_two_computers_at_once(make_rig):
    async def main():
        rig = make_rig(setup=NUMBERED, centrals=2)
        async with rig, connected(rig) as first, connected(rig, computer=1) as second:
            counted = await first.run(3)
            assert first.numbers == list(range(counted["sent"]))
            assert second.numbers == []
            assert second.client.mtu_size == 247

    simulate(main())


def test_pairing_bonds_and_a_forgotten_key_is_noticed(make_rig):
    async def main():
        async with make_rig(setup=NUMBERED) as rig:
            async with connected(rig) as seen:
                with pytest.raises(bleak.exc.BleakError):
                    await seen.client.write_gatt_char(STRICT, b"secret", response=True)
                await seen.client.pair()
                await seen.client.write_gatt_char(STRICT, b"secret", response=True)
                counted = json.loads(await seen.client.read_gatt_char(CONTROL))
                assert 28 in counted["irqs"]  # encryption update
            assert await rig.keys().get_all()
            async with connected(rig) as again:  # encrypted from the bond, without pairing
                assert await again.client.read_gatt_char(STRICT) == b"secret"
            await rig.sensors[0].keys.delete_all()
            with pytest.raises(bleak.exc.BleakError, match="removed pairing"):
                async with connected(rig):
                    pass
            await rig.client_of(0)(rig.sensors[0].address).unpair()
            async with connected(rig, pair=True) as paired:
                await paired.client.write_gatt_char(STRICT, b"again", response=True)

    simulate(main())


def test_advertisements_carry_names_in_the_scan_response(make_rig):
    async def main():
        async with make_rig(2, setup=NUMBERED) as rig:
            found = await bleak.BleakScanner.discover(2, return_adv=True, backend=rig.scanner)
            names = {told.local_name for _, told in found.values()}
            assert names == {"Rig 0", "Rig 1"}
            heard = [advert.time_s for advert in rig.adverts if advert.address.endswith("01")]
            assert len(heard) == pytest.approx(20, abs=2)

    simulate(main())


def test_a_computer_in_a_process_of_its_own(make_rig, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent("""
        import asyncio, struct, sys
        import bleak
        from link.remote import attach
        from link.simtime import simulate

        async def main():
            scanner, client = await attach(int(sys.argv[1]))
            device = await bleak.BleakScanner.find_device_by_name("Rig 0", 10, backend=scanner)
            async with bleak.BleakClient(device, backend=client) as connection:
                show = lambda _, data: print(data[0], flush=True)
                await connection.start_notify(sys.argv[3], show)
                start = struct.pack("<BHH", 1, 50, 60)
                await connection.write_gatt_char(sys.argv[2], start, response=True)
                await asyncio.sleep(3600)

        simulate(main(), speed=5)
        """)
    )

    async def main():
        async with make_rig(setup=NUMBERED) as rig:
            port = await rig.serve_adapter()
            with subprocess.Popen(
                [sys.executable, program, str(port), CONTROL, DATA],
                env={"PYTHONPATH": str(Path(__file__).parents[1])},
                stdout=subprocess.PIPE,
                text=True,
            ) as process:
                await asyncio.sleep(15)
                process.kill()
                assert process.stdout is not None
                numbers = [int(line) for line in process.stdout]
            assert len(numbers) > 50
            assert numbers == [number % 256 for number in range(len(numbers))]

    simulate(main(), speed=5)
