"""The real links: USB on a pseudo terminal, Bluetooth by bleak on a backend of our own."""

import asyncio
import base64
import contextlib
import os
import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError
from sensor_rig import MemorySink, made, sensor, stored

from anklet.errors import SensorError
from anklet.model import Placement
from anklet.sensor.ble import COMPANY, CONTROL, DATA, SERVICE, Backend, BleLink, find
from anklet.sensor.capture import Capture
from anklet.sensor.lines import LineBuffer, seal
from anklet.sensor.pull import holdings
from anklet.sensor.simulated_person import simulated_links
from anklet.sensor.usb import UsbLink
from anklet.sensor.virtual import VirtualSensor
from anklet.sensor.virtual_control import VirtualControl

KEY = "5a" * 32


class Console:
    """A virtual sensor on a pseudo terminal, with whatever else a console says."""

    def __init__(self, device: VirtualSensor) -> None:
        self.device = device
        self.master, slave = os.openpty()
        self.port = os.ttyname(slave)
        self._slave = slave
        self.over = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        lines, control = LineBuffer(), VirtualControl(self.device)
        session = control.session(trusted=True)
        os.set_blocking(self.master, False)
        rng = random.Random(1)
        while not self.over:
            now_s = time.perf_counter()
            with contextlib.suppress(BlockingIOError):
                for line in lines.feed(os.read(self.master, 300)):
                    reply = line[:3] == b"#C " and control.handle(session, line[3:], now_s)
                    if reply:
                        self._say(b"#C " + reply)
            self.device.step(now_s)
            while (data := self.device.memory.next_packet()) is not None:
                self._say(b"#P " + base64.b64encode(data) + b" " * rng.randrange(9))
                if rng.random() < 0.1:
                    self._say(
                        rng.choice([b"MPY: soft reboot", b"#P AAAA", b"#P !", b"#C {", b"\xff"])
                    )
            while self.device.memory.sent:
                stream, first, last = self.device.memory.sent.popleft()
                event = b'{"event":"sent","stream":%d,"from":%d,"to":%d}'
                self._say(b"#C " + seal(event % (stream, first, last)))
            time.sleep(0.004)

    def _say(self, line: bytes) -> None:
        data = line + b"\r\n"
        while data:
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self.master, data) :]

    def unplug(self) -> None:
        self.over = True
        self.thread.join()
        os.close(self.master)
        os.close(self._slave)


@pytest.fixture
def console() -> Iterator[Console]:
    if os.name != "posix":
        pytest.skip("a pseudo terminal needs POSIX")
    made_console = Console(sensor(1, ppm=0.0))
    yield made_console
    if not made_console.over:
        made_console.unplug()


def test_usb_records_amid_garbage(console: Console) -> None:
    sink = MemorySink()

    async def act() -> Any:
        async with Capture([UsbLink(console.port)], sink) as capture:
            await asyncio.sleep(1.5)
            return await capture.stop()

    (report,) = asyncio.run(act())
    assert report.complete
    assert stored(sink, console.device) == made(console.device)
    assert report.packets > 20
    assert report.quality == 1.0


def test_a_port_that_vanishes_is_a_lost_link(console: Console) -> None:
    lost: list[str] = []

    async def act() -> None:
        link = UsbLink(console.port)
        link.listen(lambda *_: None, lambda *_: None, lost.append)
        await link.open()
        await asyncio.sleep(0.2)
        await asyncio.to_thread(console.unplug)
        for _ in range(50):
            await asyncio.sleep(0.05)
            if lost:
                break
        with pytest.raises(SensorError, match="not connected"):
            await link.send_line(b"{}")
        with pytest.raises(SensorError, match="no port"):
            await link.open()
        await link.close()

    asyncio.run(act())
    assert len(lost) == 1
    assert "unplugged" in lost[0]


def test_what_is_no_port_is_said_plainly(tmp_path: Any) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for name, words in ((str(tmp_path / "none"), "no port"), (str(file), "cannot be opened")):
        with pytest.raises(SensorError, match=words):
            asyncio.run(UsbLink(name).open())


class Air:
    """What the fake adapter is surrounded by."""

    device: VirtualSensor
    mtu = 247
    clients: list["FakeClient"]
    powered = True
    writes: list[bytes]


class FakeScanner(BaseBleakScanner):
    def __init__(self, callback: Any = None, uuids: Any = None, mode: str = "active", **_: Any):
        super().__init__(callback, uuids)

    async def start(self) -> None:
        self.seen_devices = {}
        if not Air.powered:
            raise BleakError("adapter is off")
        self._announcing = asyncio.ensure_future(self._announce())

    async def _announce(self) -> None:
        payload = bytes([1, 1 | 1 << 2, 87, 1 | 4, 0x00, 0x01])
        while True:
            for address, uuids in (("AA:01", [SERVICE]), ("AA:02", ["180d"])):
                data = AdvertisementData("blue", {COMPANY: payload}, {}, uuids, None, -50, ())
                device = self.create_or_update_device(address, address, "blue", None, data)
                self.call_detection_callbacks(device, data)
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        self._announcing.cancel()


