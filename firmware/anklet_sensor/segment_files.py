"""The journal's files: reading one, writing one, and finding them when the sensor starts."""

import errno
import os
import struct

from anklet_sensor.packets import CRC_BYTES, MAX_BYTES, crc_right, seq_of
from anklet_sensor.segment import (
    BYTES,
    FOOTER,
    FOOTER_BYTES,
    LEAST_BYTES,
    SPAN,
    Segment,
    footer,
    named,
    pack,
    plausible,
    unpack,
)


class Reader:
    """Reads packets from one segment at a time; keeps its place, so that reading on is quick.

    Attributes
    ----------
    segment : Segment or None
        The one whose file is open.
    skipped : int
        Bytes passed over since `open` that are no records.
    """

    def __init__(self, root: str) -> None:
        self.segment = None
        self.skipped = 0
        self._root = root
        self._file = None
        self._buf = bytearray(MAX_BYTES)
        self._view = memoryview(self._buf)
        self._at = 0  # the record found last, its seq, and the one after it
        self._seq = -1
        self._next = 0

    def open(self, segment: Segment) -> None:
        """Open a segment's file and go to its start."""
        if self.segment is not segment:
            self.close()
            self._file = open(self._root + segment.name(), "rb")  # noqa: SIM115
            self.segment = segment
        self._at = self._next = 0
        self._seq = -1
        self.skipped = 0

    def leave(self, segment) -> None:
        """Close the file if it is this segment's, which is about to change."""
        if self.segment is segment:
            self.close()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
        self._file = self.segment = None

    def read(self, segment: Segment, seq: int, out) -> int:
        """Copy the first packet at or after seq; return its length, 0: none is left."""
        if seq > segment.last:
            return 0
        if segment is not self.segment or seq < self._seq:
            self.open(segment)
        if seq == self._seq:
            self._next = self._at
        while True:
            n = self.step(segment.size, out)
            if not n or self._seq >= seq:
                return n

    def step(self, limit: int, out) -> int:
        """Copy the next packet before a byte of the file; return its length, 0: none is left."""
        segment = self.segment
        if segment is None:
            return 0
        start = at = self._next
        while at < limit:
            self._file.seek(at)
            got = self._file.readinto(self._view[: min(MAX_BYTES, limit - at)])
            n = unpack(self._buf, got, segment, out) if got else 0
            if n:
                self.skipped += at - start
                self._at, self._seq = at, seq_of(out)
                self._next = at + n - 6 + (out[1] == 0)
                return n
            at += self._candidate(got, segment)
        self.skipped += limit - start
        return 0

    def scan(self, segment: Segment, limit: int, out) -> int:
        """Count what a file holds; return the bytes behind the last packet that are none."""
        self.open(segment)
        packets, last, size = 0, segment.first - 1, 0
        while self.step(limit, out):
            packets, last, size = packets + 1, self._seq, self._next
        segment.holds(last, packets, size)
        return limit - size

    def finished(self, segment: Segment) -> bool:
        """Learn from the footer what a file holds; False: there is none."""
        self.open(segment)
        size = os.stat(self._root + segment.name())[6] - FOOTER_BYTES
        segment.size = size + FOOTER_BYTES
        if size <= 0:
            return False
        self._file.seek(size)
        self._file.readinto(self._view[:FOOTER_BYTES])
        tag, packets, first, last = struct.unpack_from("<BHII", self._buf, 0)
        if (
            tag != FOOTER
            or first != segment.first
            or not crc_right(self._buf, FOOTER_BYTES - CRC_BYTES)
        ):
            return False
        segment.holds(last, packets, size)
        return True

    def _candidate(self, got: int, segment: Segment) -> int:
        # how far the next place is that may be a record: flash that rotted is searched bytewise
        for i in range(1, got):
            if plausible(self._buf, i, got, segment):
                return i
        return max(got - LEAST_BYTES + 1, 1)


class Writer:
    """Appends packets to one segment at a time.

    Attributes
    ----------
    segment : Segment or None
        The one in writing; it tells what is safe in the file.
    pending : int
        Bytes that are written but not safe yet.
    """

    def __init__(self, root: str) -> None:
        self.segment = None
        self.pending = 0
        self._root = root
        self._file = None
        self._record = bytearray(MAX_BYTES)
        self._view = memoryview(self._record)
        self._last = 0
        self._packets = 0
        self._size = 0

    def continues(self, stream: int, seq: int, scale: int, n: int) -> bool:
        """Say whether a packet of n bytes belongs into the segment in writing."""
        segment = self.segment
        return (
            segment is not None
            and segment.stream == stream
            and segment.scale == scale
            and self._last < seq < segment.first + SPAN
            and self._size + n + FOOTER_BYTES <= BYTES
        )

    def begin(self, segment: Segment) -> None:
        """Make a segment's file."""
        self._file = open(self._root + segment.name(), "wb")  # noqa: SIM115
        self.segment = segment
        self._last, self._packets, self._size = segment.last, 0, 0

    def write(self, buf, n: int) -> int:
        """Append a packet; return the bytes that it takes."""
        used = pack(buf, n, self._record)
        self._file.write(self._view[:used])
        self.pending += used
        self._last, self._packets, self._size = seq_of(buf), self._packets + 1, self._size + used
        return used

    def sync(self) -> None:
        """Make what is pending safe."""
        self._file.flush()
        self.pending = 0
        self.segment.holds(self._last, self._packets, self._size)

    def finish(self):
        """Write the footer and close the file; return its segment, None when none is in writing."""
        segment = self.segment
        if segment is None:
            return None
        self._file.write(footer(segment, self._packets, self._last))
        self.sync()
        self._file.close()
        self._file = self.segment = None
        return segment

    def abandon(self) -> None:
        """Give up the segment in writing: it ends where it was synced last."""
        file = self._file
        self._file = self.segment = None
        self.pending = 0
        if file:
            file.close()


def find_segments(root: str, reader: Reader, scratch, log, most: int) -> list:
    """Return the segments of a folder, oldest first; what a power cut left open is finished.

    The folder is made when it is missing.
    """
    try:
        os.mkdir(root[:-1])
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise
    found = [named(entry[0]) for entry in os.ilistdir(root)]
    found = sorted((segment for segment in found if segment), key=Segment.name)
    if len(found) > most:
        log.fault("journal", "%s holds more than %d files: the rest waits" % (root, most))
    segments = []
    for segment in found[:most]:
        try:
            if reader.finished(segment) or _mend(root, segment, reader, scratch, log):
                segments.append(segment)
        except OSError as error:
            log.fault("journal", "%s cannot be read (%r)" % (segment.name(), error))
    reader.close()
    return segments


def _mend(root: str, segment: Segment, reader: Reader, scratch, log) -> bool:
    # an unfinished file gets its footer; one without a readable packet goes
    path = root + segment.name()
    size = segment.size
    torn = reader.scan(segment, size, scratch)
    if reader.skipped > torn:
        log.fault("journal_bad", "%s is damaged: some of it is lost" % path)
    if torn:
        log.fault("journal_torn", "%s was torn: its last %d bytes are lost" % (path, torn))
    reader.close()
    if not segment.packets:
        os.remove(path)
        return False
    try:
        with open(path, "ab") as file:
            file.write(footer(segment, segment.packets, segment.last))
    except OSError as error:
        log.fault("journal", "%s cannot be finished (%r)" % (path, error))
    return True
