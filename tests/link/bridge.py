"""The Bluetooth stack of one sensor: a bumble GATT server that the sensor's program drives."""

import asyncio
import contextlib
import errno
import json
import struct
from collections.abc import Coroutine
from typing import Any

from bumble.att import ATT_Error, AttributeValue
from bumble.core import UUID, ProtocolError
from bumble.device import AdvertisingType, Connection, Device
from bumble.gatt import Characteristic, Descriptor, Service
from bumble.hci import Address
from bumble.host import Host
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig
from bumble.transport.common import AsyncPipeSink

from link.events import Air, AirController
from link.process import Process

ENOTCONN = 107
WRITE_NOT_PERMITTED, READ_NOT_PERMITTED, UNLIKELY = 0x03, 0x02, 0x0E


def make_device(
    name: str, address: str, air: Air, keys: MemoryKeyStore
) -> tuple[Device, AirController]:
    """Make a bumble device with a controller of its own in the air."""
    controller = AirController(name, address, air)
    host = Host(controller, AsyncPipeSink(controller))
    device = Device(name=name, address=Address(address), host=host)
    device.keystore = keys
    device.pairing_config_factory = lambda _connection: PairingConfig(
        sc=True,
        mitm=False,
        bonding=True,
        identity_address_type=PairingConfig.AddressType.RANDOM,
    )
    return device, controller


