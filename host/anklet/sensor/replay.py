"""A stored recording as if its sensor sent it now."""

from collections.abc import Iterable

from anklet.errors import SensorError
from anklet.packets import Packet, decode
from anklet.sensor.simulated import SimulatedLink
from anklet.sensor.timing import Timing
from anklet.sensor.virtual import VirtualSensor

AT_ONCE = 1e6
"""A speed that only the link's own limits."""
FAST_INTERVAL_S = 0.002


class Recorded:
    """The packets of one stream, each due at its own time.

    Parameters
    ----------
    packets : iterable of bytes
        In the order of their numbers.
    speed : float
        How many times faster than they were recorded.
    """

    def __init__(self, packets: Iterable[bytes], speed: float = 1.0) -> None:
        self._packets = list(packets)
        self.decoded: list[Packet] = [decode(data) for data in self._packets]
        if not self.decoded:
            raise SensorError("There are no packets to replay; name another recording.")
        self.stream: int | None = self.decoded[0].stream
        if any(packet.stream != self.stream for packet in self.decoded):
            raise SensorError("The packets are of several streams; replay one after the other.")
        period_us = max(packet.period_us for packet in self.decoded)
        self.rate_hz = round(1e6 / period_us) if period_us else 0
        self.start_us = min(packet.time_us for packet in self.decoded)
        self._speed = speed

    def due_us(self, k: int) -> int | None:
        """Return when packet k is complete, us from the start."""
        if k >= len(self.decoded):
            return None
        packet = self.decoded[k]
        end_us = packet.time_us + len(packet.samples) * packet.period_us
        return int((end_us - self.start_us) / self._speed)

    def packet(self, k: int, stream: int, seq: int, start_us: int, start_s: float) -> bytes:  # noqa: ARG002
        """Return packet k as it was."""
        return self._packets[k]


def replay(
    packets: Iterable[bytes], *, speed: float = 1.0, timing: Timing | None = None
) -> SimulatedLink:
    """Return a link over which a recording arrives once more.

    Parameters
    ----------
    packets : iterable of bytes
        One stream, as stored.
    speed : float
        How many times faster than it was recorded; `AT_ONCE`: as fast as it can be.
    timing : Timing, optional

    Raises
    ------
    PacketError, SensorError
        When the packets cannot be read, or are not of one stream.
    """
    recorded = Recorded(packets, speed)
    told = {k: v for packet in recorded.decoded for k, v in (packet.note or {}).items()}
    sensor = VirtualSensor(
        str(told.get("sensor") or "recording"),
        recorded,
        side=told.get("side"),
        segment=told.get("segment"),
        name=str(told.get("name") or ""),
        ring_packets=len(recorded.decoded) + 1,
    )
    sensor.boot_us = recorded.start_us
    interval_s = 0.03 if speed <= 1 else FAST_INTERVAL_S
    most = 6 if speed <= 1 else 64
    return SimulatedLink(
        sensor, timing=timing, interval_s=interval_s, packets_an_event=most, kind="replay"
    )
