"""The link over Bluetooth LE, by bleak (docs/protocol.md, "Bluetooth LE service")."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from anklet.errors import SensorError
from anklet.packets import MAX_BYTES
from anklet.sensor.lines import LineBuffer
from anklet.sensor.link import Found, Kind, OnBytes, OnLost, read_advertisement
from anklet.sensor.timing import Timing

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.characteristic import BleakGATTCharacteristic
    from bleak.backends.client import BaseBleakClient
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import BaseBleakScanner

SERVICE = "8db471b3-fdf2-45d5-b712-f50e61865101"
DATA = "8db471b4-fdf2-45d5-b712-f50e61865101"
CONTROL = "8db471b5-fdf2-45d5-b712-f50e61865101"
COMPANY = 0xFFFF
"""Bluetooth's company identifier for those who have none."""
ATT_HEADER_BYTES = 3
LEAST_MTU = MAX_BYTES + ATT_HEADER_BYTES
"""A longer notification would be cut silently by the system."""

SEARCH_S = 8.0
"""A sensor announces itself every 0.2 s, but a computer listens only part of the time."""
CONNECT_S = 15.0
MTU_S, MTU_STEP_S = 2.0, 0.1
"""Systems tell the size some time after the connection stands (bleak's documentation)."""
_SMALLEST_PIECE = 20


class Backend(NamedTuple):
    """Classes that bleak shall use instead of the platform's."""

    scanner: "type[BaseBleakScanner]"
    client: "type[BaseBleakClient]"


async def find(timeout_s: float = 5.0, backend: Backend | None = None) -> list[Found]:
    """Return the sensors that announce themselves, the strongest signal first.

    Parameters
    ----------
    timeout_s : float
        How long to listen, s.
    backend : Backend, optional
        Handed to bleak.

    Raises
    ------
    SensorError
        When this computer's Bluetooth is off, missing or forbidden.
    """
    from bleak import BleakScanner

    async with _one_at_a_time(), _plain_errors("Bluetooth cannot search"):
        seen = await BleakScanner.discover(
            timeout=timeout_s, return_adv=True, service_uuids=[SERVICE], **_scanner(backend)
        )
    found = [
        read_advertisement(
            advert.manufacturer_data.get(COMPANY, b""),
            device.address,
            advert.local_name,
            advert.rssi,
            device,
        )
        for device, advert in seen.values()
        if SERVICE in advert.service_uuids
    ]
    return sorted(found, key=lambda f: -(f.rssi or -999))


