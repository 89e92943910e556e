"""A backend of bleak on a bumble central, so that unmodified bleak programs run on the rig.

    BleakScanner(backend=rig.scanner), BleakClient(device, backend=rig.client)

It does what the backends of real systems do: negotiates the MTU, discovers everything, encrypts
where there is a bond, lets several connect at once, and says `BleakError` for whatever fails.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError
from bumble import hci
from bumble.core import AdvertisingData, BaseBumbleError
from bumble.device import Advertisement, Connection, Peer
from bumble.gatt import Characteristic

from link.central import Central

_PROPERTIES = (
    (0x01, "broadcast"),
    (0x02, "read"),
    (0x04, "write-without-response"),
    (0x08, "write"),
    (0x10, "notify"),
    (0x20, "indicate"),
    (0x40, "authenticated-signed-writes"),
    (0x80, "extended-properties"),
)
_SERVICES = (
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
)


class Scanner(BaseBleakScanner):
    """What is around; `central` is set by the rig in a subclass."""

    central: ClassVar[Central]

    def __init__(self, detection_callback=None, service_uuids=None, _mode="active", **_options):
        super().__init__(detection_callback, service_uuids)

    async def start(self) -> None:
        self.seen_devices = {}
        await self.central.listen(self._heard)

    async def stop(self) -> None:
        await self.central.leave(self._heard)

    def _heard(self, advertisement: Advertisement) -> None:
        data = advertisement.data
        name = data.get(AdvertisingData.COMPLETE_LOCAL_NAME)
        uuids = [_uuid(uuid) for kind in _SERVICES for uuid in data.get(kind) or []]
        maker = data.get(AdvertisingData.MANUFACTURER_SPECIFIC_DATA)
        told = AdvertisementData(
            local_name=name,
            manufacturer_data={maker[0]: maker[1]} if maker else {},
            service_data={},
            service_uuids=uuids,
            tx_power=None,
            rssi=advertisement.rssi,
            platform_data=(),
        )
        address = advertisement.address.to_string(False)
        device = self.create_or_update_device(address, address, name, advertisement.address, told)
        if self.is_allowed_uuid(uuids):
            self.call_detection_callbacks(device, told)


class Client(BaseBleakClient):
    """A connection; `central` is set by the rig in a subclass."""

    central: ClassVar[Central]

    def __init__(self, address_or_ble_device, **options):
        super().__init__(
            address_or_ble_device,
            disconnected_callback=options.get("disconnected_callback"),
            timeout=options.get("timeout", 10.0),
        )
        details = getattr(address_or_ble_device, "details", None)
        self._target = details if isinstance(details, hci.Address) else hci.Address(self.address)
        self._connection: Connection | None = None
        self._peer: Peer | None = None
        self._gone: asyncio.Future[None] | None = None
        self._callbacks: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        return self.address

    @property
    def mtu_size(self) -> int:
        return self._connection.att_mtu if self._connection else 23

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: bool = False, **_options: Any) -> None:
        self.central.check()
        try:
            async with asyncio.timeout(self._timeout):
                await self._connect()
                await self._do(self._discover())
                if pair:
                    await self.pair()
        except BaseException:
            await self._abandon()
            raise

    async def disconnect(self) -> None:
        connection = self._connection
        if connection is None:
            return
        gone = self._gone
        with contextlib.suppress(BaseBumbleError):  # the other side may be quicker
            await connection.disconnect()
        if gone is not None and not gone.done():
            await gone

    async def pair(self, *_arguments: Any, **_options: Any) -> None:
        if not self._connected().is_encrypted:
            await self._do(self._connected().pair())

    async def unpair(self) -> None:
        keys = self.central.device.keystore
        assert keys is not None
        if await keys.get(str(self._target)):
            await keys.delete(str(self._target))

    async def read_gatt_char(self, characteristic, **_options: Any) -> bytearray:
        return bytearray(await self._do(self._its().read_value(characteristic.obj)))

    async def read_gatt_descriptor(self, descriptor, **_options: Any) -> bytearray:
        return bytearray(await self._do(self._its().read_value(descriptor.obj)))

    async def write_gatt_char(self, characteristic, data, response: bool) -> None:
        writing = self._its().write_value(characteristic.obj, bytes(data), with_response=response)
        await self._do(writing)

    async def write_gatt_descriptor(self, descriptor, data) -> None:
        await self._do(self._its().write_value(descriptor.obj, bytes(data), with_response=True))

    async def start_notify(self, characteristic, callback, **_options: Any) -> None:
        faults, key = self.central.faults, id(self)

        def notified(data: bytes) -> None:
            if self._connection is not None:
                faults.deliver(key, characteristic.uuid, data, callback)

        self._callbacks[characteristic.handle] = notified
        can_notify = characteristic.obj.properties & Characteristic.Properties.NOTIFY
        subscribing = self._its().subscribe(
            characteristic.obj, notified, prefer_notify=bool(can_notify)
        )
        await self._do(subscribing)

    async def stop_notify(self, characteristic) -> None:
        callback = self._callbacks.pop(characteristic.handle, None)
        await self._do(self._its().unsubscribe(characteristic.obj, callback))

    # how

    async def _connect(self) -> None:
        central = self.central
        while self._connection is None:
            await central.wait_for(self._target)
            async with central.connecting:
                central.check()
                try:
                    connection = await central.device.connect(self._target, timeout=2.0)
                except BaseBumbleError:
                    continue  # it went out of reach again: wait on, until our own timeout
            self._connection = connection
            self._peer = Peer(connection)
            self._gone = asyncio.get_running_loop().create_future()
            connection.on(Connection.EVENT_DISCONNECTION, self._disconnected)

    async def _discover(self) -> None:
        peer = self._its()
        await peer.request_mtu(self.central.mtu)
        await self._encrypt()
        services = BleakGATTServiceCollection()
        for service in await peer.discover_services():
            its = BleakGATTService(service, service.handle, _uuid(service.uuid))
            services.add_service(its)
            for characteristic in await service.discover_characteristics():
                found = BleakGATTCharacteristic(
                    characteristic,
                    characteristic.handle,
                    _uuid(characteristic.uuid),
                    [name for bit, name in _PROPERTIES if characteristic.properties & bit],
                    lambda: self.mtu_size - 3,
                    its,
                )
                services.add_characteristic(found)
                for descriptor in await characteristic.discover_descriptors():
                    uuid = _uuid(descriptor.type)
                    services.add_descriptor(
                        BleakGATTDescriptor(descriptor, descriptor.handle, uuid, found)
                    )
        self.services = services

    async def _encrypt(self) -> None:
        keys = self.central.device.keystore
        if keys is None or not await keys.get(str(self._target)):
            return
        try:
            await self._connected().encrypt()
        except BaseBumbleError as error:
            raise BleakError("Peer removed pairing information") from error

    async def _abandon(self) -> None:
        if self._connection is not None:
            self._disconnected_callback = None
            await self.disconnect()

    def _disconnected(self, _reason: int) -> None:
        self._connection = self._peer = None
        self.central.faults.forget(id(self))
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)
        if self._disconnected_callback:
            self._disconnected_callback()

    def _connected(self) -> Connection:
        self.central.check()
        if self._connection is None:
            raise BleakError("Not connected")
        return self._connection

    def _its(self) -> Peer:
        self._connected()
        assert self._peer is not None
        return self._peer

    async def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something over the air; a BleakError where it fails or the connection ends."""
        task = asyncio.ensure_future(work)
        assert self._gone is not None
        try:
            await asyncio.wait((task, self._gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
        if not task.done() or task.cancelled():
            await asyncio.wait((task,))
            raise BleakError("Disconnected")
        try:
            return task.result()
        except BaseBumbleError as error:
            raise BleakError(str(error) or type(error).__name__) from error


def _uuid(uuid) -> str:
    text = uuid.to_hex_str("-").lower()
    if len(text) == 4:
        text = f"0000{text}"
    return text if len(text) > 8 else f"{text}-0000-1000-8000-00805f9b34fb"
