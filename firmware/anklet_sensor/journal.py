"""Packets in flash: a folder of segments that survives power cuts.

Written in batches, since each flush of a littlefs file costs erases. Segments that the desktop has
acknowledged are removed oldest first, and only when room is needed.
"""

import os

from micropython import const

from anklet_sensor.acks import Acks, merged
from anklet_sensor.errors import Fault
from anklet_sensor.packets import MAX_BYTES, seq_of, stream_of
from anklet_sensor.segment import ACKED, BYTES, DAMAGED, FOOTER_BYTES, HOLES, Segment
from anklet_sensor.segment_files import Reader, Writer, find_segments

_FLUSH_US = const(1_000_000)
_FLUSH_BYTES = const(1380)  # 10 packets of 6 samples; of smaller ones more, to spare the flash
_RETRY_US = const(1_000_000)
_RESERVE_BLOCKS = const(6)  # for littlefs's copy on write, its folders, the settings and the log
_POINTERS = const(8)  # bytes of a block that littlefs needs, on average
_MAX_SEGMENTS = const(200)
_SEGMENT_HEAP_BYTES = const(130)
_ENOSPC = const(28)  # MicroPython's errno has no name for it
_FULL = "the flash is full: fetch what it holds with the desktop"


class Journal:
    """The packets in flash.

    No method raises for what flash does: faults go to the log, and what can be read is read.

    Parameters
    ----------
    root : str
        Folder, made when missing; foreign files in it are left alone.
    clock : clock.Clock
    log : log.Log
    """

    def __init__(self, root: str, clock, log) -> None:
        self._root = root + "/"
        self._clock = clock
        self._log = log
        self._segments = []  # oldest first
        self._acks = Acks()
        self._reader, self._writer = Reader(self._root), Writer(self._root)
        self._scratch = bytearray(MAX_BYTES)
        self._free = 0
        self._retry_us = self._pending_us = 0
        self._lost = False
        self._open()

    def append(self, buf, n: int) -> bool:
        """Write a packet; it is safe after the next `flush`. False: it could not be written."""
        now_us = self._clock.now_us()
        if now_us < self._retry_us:
            return False
        writer = self._writer
        if not writer.pending:
            self._pending_us = now_us
        try:
            stream, seq = stream_of(buf), seq_of(buf)
            if not writer.continues(stream, seq, buf[18], n):
                self._finish()
                self._begin(stream, seq, buf[18])
            elif n + FOOTER_BYTES > self._free:
                self._make_room(n + FOOTER_BYTES)
            self._free -= writer.write(buf, n)
        except (OSError, Fault) as error:
            self._failed(error)
            return False
        return True

    def due(self) -> bool:
        """Say whether what was written has waited long enough."""
        pending = self._writer.pending
        if pending < _FLUSH_BYTES:
            return pending > 0 and self._clock.now_us() - self._pending_us >= _FLUSH_US
        return True

    def flush(self) -> bool:
        """Make everything appended safe; False: what was appended since the last time is lost."""
        if self._writer.pending:
            try:
                self._reader.leave(self._writer.segment)  # littlefs replaces blocks that it reads
                self._writer.sync()
                self._log.clear("flash_full")
                self._log.clear("journal")
            except OSError as error:
                self._failed(error)
        kept, self._lost = not self._lost, False
        return kept

    def close(self) -> bool:
        """Flush and finish the file in writing; the next `append` opens another."""
        done = self.flush()
        try:
            self._finish()
        except OSError as error:
            self._failed(error)
        self._reader.close()
        return done

    def read(self, stream: int, seq: int, out) -> int:
        """Copy the first packet of a stream at or after seq; return its length, 0: none is left."""
        for segment in self._of(stream):
            n = self._read(segment, seq, out)
            if n:
                return n
        return 0

    def runs(self, stream: int, first: int, last: int) -> list:
        """Return the ranges [a, b] of seq that are held between first and last."""
        found = []
        for segment in self._of(stream):
            a, b = max(first, segment.first), min(last, segment.last)
            if a <= b:
                found.extend(self._runs(segment, a, b))
        return merged(found)

    def streams(self) -> list:
        """Return the streams held, oldest first."""
        found = []
        for segment in self._segments:
            if segment.packets and segment.stream not in found:
                found.append(segment.stream)
        return found

    def counts(self, stream: int):
        """Return a stream's first and last seq, its packets and those not acknowledged, or None."""
        held = [segment for segment in self._of(stream) if segment.packets]
        if not held:
            return None
        return (
            min(segment.first for segment in held),
            max(segment.last for segment in held),
            sum(segment.packets for segment in held),
            sum(max(0, segment.packets - self._covered(segment)) for segment in held),
        )

    def growth_bytes(self) -> int:
        """Return the heap that the index takes on top when the flash fills."""
        count = min(self.free_bytes() // BYTES + 1, _MAX_SEGMENTS - len(self._segments))
        return _SEGMENT_HEAP_BYTES * count

    def owes(self) -> bool:
        """Say whether packets are held that the desktop has not acknowledged."""
        return any([segment.packets and not segment.state & ACKED for segment in self._segments])

    def free_bytes(self) -> int:
        """Return the bytes of flash that new packets can take."""
        return max(0, self._free) + sum(s.size for s in self._segments if s.state & ACKED)

    def ack(self, stream: int, first: int, last: int) -> None:
        """Take note that the desktop has stored packets first..last; what is not held is ignored.

        A segment acknowledged in full is renamed; parts of one are known until the next boot only:
        then the desktop is offered duplicates.
        """
        waiting = [s for s in self._of(stream) if not s.state & ACKED]
        latest = self._writer.segment  # it goes further than its `last` says
        touched = [s for s in waiting if s.first <= last and (s.last >= first or s is latest)]
        if not touched or first > last:
            return
        self._acks.add(stream, first, last)
        try:
            for segment in touched:
                self._settle(segment)
        except OSError as error:
            self._failed(error)
        self._acks.keep(stream, [s for s in waiting if not s.state & ACKED], latest)

    def _begin(self, stream: int, seq: int, scale: int) -> None:
        while len(self._segments) >= _MAX_SEGMENTS:
            self._remove_acknowledged()
        self._make_room(BYTES)
        age = self._segments[-1].age + 1 if self._segments else 0
        segment = Segment(age, stream, seq, scale)
        self._writer.begin(segment)
        self._segments.append(segment)

    def _finish(self) -> None:
        self._reader.leave(self._writer.segment)
        segment = self._writer.finish()
        if segment:
            self._settle(segment)

    def _failed(self, error) -> None:
        self._retry_us = self._clock.now_us() + _RETRY_US
        if isinstance(error, Fault):
            self._log.fault(error.code, error.why)
            return
        if error.errno == _ENOSPC:
            self._log.fault("flash_full", _FULL)
        else:
            self._log.fault("journal", "the journal in flash failed (%r): fetch its data" % error)
        writer = self._writer
        if writer.pending:
            self._lost = True
        if writer.segment and not writer.segment.packets:
            self._segments.remove(writer.segment)
        try:
            writer.abandon()
        except OSError as error:
            self._log.fault("journal", "a file of the journal did not close (%r)" % error)

    def _measure(self) -> int:
        about = os.statvfs(self._root[:-1])
        return (about[3] - _RESERVE_BLOCKS) * (about[0] - _POINTERS)

    def _make_room(self, need: int) -> None:
        # of acknowledged segments as many go as are needed; less than asked for is made do with
        self._free = self._measure()
        while self._free < need:
            if self._free > 2 * MAX_BYTES and not any(s.state & ACKED for s in self._segments):
                return
            self._remove_acknowledged()
            self._free = self._measure()

    def _remove_acknowledged(self) -> None:
        for segment in self._segments:
            if segment.state & ACKED:
                self._reader.leave(segment)
                self._segments.remove(segment)
                os.remove(self._root + segment.name())
                return
        raise Fault("flash_full", _FULL)

    def _of(self, stream: int) -> list:
        return [segment for segment in self._segments if segment.stream == stream]

    def _read(self, segment: Segment, seq: int, out) -> int:
        reader = self._reader
        try:
            n = reader.read(segment, seq, out)
            if reader.skipped and not segment.state & DAMAGED:
                self._recount(segment)
        except OSError as error:
            reader.close()
            self._log.fault("journal", "%s cannot be read (%r)" % (segment.name(), error))
            return 0
        return n

    def _recount(self, segment: Segment) -> None:
        self._log.fault("journal_bad", "%s is damaged: some of it is lost" % segment.name())
        self._reader.scan(segment, segment.size, self._scratch)
        segment.state |= DAMAGED
        if not segment.packets and segment is not self._writer.segment:
            self._rename(segment)

    def _runs(self, segment: Segment, first: int, last: int) -> list:
        if not segment.state & HOLES:
            return [[first, last]]
        found = []
        seq = first
        while self._read(segment, seq, self._scratch):
            seq = seq_of(self._scratch)
            if seq > last:
                break
            if not found or found[-1][1] != seq - 1:
                found.append([seq, seq])
            found[-1][1] = seq
            seq += 1
        return found

    def _covered(self, segment: Segment) -> int:
        if segment.state & ACKED:
            return segment.packets
        return self._acks.count(segment.stream, segment.first, segment.last)

    def _settle(self, segment: Segment) -> None:
        if segment.state & ACKED or self._covered(segment) < segment.packets:
            return
        for first, last in self._runs(segment, segment.first, segment.last):
            if not self._acks.include(segment.stream, first, last):
                return
        if segment is not self._writer.segment:
            self._rename(segment)
        elif not self._writer.pending:
            self._finish()

    def _rename(self, segment: Segment) -> None:
        self._reader.leave(segment)
        path = self._root + segment.name()
        segment.state |= ACKED
        try:
            os.rename(path, self._root + segment.name())
        except OSError as error:
            segment.state &= ~ACKED
            self._log.fault("journal", "%s cannot be renamed (%r)" % (path, error))

    def _open(self) -> None:
        try:
            how = self._root, self._reader, self._scratch, self._log, _MAX_SEGMENTS
            self._segments = find_segments(*how)
            self._free = self._measure()
        except OSError as error:
            self._log.fault("journal", "%s cannot be read (%r)" % (self._root, error))
