"""The packet: one unit from sensor to disk, bit for bit the same (layout: ``docs/protocol.md``).

Little-endian, at most 164 bytes, so that one fits a BLE notification at ATT MTU 185. A packet
carries either 1 to 7 samples or one note (JSON), and ends with a CRC-32 (zlib's) of all before it.
"""

import json
import math
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from anklet.errors import PacketError

VERSION = 1
MAX_BYTES = 164
MAX_SAMPLES = 7
MAX_NOTE_BYTES = 140
QUAT_ONE = 32767
"""Orientation counts of a quaternion component of 1."""

SATURATED = 1
LOST_BEFORE = 2
AT_REST = 4
FLAGS = {
    SATURATED: "a sample of this packet was at the end of a sensor's range",
    LOST_BEFORE: "samples were lost before this packet (the IMU's FIFO overflowed)",
    AT_REST: "the sensor was at rest",
}

STANDARD_GRAVITY_M_S2 = 9.80665
"""CGPM 1901; datasheets give accelerometer scales in this g."""


class Scale(NamedTuple):
    """What one count is worth."""

    acc_m_s2: float
    gyr_rad_s: float
    what: str


SCALES = {
    1: Scale(
        0.488e-3 * STANDARD_GRAVITY_M_S2,
        math.radians(70e-3),
        "ST LSM6DS family, +-16 g and +-2000 deg/s: 0.488 mg, 70 mdps (DS12140 table 2)",
    ),
    2: Scale(
        16 / 32768 * STANDARD_GRAVITY_M_S2,
        math.radians(2000 / 32768),
        "InvenSense MPU-6886, +-16 g and +-2000 deg/s: 1/2048 g, 61.04 mdps (DS-000193 3.1, 3.2)",
    ),
}
"""LSB sizes by scale code: not full scales, which makers divide differently."""

HEADER = np.dtype(
    [
        ("version", "u1"),
        ("count", "u1"),
        ("stream", "<u4"),
        ("seq", "<u4"),
        ("time_us", "<u2", (3,)),
        ("period_us", "<u2"),
        ("scale", "u1"),
        ("flags", "u1"),
    ]
)
HEADER_NOTES = {
    "version": "1",
    "count": "samples, 1..7; 0 = a note",
    "stream": "random at each start of sampling",
    "seq": "+1 a packet, from 0, notes included",
    "time_us": "u48: the sensor's monotonic clock since boot, at the first sample, in us",
    "period_us": "spacing of the samples, in us",
    "scale": "code into the table of LSB sizes",
    "flags": "sum of the flags below",
}
_HEAD = struct.Struct("<BBIIHHHHBB")
"""`HEADER` again: reading one with NumPy takes longer than all the rest of `decode`."""
SAMPLE = np.dtype([("acc", "<i2", (3,)), ("gyr", "<i2", (3,)), ("quat", "<i2", (4,))])
CRC_BYTES = 4


@dataclass(frozen=True, eq=False)
class Packet:
    """One packet, decoded.

    Parameters
    ----------
    stream, seq : int
        With the sensor's id, the key of the packet.
    time_us, period_us : int
        Sensor time of the first sample, and spacing of the samples, in us.
    scale : int
        Code into :data:`SCALES`.
    flags : int
        Sum of :data:`SATURATED`, :data:`LOST_BEFORE` and :data:`AT_REST`.
    samples : (n,) array of :data:`SAMPLE`
        Counts in the lid frame; empty in a note.
    note : dict or None
        The note's JSON object.
    """

    stream: int
    seq: int
    time_us: int
    period_us: int
    scale: int = 1
    flags: int = 0
    samples: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, SAMPLE))
    note: dict[str, Any] | None = None


class Block(NamedTuple):
    """The samples of many packets in SI units: (n,), (n, 3), (n, 3), (n, 4) and (n,) arrays.

    ``quat`` is sensor to earth, w first; ``flags`` repeats each packet's flags for its samples.
    """

    t_us: NDArray[np.int64]
    acc_m_s2: NDArray[np.float64]
    gyr_rad_s: NDArray[np.float64]
    quat: NDArray[np.float64]
    flags: NDArray[np.uint8]


def encode(packet: Packet) -> bytes:
    """Return the bytes of a packet.

    Raises
    ------
    PacketError
        When a field does not fit: more than 7 samples, a note over 140 bytes, both or neither.
    """
    payload = _note_bytes(packet.note) if packet.note is not None else packet.samples.tobytes()
    n = len(packet.samples)
    if (packet.note is None) != (1 <= n <= MAX_SAMPLES) or (packet.note is not None and n):
        raise PacketError(f"A packet carries 1 to {MAX_SAMPLES} samples or one note; got {n}.")
    if packet.scale not in SCALES:
        raise PacketError(f"Scale code {packet.scale} is not in the table of scales.")
    if packet.samples.dtype != SAMPLE:
        raise PacketError("A packet's samples must be an array of packets.SAMPLE.")
    header = np.zeros((), HEADER)
    limits = {"stream": 32, "seq": 32, "time_us": 48, "period_us": 16, "flags": 8}
    for name, bits in limits.items():
        value = getattr(packet, name)
        if not isinstance(value, int) or not 0 <= value < 1 << bits:
            raise PacketError(f"Packet field {name} is {value!r}; it must be a {bits}-bit integer.")
        header[name] = [value >> s & 0xFFFF for s in (0, 16, 32)] if name == "time_us" else value
    header["version"], header["count"], header["scale"] = VERSION, n, packet.scale
    body = header.tobytes() + payload
    return body + zlib.crc32(body).to_bytes(CRC_BYTES, "little")


