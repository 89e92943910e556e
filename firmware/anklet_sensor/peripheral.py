"""The link over Bluetooth LE, directly on the stock `bluetooth` module: docs/protocol.md."""

import errno
import json

from micropython import const

from anklet_sensor import advert
from anklet_sensor.bonds import Bonds
from anklet_sensor.link import Link
from anklet_sensor.pace import Pace

_PREFERRED_MTU = const(247)
_IRQ_CENTRAL_CONNECT = const(1)
_IRQ_CENTRAL_DISCONNECT = const(2)
_IRQ_GATTS_WRITE = const(3)
_IRQ_MTU_EXCHANGED = const(21)
_IRQ_GET_SECRET = const(29)
_IRQ_SET_SECRET = const(30)

_NO_INPUT_OUTPUT = const(3)
_ATT_HEADER = const(3)
_FIRST_MTU = const(23)
_TICKS = const(0x3FFFFFFF)
_WRITES = const(56)
_EVENTS = const(64)
_GRACE_US = const(2_000_000)
_PARTING_US = const(1_000_000)
_STRANGER_US = const(60_000_000)  # time to find the sensor and hold its button
_LEAST_PARTING_US = const(300_000)
_SEARCH_US = const(211_250)  # intervals that Apple's accessory guidelines recommend
_TAKEN_US = const(1_022_500)
_BUSY = b'{"event":"busy"}\n'  # 17 bytes: one piece at the smallest MTU


