"""Random bytes into every parser on the host's side of the link: no crash, no hang, no bad packet.

Run as a program for a long run, which prints what it did:

    python tests/link/fuzz_parsers.py --count 1000000

`test_capture_parsers.py` runs a few thousand of the same inputs, and what hypothesis finds.
"""

import argparse
import asyncio
import json
import random
import time
import zlib
from collections.abc import Callable

from anklet.errors import PacketError, SensorError
from anklet.packets import MAX_BYTES, decode, encode
from anklet.sensor.ble import BleLink
from anklet.sensor.control import Control, pairs
from anklet.sensor.lines import LONGEST, LineBuffer, seal
from anklet.sensor.link import read_advertisement
from anklet.sensor.repair import Tracker
from anklet.sensor.usb import read_packet

SLOW_S = 0.25
"""Of processor time: no input, of at most some kB, may take longer."""

WORDS = [
    *(b'{"id":1,"ok":"start"', b'{"event":"sent"', b'"stream":', b'"missing":[[', b'"t_us":'),
    *(b"null", b"true", b"1e999", b"-1", b"18446744073709551616", b'"\\ud800"', b"NaN", b"[[[["),
    *(b"{}", b"[]", b"]}", b"}", b",", b":", b"\n", b"#P ", b"#C ", b"\xff", b"\x00", b"AAAA"),
]


def some_bytes(rng: random.Random) -> bytes:
    """Noise, words of the protocol, or a packet with some of it changed."""
    kind = rng.randrange(5)
    if kind == 0:
        return rng.randbytes(rng.choice((0, 1, 5, 23, 24, 44, 164, 165, 244, rng.randrange(600))))
    if kind == 1:
        return b"".join(rng.choices(WORDS, k=rng.randrange(1, 12)))
    if kind == 2:
        told = json.dumps(some_json(rng, 3)).encode()
        return seal(told) if told[:1] == b"{" and len(told) > 2 and rng.random() < 0.5 else told
    n = rng.randrange(9) if kind == 3 else 0
    body = bytearray((1, n)) + rng.randbytes(16) + bytes((rng.choice((1, 2, 2, 7)), 0))
    if n:
        body += rng.randbytes(20 * n)
    else:
        body += json.dumps(some_json(rng, 2)).encode()[: rng.randrange(160)]
    if rng.random() < 0.2:
        body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
    data = bytes(body) + zlib.crc32(body).to_bytes(4, "little")
    return data[: rng.randrange(len(data))] if rng.random() < 0.1 else data


def some_json(rng: random.Random, deep: int):
    kind = rng.randrange(8)
    if kind == 0 and deep:
        return [some_json(rng, deep - 1) for _ in range(rng.randrange(4))]
    if kind <= 2 and deep:
        keys = ("id", "ok", "event", "stream", "from", "to", "missing", "error", "why", "t_us")
        return {rng.choice(keys): some_json(rng, deep - 1) for _ in range(rng.randrange(5))}
    return rng.choice(
        (None, True, -1, 0, 1, 1.5, 2**31, 2**64, 1e308, "", "sent", "busy", "\ud800", [3, 9])
    )


class Deaf:
    """A link that nobody is at the other end of."""

    kind, name, trusted = "simulated", "it", True


class Parsers:
    """All of them; each takes bytes and says whether it found something whole in them."""

    def __init__(self) -> None:
        self.lines = LineBuffer()
        self.events: list[dict] = []
        self.control = Control(Deaf(), on_event=self.events.append, timing=None)  # type: ignore
        self.ble_packets: list[bytes] = []
        self.ble = BleLink("AA:BB")
        self.ble.listen(lambda data, _s: self.ble_packets.append(data), self.on_line, print)
        self.each: list[Callable[[bytes], bool]] = [
            self.packet,
            self.line_buffer,
            self.reply,
            self.notification,
            self.usb_line,
            self.advertisement,
            self.ranges,
        ]

    def on_line(self, line: bytes, host_s: float) -> None:
        self.control.on_line(line, host_s)

    def packet(self, data: bytes) -> bool:
        try:
            packet = decode(data)
        except PacketError:
            return False
        assert len(data) <= MAX_BYTES
        assert zlib.crc32(data[:-4]) == int.from_bytes(data[-4:], "little")
        assert (packet.note is None) == bool(len(packet.samples))
        if packet.note is None:
            assert encode(packet) == data, "a packet is not what it was read from"
        return True

    def line_buffer(self, data: bytes) -> bool:
        lines = self.lines.feed(data)
        assert all(line and len(line) <= LONGEST and b"\n" not in line for line in lines)
        assert len(self.lines._part) <= LONGEST
        return bool(lines)

    def reply(self, data: bytes) -> bool:
        self.events.clear()
        self.control.on_line(data, 1.0)
        return bool(self.events)

    def notification(self, data: bytes) -> bool:
        self.ble._notified_data(None, bytearray(data))
        assert self.ble_packets.pop() == data
        self.ble._notified_control(None, bytearray(data))
        return True

    def usb_line(self, data: bytes) -> bool:
        return read_packet(b"#P " + data if data[:1] != b"#" else data) is not None

    def advertisement(self, data: bytes) -> bool:
        found = read_advertisement(data, "AA:BB", None, -60)
        assert found.battery is None or 0 <= found.battery <= 100
        return bool(found.short_id)

    def ranges(self, data: bytes) -> bool:
        """What a reply to `resend` claims is missing, believed only within what was asked for."""
        try:
            told = json.loads(data)
        except (ValueError, RecursionError):
            return False
        tracker = Tracker("it", 1)
        tracker.expect(9, 0.0)
        (want,) = tracker.due(10.0)
        tracker.answered(want, pairs(told), 10.0)
        assert all(0 <= first <= last <= 9 for first, last in tracker.gone)
        return bool(tracker.gone)


def fuzz(count: int, seed: int = 1) -> dict[str, int]:
    """Feed so many inputs, each to all parsers; return how many of them each understood."""
    rng, parsers = random.Random(seed), Parsers()
    understood = {parser.__name__: 0 for parser in parsers.each}
    for _ in range(count):
        data = some_bytes(rng)
        for parser in parsers.each:
            began = time.thread_time()
            try:
                understood[parser.__name__] += parser(data)
            except SensorError:
                raise
            except Exception as error:
                error.add_note(f"{parser.__name__}({data!r})")
                raise
            took_s = time.thread_time() - began
            assert took_s < SLOW_S, f"{parser.__name__}({data!r}) took {took_s:.2f} s"
    return understood


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--count", type=int, default=1_000_000)
    reader.add_argument("--seed", type=int, default=1)
    asked = reader.parse_args()
    began = time.monotonic()
    understood = asyncio.run(_fuzz(asked.count, asked.seed))
    print(
        f"{asked.count} inputs (seed {asked.seed}) to each of {len(understood)} parsers in "
        f"{time.monotonic() - began:.0f} s: no crash, none over {SLOW_S} s; understood: "
        + ", ".join(f"{name} {n}" for name, n in understood.items())
    )


async def _fuzz(count: int, seed: int) -> dict[str, int]:
    return fuzz(count, seed)


if __name__ == "__main__":
    main()
