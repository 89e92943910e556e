"""What goes wrong in the rig goes wrong as it should."""

import asyncio
import struct

import pytest

bleak = pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from link.programs import CONTROL, connected  # noqa: E402
from link.simtime import simulate  # noqa: E402

NUMBERED = {"program": "numbered.py"}


@pytest.mark.parametrize("kind", ["drop", "duplicate", "corrupt", "reorder"])
def test_faults_harm_the_share_they_should(make_rig, kind):
    async def main():
        rig = make_rig(setup=NUMBERED)
        async with rig, connected(rig) as seen:
            setattr(rig.faults, kind, 0.3)
            counted = await seen.run(60, period_ms=30)
        sent = list(range(counted["sent"]))
        share = rig.faults.done[kind] / rig.faults.done["all"]
        assert share == pytest.approx(0.3, abs=0.05)
        if kind == "drop":
            assert seen.numbers == sorted(set(seen.numbers))
            assert len(seen.numbers) == len(sent) - rig.faults.done["drop"]
        elif kind == "duplicate":
            assert sorted(set(seen.numbers)) == sent
            assert len(seen.numbers) == len(sent) + rig.faults.done["duplicate"]
        elif kind == "reorder":
            assert len(seen.numbers) == len(set(seen.numbers)) >= len(sent) - 3
            assert seen.numbers != sorted(seen.numbers)
        else:
            assert len(seen.numbers) == len(sent)

    simulate(main())


def test_faults_of_one_characteristic_spare_the_others(make_rig):
    async def main():
        rig = make_rig(setup=NUMBERED)
        rig.faults.drop = 1.0
        rig.faults.only = CONTROL
        async with rig, connected(rig) as seen:
            counted = await seen.run(2)
        assert seen.numbers == list(range(counted["sent"]))

    simulate(main())


def test_out_of_reach_ends_the_connection_after_its_timeout_and_lets_it_come_back(make_rig):
    async def main():
        gone_s = []
        async with make_rig(setup=NUMBERED) as rig:
            options = {"disconnected_callback": lambda _: gone_s.append(rig.time_s)}
            async with connected(rig, **options) as seen:
                await seen.client.write_gatt_char(CONTROL, struct.pack("<BHH", 1, 50, 60), True)
                await asyncio.sleep(2)
                left_s = rig.time_s
                away = asyncio.create_task(rig.sensors[0].away(60))
                await asyncio.sleep(30)
                assert gone_s == [pytest.approx(left_s + 4, abs=0.1)]
                assert not seen.client.is_connected
                with pytest.raises(bleak.exc.BleakError):
                    await seen.client.read_gatt_char(CONTROL)
                with pytest.raises(TimeoutError):
                    await seen.client.connect(timeout=5)
            await away
            async with connected(rig) as again:
                counted = await again.run(2)
            assert counted["gone"] <= 1  # ENOTCONN before the IRQ has said so
            assert again.numbers[-1] == counted["sent"] - 1
            # what was in the pool when the link died is lost, as on the board
            assert again.numbers[0] > seen.numbers[-1] + 1

    simulate(main())


def test_a_short_absence_only_delays(make_rig):
    async def main():
        rig = make_rig(setup=NUMBERED)
        async with rig, connected(rig) as seen:
            task = asyncio.create_task(seen.run(6))
            await asyncio.sleep(1)
            await rig.sensors[0].away(2)
            counted = await task
            assert seen.numbers == list(range(counted["sent"]))
            assert max(seen.lags_s) > 0.5

    simulate(main())


def test_an_adapter_that_vanishes_fails_everything_and_comes_back(make_rig):
    async def main():
        gone = asyncio.Event()
        async with make_rig(setup=NUMBERED) as rig:
            async with connected(rig, disconnected_callback=lambda _: gone.set()) as seen:
                rig.pull_adapter()
                await asyncio.wait_for(gone.wait(), 1)
                with pytest.raises(bleak.exc.BleakError):
                    await seen.client.write_gatt_char(CONTROL, b"\x00", response=True)
                with pytest.raises(bleak.exc.BleakError):
                    await seen.client.connect()
                with pytest.raises(bleak.exc.BleakError):
                    await bleak.BleakScanner.discover(1, backend=rig.scanner)
                await asyncio.sleep(10)
                rig.return_adapter()
            async with connected(rig) as again:
                assert (await again.run(2))["sent"] == len(again.numbers)

    simulate(main())


def test_a_power_cut_is_silent_and_the_sensor_starts_anew(make_rig):
    async def main():
        gone_s = []
        async with make_rig(setup=NUMBERED) as rig:
            sensor = rig.sensors[0]
            options = {"disconnected_callback": lambda _: gone_s.append(rig.time_s)}
            async with connected(rig, **options) as seen:
                cut_s = rig.time_s
                sensor.power_cut()
                assert not sensor.running
                await asyncio.sleep(10)
                assert gone_s == [pytest.approx(cut_s + 4, abs=0.1)]
                assert not seen.client.is_connected
            sensor.start()
            await sensor.booted()
            assert [boot.zero_s for boot in sensor.boots][1] >= cut_s + 9.99
            async with connected(rig) as again:
                assert (await again.run(1))["sent"] == len(again.numbers)

    simulate(main())


def test_a_crash_of_the_firmware_fails_the_test_that_saw_it(make_rig):
    async def main():
        async with make_rig(setup={"program": "no_such_program.py"}):
            pass

    with pytest.raises(RuntimeError, match="does not start"):
        simulate(main())