class BleLink:
    """A sensor over Bluetooth LE.

    Parameters
    ----------
    target : Found or str
        What `find` gave, or an address.
    backend : Backend, optional
        Handed to bleak.
    timing : Timing, optional
    """

    kind: Kind = "ble"
    trusted = False

    def __init__(
        self, target: Found | str, *, backend: Backend | None = None, timing: Timing | None = None
    ) -> None:
        self.address = target if isinstance(target, str) else target.address
        self.name = target if isinstance(target, str) else target.name
        self._device: object = None if isinstance(target, str) else target.device
        self._backend = backend
        self._timing = timing or Timing()
        self._client: BleakClient | None = None
        self._control: BleakGATTCharacteristic | None = None
        self._lines = LineBuffer()
        self._writing = asyncio.Lock()
        self._on_packet: OnBytes = _nobody
        self._on_line: OnBytes = _nobody
        self._on_lost: OnLost = _nobody

    def listen(self, on_packet: OnBytes, on_line: OnBytes, on_lost: OnLost) -> None:
        """Say who is told of what arrives."""
        self._on_packet, self._on_line, self._on_lost = on_packet, on_line, on_lost

    async def open(self) -> None:
        """Search for the sensor, connect, subscribe.

        Raises
        ------
        SensorError
            "not_found", "bluetooth", "mtu" (the connection carries no whole packet) or "firmware".
        """
        from bleak import BleakClient

        await self.close()
        async with _one_at_a_time():
            device = await self._search()
            async with _plain_errors(f"{self.name} cannot be connected"):
                client = BleakClient(
                    device,
                    disconnected_callback=self._disconnected,
                    services=[SERVICE],
                    timeout=CONNECT_S,
                    backend=self._backend.client if self._backend else None,
                )
                await client.connect()
        self._client = client
        try:
            await self._prepare(client)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Disconnect."""
        client, self._client, self._control = self._client, None, None
        self._lines.clear()
        if client is not None:
            with contextlib.suppress(SensorError):
                async with _plain_errors(f"{self.name} cannot be disconnected"):
                    await client.disconnect()

    async def send_line(self, line: bytes) -> float:
        """Write a control line in pieces that fit; return when the last was handed over, host s."""
        data = line + b"\n"
        async with self._writing:
            client, control = self._client, self._control
            if client is None or control is None:
                raise SensorError(f"{self.name} is not connected.", "lost")
            size = max(control.max_write_without_response_size, _SMALLEST_PIECE)
            sent_s = self._timing.now_s()
            async with _plain_errors(f"{self.name} does not take a message", "lost"):
                for start in range(0, len(data), size):
                    sent_s = self._timing.now_s()
                    # Without response: with one, each piece would take two connection intervals.
                    await client.write_gatt_char(
                        control, data[start : start + size], response=False
                    )
            return sent_s

    async def _search(self) -> "BLEDevice":
        from bleak import BleakScanner
        from bleak.backends.device import BLEDevice

        device, self._device = self._device, None  # next time the system may know it no longer
        if isinstance(device, BLEDevice):
            return device
        async with _plain_errors(f"Bluetooth cannot search for {self.name}"):
            found = await BleakScanner.find_device_by_address(
                self.address,
                timeout=SEARCH_S,
                service_uuids=[SERVICE],
                **_scanner(self._backend),
            )
        if found is None:
            raise SensorError(
                f"{self.name} is not found; bring it near, switch it on, and see that no other "
                "computer is connected to it.",
                "not_found",
            )
        return found

    async def _prepare(self, client: "BleakClient") -> None:
        control = client.services.get_characteristic(CONTROL)
        data = client.services.get_characteristic(DATA)
        if control is None or data is None:
            raise SensorError(
                f"{self.name} lacks Anklet's Bluetooth service; install its firmware with "
                "anklet setup.",
                "firmware",
            )
        await self._check_mtu(control)
        self._control = control
        async with _plain_errors(f"{self.name} cannot be listened to"):
            await client.start_notify(control, self._notified_control)
            await client.start_notify(data, self._notified_data)

    async def _check_mtu(self, control: "BleakGATTCharacteristic") -> None:
        waited_s = 0.0
        while (mtu := control.max_write_without_response_size + ATT_HEADER_BYTES) < LEAST_MTU:
            if waited_s >= MTU_S:
                raise SensorError(
                    f"The connection to {self.name} carries {mtu - ATT_HEADER_BYTES} bytes at a "
                    f"time, its packets need {MAX_BYTES}; update this computer's Bluetooth "
                    "(on Linux BlueZ 5.62 or newer), or use USB.",
                    "mtu",
                )
            await self._timing.sleep(MTU_STEP_S)
            waited_s += MTU_STEP_S

    def _notified_data(self, _sender: object, data: bytearray) -> None:
        self._on_packet(bytes(data), self._timing.now_s())

    def _notified_control(self, _sender: object, data: bytearray) -> None:
        now_s = self._timing.now_s()
        for line in self._lines.feed(bytes(data)):
            self._on_line(line, now_s)

    def _disconnected(self, client: "BleakClient") -> None:
        if client is self._client:
            self._client = self._control = None
            self._on_lost(f"{self.name} is out of reach or was switched off.")


def _nobody(*_arguments: object) -> None:
    """Nobody listens yet."""


def _scanner(backend: Backend | None) -> dict[str, Any]:
    return {"backend": backend.scanner} if backend else {}


_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@asynccontextmanager
async def _one_at_a_time() -> AsyncGenerator[None, None]:
    """Search and connect one after the other: systems fail when both happen at once (bleak)."""
    async with _locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        yield


@asynccontextmanager
async def _plain_errors(what: str, code: str = "bluetooth") -> AsyncGenerator[None, None]:
    from bleak.exc import BleakBluetoothNotAvailableError, BleakError

    try:
        yield
    except BleakBluetoothNotAvailableError as error:
        raise SensorError(
            f"{what}: this computer's Bluetooth is off, missing or not allowed for this program "
            f"({error.reason.name.lower().replace('_', ' ')}); switch it on, or use USB.",
            "no_bluetooth",
        ) from error
    except FileNotFoundError as error:  # no D-Bus
        raise SensorError(
            f"{what}: this computer has no Bluetooth service running; start it, or use USB.",
            "no_bluetooth",
        ) from error
    except (BleakError, OSError, EOFError, TimeoutError) as error:
        why = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise SensorError(f"{what} ({why}); bring it near and try again.", code) from error
