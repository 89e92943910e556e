"""Stand-in of MicroPython's `bluetooth` for the unix port: the peripheral role, on bumble's radio.

The stack itself is in the rig (bridge.py), at the other end of `wire`. What a program sees is what
stock NimBLE on an ESP32 shows (docs.micropython.org, extmod/modbluetooth.c, extmod/nimble), except:

- IRQs come from within calls and while the program sleeps, not between any two bytecodes.
- IRQs 29 and 30 (secrets) never come: bumble keeps the keys; so no passkey (31) either.
- A read of the attribute by the stack itself, as for ``gatts_notify`` without data to several, or
  ``gatts_write(.., True)``, raises one _IRQ_GATTS_READ_REQUEST fewer than NimBLE does.
- An advertisement that is too long is refused with EINVAL; NimBLE says so by another number.
- ENOTCONN is Linux's 107 (128 on the ESP32); notifying without a connection always raises it.
- The pool holds so many notifications, whatever their length; NimBLE counts blocks of 292 bytes,
  and receiving takes from the same pool.
- `gap_disconnect` is done when it returns; NimBLE's event comes a connection event later.
- Attributes are as long as they are written; NimBLE refuses locally what exceeds its 512 bytes.
- Central role, L2CAP channels, `gap_passkey` and whitelist do not exist.
"""

import errno
import struct
from binascii import hexlify, unhexlify

from micropython import const
from wire import wire

FLAG_READ = const(0x02)
FLAG_WRITE_NO_RESPONSE = const(0x04)
FLAG_WRITE = const(0x08)
FLAG_NOTIFY = const(0x10)
FLAG_INDICATE = const(0x20)

_IRQ_CENTRAL_CONNECT = const(1)
_IRQ_CENTRAL_DISCONNECT = const(2)
_IRQ_GATTS_WRITE = const(3)
_IRQ_GATTS_READ_REQUEST = const(4)
_IRQ_GATTS_INDICATE_DONE = const(20)
_IRQ_MTU_EXCHANGED = const(21)
_IRQ_CONNECTION_UPDATE = const(27)
_IRQ_ENCRYPTION_UPDATE = const(28)

_ADVERT_BYTES = const(31)
_DEFAULT_BUFFER = const(20)
_CALL_US = const(150)  # what a notification takes of the processor
_PARAMETERS = ("mac", "addr_mode", "gap_name", "rxbuf", "mtu", "bond", "mitm", "io", "le_secure")


class UUID:
    """16 or 128 bits; `bytes(uuid)` is in the order of the air, last byte first."""

    def __init__(self, value):
        if isinstance(value, int):
            self._bytes = struct.pack("<H", value)
        elif isinstance(value, str):
            digits = unhexlify(value.replace("-", ""))
            if len(digits) != 16:
                raise ValueError("invalid UUID")
            self._bytes = bytes(reversed(digits))
        else:
            self._bytes = bytes(value)

    def __iter__(self):
        return iter(self._bytes)

    def __len__(self):
        return len(self._bytes)

    def __eq__(self, other):
        return isinstance(other, UUID) and self._bytes == other._bytes

    def __hash__(self):
        return hash(self._bytes)

    def __repr__(self):
        return "UUID(%s)" % self.hex()

    def hex(self):
        return hexlify(bytes(reversed(self._bytes))).decode()


class _Attribute:
    def __init__(self):
        self.data = b""
        self.size = _DEFAULT_BUFFER
        self.append = False


