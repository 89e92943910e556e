"""One file of the journal: packets of one stream, only ever appended to.

The name tells age, stream, first seq, and the packets' version and scale. A record is the packet
without these constant six bytes (4 % of the flash), which reading puts back: the packet's own CRC
covers them. First its count of samples; in a note, 0 and the length of the text. A finished file
ends with a footer, so that it need not be read through when the journal is opened.
"""

import struct

from micropython import const

from anklet_sensor.packets import (
    CRC_BYTES,
    HEADER_BYTES,
    MAX_NOTE_BYTES,
    MAX_SAMPLES,
    SAMPLE_BYTES,
    VERSION,
    put_crc,
    whole,
)

# 16 blocks of 4096 bytes, less littlefs's pointers: 4 bytes for each power of two that divides a
# block's number, and for 1 (littlefs DESIGN.md, "CTZ skip-lists")
BYTES = const(65432)
SPAN = const(0x10000)
"""A segment's seqs lie within this of the first."""

FOOTER = const(0xF0)
FOOTER_BYTES = const(15)
LEAST_BYTES = const(6)
"""Bytes of a record up to its seq."""

ACKED = const(1)
HOLES = const(2)
DAMAGED = const(4)
_KINDS = {"seg": 0, "ack": ACKED}


class Segment:
    """What is known of a file without opening it; `size` is of its records, in bytes."""

    def __init__(self, age: int, stream: int, first: int, scale: int) -> None:
        self.age = age
        self.stream = stream
        self.first = first
        self.scale = scale
        self.last = first - 1
        self.packets = 0
        self.size = 0
        self.state = 0

    def name(self) -> str:
        """Return the file's name, which sorts by age."""
        kind = "ack" if self.state & ACKED else "seg"
        what = (self.age, self.stream, self.first, VERSION, self.scale, kind)
        return "%06x-%08x-%08x-%x%x.%s" % what

    def holds(self, last: int, packets: int, size: int) -> None:
        """Take note of what is safely in the file."""
        self.last, self.packets, self.size = last, packets, size
        self.state &= ~HOLES
        if packets != last - self.first + 1:
            self.state |= HOLES


def named(name: str):
    """Return the segment of a file name, None for a foreign one."""
    parts = name.replace(".", "-").split("-")
    try:
        age, stream, first, what = (int(part, 16) for part in parts[:4])
        segment = Segment(age, stream, first, what & 15)
        segment.state = _KINDS[parts[4]]
    except (ValueError, IndexError, KeyError):
        return None
    return segment if segment.name() == name else None


def pack(buf, n: int, record: bytearray) -> int:
    """Make the record of a packet; return its length."""
    count = record[0] = buf[1]
    body = 1
    if not count:
        record[1] = n - HEADER_BYTES - CRC_BYTES
        body = 2
    view = memoryview(buf)
    record[body : body + 12] = view[6:18]
    record[body + 12 : body + n - 7] = view[19:n]
    return body + n - 7


def unpack(record, got: int, segment: Segment, out) -> int:
    """Write the packet of a record at the start of `got` bytes to `out`; 0: there is none."""
    if not plausible(record, 0, got, segment):
        return 0
    count = record[0]
    body, n = 1, HEADER_BYTES + SAMPLE_BYTES * count + CRC_BYTES
    if not count:
        body, n = 2, n + record[1]
    if body + n - 7 > got:
        return 0
    view = memoryview(record)
    out[0] = VERSION
    out[1] = count
    struct.pack_into("<I", out, 2, segment.stream)
    out[6:18] = view[body : body + 12]
    out[18] = segment.scale
    out[19:n] = view[body + 12 : body + n - 7]
    return n if whole(out, n) else 0


def footer(segment: Segment, packets: int, last: int) -> bytearray:
    """Return the end of a finished file."""
    end = bytearray(FOOTER_BYTES)
    struct.pack_into("<BHII", end, 0, FOOTER, packets, segment.first, last)
    put_crc(end, FOOTER_BYTES - CRC_BYTES)
    return end


def plausible(record, at: int, got: int, segment: Segment) -> bool:
    """Say whether a record of a segment may begin here."""
    count = record[at]
    body = at + (1 if count else 2)
    if count > MAX_SAMPLES or body + 4 > got:
        return False
    if not count and record[at + 1] > MAX_NOTE_BYTES:
        return False
    seq = struct.unpack_from("<I", record, body)[0]
    return segment.first <= seq < segment.first + SPAN
