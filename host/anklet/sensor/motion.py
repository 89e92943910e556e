"""Where the samples of a virtual sensor come from."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from anklet.errors import SensorError
from anklet.packets import MAX_SAMPLES, SAMPLE, VERSION

_HEADER = struct.Struct("<BBIIHHHHBB")


class Source(Protocol):
    """Where the samples of a virtual sensor come from."""

    stream: int | None
    """The number of the only stream that there is; None: a new one at each start."""
    rate_hz: int

    def due_us(self, k: int) -> int | None:
        """Return when packet k is complete, us from the start; None: there is none."""
        ...

    def packet(self, k: int, stream: int, seq: int, start_us: int, start_s: float) -> bytes:
        """Return packet k of a stream that started at some sensor time and host time."""
        ...


@dataclass
class Beginning:
    """When a movement begins, by the host's clock: when the first of its sensors is started."""

    at_s: float | None = None

    def since_s(self, start_s: float) -> float:
        """Return when it was; it is when the first sensor that asks was started."""
        if self.at_s is None:
            self.at_s = start_s
        return self.at_s


@dataclass
class Motion:
    """Samples on a clock that several sensors share, going round and round or done once.

    Parameters
    ----------
    payloads : sequence of bytes
        Samples of each packet, `anklet.packets.SAMPLE`.
    period_us : int
        Of the samples.
    start_s, loop_s : float
        When the first of them was taken on the shared clock, and after how long all starts again
        (infinite: never, the last samples go on).
    begin : Beginning or None
        The shared clock counts from it; None: it is the host's.
    """

    payloads: Sequence[bytes]
    period_us: int = 9615
    start_s: float = 0.0
    loop_s: float | None = None
    stream: int | None = None
    rate_hz: int = 104
    begin: Beginning | None = None

    def __post_init__(self) -> None:
        self._samples = len(self.payloads[0]) // SAMPLE.itemsize
        if not 1 <= self._samples <= MAX_SAMPLES or len({len(p) for p in self.payloads}) != 1:
            raise SensorError("Every packet of a motion must have the same 1 to 7 samples.")
        self._packet_us = self._samples * self.period_us

    def due_us(self, k: int) -> int:
        """Return when packet k is complete, us from the start."""
        return (k + 1) * self._packet_us

    def packet(self, k: int, stream: int, seq: int, start_us: int, start_s: float) -> bytes:
        """Return packet k."""
        packet_s = self._packet_us * 1e-6
        loop_s = self.loop_s or len(self.payloads) * packet_s
        begin_s = 0.0 if self.begin is None else self.begin.since_s(start_s)
        at_s = (start_s + k * packet_s - begin_s) % loop_s - self.start_s
        n = min(max(round(at_s / packet_s), 0), len(self.payloads) - 1)
        time_us = start_us + k * self._packet_us
        parts = (time_us & 0xFFFF, time_us >> 16 & 0xFFFF, time_us >> 32)
        head = _HEADER.pack(VERSION, self._samples, stream, seq, *parts, self.period_us, 1, 0)
        body = head + self.payloads[n]
        return body + zlib.crc32(body).to_bytes(4, "little")
