"""The memory of a virtual sensor: a ring in RAM that spills to flash, and what is sent next."""

from collections import deque

from anklet.sensor.ranges import Range, Ranges

Key = tuple[int, int]
"""Stream and seq."""
MOST_RESENDS = 16


class Memory:
    """What `anklet_sensor`'s ring, journal and delivery do, counted in packets.

    Parameters
    ----------
    ring, flash : int
        Packets that fit.

    Attributes
    ----------
    refused : int
        Packets for which there was no room.
    """

    def __init__(self, ring: int, flash: int) -> None:
        self.refused = 0
        self.untethered = False
        self._ring_size, self._flash_size = ring, flash
        self._ring: dict[Key, bytes] = {}
        self._flash: dict[Key, bytes] = {}
        self._to_spill: deque[Key] = deque()
        self._held: dict[int, Ranges] = {}
        self._acked: dict[int, Ranges] = {}
        self._live: int | None = None
        self._live_seq = 0
        self._next_seq: dict[int, int] = {}
        self._resends: deque[list[int]] = deque()
        self.sent: deque[tuple[int, int, int]] = deque()

    def put(self, stream: int, seq: int, data: bytes) -> bool:
        """Keep a packet; False: there is no room for it."""
        key = (stream, seq)
        self._next_seq[stream] = seq + 1
        while len(self._ring) >= self._ring_size:
            oldest = next(iter(self._ring))
            if not (self._is_acked(oldest) or oldest in self._flash or self._spill(oldest)):
                self.refused += 1
                return False
            del self._ring[oldest]
            self._forget_unless_flash(oldest)
        self._ring[key] = data
        self._held.setdefault(stream, Ranges()).add(seq)
        self._to_spill.append(key)
        most = 0 if self.untethered else self._ring_size // 2
        while len(self._to_spill) > most:
            oldest = self._to_spill.popleft()
            if oldest in self._ring and not self._is_acked(oldest):
                self._spill(oldest)
        return True

    def flush(self) -> None:
        """Bring everything that is not acknowledged to flash."""
        for key in self._to_spill:
            if not self._is_acked(key):
                self._spill(key)
        self._to_spill.clear()

    def power_cut(self) -> list[Key]:
        """Lose the RAM; return what was in it alone and not acknowledged."""
        gone = [k for k in self._ring if k not in self._flash and not self._is_acked(k)]
        self._ring.clear()
        self._to_spill.clear()
        self._held = {}
        for stream, seq in self._flash:
            self._held.setdefault(stream, Ranges()).add(seq)
        self.forget_link()
        return gone

    def ack(self, stream: int, first: int, last: int) -> None:
        """Take note of what the desktop has stored."""
        self._acked.setdefault(stream, Ranges()).add(first, last)

    def holds(self, stream: int) -> bool:
        """Tell whether packets of a stream are held."""
        return bool(self._held.get(stream))

    def listing(self) -> list[dict[str, object]]:
        """Return what is held of each stream, oldest first."""
        return [self._entry(stream, held) for stream, held in self._held.items() if held]

    def live(self, stream: int, *, whole: bool) -> None:
        """Send a stream from its start, or from its newest packet on."""
        self._live = stream
        self._live_seq = 0 if whole else max(0, self._next_seq.get(stream, 0) - 1)

    def resend(self, stream: int, first: int, last: int) -> tuple[int, list[Range]] | None:
        """Queue a range; return how many packets are held of it and what is not; None: full."""
        held = self._held.get(stream, Ranges())
        found = held.within(first, last)
        if found:
            if len(self._resends) >= MOST_RESENDS:
                return None
            self._resends.append([stream, first, last, first])
        return sum(b - a + 1 for a, b in found), held.missing(first, last)

    def next_packet(self) -> bytes | None:
        """Return the packet to send now: live ones first, then what was asked for again."""
        if self._live is not None:
            data = self._after(self._live, self._live_seq, self._next_seq.get(self._live, 0) - 1)
            if data is not None:
                self._live_seq = data[0] + 1
                return data[1]
        while self._resends:
            stream, first, last, at = self._resends[0]
            data = self._after(stream, at, last)
            if data is not None:
                self._resends[0][3] = data[0] + 1
                return data[1]
            self._resends.popleft()
            self.sent.append((stream, first, last))
        return None

    def forget_link(self) -> None:
        """Drop what was asked for, as when the link is gone."""
        self._live = None
        self._resends.clear()
        self.sent.clear()

    def _after(self, stream: int, seq: int, last: int) -> tuple[int, bytes] | None:
        found = self._held.get(stream, Ranges()).first_at(seq)
        if found is None or found > last:
            return None
        key = (stream, found)
        return found, self._ring.get(key) or self._flash[key]

    def _is_acked(self, key: Key) -> bool:
        return key[1] in self._acked.get(key[0], ())

    def _spill(self, key: Key) -> bool:
        if key in self._flash:
            return True
        if len(self._flash) >= self._flash_size:
            done = next((k for k in self._flash if self._is_acked(k)), None)
            if done is None:
                return False
            del self._flash[done]
            if done not in self._ring:
                self._held[done[0]].remove(done[1])
        self._flash[key] = self._ring[key]
        return True

    def _forget_unless_flash(self, key: Key) -> None:
        if key not in self._flash:
            self._held[key[0]].remove(key[1])

    def _entry(self, stream: int, held: Ranges) -> dict[str, object]:
        ranges = list(held)
        acked = self._acked.get(stream, Ranges())
        return {
            "stream": stream,
            "first": ranges[0][0],
            "last": ranges[-1][1],
            "packets": len(held),
            "unacknowledged": len(held.difference(acked)),
            "where": "flash" if (stream, ranges[0][0]) in self._flash else "ram",
        }
