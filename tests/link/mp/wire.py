"""The sensor's end of the socket to the rig, and its simulated time.

Time stands while the rest of the rig works; it passes here by what the program does (reading the
clock, a transfer on the bus, a turn of the loop) and by sleeping. What this sensor sends leaves it
at its own time, not earlier: the wire sleeps until the rig has come that far (not while an event
is handled: then the rig waits for us).
"""

import json
import os
import socket
import struct

from micropython import const

_HEAD = "<HBQ"  # length of what follows, kind, time in us
_HEAD_BYTES = const(11)
_AF_UNIX = const(1)
_AHEAD_US = const(50)

GO, REPLY, EVENT = const(0x47), const(0x52), const(0x45)  # from the rig
SLEEP, CALL, ACK = const(0x5A), const(0x43), const(0x41)  # to the rig


class Gone(Exception):
    """The rig closed the socket."""


class Wire:
    """Calls out, events in, and time.

    Parameters
    ----------
    path : str
        The rig's socket.
    ppm : int
        By how much this sensor's crystal is fast.

    Attributes
    ----------
    now_us : int
        True time.
    handlers : dict
        By the kind of an event, a function that takes its payload and returns (status, bytes).
    """

    def __init__(self, path, ppm=0, call_us=2):
        self.now_us = 0
        self.handlers = {}
        self.zero_us = 0
        self._ppm = ppm
        self._call_us = call_us
        self._events = []
        self._busy = False
        self._socket = socket.socket(_AF_UNIX)
        self._socket.connect(struct.pack("<H", _AF_UNIX) + path.encode() + b"\x00")
        self._read()
        self.zero_us = self.now_us

    def ticks_us(self):
        """The crystal's counter, 30 bits wide as the port's."""
        self.now_us += self._call_us
        us = self.now_us - self.zero_us
        return (us + us * self._ppm // 1_000_000) & 0x3FFFFFFF

    def advance(self, us):
        self.now_us += us

    def sleep_until(self, us):
        """Let the rig go on; handle what it tells meanwhile."""
        self._send(SLEEP, b"", max(self.now_us, us))
        while True:
            kind, payload = self._read()
            if kind == EVENT:
                self._events.append(payload)
                self.deliver()
            elif kind == GO:
                return

    def ask(self, name, *args):
        """Ask the rig for something that is rare."""
        reply = self.call(b"j" + json.dumps([name] + list(args)).encode())
        return json.loads(reply)

    def call(self, message):
        """Ask the rig; raises OSError as the real function would."""
        if self.now_us - self._rig_us > _AHEAD_US and not self._busy:
            self.sleep_until(self.now_us)
        self._send(CALL, message)
        while True:
            kind, payload = self._read()
            if kind == REPLY:
                break
            self._events.append(payload)
        self.deliver()
        error = struct.unpack_from("<h", payload)[0]
        if error:
            raise OSError(error)
        return payload[2:]

    def deliver(self):
        """Handle the events that wait, in order; one that comes meanwhile waits its turn."""
        if self._busy:
            return
        self._busy = True
        try:
            while self._events:
                event = self._events.pop(0)
                status, data = self.handlers[event[0]](event[1:])
                self._send(ACK, struct.pack("<h", status) + data)
        finally:
            self._busy = False

    def _send(self, kind, payload, us=0):
        head = struct.pack(_HEAD, len(payload), kind, us or self.now_us)
        try:
            self._socket.write(head + payload)
        except OSError:
            raise Gone

    def _read(self):
        head = self._socket.read(_HEAD_BYTES)
        if not head or len(head) < _HEAD_BYTES:
            raise Gone
        n, kind, self._rig_us = struct.unpack(_HEAD, head)
        self.now_us = max(self.now_us, self._rig_us)
        return kind, self._socket.read(n) if n else b""


wire = Wire(os.getenv("LINK_SOCKET"), int(os.getenv("LINK_PPM") or 0))
