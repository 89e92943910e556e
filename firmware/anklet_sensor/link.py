"""What every link does alike: lines of control in, replies out, what the other side has proved."""

from micropython import const

from anklet_sensor.auth import Session
from anklet_sensor.messages import MAX_LINE, close_seal

_PREFIX = const(3)  # of a line over USB
_MESSAGES = const(16)
_REPLIES = const(4)
_HEARD = const(6)  # with them a reply still is one notification at the least MTU
STAMP = "%16d"
"""Where a late time goes: blanks before a number are JSON."""


class Link:
    """One way to the desktop.

    Parameters
    ----------
    clock : clock.Clock

    Attributes
    ----------
    connected : bool
    session : auth.Session
        New at each connection.
    max_packet : int
        Bytes that fit in one piece.
    echoes : list of [x, arrival_us]
        Quiet echoes that no reply has told of yet.
    """

    name = ""
    trusted = False

    def __init__(self, clock) -> None:
        self.connected = False
        self.max_packet = 0
        self._clock = clock
        self._line = bytearray(MAX_LINE + _PREFIX)
        self._messages = []
        self._replies = []
        self._begin()

    @property
    def waiting(self) -> bool:
        """Whether replies have not been handed over yet."""
        return bool(self._replies)

    def next_message(self):
        """Return (line, arrival_us) or None; the line is None when it was too long.

        While replies wait for the other side to read, no message is given out.
        """
        if self._messages and len(self._replies) < _REPLIES:
            return self._messages.pop(0)
        return None

    def reply(self, line: bytearray, stamp_at: int = -1) -> None:
        """Queue a line, with its newline, that goes before data.

        `stamp_at` is where the time of sending, 16 characters in us, is put in as it goes.
        """
        if self.connected:
            self._replies.append((line, stamp_at))

    def took(self, took_us: int) -> None:
        """Learn how long the desktop's last request took to be answered."""

    def hear(self, x: int, arrival_us: int) -> None:
        """Remember when a quiet echo came; of too many the oldest is forgotten."""
        self.echoes.append([x, arrival_us])
        del self.echoes[:-_HEARD]

    def forget(self) -> None:
        """Forget the keys of other devices, as after a reset by the button."""

    def _begin(self) -> None:
        self.session = Session(self.trusted)
        self.echoes = []
        self._messages.clear()
        self._replies.clear()
        self._drop_line()

    def _drop_line(self) -> None:
        self._n = 0
        self._too_long = False

    def _take(self, data, n: int, arrival_us: int) -> None:
        # bytes as they come: parts of lines, or several
        start = 0
        while start < n:
            end = data.find(b"\n", start, n)
            stop = n if end < 0 else end
            self._collect(data, start, stop)
            if end >= 0:
                self._finish(arrival_us)
            start = stop + 1

    def _collect(self, data, start: int, stop: int) -> None:
        fits = min(stop - start, len(self._line) - self._n)
        self._line[self._n : self._n + fits] = data[start : start + fits]
        self._n += fits
        self._too_long |= fits < stop - start

    def _finish(self, arrival_us: int) -> None:
        line = self._control_of(bytes(memoryview(self._line)[: self._n]).strip())
        if line is not None and (self._too_long or len(line) > MAX_LINE):
            self._put(None, arrival_us)
        elif line:
            self._put(line, arrival_us)
        self._drop_line()

    def _control_of(self, line: bytes) -> bytes | None:
        # the control message in a line, None: there is none
        return line

    def _put(self, line, arrival_us: int) -> None:
        if len(self._messages) < _MESSAGES:
            self._messages.append((line, arrival_us))
        else:  # never silently: the last place is for the error
            self._messages[-1] = (None, arrival_us)

    def _reply_line(self):
        # the reply to hand over now, its time and its CRC put in
        line, stamp_at = self._replies[0]
        if stamp_at >= 0:
            stamp = (STAMP % self._clock.now_us()).encode()
            line[stamp_at : stamp_at + len(stamp)] = stamp
        close_seal(line)
        return line
