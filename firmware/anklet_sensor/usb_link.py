"""The link over USB: text lines among whatever else is on the console.

A stock ESP32 says that its console can always be written, and blocks for half a second when a host
has the port open but does not read (shared/tinyusb/mp_usbd_cdc.c): a write that took long is
followed by silence. Pieces whose size divides the USB buffers keep it at one such wait.
"""

import binascii
import select
import sys

from micropython import const

from anklet_sensor.link import Link
from anklet_sensor.messages import MAX_LINE
from anklet_sensor.packets import MAX_BYTES

_TICKS = const(0x3FFFFFFF)
_PIECE = const(32)
_PIECES_A_POLL = const(16)
_POLL_US = const(3000)
_CHARS_A_POLL = const(128)
_SLOW_US = const(50_000)
_QUIET_US = const(1_000_000)
_QUIET_MOST_US = const(32_000_000)
_GONE_US = const(30_000_000)


class UsbLink(Link):
    """Packets as ``#P base64``, control as ``#C json``; other lines are not for us.

    The host counts as connected from its first message until 30 s after its last.

    Parameters
    ----------
    device : app.App
    stdin, stdout : stream, optional
        Binary; those of the console when not given.
    """

    name = "usb"
    trusted = True

    def __init__(self, device, stdin=None, stdout=None) -> None:
        super().__init__(device.clock)
        self.max_packet = MAX_BYTES
        self._device = device
        self._in = stdin or sys.stdin.buffer
        self._out = stdout or sys.stdout.buffer
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(stdin or sys.stdin, select.POLLIN)
        self._writable.register(stdout or sys.stdout, select.POLLOUT)
        self._char = bytearray(1)
        self._chars = bytearray(_CHARS_A_POLL)
        self._buf = bytearray(MAX_LINE + _PIECE + 4)
        self._length = self._done = 0  # of the line that is being written
        self._quiet_us = 0  # not written for so long, since _slow_at
        self._slow_at = 0
        self._heard_us = 0

    def poll(self) -> None:
        """Read what came and write what waits, for a few ms at most."""
        if self.connected and self._clock.now_us() - self._heard_us > _GONE_US:
            self.drop("silent")
        self._read()
        while self._flush() and self._replies:
            line = self._reply_line()
            self._replies.pop(0)
            self._put_line(b"#C ", line, len(line) - 1)

    def send(self, buf, n: int) -> bool:
        """Take a packet; False: later."""
        if not self.connected or not self._device.settings.values["usb_data"]:
            return False
        if self._replies or self._length:
            return False
        line = binascii.b2a_base64(memoryview(buf)[:n])  # pyright: ignore[reportArgumentType]
        self._put_line(b"#P ", line, len(line) - 1)
        self._flush()
        return True

    def drop(self, _why: str) -> None:
        """End the session; the next message begins one."""
        self.connected = False
        self._begin()

    def tell(self, _device) -> None:
        """Nothing is announced over USB."""

    def _read(self) -> None:
        # one by one: reading more than there is would block
        n, char = 0, self._char
        while n < _CHARS_A_POLL and _ready(self._readable, select.POLLIN):
            if not self._in.readinto(char):
                break
            self._chars[n] = char[0]
            n += 1
            if char[0] == 0x0A:
                break
        if n:
            self._take(self._chars, n, self._clock.now_us())

    def _control_of(self, line: bytes) -> bytes | None:
        return line[3:] if line.startswith(b"#C ") else None

    def _put(self, line, arrival_us: int) -> None:
        self.connected = True
        self._heard_us = arrival_us
        self._quiet_us = min(self._quiet_us, _QUIET_US)
        super()._put(line, arrival_us)

    def _put_line(self, prefix: bytes, text, n: int) -> None:
        length = 3 + n
        self._buf[:3] = prefix
        self._buf[3:length] = memoryview(text)[:n]
        while (length + 1) % _PIECE:
            self._buf[length] = 0x20
            length += 1
        self._buf[length] = 0x0A
        self._length = length + 1
        self._done = 0

    def _flush(self) -> bool:
        # True: nothing is left of the line that was being written
        ticks_us = self._clock.ticks_us
        began = ticks_us()
        if self._quiet_us and (began - self._slow_at) & _TICKS < self._quiet_us:
            return False
        for _ in range(_PIECES_A_POLL):
            if self._done >= self._length:
                self._length = 0
                return True
            if not _ready(self._writable, select.POLLOUT):
                return False
            written = self._write_piece()
            took_us = (ticks_us() - began) & _TICKS
            if took_us > _SLOW_US:
                self._slow_at = ticks_us()
                self._quiet_us = min(max(2 * self._quiet_us, _QUIET_US), _QUIET_MOST_US)
            elif written:
                self._quiet_us = 0
            if took_us > _POLL_US or not written:
                return False
        return False

    def _write_piece(self) -> int:
        stop = min(self._done + _PIECE - self._done % _PIECE, self._length)
        written = self._out.write(memoryview(self._buf)[self._done : stop]) or 0
        self._done += written
        return written


def _ready(poll, kind: int) -> bool:
    for _, event in poll.ipoll(0):
        return bool(event & kind)
    return False
