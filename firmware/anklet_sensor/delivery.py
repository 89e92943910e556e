"""Where each packet waits, and which is sent next.

Every packet goes into the ring. It goes on to flash when the ring is half full of packets that the
desktop has not acknowledged, and always when recording untethered. When both are full the new
packet is refused: what is held and not acknowledged is never given up.
"""

from micropython import const

from anklet_sensor.acks import merged
from anklet_sensor.errors import Fault
from anklet_sensor.packets import seq_of, stream_of

_SPILL_A_STEP = const(4)
_MAX_RESENDS = const(16)
_SEQ_END = const(0x100000000)


class Delivery:
    """The packets that wait for the desktop, in RAM and in flash.

    Parameters
    ----------
    ring : ring.Ring
    journal : journal.Journal
    log : log.Log
    feed : callable
        Feeds the watchdog.

    Attributes
    ----------
    untethered, alone : bool
        Every packet goes to flash: it is a set without a computer; nobody listens.
    refused : int
        Packets that found no room since the start of the sensor.
    """

    def __init__(self, ring, journal, log, feed=lambda: None) -> None:
        self.untethered = False
        self.alone = False
        self.refused = 0
        self._full = False
        self._ring = ring
        self._journal = journal
        self._log = log
        self._feed = feed
        self._written = 0  # ring packets before this number are written to flash, or need not be
        self._stream = None  # of the newest packet, and the seq that comes after it
        self._next_seq = 0
        self._live_stream = None
        self._live_seq = 0
        self._resends = []  # [stream, first, last, next to send]
        self._sent = []
        self._peeked = None  # [stream, seq, resend or None] of what `peek` gave

    # packets coming in

    def put(self, buf, n: int) -> bool:
        """Keep a packet; False: there is no room for it (fault "memory_full")."""
        self._stream, self._next_seq = stream_of(buf), seq_of(buf) + 1
        if self._ring.put(buf, n):
            if self._full:
                self._full = False
                self._log.clear("memory_full")
            return True
        while self._written < self._ring.head:
            moved = self._spill(_SPILL_A_STEP)
            if self._flush() and self._ring.put(buf, n):
                return True
            if not moved:
                break
        self.refused += 1
        self._full = True
        self._log.fault("memory_full", "RAM and flash are full: fetch the data with the desktop")
        return False

    def step(self) -> None:
        """Move packets to flash as needed: a few at a time."""
        ring = self._ring
        if self.untethered or self.alone or ring.needed_bytes() > ring.capacity // 2:
            self._spill(_SPILL_A_STEP)
        if self._journal.due():
            self._flush()

    def flush(self) -> bool:
        """Make safe now what belongs in flash; False: it could not be."""
        done = not (self.untethered or self.alone) or self._spill_all()
        return self._flush() and done

    def close(self) -> bool:
        """Bring every packet that is not acknowledged to flash, as before power goes."""
        done = self._spill_all()
        done = self._flush() and done
        return self._journal.close() and done

    # packets going out

    @property
    def live_stream(self):
        """The stream that is sent as it is made, None: none."""
        return self._live_stream

    @property
    def resending(self) -> bool:
        """Whether packets that were asked for wait to be sent."""
        return bool(self._resends)

    def live(self, stream, seq=None) -> int:
        """Send a stream from seq on, else from its newest packet; None: none; return the seq."""
        if seq is None:
            seq = max(0, self._next_seq - 1) if stream == self._stream else 0
        self._live_stream = stream
        self._live_seq = seq
        return seq

    def peek(self, out) -> int:
        """Copy the packet to send next, live ones first; return its length, 0: there is none."""
        n = self._peek(self._live_stream, self._live_seq, _SEQ_END, out, None)
        while not n and self._resends:
            resend = self._resends[0]
            n = self._peek(resend[0], resend[3], resend[2], out, resend)
            if not n:
                self._sent.append(self._resends.pop(0)[:3])
                del self._sent[:-_MAX_RESENDS]
        if not n:
            self._peeked = None
        return n

    def advance(self) -> None:
        """Take note that the link has the packet that `peek` gave."""
        if self._peeked is None:
            return
        stream, seq, resend = self._peeked
        self._peeked = None
        if resend is not None:
            resend[3] = seq + 1
        elif stream == self._live_stream:
            self._live_seq = seq + 1

    def resend(self, stream: int, first: int, last: int) -> dict:
        """Queue packets first..last; return how many there are and the ranges that are not held.

        Raises
        ------
        Fault
            "busy": too many ranges wait already.
        """
        found = self._runs(stream, first, last)
        missing, seq = [], first
        for a, b in found:
            if a > seq:
                missing.append([seq, a - 1])
            seq = b + 1
        if seq <= last:
            missing.append([seq, last])
        if found:
            if len(self._resends) >= _MAX_RESENDS:
                raise Fault("busy", "too many ranges wait to be sent: ask again after some came")
            self._resends.append([stream, first, last, found[0][0]])
        return {"queued": sum(b - a + 1 for a, b in found), "missing": missing}

    def next_sent(self):
        """Return (stream, first, last) of a resend that is through, None: no other is."""
        return tuple(self._sent.pop(0)) if self._sent else None

    def forget(self) -> None:
        """Drop what was asked for, as when the link is gone; every packet stays."""
        self.live(None)
        self._resends.clear()
        self._sent.clear()
        self._peeked = None

    def ack(self, stream: int, ranges: list) -> None:
        """Take note of ranges [first, last] that the desktop has stored; nonsense is ignored."""
        for item in ranges:
            if _is_range(item):
                self._ring.ack(stream, item[0], item[1])
                self._journal.ack(stream, item[0], item[1])

    # what there is

    def held(self, stream: int) -> bool:
        """Say whether packets of a stream are kept."""
        return self._ring.counts(stream) is not None or self._journal.counts(stream) is not None

    def owes(self) -> bool:
        """Say whether flash holds packets that the desktop has not acknowledged. Cheap."""
        return self._journal.owes()

    def listing(self) -> list:
        """Return what is kept of each stream, oldest first, acknowledged packets included."""
        streams = self._journal.streams()
        streams.extend(s for s in self._ring.streams() if s not in streams)
        return [self._entry(stream) for stream in streams]

    def status(self) -> dict:
        """Return how full the sensor is."""
        ring = self._ring
        return {
            "ring_packets": ring.head - ring.tail,
            "ring_free_bytes": ring.free_bytes(),
            "flash_free_bytes": self._journal.free_bytes(),
            "refused": self.refused,
        }

    def room_s(self, bytes_per_s: int) -> int:
        """Return for how long flash and ring can take packets of so many bytes a second."""
        # a record in flash is 6 bytes shorter than its packet: at least 6 of 164
        flash = self._journal.free_bytes() * 164 // 158
        return (flash + self._ring.free_bytes()) // max(1, bytes_per_s)

    # inside

    def _spill(self, most: int) -> bool:
        ring = self._ring
        while most > 0:
            self._written = max(self._written, ring.tail)
            if self._written == ring.head:
                return True
            if not ring.acked(self._written):
                buf, n = ring.packet(self._written)
                if not self._journal.append(buf, n):
                    self._flush()
                    return False
                most -= 1
            self._written += 1
        return True

    def _spill_all(self) -> bool:
        # a full ring may take longer than the watchdog waits
        while self._written < self._ring.head:
            if not self._spill(64) or not self._flush():
                return False
            self._feed()
        return True

    def _flush(self) -> bool:
        if self._journal.flush():
            self._ring.saved = self._written
            return True
        self._written = self._ring.saved
        return False

    def _peek(self, stream, seq: int, last: int, out, resend) -> int:
        live_end = self._next_seq if stream == self._stream else _SEQ_END
        if stream is None or (resend is None and seq >= live_end):
            return 0
        number = self._ring.find(stream, seq)
        in_ring = self._ring.seq(number) if number >= 0 else _SEQ_END
        n = 0
        if in_ring != seq:
            n = self._journal.read(stream, seq, out)
        if n and seq_of(out) < in_ring:
            found = seq_of(out)
        elif number >= 0:
            n, found = self._ring.copy(number, out), in_ring
        else:
            return 0
        if found > last:
            return 0
        self._peeked = (stream, found, resend)
        return n

    def _runs(self, stream: int, first: int, last: int) -> list:
        if not 0 <= first <= last:
            return []
        found = self._journal.runs(stream, first, last)
        found.extend(self._ring.runs(stream, first, last))
        return merged(found)

    def _entry(self, stream: int) -> dict:
        ram = self._ring.counts(stream)
        flash = self._journal.counts(stream)
        parts = [part for part in (flash, ram) if part]
        where = "both" if len(parts) == 2 else "ram" if ram else "flash"
        return {
            "stream": stream,
            "first": min(part[0] for part in parts),
            "last": max(part[1] for part in parts),
            "packets": sum(part[2] for part in parts),
            "unacknowledged": sum(part[3] for part in parts),
            "where": where,
        }


def _is_range(item) -> bool:
    if not isinstance(item, (list, tuple)) or len(item) != 2:
        return False
    first, last = item
    return isinstance(first, int) and isinstance(last, int) and 0 <= first <= last
