"""Small programs with bleak, as anybody would write them: what the rig's own tests run."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import bleak

CONTROL, DATA, STRICT = (f"6e40000{n}-b5a3-f393-e0a9-e50e24dcca9e" for n in (2, 3, 4))
"""Characteristics of mp/numbered.py."""

ANKLET_DATA, ANKLET_CONTROL = (f"8db471b{n}-fdf2-45d5-b712-f50e61865101" for n in (4, 5))
OWNER = "5a" * 32


class Seen:
    """A program with bleak: what it got of a numbered sensor."""

    def __init__(self, rig, client):
        self.rig, self.client = rig, client
        self.numbers: list[int] = []
        self.lags_s: list[float] = []
        self.times_s: list[float] = []

    def __call__(self, _characteristic, data: bytearray) -> None:
        number, sent_us = struct.unpack_from("<IQ", data)
        self.numbers.append(number)
        self.times_s.append(self.rig.time_s)
        self.lags_s.append(self.rig.time_s - sent_us * 1e-6)

    async def run(self, seconds: float, period_ms: int = 50, length: int = 160) -> dict:
        """Let the sensor send for so long; return what it counted."""
        start = struct.pack("<BHH", 1, period_ms, length)
        await self.client.write_gatt_char(CONTROL, start, response=True)
        await asyncio.sleep(seconds)
        await self.client.write_gatt_char(CONTROL, b"\x00", response=True)
        await asyncio.sleep(2)
        return json.loads(await self.client.read_gatt_char(CONTROL))


@asynccontextmanager
async def connected(rig, sensor: int = 0, computer: int = 0, **options) -> AsyncIterator[Seen]:
    """Find a sensor by its name and connect, as any program does."""
    scanner, client = rig.scanner_of(computer), rig.client_of(computer)
    device = await bleak.BleakScanner.find_device_by_name(f"Rig {sensor}", 5, backend=scanner)
    assert device is not None
    async with bleak.BleakClient(device, backend=client, **options) as connection:
        seen = Seen(rig, connection)
        await connection.start_notify(DATA, seen)
        yield seen


class Talk:
    """A program that speaks the control protocol with a real sensor, plainly.

    Attributes
    ----------
    packets : list of (time in s, bytes)
        As they came.
    """

    def __init__(self, rig, client: bleak.BleakClient) -> None:
        self.packets: list[tuple[float, bytes]] = []
        self._rig, self._client = rig, client
        self._line = bytearray()
        self._replies: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._last = 0

    async def listen(self) -> None:
        await self._client.start_notify(ANKLET_CONTROL, self._told)
        await self._client.start_notify(
            ANKLET_DATA, lambda _, data: self.packets.append((self._rig.time_s, bytes(data)))
        )

    async def do(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """Send a request; return its reply."""
        self._last += 1
        line = json.dumps({"id": self._last, "do": name, **arguments}).encode() + b"\n"
        room = self._client.mtu_size - 3
        for at in range(0, len(line), room):
            piece = line[at : at + room]
            await self._client.write_gatt_char(ANKLET_CONTROL, piece, response=True)
        while True:
            reply = await asyncio.wait_for(self._replies.get(), 10)
            if reply.get("id") == self._last:
                return reply

    async def own(self, sensor) -> dict[str, Any]:
        """Become the owner, as a person does who holds the sensor."""
        await sensor.press(3.5)
        return await self.do("own", key=OWNER)

    def _told(self, _characteristic, data: bytearray) -> None:
        self._line += data
        while b"\n" in self._line:
            line, _, rest = self._line.partition(b"\n")
            self._line = bytearray(rest)
            self._replies.put_nowait(json.loads(line))


@asynccontextmanager
async def talking(rig, sensor: int = 0) -> AsyncIterator[Talk]:
    """Connect to a real sensor by its address."""
    address = rig.sensors[sensor].address
    device = await bleak.BleakScanner.find_device_by_address(address, 10, backend=rig.scanner)
    assert device is not None
    async with bleak.BleakClient(device, backend=rig.client) as client:
        talk = Talk(rig, client)
        await talk.listen()
        yield talk
