"""The real firmware on the rig: what it makes arrives, and the rig knows what it made."""

import asyncio
import base64
import json
import resource
import time

import pytest

pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from anklet.packets import decode
from link.programs import talking
from link.simtime import simulate


def test_what_arrives_is_byte_for_byte_what_was_made(make_rig):
    async def main():
        async with make_rig() as rig, talking(rig) as talk:
            sensor = rig.sensors[0]
            assert (await talk.do("hello"))["sensor"] == sensor.sensor_id
            assert (await talk.do("start", mode="live"))["error"] == "auth"
            await talk.own(sensor)
            started = await talk.do("start", mode="live")
            await asyncio.sleep(20)
            stopped = await talk.do("stop")
            await asyncio.sleep(1)
            made = sensor.made()
            assert [packet.data for packet in made] == [data for _, data in talk.packets]
            assert all(packet.kept for packet in made)
            assert len(made) == stopped["last_seq"] + 1
            assert {packet.data[2:6] for packet in made} == {
                started["stream"].to_bytes(4, "little")
            }

    simulate(main())


def test_packet_times_are_true_whatever_the_crystal(make_rig):
    async def main():
        async with make_rig(ppm=[50]) as rig, talking(rig) as talk:
            sensor = rig.sensors[0]
            await talk.own(sensor)
            await talk.do("start", mode="live")
            await asyncio.sleep(60)
            boot = sensor.boots[0]
            late_s = []
            for arrived_s, data in talk.packets[len(talk.packets) // 2 :]:
                packet = decode(data)
                if packet.note is None:
                    end_us = packet.time_us + packet.period_us * (len(packet.samples) - 1)
                    late_s.append(arrived_s - boot.true_s(end_us))
            # batching of the FIFO and a connection event; a drift of 50 ppm would be 1.5 ms
            assert 0 < min(late_s) < 0.01
            assert max(late_s) < 0.06

    simulate(main())


def test_a_power_cut_and_a_reboot_keep_the_flash_and_lose_the_ring(make_rig):
    async def main():
        async with make_rig() as rig:
            sensor = rig.sensors[0]
            async with talking(rig) as talk:
                await talk.own(sensor)
                await talk.do("place", side="left", segment="shank", name="Ada")
                await talk.do("start", mode="untethered")
                await asyncio.sleep(10)
            sensor.power_cut()
            made = len(sensor.made())
            await asyncio.sleep(5)
            sensor.start()
            await sensor.booted()
            assert await sensor.run("app.settings.values['name']") == "'Ada'"
            (held,) = json.loads((await sensor.run("app.delivery.listing()")).replace("'", '"'))
            assert made - 12 <= held["packets"] <= made
            await sensor.run("app.reboot_asked = True")
            await asyncio.sleep(5)
            assert len(sensor.boots) == 3
            assert sensor.crashes == 0

    simulate(main())


def test_the_button_starts_a_set_without_a_computer(make_rig):
    async def main():
        async with make_rig() as rig:
            sensor = rig.sensors[0]
            await asyncio.sleep(6)
            await sensor.press()
            await asyncio.sleep(10)
            assert await sensor.run("app.sampling.mode") == "'untethered'"
            await sensor.press()
            await asyncio.sleep(2)
            assert await sensor.run("app.sampling.mode") == "'idle'"
            assert len(sensor.made()) > 150

    simulate(main())


def test_a_sensor_that_crashes_shows_its_traceback(make_rig):
    async def main():
        async with make_rig() as rig:
            await rig.sensors[0].run("app.step = None")
            await asyncio.sleep(1)

    with pytest.raises(RuntimeError, match=r"sensor 0 crashed:\n(.*\n)*TypeError"):
        simulate(main())


def test_usb_beside_bluetooth(make_rig):
    serial = pytest.importorskip("serial", reason="no pyserial: pip install -e '.[test]'")

    async def main():
        async with make_rig(setup={"usb": True}) as rig:
            port = serial.Serial(rig.sensors[0].usb_path, timeout=0)
            port.write(b'#C {"id":1,"do":"start","mode":"live"}\n')
            lines = b""
            for _ in range(40):
                await asyncio.sleep(0.1)
                lines += port.read(65536)
            port.close()
            packets = [line[3:] for line in lines.splitlines() if line.startswith(b"#P ")]
            made = {packet.data for packet in rig.sensors[0].made()}
            assert len(packets) > 40
            assert {base64.b64decode(packet) for packet in packets[:-1]} <= made

    simulate(main(), speed=1)


def test_four_sensors_at_104_hz_run_faster_than_real_time(make_rig, full):
    """Ten minutes with `--full`; prints what they cost."""
    seconds = 600 if full else 20

    async def main():
        rig = make_rig(4, intervals_s=[0.0075, 0.03, 0.05, 0.1], setup={"idle_ms": 10})
        async with rig:

            async def one(i: int):
                async with talking(rig, i) as talk:
                    await talk.own(rig.sensors[i])
                    await talk.do("start", mode="live")
                    await asyncio.sleep(seconds)
                    await talk.do("stop")
                    await asyncio.sleep(2)
                    return [data for _, data in talk.packets]

            began_s, real_s, cpu_s = rig.time_s, time.monotonic(), _cpu_s()
            arrived = await asyncio.gather(*map(one, range(4)))
            passed_s, took_s = rig.time_s - began_s, time.monotonic() - real_s
            for sensor, packets in zip(rig.sensors, arrived, strict=True):
                assert packets == [packet.data for packet in sensor.made()]
                assert len(packets) > 17 * seconds
            print(
                f"{passed_s:.0f} s of 4 sensors in {took_s:.1f} s: {passed_s / took_s:.1f} times "
                f"real time; this process {_cpu_s() - cpu_s:.1f} s of CPU"
            )
            assert passed_s > took_s

    simulate(main())


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
