"""The store as a sink of packets."""

from collections.abc import Sequence

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

    def put(self, sensor_id: str, packets: list[bytes]) -> PutReport:
        """Keep packets; on the disk when it returns."""
        return self._store.put_packets(sensor_id, packets)

    def missing(
        self, sensor_id: str, stream: int, last: int | None = None
    ) -> Sequence[tuple[int, int]]:
        """Return the holes of a stream."""
        return self._store.missing(sensor_id, stream, last)

    def put_echoes(self, sensor_id: str, echoes: list[Exchange]) -> None:
        """Keep what was learned about a sensor's clock."""
        offset_us = self.unix_offset_us
        self._store.put_echoes(
            sensor_id,
            [
                ClockEcho(
                    echo.stream,
                    echo.host_sent_us + offset_us,
                    echo.sensor_us,
                    echo.host_received_us + offset_us,
                )
                for echo in echoes
            ],
        )
