"""The packet: one unit from sensor to disk (layout: ``docs/protocol.md``).

Little-endian: version, count, stream u32, seq u32, time_us u48, period_us u16, scale, flags;
count x 20 bytes of samples, or a note of JSON; CRC-32 of all before.
"""

import json
import struct

import micropython
from micropython import const

from anklet_sensor.errors import Fault

VERSION = const(1)
MAX_BYTES = const(164)
MAX_SAMPLES = const(7)
MAX_NOTE_BYTES = const(140)
HEADER_BYTES = const(20)
SAMPLE_BYTES = const(20)
CRC_BYTES = const(4)
SCALES = const(2)
"""Scale codes 1..2 are known."""

SATURATED = const(1)
LOST_BEFORE = const(2)
AT_REST = const(4)


def _make_table() -> bytearray:
    table = bytearray(64)
    for i in range(16):
        crc = i
        for _ in range(4):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
        struct.pack_into("<I", table, 4 * i, crc)
    return table


_TABLE = _make_table()


@micropython.viper
def _crc(buf: ptr8, n: int, table: ptr32, write: int) -> int:
    # zlib's CRC-32 of n bytes, written behind them or compared with what stands there: as a
    # result it would be a heap object (binascii.crc32 returns one)
    crc = uint(0xFFFFFFFF)
    for i in range(n):
        crc = crc ^ uint(buf[i])
        crc = (crc >> 4) ^ uint(table[int(crc & uint(15))])
        crc = (crc >> 4) ^ uint(table[int(crc & uint(15))])
    crc = crc ^ uint(0xFFFFFFFF)
    for i in range(4):
        byte = int((crc >> (8 * i)) & uint(255))
        if write:
            buf[n + i] = byte
        elif int(buf[n + i]) != byte:
            return 0
    return 1


def put_crc(buf, n: int) -> None:
    """Write the CRC-32 of the first n bytes behind them. Allocates nothing."""
    _crc(buf, n, _TABLE, 1)


def crc_right(buf, n: int) -> bool:
    """Say whether the CRC-32 of the first n bytes stands behind them. Allocates nothing."""
    return bool(_crc(buf, n, _TABLE, 0))


def whole(buf, n: int) -> bool:
    """Say whether the first n bytes are a packet: version, length and CRC. Allocates nothing."""
    if not HEADER_BYTES + CRC_BYTES <= n <= MAX_BYTES or n > len(buf):
        return False
    samples = buf[1]
    if buf[0] != VERSION or not 1 <= buf[18] <= SCALES:
        return False
    if samples and n != HEADER_BYTES + SAMPLE_BYTES * samples + CRC_BYTES:
        return False
    return crc_right(buf, n - CRC_BYTES)


def check(buf, n: int) -> bool:
    """Say whether the first n bytes are a packet that the desktop will take: notes are read too."""
    return whole(buf, n) and (buf[1] > 0 or _is_note(bytes(buf[HEADER_BYTES : n - CRC_BYTES])))


def stream_of(buf) -> int:
    """Return the stream of a packet."""
    return struct.unpack_from("<I", buf, 2)[0]


def seq_of(buf) -> int:
    """Return the number of a packet in its stream."""
    return struct.unpack_from("<I", buf, 6)[0]


class Packer:
    """Makes the packets of one stream.

    Samples go into `buf` where they stay until sealed; notes have a buffer of their own and may be
    made while a packet of samples is open.

    Parameters
    ----------
    samples_a_packet : int
        1 to 7; may be changed at any time.
    """

    def __init__(self, samples_a_packet: int = 6) -> None:
        if not 1 <= samples_a_packet <= MAX_SAMPLES:
            raise Fault("setting", "a packet holds 1 to %d samples" % MAX_SAMPLES)
        self.buf = bytearray(MAX_BYTES)
        self.n = 0
        self.seq = 0
        self.samples_a_packet = samples_a_packet
        self._flags = 0
        self._note = bytearray(MAX_BYTES)

    def begin(self, stream: int, scale: int) -> None:
        """Start a stream (u32) at seq 0; what was open is dropped."""
        if not 1 <= scale <= SCALES:
            raise Fault("imu", "the scale code %d is in no table: update the firmware" % scale)
        for buf in (self.buf, self._note):
            buf[0] = VERSION
            struct.pack_into("<I", buf, 2, stream)
            buf[18] = scale
        self.seq = 0
        self.n = 0

    def open(self, time_us: int, flags: int = 0) -> None:
        """Start a packet with the time of its first sample, in us since boot (u48)."""
        _put_time(self.buf, time_us)
        self._flags = flags
        self.n = 0

    def offset(self) -> int:
        """Return where in `buf` the next sample's 20 bytes go (a multiple of 4)."""
        return HEADER_BYTES + SAMPLE_BYTES * self.n

    def add(self) -> bool:
        """Count the sample written at `offset`; True: the packet is full and must be sealed."""
        self.n += 1
        return self.n >= self.samples_a_packet

    def seal(self, period_us: int, flags: int = 0) -> int:
        """Finish the packet in `buf` and return its length; 0 when it holds no sample."""
        n = self.n
        if not n:
            return 0
        self.n = 0
        return self._finish(self.buf, n, period_us, flags | self._flags, SAMPLE_BYTES * n)

    def note(self, obj: dict, time_us: int, period_us: int = 0):
        """Return a finished packet that holds a JSON object; it is valid until the next note.

        Raises
        ------
        Fault
            "note": more than 140 bytes, or no JSON (NaN, infinity, half of a surrogate pair).
        """
        text = json.dumps(obj, separators=(",", ":")).encode()
        if len(text) > MAX_NOTE_BYTES:
            raise Fault("note", "a note of %d bytes does not fit: shorten it" % len(text))
        if not _is_note(text):
            raise Fault("note", "a note must be one JSON object of finite numbers and plain text")
        self._note[HEADER_BYTES : HEADER_BYTES + len(text)] = text
        _put_time(self._note, time_us)
        n = self._finish(self._note, 0, period_us, 0, len(text))
        return memoryview(self._note)[:n]

    def _finish(self, buf: bytearray, count: int, period_us: int, flags: int, length: int) -> int:
        buf[1] = count
        struct.pack_into("<I", buf, 6, self.seq)
        struct.pack_into("<H", buf, 16, period_us)
        buf[19] = flags
        self.seq += 1
        put_crc(buf, HEADER_BYTES + length)
        return HEADER_BYTES + length + CRC_BYTES


def _put_time(buf: bytearray, time_us: int) -> None:
    struct.pack_into("<IH", buf, 10, time_us & 0xFFFFFFFF, time_us >> 32)


def _is_note(text: bytes) -> bool:
    for i in range(len(text) - 1):
        if text[i] == 0xED and text[i + 1] >= 0xA0:  # a surrogate: MicroPython lets it pass
            return False
    try:
        return len(text) <= MAX_NOTE_BYTES and isinstance(json.loads(text), dict)
    except ValueError:
        return False
