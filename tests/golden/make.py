"""Write packets.json: examples of packets with their bytes, for host and firmware alike.

Uses nothing but the layout in docs/protocol.md, so that the host's codec is checked against a
second reading of it. Run again only when the layout changes.
"""

import json
import struct
import zlib
from pathlib import Path

LOW, HIGH = -32768, 32767


def packet(count, payload, *, version=1, stream=0, seq=0, time_us=0, period_us=9615, **codes):
    body = struct.pack("<BBII", version, count, stream, seq) + time_us.to_bytes(6, "little")
    body += struct.pack("<HBB", period_us, codes.get("scale", 1), codes.get("flags", 0)) + payload
    return body + struct.pack("<I", zlib.crc32(body))


def rows(samples):
    return b"".join(struct.pack("<10h", *row) for row in samples)


def ramp(n):
    return [[10 * k + c - 100 for c in range(6)] + [32767 - k, k, -k, 2 * k] for k in range(n)]


def good(name, *, samples=None, note_json=None, **fields):
    payload = rows(samples) if samples else note_json.encode()
    content = {"samples": samples} if samples else {"note_json": note_json}
    data = packet(len(samples or []), payload, **fields)
    return {"name": name, "fields": {**fields, **content}, "hex": data.hex()}


def bad(name, data, why):
    return {"name": name, "hex": data.hex(), "why": why}


BASE = {"stream": 0x1234ABCD, "seq": 42, "time_us": 1_000_000, "period_us": 9615}
LARGEST = {"stream": 2**32 - 1, "seq": 2**32 - 1, "time_us": 2**48 - 1, "period_us": 2**16 - 1}
SMALLEST = {"stream": 0, "seq": 0, "time_us": 0, "period_us": 0}
EXTREME = [[LOW, HIGH, LOW, HIGH, LOW, HIGH, HIGH, 0, 0, 0], [HIGH, LOW, 0, 0, 1, -1, 0, LOW, 1, 2]]
LONGEST = '{"t":"' + "x" * 132 + '"}'
PLAIN = {"scale": 1, "flags": 0}

PACKETS = [
    good("one sample", **BASE, **PLAIN, samples=ramp(1)),
    good("six samples, the usual", **BASE, **PLAIN, samples=ramp(6)),
    good("seven samples, the most", **BASE, **PLAIN, samples=ramp(7)),
    good("counts at the ends of their range", **BASE, scale=1, flags=1, samples=EXTREME),
    good("all flags, the other scale", **BASE, scale=2, flags=7, samples=ramp(2)),
    good("flag: samples lost before", **BASE, scale=1, flags=2, samples=ramp(1)),
    good("flag: at rest", **BASE, scale=2, flags=4, samples=ramp(1)),
    good("largest fields", **LARGEST, **PLAIN, samples=ramp(1)),
    good("smallest fields", **SMALLEST, **PLAIN, samples=ramp(1)),
    good("a note", **BASE, **PLAIN, note_json='{"note":"marker","value":3}'),
    good("an empty note", **SMALLEST, **PLAIN, note_json="{}"),
    good("a note with unicode", **BASE, **PLAIN, note_json='{"name":"Knöchel 右 🦶"}'),
    good("the longest note", **BASE, **PLAIN, note_json=LONGEST),
]
BAD = [
    bad("nothing", b"", "cut short"),
    bad("cut short in the header", packet(1, rows(ramp(1)))[:19], "cut short"),
    bad("cut short in the samples", packet(6, rows(ramp(6)))[:100], "checksum"),
    bad("a flipped bit", packet(1, rows(ramp(1)))[:-5] + b"\xff" + b"\0" * 4, "checksum"),
    bad("a later version", packet(1, rows(ramp(1)), version=2), "version 2"),
    bad("an unknown scale", packet(1, rows(ramp(1)), scale=99), "scale code 99"),
    bad("more samples than fit", packet(8, rows(ramp(8))), "8 samples"),
    bad("fewer samples than it says", packet(3, rows(ramp(2))), "3 samples"),
    bad("a note that is no JSON", packet(0, b"hello"), "JSON"),
    bad("a note that is no object", packet(0, b"[1,2]"), "JSON object"),
    bad("a note that is too long", packet(0, b'{"t":"' + b"x" * 133 + b'"}'), "140 bytes"),
]

if __name__ == "__main__":
    text = json.dumps({"packets": PACKETS, "bad": BAD}, indent=1, ensure_ascii=False)
    Path(__file__).with_name("packets.json").write_text(text + "\n", "utf-8")