class FakeClient(BaseBleakClient):
    def __init__(self, target: Any, **more: Any) -> None:
        callback = more.get("disconnected_callback")
        super().__init__(target, disconnected_callback=callback, timeout=more["timeout"])
        self._connected = False
        self._subscribed: dict[str, Any] = {}
        self._lines = LineBuffer()
        self._said = b""

    @property
    def name(self) -> str:
        return self.address

    @property
    def mtu_size(self) -> int:
        return Air.mtu

    @property
    def is_connected(self) -> bool:
        return self._connected

    async def connect(self, pair: bool = False, **_: Any) -> None:
        services = BleakGATTServiceCollection()
        service = BleakGATTService(None, 1, SERVICE)
        services.add_service(service)
        kinds = {DATA: ["notify"], CONTROL: ["write", "write-without-response", "notify"]}
        for handle, (uuid, kind) in enumerate(kinds.items(), 2):
            size = lambda: Air.mtu - 3  # noqa: E731
            services.add_characteristic(
                BleakGATTCharacteristic(None, handle, uuid, kind, size, service)
            )
        self.services = services
        self._connected = True
        self._obeying = VirtualControl(Air.device)
        self._session = self._obeying.session(trusted=False)
        self._pump = asyncio.ensure_future(self._run())
        Air.clients.append(self)

    async def disconnect(self) -> None:
        self.drop()

    def drop(self) -> None:
        if self._connected:
            self._connected = False
            self._pump.cancel()
            Air.device.memory.forget_link()
            if self._disconnected_callback:
                self._disconnected_callback()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(0.015)
            Air.device.step(time.perf_counter())
            size = Air.mtu - 3
            while self._said:
                piece, self._said = self._said[:size], self._said[size:]
                self._subscribed[CONTROL](bytearray(piece))
            while DATA in self._subscribed and (data := Air.device.memory.next_packet()):
                assert len(data) <= size
                self._subscribed[DATA](bytearray(data))

    async def write_gatt_char(self, characteristic: Any, data: Any, response: bool) -> None:
        if not self._connected:
            raise BleakError("not connected")
        assert characteristic.uuid == CONTROL
        assert len(data) <= Air.mtu - 3
        Air.writes.append(bytes(data))
        for line in self._lines.feed(bytes(data)):
            reply = self._obeying.handle(self._session, line, time.perf_counter())
            self._said += reply + b"\n" if reply else b""

    async def start_notify(self, characteristic: Any, callback: Any, **_: Any) -> None:
        self._subscribed[characteristic.uuid] = callback

    async def stop_notify(self, characteristic: Any) -> None: ...
    async def pair(self, *_: Any, **__: Any) -> None: ...
    async def unpair(self) -> None: ...
    async def read_gatt_char(self, *_: Any, **__: Any) -> Any: ...
    async def read_gatt_descriptor(self, *_: Any, **__: Any) -> Any: ...
    async def write_gatt_descriptor(self, *_: Any) -> None: ...


BACKEND = Backend(FakeScanner, FakeClient)


@pytest.fixture
def air() -> type[Air]:
    Air.device = sensor(1, owner=KEY, ppm=0.0)
    Air.mtu, Air.clients, Air.powered, Air.writes = 247, [], True, []
    return Air


def test_sensors_are_found_and_read(air: type[Air]) -> None:
    (found,) = asyncio.run(find(0.05, BACKEND))
    assert (found.address, found.name, found.rssi) == ("AA:01", "blue", -50)
    assert (found.side, found.segment, found.battery) == ("left", "shank", 87)
    assert (found.mode, found.owned, found.short_id) == ("live", True, "0001")
    air.powered = False
    with pytest.raises(SensorError, match="adapter is off"):
        asyncio.run(find(0.05, BACKEND))


@pytest.mark.parametrize("mtu", [247, 185, 167])
def test_bluetooth_records_and_reconnects(air: type[Air], mtu: int) -> None:
    air.mtu = mtu
    sink = MemorySink()

    async def act() -> Any:
        (found,) = await find(0.05, BACKEND)
        link = BleLink(found, backend=BACKEND)
        async with Capture([link], sink, keys={"sensor1": KEY}) as capture:
            await asyncio.sleep(0.6)
            air.clients[-1].drop()
            await asyncio.sleep(1.5)
            return await capture.stop()

    (report,) = asyncio.run(act())
    assert report.complete
    assert report.reconnects == 1
    assert stored(sink, air.device) == made(air.device)
    assert len(air.clients) == 2


def test_too_small_an_mtu_is_refused(air: type[Air], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anklet.sensor.ble.MTU_S", 0.2)
    air.mtu = 166
    with pytest.raises(SensorError, match="163 bytes") as caught:
        asyncio.run(BleLink("AA:01", backend=BACKEND).open())
    assert caught.value.code == "mtu"
    assert not air.clients[-1].is_connected


def test_one_that_is_not_there(air: type[Air], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anklet.sensor.ble.SEARCH_S", 0.05)
    with pytest.raises(SensorError, match="BB:01 is not found"):
        asyncio.run(BleLink("BB:01", backend=BACKEND).open())


def test_a_long_line_goes_in_pieces(air: type[Air]) -> None:
    async def act() -> None:
        link = BleLink("AA:01", backend=BACKEND)
        link.listen(lambda *_: None, lambda *_: None, lambda *_: None)
        await link.open()
        before = len(air.writes)
        await link.send_line(b"x" * 1000)
        assert [len(w) for w in air.writes[before:]] == [244, 244, 244, 244, 25]
        await link.close()
        with pytest.raises(SensorError, match="not connected"):
            await link.send_line(b"{}")

    asyncio.run(act())


def test_holdings_over_bluetooth(air: type[Air]) -> None:
    air.device.start("untethered", 0.0)
    air.device.stop(30.0)
    link = BleLink("AA:01", backend=BACKEND)
    _, (held,) = asyncio.run(holdings(link, keys={"sensor1": KEY}))
    assert held.packets == held.unacknowledged == held.last + 1


def test_simulated_sensors_move_together() -> None:
    links = simulated_links(
        [Placement("left", "shank"), Placement("left", "foot"), Placement("right", "shank")]
    )
    assert len({link.sensor.sensor_id for link in links}) == 3
    for link in links:
        link.sensor.keep_made = True
        link.sensor.start("live", 0.0)
        link.sensor.step(100.0)
        assert len(link.sensor.made) > 1700
