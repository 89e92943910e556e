"""Stands in for the stock `bluetooth` module: a peripheral as NimBLE does it, in one process.

Time is simulated: `air.step(now_us)` lets connection events happen. What the stack takes waits in a
bounded pool until the connection's next event; a full pool is ENOMEM. A notification longer than
the MTU allows is cut without a word. As in NimBLE:

- an exception in the IRQ handler ends the handler;
- a connection ends advertising, also one that said it was not connectable;
- the write buffer of a characteristic is one for all centrals; the data of an IRQ is reused.
"""

import binascii
import errno

FLAG_READ, FLAG_WRITE_NO_RESPONSE, FLAG_WRITE, FLAG_NOTIFY, FLAG_INDICATE = 2, 4, 8, 16, 32


class UUID:
    def __init__(self, value):
        if isinstance(value, int):
            self._bytes = bytes((value & 255, value >> 8))
        else:
            self._bytes = bytes(reversed(binascii.unhexlify(value.replace("-", ""))))
            assert len(self._bytes) == 16, value

    def __iter__(self):
        return iter(self._bytes)

    def __len__(self):
        return len(self._bytes)

    def __eq__(self, other):
        return self._bytes == other._bytes

    def __hash__(self):
        return hash(self._bytes)


class Value:
    def __init__(self, uuid, flags):
        self.uuid = uuid
        self.flags = flags
        self.data = b""
        self.room = 20
        self.append = False


class Central:
    """One connection, as the air sees it."""

    def __init__(self, conn, interval_us, per_event, phase_us):
        self.conn = conn
        self.interval_us = interval_us
        self.per_event = per_event
        self.next_us = phase_us
        self.mtu = 23
        self.waiting = []
        self.received = []  # (time_us, handle, data)
        self.frozen = False  # out of reach, but the stack does not know yet

    def texts(self, handle):
        return b"".join(data for _, h, data in self.received if h == handle)


class Air:
    """What the test does to the stack."""

    def __init__(self):
        self.reset()

    def reset(self, pool=12, pairing=True):
        self.now_us = 0
        self.pool = pool
        self.pairing = pairing
        self.fails = False  # the controller does not start
        self.centrals = {}
        self.values = {}
        self.advertising = None  # (interval_us, data, response, connectable)
        self.handler = None
        self.config = {}
        self.enomem = 0
        self.deepest = 0
        BLE._active = False

    def irq(self, event, *data):
        if self.handler is None:
            return None
        try:
            return self.handler(event, Reused(data))
        except Exception as error:
            self.handler = None
            raise AssertionError("the IRQ handler raised %r: NimBLE would end it" % error)

    def connect(self, conn, interval_us=30_000, per_event=6, phase_us=0, mtu=247):
        assert self.advertising is not None, "nothing is advertised"
        self.advertising = None
        self.centrals[conn] = Central(conn, interval_us, per_event, self.now_us + phase_us)
        self.irq(1, conn, 0, b"\1\2\3\4\5\6")
        if mtu:
            self.centrals[conn].mtu = min(mtu, self.config["mtu"])
            self.irq(21, conn, self.centrals[conn].mtu)
        return self.centrals[conn]

    def disconnect(self, conn):
        del self.centrals[conn]
        self.irq(2, conn, 0, b"\1\2\3\4\5\6")

    def write(self, conn, handle, data):
        value = self.values[handle]
        assert value.flags & (FLAG_WRITE | FLAG_WRITE_NO_RESPONSE)
        value.data = ((value.data if value.append else b"") + data)[: value.room]
        self.irq(3, conn, handle)

    def queued(self):
        return sum(len(central.waiting) for central in self.centrals.values())

    def step(self, now_us):
        self.now_us = now_us
        for central in self.centrals.values():
            while central.next_us <= now_us:
                if not central.frozen:
                    for handle, data in central.waiting[: central.per_event]:
                        central.received.append((central.next_us, handle, data))
                    del central.waiting[: central.per_event]
                central.next_us += central.interval_us


class Reused:
    """The data of an IRQ: gone after the handler has returned."""

    def __init__(self, data):
        self._data = data

    def __getitem__(self, i):
        return self._data[i]


class BLE:
    _active = False

    def active(self, on=None):
        if on is not None:
            if on and air.fails:
                raise OSError(errno.ENODEV)
            BLE._active = on
        return BLE._active

    def irq(self, handler):
        air.handler = handler

    def config(self, *names, **values):
        if names:
            return air.config[names[0]]
        for key, value in values.items():
            pairing = key in ("bond", "mitm", "le_secure", "io")
            if key not in ("gap_name", "mtu", "rxbuf", "addr_mode") and not (
                pairing and air.pairing
            ):
                raise ValueError("unknown config param")
            air.config[key] = value
        return None

    def gap_advertise(self, interval_us, adv_data=None, *, resp_data=None, connectable=True):
        _need(BLE._active, errno.ENODEV)
        air.advertising = None
        if interval_us is None:
            return
        for data in (adv_data, resp_data):
            _need(data is None or len(data) <= 31, errno.EINVAL)
        air.advertising = (interval_us, bytes(adv_data), bytes(resp_data), connectable)

    def gap_disconnect(self, conn):
        if conn not in air.centrals:
            return False
        air.disconnect(conn)
        return True

    def gatts_register_services(self, services):
        _need(BLE._active, errno.ENODEV)
        handles = []
        number = 16
        for _uuid, characteristics in services:
            of_service = []
            for characteristic in characteristics:
                number += 3
                air.values[number] = Value(characteristic[0], characteristic[1])
                of_service.append(number)
            handles.append(tuple(of_service))
        return tuple(handles)

    def gatts_read(self, handle):
        value = air.values[handle]
        data = value.data
        if value.append:
            value.data = b""
        return data

    def gatts_write(self, handle, data, send_update=False):
        _need(BLE._active, errno.ENODEV)
        value = air.values[handle]
        value.data = bytes(data)
        value.room = max(value.room, len(data))
        return len(data)

    def gatts_set_buffer(self, handle, room, append=False):
        value = air.values[handle]
        value.room, value.append, value.data = room, append, b""

    def gatts_notify(self, conn, handle, data=None):
        _need(BLE._active, errno.ENODEV)
        _need(conn in air.centrals, errno.ENOTCONN)
        if air.queued() >= air.pool:
            air.enomem += 1
            raise OSError(errno.ENOMEM)
        central = air.centrals[conn]
        data = bytes(air.values[handle].data if data is None else data)
        central.waiting.append((handle, data[: central.mtu - 3]))
        air.deepest = max(air.deepest, air.queued())


air = Air()


def _need(true, code):
    if not true:
        raise OSError(code)