class Bridge:
    """From one start of the sensor to its end.

    Parameters
    ----------
    device : Device
    controller : AirController
    pool : int
        Notifications that fit in the stack: one more is refused with ENOMEM.

    Attributes
    ----------
    process : Process
        To be set before the program speaks.
    notified, refused : int
        Notifications taken, and refused for want of room.
    """

    def __init__(self, device: Device, controller: AirController, pool: int) -> None:
        self.device = device
        self.controller = controller
        self.process: Process | None = None
        self.notified = 0
        self.refused = 0
        self._pool = pool
        self._attributes: dict[int, Characteristic | Descriptor] = {}
        self._connections: dict[int, Connection] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        device.on(Device.EVENT_CONNECTION, self._connected)

    async def on_call(self, message: bytes) -> tuple[int, bytes]:
        """Do what the program asks for."""
        kind = message[:1]
        try:
            if kind == b"n":
                await self._notify(*struct.unpack_from("<HH", message, 1), message[5:])
            elif kind == b"u":
                handle = struct.unpack_from("<H", message, 1)[0]
                attribute = self._attributes[handle]
                await self.device.gatt_server.notify_subscribers(attribute, message[3:])
            elif kind == b"i":
                conn, handle = struct.unpack_from("<HH", message, 1)
                self._spawn(self._indicate(self._connection(conn), handle, message[5:]))
            else:
                name, *arguments = json.loads(message[1:])
                result = await getattr(self, f"_do_{name}")(*arguments)
                return 0, json.dumps(result).encode()
        except OSError as error:
            return error.errno or errno.EIO, b""
        return 0, b""

    def close(self) -> None:
        """The sensor's power has gone."""
        self.controller.shut_down()
        for task in self._tasks:
            task.cancel()

    # what the program may ask for

    async def _do_active(self, on: bool) -> None:
        if on:
            await self.device.power_on()
            return
        await self.device.stop_advertising()
        for connection in list(self._connections.values()):
            await connection.disconnect()

    async def _do_mac(self) -> str:
        return bytes(reversed(bytes(self.device.random_address))).hex()

    async def _do_mtu(self, mtu: int) -> None:
        self.device.gatt_server.max_mtu = mtu

    async def _do_name(self, name: str) -> None:
        self.device.name = bytes.fromhex(name).decode()

    async def _do_advertise(
        self, interval_us: int | None, data: str | None, response: str | None, connectable: bool
    ) -> None:
        if interval_us is None:
            await self.device.stop_advertising()
            return
        kind = AdvertisingType.UNDIRECTED_CONNECTABLE_SCANNABLE
        if not connectable:
            kind = AdvertisingType.UNDIRECTED_SCANNABLE if response else AdvertisingType.UNDIRECTED
        await self.device.start_advertising(
            advertising_type=kind,
            advertising_data=None if data is None else bytes.fromhex(data),
            scan_response_data=None if response is None else bytes.fromhex(response),
            advertising_interval_min=interval_us / 1000,
            advertising_interval_max=interval_us / 1000,
        )

    async def _do_disconnect(self, conn: int) -> bool:
        if conn not in self._connections:
            return False
        self._spawn(self._part(self._connections[conn]))
        return True

    async def _do_register(self, services: list) -> list[list[int]]:
        handles = []
        for uuid, rows in services:
            characteristics, order = [], []
            for row in rows:
                characteristic = self._characteristic(*row)
                characteristics.append(characteristic)
                order += [characteristic, *characteristic.descriptors]
            self.device.add_service(Service(UUID(uuid), characteristics))
            handles.append([attribute.handle for attribute in order])
            self._attributes.update({attribute.handle: attribute for attribute in order})
        return handles

    def _characteristic(self, uuid: str, flags: int, descriptors: list) -> Characteristic:
        more = []
        for its_uuid, its_flags in descriptors:
            descriptor = Descriptor(UUID(its_uuid), _permissions(its_flags))
            descriptor.value = self._value(descriptor)
            more.append(descriptor)
        properties = Characteristic.Properties(flags & 0xFF)
        characteristic = Characteristic(UUID(uuid), properties, _permissions(flags), b"", more)
        characteristic.value = self._value(characteristic)
        return characteristic

    async def _notify(self, conn: int, handle: int, data: bytes) -> None:
        connection = self._connection(conn)
        queue = self.device.host.le_acl_packet_queue
        assert queue is not None
        if queue.pending >= self._pool:
            self.refused += 1
            raise OSError(errno.ENOMEM, "the pool is full")
        self.notified += 1
        server = self.device.gatt_server
        await server.notify_subscriber(connection, self._attributes[handle], data, force=True)

    async def _indicate(self, connection: Connection, handle: int, data: bytes) -> None:
        server = self.device.gatt_server
        try:
            await server.indicate_subscriber(connection, self._attributes[handle], data, force=True)
            status = 0
        except (TimeoutError, ProtocolError):
            status = 13  # BLE_HS_ETIMEOUT
        self._post(b"i", struct.pack("<HHH", connection.handle, handle, status))

    async def _part(self, connection: Connection) -> None:
        with contextlib.suppress(ProtocolError):  # the other side may be quicker
            await connection.disconnect()

    # what the program is told

    def _connected(self, connection: Connection) -> None:
        kind = int(not connection.peer_address.is_public)
        address = bytes(reversed(bytes(connection.peer_address)))
        handle = connection.handle
        told = struct.pack("<HB", handle, kind) + address
        self._connections[handle] = connection

        def gone(_reason: int) -> None:
            self._connections.pop(handle, None)
            self._post(b"d", told)

        def encrypted() -> None:
            bonded = connection.is_encrypted and not connection.authenticated
            flags = (connection.is_encrypted, connection.authenticated, bonded, 16)
            self._post(b"s", struct.pack("<HBBBB", handle, *map(int, flags)))

        connection.on(Connection.EVENT_DISCONNECTION, gone)
        connection.on(Connection.EVENT_CONNECTION_ENCRYPTION_CHANGE, encrypted)
        connection.on(
            Connection.EVENT_CONNECTION_ATT_MTU_UPDATE,
            lambda: self._post(b"m", struct.pack("<HH", handle, connection.att_mtu)),
        )
        self._post(b"c", told)

    def _value(self, attribute: Characteristic | Descriptor) -> AttributeValue:
        """Let the program read and write its own attributes."""

        async def read(connection: Connection) -> bytes:
            if not attribute.permissions & Characteristic.Permissions.READABLE:
                raise ATT_Error(READ_NOT_PERMITTED)  # bumble does not look at permissions
            return await self._tell(b"q", connection, attribute.handle)

        async def write(connection: Connection, data: bytes) -> None:
            if not attribute.permissions & Characteristic.Permissions.WRITEABLE:
                raise ATT_Error(WRITE_NOT_PERMITTED)
            await self._tell(b"w", connection, attribute.handle, bytes(data))

        return AttributeValue(read=read, write=write)

    async def _tell(self, kind: bytes, connection: Connection, handle: int, data=b"") -> bytes:
        assert self.process is not None
        try:
            event = struct.pack("<HH", connection.handle, handle) + data
            status, answer = await self.process.tell(kind, event)
        except ConnectionResetError:
            raise ATT_Error(UNLIKELY) from None
        if status:
            raise ATT_Error(status)
        return answer

    def _post(self, kind: bytes, payload: bytes) -> None:
        assert self.process is not None
        self.process.post(kind, payload)

    def _connection(self, conn: int) -> Connection:
        if conn not in self._connections:
            raise OSError(ENOTCONN, "not connected")
        return self._connections[conn]

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _permissions(flags: int) -> Characteristic.Permissions:
    kinds = Characteristic.Permissions
    pairs = (
        (0x02, kinds.READABLE),
        (0x0C, kinds.WRITEABLE),
        (0x0200, kinds.READ_REQUIRES_ENCRYPTION),
        (0x1000, kinds.WRITE_REQUIRES_ENCRYPTION),
    )
    permissions = kinds(0)
    for flag, permission in pairs:
        if flags & flag:
            permissions |= permission
    return permissions