class Peripheral(Link):
    """One central at a time; others are told `busy` and disconnected.

    Parameters
    ----------
    ble : bluetooth.BLE
    device : app.App
    bonds : str
        File of pairing keys.
    """

    name = "ble"

    def __init__(self, ble, device, bonds: str = "/anklet/bonds.txt") -> None:
        super().__init__(device.clock)
        self._ble = ble
        self._device = device
        self._ticks_us = device.clock.ticks_us
        self._conn = -1
        self._others = []  # [connection, connected at, to be told]
        self._events = []
        self._missed = False
        self._lost_track = False
        self._since = 0
        self._said = 0
        self._parting_at = -1
        self._seen = None  # what is advertised, and to how many others it was
        self._status = None
        self._pace = Pace(self._ticks_us)
        self._bonds = Bonds(bonds, device.log)
        self._started = False
        try:
            self._start()
        except OSError as error:
            device.log.fault("ble", "Bluetooth does not start (%r): use USB" % error)

    # what happens, in the order in which it happened

    def _irq(self, event: int, data):
        # An error that leaves this handler would end all of Bluetooth.
        try:
            if event == _IRQ_GATTS_WRITE:
                self._note_write(data[0], data[1])
            elif event in (_IRQ_CENTRAL_CONNECT, _IRQ_CENTRAL_DISCONNECT, _IRQ_MTU_EXCHANGED):
                if len(self._events) < _EVENTS:
                    self._events.append((event, data[0], data[1], self._ticks_us()))
                else:
                    self._lost_track = True
            elif event == _IRQ_GET_SECRET:
                return self._bonds.get(data[0], data[1], data[2])
            elif event == _IRQ_SET_SECRET:
                return self._bonds.put(data[0], data[1], data[2])
        except (MemoryError, OSError):
            self._missed = True
            self._lost_track = event != _IRQ_GATTS_WRITE
        return None

    def _note_write(self, conn: int, handle: int) -> None:
        ticks = self._ticks_us()
        # at once: the stack's buffer is one for all centrals
        data = self._ble.gatts_read(handle)
        for other in self._others:
            if other[0] == conn:
                other[2] = True
                return
        if len(self._events) < _WRITES:
            self._events.append((_IRQ_GATTS_WRITE, conn, data, ticks))
        else:
            self._missed = True

    def poll(self) -> None:
        """Handle what happened and send what waits."""
        if self._lost_track:
            self._start_over()
        while self._events:
            event, conn, what, ticks = self._events.pop(0)
            if event == _IRQ_GATTS_WRITE:
                self._written(conn, what, ticks)
            elif event == _IRQ_CENTRAL_CONNECT:
                self._arrived(conn, ticks)
            elif event == _IRQ_CENTRAL_DISCONNECT:
                self._left(conn)
            elif conn == self._conn:
                self.max_packet = what - _ATT_HEADER
        if self._missed:
            self._missed = False
            self._too_long = True  # of the line that has a hole now
        self._say()
        self._revoke()
        self._turn_away()
        self._part()
        self._bonds.save()

    def _start_over(self) -> None:
        # who is connected is not known any more: nobody shall be
        self._lost_track = False
        self._events.clear()
        for conn in [other[0] for other in self._others] + [self._conn]:
            if conn >= 0:
                self._disconnect(conn)
                self._left(conn)

    def _revoke(self) -> None:
        # a stranger must not keep the owner out
        known = not self.connected or self.session.authorized or self._device.button.held
        if not known and (self._ticks_us() - self._since) & _TICKS > _STRANGER_US:
            self.drop("auth")

    def _arrived(self, conn: int, ticks: int) -> None:
        if self._conn >= 0:
            self._others.append([conn, ticks, True])
        else:
            self._conn = conn
            self._since = ticks
            self.connected = True
            self.max_packet = _FIRST_MTU - _ATT_HEADER
            self._parting_at = -1
            self._said = 0
            self._begin()
            self._pace.begin()
        self._advertise()

    def _left(self, conn: int) -> None:
        self._others = [other for other in self._others if other[0] != conn]
        if conn == self._conn:
            self._conn = -1
            self.connected = False
            self._begin()
        self._advertise()

    def _written(self, conn: int, data: bytes, ticks: int) -> None:
        if conn == self._conn:
            self._take(data, len(data), self._clock.at_us(ticks))

    # what goes out

    def send(self, buf, n: int) -> bool:
        """Take a packet; False: later."""
        if not self.connected or n > self.max_packet or self._replies or self._parting_at >= 0:
            return False
        return self._pace.ready() and self._notify(self._data, memoryview(buf)[:n])

    def took(self, took_us: int) -> None:
        """Find the pace that leaves replies quick."""
        self._pace.told(took_us)

    def drop(self, _why: str) -> None:
        """Disconnect the central once what waits for it has gone."""
        if self.connected and self._parting_at < 0:
            self._parting_at = self._ticks_us()

    def _say(self) -> None:
        while self._replies and self.connected:
            line = self._reply_line() if not self._said else self._replies[0][0]
            piece = memoryview(line)[self._said : self._said + self.max_packet]
            if not self._notify(self._control, piece):
                return
            self._said += len(piece)
            if self._said >= len(line):
                self._said = 0
                self._replies.pop(0)
                self._pace.replied()

    def _notify(self, handle: int, data) -> bool:
        try:
            self._ble.gatts_notify(self._conn, handle, data)
        except OSError as error:
            if error.errno in (errno.ENOMEM, errno.EAGAIN):
                self._pace.full()
            else:
                self._disconnect(self._conn)  # it is gone, only not said so yet
            return False
        self._pace.taken()
        return True

    def _disconnect(self, conn: int) -> None:
        try:
            if self._ble.gap_disconnect(conn):
                return
        except OSError:
            return  # on its way already: the event follows
        self._left(conn)

    def _turn_away(self) -> None:
        for other in self._others:
            if other[2]:
                other[2] = False
                try:
                    self._ble.gatts_notify(other[0], self._control, _BUSY)
                except OSError:
                    other[2] = True
            if (self._ticks_us() - other[1]) & _TICKS > _GRACE_US:
                other[1] = self._ticks_us()
                self._disconnect(other[0])
                return

    def _part(self) -> None:
        if self._parting_at < 0 or not self.connected:
            return
        # what the stack has taken goes out before: it does not say when
        parting_us = (self._ticks_us() - self._parting_at) & _TICKS
        if parting_us > (_PARTING_US if self._replies else _LEAST_PARTING_US):
            self._disconnect(self._conn)
            self._replies.clear()

    # what everybody can see

    def tell(self, _device) -> None:
        """Bring advertisement, status and battery up to date."""
        self._advertise()

    def forget(self) -> None:
        """Forget the keys of other devices."""
        self._bonds.clear()

    def _start(self) -> None:
        ble, device = self._ble, self._device
        ble.irq(self._irq)
        ble.active(True)
        ble.config(mtu=_PREFERRED_MTU)
        try:  # an extra: nothing relies on it, and not every build has it
            ble.config(bond=True, le_secure=True, mitm=False, io=_NO_INPUT_OUTPUT)
        except (ValueError, OSError):
            pass
        own, information, battery = ble.gatts_register_services(advert.services())
        self._data, self._control, self._status_at = own
        self._battery_at = battery[0]
        ble.gatts_set_buffer(self._control, 512, True)
        for handle, text in zip(information, advert.information(device)):
            ble.gatts_write(handle, text.encode())
        self._started = True
        self._advertise()

    def _advertise(self) -> None:
        if not self._started:
            return
        device, taken = self._device, self.connected
        name = advert.name(device)
        # a new connection ends the advertising: then even the same must be said again
        seen = (advert.advertisement(device, taken), name, self._conn, len(self._others))
        try:
            if self._seen != seen:
                self._ble.config(gap_name=name)
                self._ble.gap_advertise(
                    _TAKEN_US if taken else _SEARCH_US,
                    seen[0],
                    resp_data=bytes((len(name) + 1, 0x09)) + name,
                    connectable=not taken,
                )
                self._seen = seen
            self._publish(advert.public_status(device, taken), device.battery.percent)
            device.log.clear("ble")
        except OSError as error:
            self._seen = None
            device.log.fault("ble", "the sensor cannot be seen over Bluetooth (%r)" % error)

    def _publish(self, status: dict, battery) -> None:
        if self._status != status:
            text = json.dumps(status, separators=(",", ":")).encode()
            self._ble.gatts_write(self._status_at, text, True)
            self._ble.gatts_write(self._battery_at, bytes((battery or 0,)), True)
            self._status = status
