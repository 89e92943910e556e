"""Who may command a sensor: on the real radio stack, with the host's own code."""

import asyncio
import contextlib
import secrets

import pytest

bleak = pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from anklet.errors import SensorError  # noqa: E402
from anklet.sensor.capture import Capture  # noqa: E402
from anklet.sensor.control import Control  # noqa: E402
from anklet.sensor.greeting import greet  # noqa: E402
from anklet.sensor.keys import proof  # noqa: E402
from link.captured import FAST, StoreSink, ble_links, make_capture, open_store, own, sim_timing  # noqa: E402
from link.programs import OWNER, talking  # noqa: E402
from link.simtime import simulate  # noqa: E402

OTHER = "a5" * 32
GUARDED = [
    ("start", {"mode": "live"}),
    ("stop", {}),
    ("resend", {"stream": 1, "from": 0, "to": 9}),
    ("fetch", {"stream": 1, "from": 0, "to": 9}),
    ("ack", {"stream": 1, "ranges": [[0, 9]]}),
    ("journal", {}),
    ("mark", {"text": "x"}),
    ("echo", {}),
    ("time", {"unix_us": 1_800_000_000_000_000}),
    ("get", {}),
    ("set", {"settings": {"rate_hz": 208}}),
    ("place", {"side": "left"}),
    ("calibrate", {"gyr_bias_rad_s": [0, 0, 0]}),
    ("status", {}),
    ("identify", {}),
    ("log", {}),
    ("selftest", {}),
    ("reboot", {}),
    ("own", {"key": OTHER}),
    ("own", {"key": None}),
]


def test_control_and_data_are_refused_without_the_key(make_rig):
    """While a stream runs for its owner: a stranger gets no packet and changes nothing."""

    async def main():
        async with make_rig(setup=FAST) as rig:
            await own(rig)
            await rig.sensors[0].run("app.start('untethered')")
            async with talking(rig) as talk:
                before = await rig.sensors[0].run("app.public_settings()")
                for name, arguments in GUARDED:
                    assert (await talk.do(name, **arguments))["error"] == "auth", name
                await asyncio.sleep(3)
                assert talk.packets == []
                assert await rig.sensors[0].run("app.public_settings()") == before
                assert await rig.sensors[0].run("app.sampling.mode") == "'untethered'"
                assert await rig.sensors[0].run("app.settings.values['owner']") == repr(OWNER)

    simulate(main())


def test_every_command_but_the_free_ones_is_guarded(make_rig):
    async def main():
        async with make_rig(setup=FAST) as rig:
            names = eval(await rig.sensors[0].run("sorted(app._control._commands)"))
            free = {"hello", "auth", "version"}
            assert set(names) == {name for name, _ in GUARDED} | free

    simulate(main())


def test_a_proof_serves_once_and_for_one_connection(make_rig):
    async def main():
        async with make_rig(setup=FAST) as rig:
            await own(rig)
            async with talking(rig) as talk:
                nonce = (await talk.do("hello"))["nonce"]
                mac = proof(OWNER, "host", nonce)
                assert (await talk.do("auth", mac=mac))["ok"] == "auth"
                assert (await talk.do("status"))["ok"] == "status"
                again = await talk.do("auth", mac=mac)
                assert again["error"] == "auth"
            async with talking(rig) as talk:  # what was heard on the air, played again
                assert (await talk.do("hello"))["nonce"] != nonce
                assert (await talk.do("auth", mac=mac))["error"] == "auth"
                assert (await talk.do("status"))["error"] == "auth"
                # the sensor's own proof does not serve as the host's
                fresh = (await talk.do("hello", nonce="0123456789abcdef"))["nonce"]
                assert (await talk.do("auth", mac=proof(OWNER, "sensor", fresh)))["error"] == "auth"

    simulate(main())


def test_the_third_wrong_proof_ends_the_connection(make_rig):
    async def main():
        async with make_rig(setup=FAST) as rig:
            await own(rig)
            seen = set()
            async with talking(rig) as talk:
                for _ in range(3):
                    seen.add((await talk.do("auth", mac=secrets.token_hex(32)))["nonce"])
                await asyncio.sleep(2)
                with pytest.raises(bleak.exc.BleakError):
                    await talk.do("hello")
            assert len(seen) == 3

    simulate(main())


@pytest.mark.parametrize(
    ("keys", "code"), [({}, "no_key"), ({"24587c010200": OTHER}, "auth")], ids=["none", "wrong"]
)
def test_a_capture_without_the_right_key_is_refused(make_rig, tmp_path, keys, code):
    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(setup=FAST) as rig:
                await own(rig)
                capture = Capture(ble_links(rig), StoreSink(store), keys=keys, timing=sim_timing())
                with pytest.raises(SensorError) as caught:
                    await capture.start()
                assert caught.value.code == code
                assert store.streams(rig.sensors[0].sensor_id) == []
                assert rig.sensors[0].made() == []

    simulate(main())


