"""The store as a sink of packets."""

from collections.abc import Mapping, Sequence

from anklet.sensor.sink import Exchange
from anklet.sensor.timing import Timing
from anklet.store import ClockEcho, PutReport, Store


class StoreSink:
    """A store that a capture writes into.

    Echoes are kept in microseconds since 1970: the monotonic clock that they were taken by means
    nothing after a restart of the computer. The offset between the two is read once, so that a
    wall clock that is set meanwhile bends no recording.

    Parameters
    ----------
    store : Store
    timing : Timing, optional
        The clocks that the capture uses.
    """

    def __init__(self, store: Store, timing: Timing | None = None) -> None:
        clocks = timing or Timing()
        self._store = store
        self.unix_offset_us = round((clocks.unix_s() - clocks.now_s()) * 1e6)

    def put(self, packets: Mapping[str, list[bytes]]) -> Mapping[str, PutReport]:
        """Keep packets by sensor; all on the disk when it returns."""
        return self._store.put_all_packets(packets)

    def missing(
        self, sensor_id: str, stream: int, last: int | None = None
    ) -> Sequence[tuple[int, int]]:
        """Return the holes of a stream."""
        return self._store.missing(sensor_id, stream, last)

    def put_echoes(self, echoes: Mapping[str, list[Exchange]]) -> None:
        """Keep what was learned about the sensors' clocks."""
        self._store.put_all_echoes(
            {sensor: [self._unix(echo) for echo in kept] for sensor, kept in echoes.items()}
        )

    def _unix(self, echo: Exchange) -> ClockEcho:
        offset_us = self.unix_offset_us
        return ClockEcho(
            echo.stream,
            echo.host_sent_us + offset_us,
            echo.sensor_us,
            echo.host_received_us + offset_us,
        )