class BLE:
    """The one Bluetooth of this sensor."""

    _only = None

    def __new__(cls):
        if cls._only is None:
            cls._only = object.__new__(cls)
            cls._only._begin()
        return cls._only

    def _begin(self):
        self._irq = None
        self._active = False
        self._attributes = {}
        self._config = {"gap_name": b"MPY", "mtu": 256, "rxbuf": 256, "addr_mode": 0}
        for kind, handler in (
            (b"c", self._connected),
            (b"d", self._disconnected),
            (b"w", self._written),
            (b"q", self._wanted),
            (b"i", self._indicated),
            (b"m", self._mtu),
            (b"u", self._updated),
            (b"s", self._encrypted),
        ):
            wire.handlers[kind[0]] = handler

    # what the program may call

    def active(self, active=None):
        if active is not None and bool(active) != self._active:
            wire.ask("active", bool(active))
            self._active = bool(active)
            self._attributes = {}
        return self._active

    def irq(self, handler):
        self._irq = handler

    def config(self, *names, **values):
        if names:
            if names[0] not in _PARAMETERS:
                raise ValueError("unknown config param")
            if names[0] == "mac":
                return 1, unhexlify(wire.ask("mac"))
            return self._config.get(names[0])
        for name in values:
            if name not in _PARAMETERS or name == "mac":
                raise ValueError("unknown config param")
        for name, value in values.items():
            if name == "gap_name" and isinstance(value, str):
                value = value.encode()
            self._config[name] = value
            if name == "mtu":
                wire.ask("mtu", value)
            elif name == "gap_name":
                wire.ask("name", hexlify(value).decode())
        return None

    def gap_advertise(self, interval_us, adv_data=None, *, resp_data=None, connectable=True):
        self._check()
        if interval_us is None:
            wire.ask("advertise", None, None, None, False)
            return
        for data in (adv_data, resp_data):
            if data is not None and len(data) > _ADVERT_BYTES:
                raise OSError(errno.EINVAL)
        wire.ask("advertise", interval_us, _hex(adv_data), _hex(resp_data), bool(connectable))

    def gap_disconnect(self, conn):
        self._check()
        return wire.ask("disconnect", conn)

    def gatts_register_services(self, services):
        self._check()
        told = []
        for uuid, characteristics in services:
            rows = []
            for characteristic in characteristics:
                descriptors = characteristic[2] if len(characteristic) > 2 else ()
                more = [[one[0].hex(), one[1]] for one in descriptors]
                rows.append([characteristic[0].hex(), characteristic[1], more])
            told.append([uuid.hex(), rows])
        handles = wire.ask("register", told)
        for service in handles:
            for handle in service:
                self._attributes[handle] = _Attribute()
        return tuple([tuple(service) for service in handles])

    def gatts_set_buffer(self, handle, size, append=False):
        attribute = self._attribute(handle)
        attribute.size = size
        attribute.append = append
        attribute.data = b""

    def gatts_read(self, handle):
        attribute = self._attribute(handle)
        data = attribute.data
        if attribute.append:
            attribute.data = b""
        return data

    def gatts_write(self, handle, data, send_update=False):
        attribute = self._attribute(handle)
        attribute.data = _bytes(data)
        attribute.size = max(attribute.size, len(attribute.data))
        if send_update:
            wire.call(b"u" + struct.pack("<H", handle) + attribute.data)
        return len(attribute.data)

    def gatts_notify(self, conn, handle, data=None):
        self._send(b"n", conn, handle, data)

    def gatts_indicate(self, conn, handle, data=None):
        self._send(b"i", conn, handle, data)

    # what the radio tells

    def _send(self, kind, conn, handle, data):
        self._check()
        attribute = self._attribute(handle)
        if data is None:
            self._fire(_IRQ_GATTS_READ_REQUEST, (conn, handle))
            data = attribute.data
        wire.advance(_CALL_US)
        wire.call(kind + struct.pack("<HH", conn, handle) + _bytes(data))

    def _fire(self, event, data):
        return self._irq(event, data) if self._irq else None

    def _connected(self, event):
        conn, kind = struct.unpack_from("<HB", event)
        self._fire(_IRQ_CENTRAL_CONNECT, (conn, kind, memoryview(event)[3:]))
        return 0, b""

    def _disconnected(self, event):
        conn, kind = struct.unpack_from("<HB", event)
        self._fire(_IRQ_CENTRAL_DISCONNECT, (conn, kind, memoryview(event)[3:]))
        return 0, b""

    def _written(self, event):
        conn, handle = struct.unpack_from("<HH", event)
        attribute = self._attributes[handle]
        data = event[4:]
        if attribute.append:
            data = attribute.data + data
        attribute.data = data[: attribute.size]
        self._fire(_IRQ_GATTS_WRITE, (conn, handle))
        return 0, b""

    def _wanted(self, event):
        conn, handle = struct.unpack_from("<HH", event)
        status = self._fire(_IRQ_GATTS_READ_REQUEST, (conn, handle)) or 0
        return status, b"" if status else self.gatts_read(handle)

    def _indicated(self, event):
        self._fire(_IRQ_GATTS_INDICATE_DONE, struct.unpack("<HHH", event))
        return 0, b""

    def _mtu(self, event):
        self._fire(_IRQ_MTU_EXCHANGED, struct.unpack("<HH", event))
        return 0, b""

    def _updated(self, event):
        self._fire(_IRQ_CONNECTION_UPDATE, struct.unpack("<HHHHH", event))
        return 0, b""

    def _encrypted(self, event):
        conn, encrypted, authenticated, bonded, size = struct.unpack("<HBBBB", event)
        told = (conn, bool(encrypted), bool(authenticated), bool(bonded), size)
        self._fire(_IRQ_ENCRYPTION_UPDATE, told)
        return 0, b""

    def _check(self):
        if not self._active:
            raise OSError(errno.ENODEV)

    def _attribute(self, handle):
        self._check()
        if handle not in self._attributes:
            raise OSError(errno.EINVAL)
        return self._attributes[handle]


def _bytes(data):
    return data.encode() if isinstance(data, str) else bytes(data)


def _hex(data):
    return None if data is None else hexlify(_bytes(data)).decode()
