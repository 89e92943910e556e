"""The one way to the disk: packets of all sensors, in batches, in a thread of its own."""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from anklet.errors import AnkletError
from anklet.sensor.repair import Tracker
from anklet.sensor.sink import Exchange, PutReport, Sink
from anklet.sensor.timing import Timing

COMMIT_S = 0.4
"""A killed program loses at most what came since; each commit costs a flush of the disk."""
CAPACITY = 20_000
"""Packets that wait for the disk: five minutes of four sensors, some 6 MB."""
BATCH = 2_000
ECHO_ROUNDS = 5
"""Echoes are kept at every fifth commit: a kill takes 2 s of them, in which clocks hardly drift."""
RETRY_S, RETRY_MOST_S = 0.5, 5.0

T = TypeVar("T")
Item = tuple[Tracker, int, bytes]
"""A packet's stream, number and bytes."""


class Writer:
    """Hands packets to the sink; nothing ever waits for it.

    While the disk hangs or is full, packets wait here; when this is full too they are refused, and
    stay in their sensors until they are asked for again.

    Parameters
    ----------
    sink : Sink
    timing : Timing
    on_trouble : callable, optional
        Told what keeps the sink from writing, in one sentence; empty when it writes again.

    Attributes
    ----------
    trouble : str
    """

    def __init__(
        self, sink: Sink, timing: Timing, on_trouble: Callable[[str], None] | None = None
    ) -> None:
        self.trouble = ""
        self._sink = sink
        self._timing = timing
        self._on_trouble = on_trouble
        self._packets: deque[Item] = deque()
        self._echoes: deque[tuple[str, Exchange]] = deque(maxlen=CAPACITY)
        self._committing = 0
        self._flushing = False
        self._pool = ThreadPoolExecutor(1, "anklet-writer")

    @property
    def waiting(self) -> int:
        """Packets that are not committed yet."""
        return len(self._packets) + self._committing

    @property
    def congested(self) -> bool:
        """No time to ask for more."""
        return self.waiting > CAPACITY // 2

    def put(self, tracker: Tracker, seq: int, data: bytes) -> bool:
        """Take a packet; False: there is no room, as if it had not arrived."""
        if self.waiting >= CAPACITY:
            return False
        self._packets.append((tracker, seq, data))
        return True

    def put_echo(self, sensor_id: str, echo: Exchange) -> None:
        """Take what was learned about a clock."""
        self._echoes.append((sensor_id, echo))

    async def run(self) -> None:
        """Commit what came, again and again, until cancelled."""
        for round_ in itertools.count():
            if len(self._packets) < BATCH:  # what comes during a commit waits for the next
                await self._timing.nap(COMMIT_S)
            if self._packets:
                await self._commit()
            if self._flushing or round_ % ECHO_ROUNDS == 0:
                await self._keep_echoes()

    async def flush(self, patience_s: float) -> bool:
        """Wait until all is committed, but not longer than told; False: the disk does not."""
        until_s = self._timing.now_s() + patience_s
        self._flushing = True
        while self.waiting or self._echoes:
            if self._timing.now_s() >= until_s:
                return False
            await self._timing.sleep(COMMIT_S / 4)
        return True

    async def missing(self, sensor_id: str, stream: int, last: int) -> list[tuple[int, int]]:
        """Return the holes of a stream in the sink."""
        return list(await self._insist(lambda: self._sink.missing(sensor_id, stream, last)))

    def close(self) -> None:
        """End the thread once what it does is done."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _commit(self) -> None:
        count = min(BATCH, len(self._packets))
        batch = [self._packets.popleft() for _ in range(count)]
        self._committing = count
        by_sensor: dict[str, list[Item]] = {}
        for item in batch:
            by_sensor.setdefault(item[0].sensor_id, []).append(item)
        packets = {sensor: [data for _, _, data in items] for sensor, items in by_sensor.items()}
        reports = await self._insist(lambda: self._sink.put(packets))
        self._committing = 0
        for sensor_id, report in reports.items():
            if not report.damaged:  # else which, it does not say: all stay on the sensor
                _note(by_sensor[sensor_id], report)

    async def _keep_echoes(self) -> None:
        by_sensor: dict[str, list[Exchange]] = {}
        for sensor_id, echo in self._echoes:
            by_sensor.setdefault(sensor_id, []).append(echo)
        self._echoes.clear()
        if by_sensor:
            self._committing += len(by_sensor)
            await self._insist(lambda: self._sink.put_echoes(by_sensor))
            self._committing -= len(by_sensor)

    async def _insist(self, work: Callable[[], T]) -> T:
        """Do something in the writer's thread, again until it succeeds."""
        pause_s = RETRY_S
        loop = asyncio.get_running_loop()
        while True:
            try:
                done: Any = await loop.run_in_executor(self._pool, work)
            except (AnkletError, OSError) as error:
                self._tell(str(error))
                await self._timing.sleep(pause_s)
                pause_s = min(2 * pause_s, RETRY_MOST_S)
            else:
                self._tell("")
                return done

    def _tell(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            if self._on_trouble is not None:
                asyncio.get_running_loop().call_soon(self._on_trouble, trouble)


def _note(items: list[Item], report: PutReport) -> None:
    """Tell the trackers what the disk holds."""
    conflicts: dict[int, set[int]] = {}
    for stream, seq in report.conflicts:
        conflicts.setdefault(stream, set()).add(seq)
    by_tracker: dict[Tracker, list[int]] = {}
    for tracker, seq, _ in items:
        by_tracker.setdefault(tracker, []).append(seq)
    for tracker, seqs in by_tracker.items():
        tracker.commit(seqs, conflicts.get(tracker.stream, set()))