def decode(data: bytes) -> Packet:
    """Read one packet.

    Raises
    ------
    PacketError
        When the bytes are cut short, damaged, or of a version that this program cannot read.
    """
    if len(data) < HEADER.itemsize + CRC_BYTES:
        raise PacketError(
            f"A packet of {len(data)} bytes is cut short (at least "
            f"{HEADER.itemsize + CRC_BYTES} are needed); fetch it again from the sensor."
        )
    if data[0] != VERSION:
        raise PacketError(
            f"A packet of version {data[0]} cannot be read by this program (it knows version "
            f"{VERSION}); update anklet."
        )
    if zlib.crc32(data[:-CRC_BYTES]) != int.from_bytes(data[-CRC_BYTES:], "little"):
        raise PacketError(
            f"A packet of {len(data)} bytes fails its checksum: it is damaged or cut short; "
            "fetch it again from the sensor."
        )
    _, n, stream, seq, low, middle, high, period_us, scale, flags = _HEAD.unpack_from(data)
    payload = data[HEADER.itemsize : -CRC_BYTES]
    if n > MAX_SAMPLES or (n and len(payload) != n * SAMPLE.itemsize):
        raise PacketError(f"A packet says {n} samples but carries {len(payload)} bytes of them.")
    if scale not in SCALES:
        raise PacketError(
            f"A packet uses scale code {scale}, unknown to this program; update anklet."
        )
    return Packet(
        stream=stream,
        seq=seq,
        time_us=low | middle << 16 | high << 32,
        period_us=period_us,
        scale=scale,
        flags=flags,
        samples=np.frombuffer(payload, SAMPLE, n),
        note=None if n else _read_note(payload),
    )


def concatenate(packets: Iterable[Packet]) -> Block:
    """Samples of many packets, in the order given, in SI units; notes are passed over.

    Examples
    --------
    >>> samples = np.zeros(2, SAMPLE)
    >>> concatenate([Packet(stream=1, seq=0, time_us=50, period_us=10, samples=samples)]).t_us
    array([50, 60])
    """
    held = [p for p in packets if p.note is None]
    counts = [len(p.samples) for p in held]
    index = np.repeat(np.arange(len(held)), counts)
    first = np.repeat(np.cumsum([0, *counts])[:-1], counts)
    within = np.arange(len(index)) - first
    samples = np.concatenate([np.zeros(0, SAMPLE), *(p.samples for p in held)])
    scale = np.array([SCALES[p.scale][:2] for p in held]).reshape(-1, 2)[index]
    time = np.array([(p.time_us, p.period_us, p.flags) for p in held], np.int64).reshape(-1, 3)
    time = time[index]
    return Block(
        time[:, 0] + within * time[:, 1],
        samples["acc"] * scale[:, :1],
        samples["gyr"] * scale[:, 1:],
        samples["quat"] / QUAT_ONE,
        time[:, 2].astype(np.uint8),
    )


def pack_samples(
    acc_m_s2: NDArray[np.float64],
    gyr_rad_s: NDArray[np.float64],
    quat: NDArray[np.float64],
    scale: int,
) -> NDArray[np.void]:
    """Quantise samples to counts, clipped at the ends of the range as the sensor does.

    Parameters
    ----------
    acc_m_s2, gyr_rad_s : (n, 3) array
        Specific force in m/s2 and angular rate in rad/s, lid frame.
    quat : (n, 4) array
        Orientation, sensor to earth, w first, either sign.
    scale : int
        Code into :data:`SCALES`.

    Returns
    -------
    (n,) array of :data:`SAMPLE`
    """
    out = np.zeros(len(acc_m_s2), SAMPLE)
    lsb = SCALES[scale]
    out["acc"] = np.clip(np.round(acc_m_s2 / lsb.acc_m_s2), -32768, 32767)
    out["gyr"] = np.clip(np.round(gyr_rad_s / lsb.gyr_rad_s), -32768, 32767)
    counts = np.round(QUAT_ONE * np.where(quat[:, :1] < 0, -quat, quat))
    out["quat"] = np.clip(counts, -QUAT_ONE, QUAT_ONE)
    return out


def _note_bytes(note: dict[str, Any]) -> bytes:
    try:
        payload = json.dumps(
            note, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        ).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise PacketError(f"A note must be plain JSON: {error}.") from error
    if len(payload) > MAX_NOTE_BYTES:
        raise PacketError(
            f"A note of {len(payload)} bytes does not fit a packet (at most {MAX_NOTE_BYTES}); "
            "split it into several."
        )
    return payload


def _read_note(payload: bytes) -> dict[str, Any]:
    if len(payload) > MAX_NOTE_BYTES:
        raise PacketError(
            f"A note of {len(payload)} bytes is not one of at most {MAX_NOTE_BYTES} bytes."
        )
    try:
        note = json.loads(payload.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise PacketError("A note packet does not hold JSON; the sensor wrote it wrong.") from error
    if not isinstance(note, dict):
        raise PacketError("A note packet must hold one JSON object; the sensor wrote it wrong.")
    return cast("dict[str, Any]", note)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