def test_a_sensor_that_only_pretends_is_found_out(make_rig):
    """It has the id and lets anybody in, but cannot prove that it knows the key."""

    async def main():
        async with make_rig(setup=FAST) as rig:
            keys = await own(rig)
            await rig.sensors[0].run(f"app.settings.change({{'owner': '{OTHER}'}})")
            await rig.sensors[0].run(
                "app._control._commands.update({'auth': lambda *a: {'mac': '00' * 32}})"
            )
            (link,) = ble_links(rig)
            control = Control(link, sim_timing())
            link.listen(lambda *a: None, control.on_line, control.lost)
            await link.open()
            with pytest.raises(SensorError, match="pretends") as caught:
                await greet(control, link, keys)
            assert caught.value.code == "impostor"
            await link.close()

    simulate(main())


def test_a_change_of_the_owner_locks_the_old_one_out(make_rig, tmp_path):
    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(setup=FAST) as rig:
                async with talking(rig) as talk:
                    await talk.own(rig.sensors[0])
                    assert (await talk.do("own", key=OTHER))["owned"] is True
                capture = Capture(
                    ble_links(rig),
                    StoreSink(store),
                    keys={rig.sensors[0].sensor_id: OWNER},
                    timing=sim_timing(),
                )
                with pytest.raises(SensorError) as caught:
                    await capture.start()
                assert caught.value.code == "auth"
                keys = {rig.sensors[0].sensor_id: OTHER}
                timing = sim_timing()
                capture = Capture(ble_links(rig), StoreSink(store), keys=keys, timing=timing)
                async with capture:
                    await asyncio.sleep(2)
                    (report,) = await capture.stop()
                assert report.complete

    simulate(main())


def test_a_second_computer_is_told_busy_and_the_first_notices_nothing(make_rig, tmp_path):
    """A taken sensor takes no connection; one that gets in all the same is sent away."""

    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(setup=FAST, centrals=2) as rig:
                keys = await own(rig)
                (late,) = ble_links(rig, computer=1)
                control = Control(late, sim_timing())
                told, lost = [], []
                late.listen(lambda *_: told.append("packet"), control.on_line, lost.append)
                async with await make_capture(rig, store) as capture:
                    with pytest.raises(SensorError, match="connected"):
                        await late.open()
                    await rig.sensors[0].run(CONNECTABLE)  # as both connecting at once
                    await late.open()
                    with pytest.raises(SensorError, match="another computer") as caught:
                        await greet(control, late, keys)
                    assert caught.value.code == "busy"
                    await asyncio.sleep(4)
                    assert len(lost) == 1
                    (report,) = await capture.stop()
                assert report.complete
                assert report.reconnects == report.repaired == 0
                assert told == []

    simulate(main())


CONNECTABLE = (
    "from anklet_sensor import advert; app.links[0]._ble.gap_advertise("
    "100000, advert.advertisement(app, False), connectable=True)"
)


def test_the_button_resets_a_sensor_whose_key_is_lost(make_rig):
    """Held within 5 s after switching on, for 10 s: no owner; the recordings are still there."""

    async def main():
        async with make_rig(setup=FAST) as rig:
            await own(rig)
            (sensor,) = rig.sensors
            await sensor.run("app.start('untethered')")
            await asyncio.sleep(5)
            await sensor.run("app.stop()")
            made = len(sensor.made())
            await sensor.run("app.delivery.flush()")
            await asyncio.sleep(6)
            await sensor.press(11)  # too late after switching on: nothing is forgotten
            assert await sensor.run("app.settings.values['owner']") == repr(OWNER)
            sensor.power_cut()
            sensor.start()
            await sensor.booted()
            await asyncio.sleep(1)
            boots = len(sensor.boots)
            with contextlib.suppress(ConnectionResetError):  # it starts anew before they let go
                await sensor.press(10.5)
            await asyncio.sleep(5)
            assert len(sensor.boots) == boots + 1
            assert await sensor.run("app.settings.values['owner']") == "None"
            (held,) = eval(await sensor.run("app.delivery.listing()"))
            assert held["packets"] >= made - 2
            async with talking(rig) as talk:
                assert (await talk.do("hello"))["owned"] is False
                assert (await talk.do("start", mode="live"))["error"] == "auth"
                assert (await talk.own(sensor))["owned"] is True
                assert (await talk.do("journal"))["streams"][0]["packets"] == held["packets"]

    simulate(main())


def test_bonded_links_are_encrypted_and_a_forgotten_key_is_a_plain_error(make_rig, tmp_path):
    """Pairing is an extra: with it, without it and after a broken bond the capture goes on."""

    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(setup=FAST) as rig:
                (sensor,) = rig.sensors
                device = await bleak.BleakScanner.find_device_by_address(
                    sensor.address, 5, backend=rig.scanner
                )
                async with bleak.BleakClient(device, backend=rig.client) as client:
                    await client.pair()
                assert await rig.keys().get_all()
                async with await make_capture(rig, store) as capture:
                    await asyncio.sleep(3)
                    encrypted = [c.is_encrypted for c in sensor.device.connections.values()]
                    assert encrypted == [True]
                    (report,) = await capture.stop()
                assert report.complete
                await sensor.keys.delete_all()  # as after a factory reset
                capture = await make_capture(rig, store)
                with pytest.raises(SensorError, match="pairing") as caught:
                    await capture.start()
                assert caught.value.code == "bluetooth"
                await rig.client(sensor.address).unpair()
                async with await make_capture(rig, store) as capture:
                    await asyncio.sleep(3)
                    (report,) = await capture.stop()
                assert report.complete

    simulate(main())
