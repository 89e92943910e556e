"""Where packets go: what a capture needs of a store."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class Exchange(NamedTuple):
    """One echo that ties a stream's clock to the computer's monotonic clock, in us.

    ``sensor_us`` is when the sensor got the message; ``host_sent_us`` when it was handed over.
    """

    stream: int
    host_sent_us: int
    sensor_us: int
    host_received_us: int


class PutReport(Protocol):
    """What became of a sensor's packets of one `Sink.put`, all of it committed."""

    @property
    def stored(self) -> int:
        """Packets that are new."""
        ...

    @property
    def duplicates(self) -> int:
        """Packets that were held already with the same bytes."""
        ...

    @property
    def conflicts(self) -> Sequence[tuple[int, int]]:
        """(stream, seq) held already with other bytes."""
        ...

    @property
    def damaged(self) -> Sequence[str]:
        """A sentence for each packet that cannot be read."""
        ...


class Sink(Protocol):
    """Keeps packets; called from one thread of its own, never from the event loop's.

    Any method may raise AnkletError or OSError (a full disk, no permission): it is called again
    with the same until it succeeds.
    """

    def put(self, packets: Mapping[str, list[bytes]]) -> Mapping[str, PutReport]:
        """Keep packets by sensor, bit for bit: when it returns all survive a power cut."""
        ...

    def missing(
        self, sensor_id: str, stream: int, last: int | None = None
    ) -> Sequence[tuple[int, int]]:
        """Return the holes of a stream as (first, last), up to the stream's last seq."""
        ...

    def put_echoes(self, echoes: Mapping[str, list[Exchange]]) -> None:
        """Keep what was learned about clocks, by sensor."""
        ...
