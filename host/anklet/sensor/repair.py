"""What of one stream is here, what is asked for again, and what is gone: pure, time is passed in.

A hole is not asked for at once, since packets may only be late; asked again with a back-off, since
what was sent may be lost again; and never too many at a time, since the sensor's queue is short.
"""

from dataclasses import dataclass

from anklet.sensor.ranges import Range, Ranges

REORDER_S = 0.25
"""A late packet is at most a few connection intervals (of 0.1 s or less) behind."""
COMING_S = 1.0
"""What is beyond the newest packet comes by itself while others do: a slow radio is behind."""
ASKED_S = 3.0
"""Nothing of what was asked for came for so long, and no word of it: it is asked for again."""
BACK_OFF_MOST_S = 4.0
MOST_ASKED = 12
"""Ranges under way; a sensor's queue has room for 16."""


@dataclass(slots=True)
class Wanted:
    """A range that is missing: waiting until ``at_s`` to be asked for, or asked for until then."""

    first: int
    last: int
    at_s: float
    tries: int = 0
    asked: bool = False


class Tracker:
    """One stream of one sensor.

    Parameters
    ----------
    sensor_id : str
    stream : int

    Attributes
    ----------
    end : int
        Number of packets that are known to have been made.
    received, committed : Ranges
        Arrived here; on the disk.
    unacked, untold : Ranges
        On the disk, and the sensor has not confirmed that it was told; and it was not told.
    gone, conflicts : Ranges
        The sensor says that it no longer holds them; the disk holds other bytes under their key.
    held_before : int
        Packets that were on the disk before.
    repaired, duplicates : int
        Packets that came because they were asked for; packets that were here already.
    ended : bool
        The stream has its closing note.
    live : bool
        It runs now, as far as is known.
    """

    def __init__(self, sensor_id: str, stream: int) -> None:
        self.sensor_id = sensor_id
        self.stream = stream
        self.end = 0
        self.received, self.committed = Ranges(), Ranges()
        self.unacked, self.untold = Ranges(), Ranges()
        self.gone, self.conflicts = Ranges(), Ranges()
        self.held_before = 0
        self.repaired = 0
        self.duplicates = 0
        self.ended = False
        self.live = True
        self._asked_once = Ranges()
        self._wants: list[Wanted] = []
        self._progress_s = 0.0
        self._newest, self._came_s = -1, -COMING_S
        self._times_us: tuple[Range, Range] | None = None

    @property
    def to_come(self) -> int:
        """Packets that are neither here nor gone."""
        return self.end - len(self.received) - len(self.gone)

    @property
    def packet_s(self) -> float:
        """Mean time between packets by the sensor's clock, s; 0 where it is not known."""
        if self._times_us is None:
            return 0.0
        (low, low_us), (high, high_us) = self._times_us
        return (high_us - low_us) * 1e-6 / (high - low) if high > low else 0.0

    @property
    def span_us(self) -> Range | None:
        """Sensor times of the first and the last packet that arrived, us."""
        return None if self._times_us is None else (self._times_us[0][1], self._times_us[1][1])

    def hold(self, last: int, holes: list[Range]) -> None:
        """Take over what is on the disk already: all up to ``last`` but the holes."""
        held = Ranges([(0, last)]).difference(Ranges(holes))
        self.held_before += len(held.difference(self.received))
        for first, end in held:
            self.received.add(first, end)
            self.committed.add(first, end)
            self.unacked.add(first, end)
            self.untold.add(first, end)
        self.end = max(self.end, max((end + 1 for _, end in held), default=0))

    def arrive(self, seq: int, time_us: int, now_s: float) -> bool:
        """Take note of a packet; False: it was here already."""
        if seq >= self.end:
            self.expect(seq - 1, now_s)
            self.end = seq + 1
        if seq in self._asked_once:
            self._progress_s = now_s
        elif seq > self._newest:
            self._newest, self._came_s = seq, now_s
        if seq in self.received:
            self.duplicates += 1
            return False
        self.received.add(seq)
        self.gone.remove(seq)  # the sensor had sent it before it said so
        self.repaired += seq in self._asked_once
        low, high = self._times_us or ((seq, time_us), (seq, time_us))
        self._times_us = min(low, (seq, time_us)), max(high, (seq, time_us))
        return True

    def expect(self, last: int, now_s: float) -> None:
        """Learn that the stream goes up to a number at least."""
        if last >= self.end:
            self._wants.append(Wanted(self.end, last, now_s + REORDER_S))
            self.end = last + 1

    def restart(self, now_s: float) -> None:
        """Want all that is missing, as after a new connection: what was asked for is forgotten."""
        self._wants = [
            Wanted(first, last, now_s + REORDER_S)
            for first, last in self.received.union(self.gone).missing(0, self.end - 1)
        ]

    def due(self, now_s: float, most: int = MOST_ASKED) -> list[Wanted]:
        """Return ranges to ask for now; each is under way from here on."""
        room = most
        kept: list[Wanted] = []
        asking: list[Wanted] = []
        for want in self._wants:
            if want.asked:
                if now_s < want.at_s or now_s < self._progress_s + ASKED_S:
                    room -= 1
                    kept.append(want)
                    continue
                want.asked = False
                want.tries += 1
            coming = want.first > self._newest and now_s < self._came_s + COMING_S
            if now_s < want.at_s or coming:
                kept.append(want)
            else:
                asking += self._parts(want)
        for k, want in enumerate(asking):
            if k < room:
                want.asked = True
                want.at_s = now_s + ASKED_S
                self._asked_once.add(want.first, want.last)
        self._wants = kept + asking
        return asking[: max(0, room)]

    def answered(self, want: Wanted, missing: list[Range], now_s: float) -> None:
        """Learn which packets of a range that was asked for the sensor does not hold."""
        want.at_s = now_s + ASKED_S
        for first, last in missing:
            for a, b in self.received.missing(max(first, want.first), min(last, want.last)):
                self.gone.add(a, b)
        if not self._parts(want):
            self._drop(want)

    def refused(self, want: Wanted, now_s: float) -> None:
        """Ask for a range again later: the sensor's queue is full, or no answer came."""
        self._postpone(want, now_s)

    def sent(self, first: int, last: int, now_s: float) -> None:
        """Learn that the sensor is through with a range; what of it is missing was lost again."""
        for want in list(self._wants):
            if want.asked and first <= want.first and want.last <= last:
                if self._parts(want):
                    self._postpone(want, now_s)
                else:
                    self._drop(want)

    def commit(self, seqs: list[int], conflicts: set[int]) -> None:
        """Take note of what the disk holds; conflicts are never acknowledged."""
        for seq in seqs:
            if seq not in conflicts and seq not in self.conflicts:
                self.committed.add(seq)
                self.unacked.add(seq)
                self.untold.add(seq)
        for seq in conflicts:
            self.conflicts.add(seq)
            self.unacked.remove(seq)
            self.untold.remove(seq)

    def _postpone(self, want: Wanted, now_s: float) -> None:
        want.asked = False
        want.at_s = now_s + min(REORDER_S * 2**want.tries, BACK_OFF_MOST_S)
        want.tries += 1

    def _drop(self, want: Wanted) -> None:
        self._wants = [other for other in self._wants if other is not want]

    def _parts(self, want: Wanted) -> list[Wanted]:
        """Return what of a range is still missing."""
        return [
            Wanted(a, b, want.at_s, want.tries)
            for first, last in self.received.missing(want.first, want.last)
            for a, b in self.gone.missing(first, last)
        ]
