"""Packets waiting in RAM: a ring of fixed size that gives up only what is safe elsewhere.

Packets are numbered as they come; the numbers of one stream are contiguous, so that a packet is
found by its seq at once, and by bisection where others were refused.
"""

import gc
import struct
from array import array

from micropython import const

_HEAD = const(2)  # before each packet: its length, and whether it was acknowledged
_PIECE = const(1024)  # a small heap in use has little more in one piece
_LARGE = const(65536)
_WORK_BYTES = const(25_000)
_MOST_BYTES = const(2_000_000)
_SMALLEST = const(46)  # a packet of one sample: the index has room for a ring full of them


def fitted(reserve: int = 0):
    """Make a ring of what the heap has beyond what the firmware needs to work, once it is loaded.

    Ten minutes at 104 Hz and more with PSRAM. `reserve` bytes stay free besides.
    """
    gc.collect()
    free = gc.mem_free() - _WORK_BYTES - reserve
    return Ring(min(max(free, 8 * _PIECE), _MOST_BYTES))


class Ring:
    """Fixed memory for packets of any length and of several streams.

    Parameters
    ----------
    capacity : int
        Bytes for packets and 2 more each; the index takes 1/23 on top (from 64 kB on, 2/23). They
        are taken in pieces, which packets do not cross.

    Attributes
    ----------
    capacity : int
        As given, rounded down to whole pieces; less where the heap had not so many.
    tail, head : int
        Numbers of the oldest packet held and of the next to come.
    saved : int
        Packets before this number are in flash or were acknowledged: they go when room is needed.
    """

    def __init__(self, capacity: int) -> None:
        self._piece = min(capacity, _PIECE if capacity < _LARGE else _LARGE // 4)
        self._pieces = _pieces(self._piece, capacity // self._piece)
        self.capacity = capacity = len(self._pieces) * self._piece
        self._slots = capacity // _SMALLEST
        kind = "H" if capacity < _LARGE else "I"
        self._places = array(kind, bytes(self._slots * (2 if kind == "H" else 4)))
        self._streams = []  # [stream, number of its first packet, number after its last]
        self._end = 0
        self._needed = 0
        self.tail = 0
        self.head = 0
        self.saved = 0

    def put(self, buf, n: int) -> bool:
        """Keep a packet; False when there is no room."""
        place = self._make_room(n + _HEAD)
        if place < 0:
            return False
        piece, at = self._pieces[place // self._piece], place % self._piece
        piece[at] = n
        piece[at + 1] = 0
        piece[at + _HEAD : at + _HEAD + n] = memoryview(buf)[:n]
        self._places[self.head % self._slots] = place
        self._end = place + _HEAD + n
        self.head += 1
        self._count(struct.unpack_from("<I", buf, 2)[0])
        return True

    def copy(self, number: int, out) -> int:
        """Copy a packet that is held; return its length."""
        packet, n = self.packet(number)
        memoryview(out)[:n] = packet
        return n

    def packet(self, number: int) -> tuple:
        """Return a view of a packet that is held, good until the next `put`, and its length."""
        place = self._places[number % self._slots]
        piece, at = self._pieces[place // self._piece], place % self._piece
        n = piece[at]
        return piece[at + _HEAD : at + _HEAD + n], n

    def find(self, stream: int, seq: int) -> int:
        """Return the number of the first packet of a stream at or after seq; -1: none."""
        span = self._span(stream)
        if not span:
            return -1
        low, high = span
        number = low + seq - self.seq(low)  # right unless some were refused
        if low <= number < high and self.seq(number) == seq:
            return number
        while low < high:
            middle = (low + high) // 2
            if self.seq(middle) < seq:
                low = middle + 1
            else:
                high = middle
        return low if low < span[1] else -1

    def seq(self, number: int) -> int:
        """Return a held packet's number in its stream."""
        place = self._places[number % self._slots]
        piece, at = self._pieces[place // self._piece], place % self._piece
        return struct.unpack_from("<I", piece, at + _HEAD + 6)[0]

    def ack(self, stream: int, first: int, last: int) -> None:
        """Take note that the desktop has stored packets first..last; those not held are ignored."""
        number = self.find(stream, first)
        if number < 0:
            return
        end = self._span(stream)[1]
        while number < end and self.seq(number) <= last:
            place = self._places[number % self._slots] + 1
            self._pieces[place // self._piece][place % self._piece] = 1
            number += 1

    def acked(self, number: int) -> bool:
        """Say whether the desktop has stored a held packet."""
        place = self._places[number % self._slots] + 1
        return self._pieces[place // self._piece][place % self._piece] == 1

    def streams(self) -> list:
        """Return the streams held, oldest first."""
        return [stream for stream, _, end in self._streams if end > self.tail]

    def counts(self, stream: int) -> tuple | None:
        """Return a stream's first and last seq, packets not in flash, and those not acknowledged.

        None when nothing of the stream is held.
        """
        span = self._span(stream)
        if not span:
            return None
        low, high = span
        unsaved = range(max(low, self.saved), high)
        waiting = sum(not self.acked(number) for number in unsaved)
        return self.seq(low), self.seq(high - 1), len(unsaved), waiting

    def runs(self, stream: int, first: int, last: int) -> list:
        """Return the ranges [a, b] of seq that are held between first and last."""
        found = []
        number = self.find(stream, first)
        if number < 0:
            return []
        end = self._span(stream)[1]
        if self.seq(end - 1) - self.seq(number) == end - 1 - number:
            first = self.seq(number)  # none was refused
            return [[first, min(last, self.seq(end - 1))]] if first <= last else []
        while number < end:
            seq = self.seq(number)
            if seq > last:
                break
            if found and found[-1][1] == seq - 1:
                found[-1][1] = seq
            else:
                found.append([seq, seq])
            number += 1
        return found

    def needed_bytes(self) -> int:
        """Return the bytes from the oldest packet that may not go to the newest one."""
        number = max(self._needed, self.tail)
        while number < self.head and (number < self.saved or self.acked(number)):
            number += 1
        self._needed = number
        if number == self.head:
            return 0
        place = self._places[number % self._slots]
        return self._end - place + (0 if self._end > place else self.capacity)

    def free_bytes(self) -> int:
        """Return the bytes that new packets can take."""
        return self.capacity - self.needed_bytes()

    def _make_room(self, size: int) -> int:
        # the place of a record of this size, -1 when packets that may not go are in the way
        while True:
            if self.tail == self.head:
                self._end = 0
            place = self._place(size)
            if place >= 0 and self.head - self.tail < self._slots:
                return place
            if self.tail == self.head or not (self.tail < self.saved or self.acked(self.tail)):
                return -1
            self.tail += 1
            if self._streams[0][2] <= self.tail:
                self._streams.pop(0)

    def _place(self, size: int) -> int:
        end = self._end
        if self.tail == self.head:
            return 0 if size <= self.capacity else -1
        oldest = self._places[self.tail % self._slots]
        before = end <= oldest  # the newest lie before the oldest
        left = -end % self._piece
        if 0 < left < size:
            end += left
        if before:
            return end if end + size <= oldest else -1
        if end + size <= self.capacity:
            return end
        return 0 if size <= oldest else -1

    def _count(self, stream: int) -> None:
        if not self._streams or self._streams[-1][0] != stream:
            self._streams.append([stream, self.head - 1, self.head])
        self._streams[-1][2] = self.head

    def _span(self, stream: int):
        for held, first, end in reversed(self._streams):
            if held == stream and end > self.tail:
                return max(first, self.tail), end
        return None


def _pieces(size: int, count: int) -> list:
    pieces = []
    try:
        for _ in range(count):
            pieces.append(memoryview(bytearray(size)))
    except MemoryError:  # what is free is in smaller pieces
        pieces[-1:] = []
    return pieces
