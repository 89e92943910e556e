"""What a sensor made, as it wrote it down itself."""

from collections.abc import Iterator
from typing import NamedTuple


class Packet(NamedTuple):
    """A packet, and whether the sensor found room for it."""

    data: bytes
    kept: bool


def packets_in(record: bytes) -> Iterator[Packet]:
    """Yield the packets of a record; the last may be torn by a power cut and is left out."""
    at = 0
    while at + 3 <= len(record):
        n = int.from_bytes(record[at : at + 2], "little")
        data = record[at + 3 : at + 3 + n]
        if len(data) < n:
            return
        yield Packet(data, bool(record[at + 2]))
        at += 3 + n
