"""Control messages: read, and their arguments checked."""

import binascii
import json

from micropython import const

from anklet_sensor.errors import Fault

MAX_LINE = const(1024)
"""Bytes of a message or reply, its newline not counted."""

_DEEPEST = const(8)
_EXACT = const(9_007_199_254_740_992)  # 2**53: whole numbers that every JSON reader keeps
_YEAR_2020_US = const(1_577_836_800_000_000)
_YEAR_2100_US = const(4_102_444_800_000_000)
_HEX = "0123456789abcdefABCDEF"
_SEAL = b',"crc":'
_SEALED = const(19)  # a seal of ten digits, the bracket and the newline


def parse(line) -> dict:
    """Return the message in a line (None: it was too long); Fault "size", "json", "range"."""
    if line is None:
        raise Fault("size", "a message must be at most %d bytes, and 16 may wait" % MAX_LINE)
    if _is_damaged(line):
        raise Fault("crc", "the message was damaged on its way: send it again")
    try:
        message = json.loads(line) if _well_formed(line) else None
    except (ValueError, TypeError):
        message = None
    if not isinstance(message, dict):
        raise Fault("json", "the message is not one JSON object of plain UTF-8, 8 deep at most")
    _check_finite(message)
    return message


def seal(line: bytearray) -> None:
    """Make room in a message, for `close_seal` to say the CRC-32 of all before it."""
    line[-1:] = _SEAL + b"         0}\n"


def close_seal(line: bytearray) -> None:
    """Put the CRC into a line that has room for it, now that nothing in it changes any more."""
    n = len(line) - _SEALED
    if n > 0 and line[n : n + len(_SEAL)] == _SEAL:
        line[n + len(_SEAL) :] = b"%10d}\n" % binascii.crc32(memoryview(line)[:n])


def _is_damaged(line: bytes) -> bool:
    n = line.rfind(_SEAL)
    told = line[n + len(_SEAL) : -1].strip() if n > 0 else b""
    return told.isdigit() and int(told) != binascii.crc32(memoryview(line)[:n])


def _well_formed(line: bytes) -> bool:
    # MicroPython's json takes what is cut off or closed by the wrong bracket, and half of a
    # surrogate pair, which no UTF-8 can carry back.
    line.decode()
    opened = []
    quoted = escaped = False
    before = 0
    for c in line:
        if before == 0xED and c >= 0xA0:
            return False
        before = c
        if escaped:
            escaped = False
        elif quoted:
            escaped = c == 0x5C
            quoted = c != 0x22
        elif c == 0x22:
            quoted = True
        elif c in (0x7B, 0x5B):
            opened.append(c + 2)
            if len(opened) > _DEEPEST:
                return False
        elif c in (0x7D, 0x5D) and (not opened or opened.pop() != c):
            return False
    halves = line.lower().split(b"\\ud")[1:]
    return not (opened or quoted or any(half[:1] in b"89abcdef" for half in halves))


def _check_finite(value) -> None:
    if isinstance(value, float) and value - value != 0:
        raise Fault("range", "a number in the message is too large")
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return
    for item in value:
        _check_finite(item)


def is_id(value) -> bool:
    """Say whether a reply can repeat this as its id."""
    if isinstance(value, str):
        return len(value) <= 32
    return type(value) is int and -_EXACT <= value <= _EXACT


def whole(message: dict, key: str, low: int, high: int, default=None) -> int:
    """Return a whole number within bounds; Fault "missing", "type", "range"."""
    value = message.get(key)
    if value is None:
        value = default
    if value is None:
        raise Fault("missing", "%s is missing" % key)
    return checked(value, key, low, high)


def checked(value, what: str, low: int, high: int) -> int:
    """Return a value that is a whole number within bounds."""
    if type(value) is not int:
        raise Fault("type", "%s must be a whole number" % what)
    if not low <= value <= high:
        raise Fault("range", "%s must be from %d to %d" % (what, low, high))
    return value


def unix_us(message: dict) -> int:
    """Return the wall clock that a message tells."""
    return whole(message, "unix_us", _YEAR_2020_US, _YEAR_2100_US)


def text(message: dict, key: str, least: int, most: int) -> str:
    """Return plain text of so many bytes; Fault "missing", "type", "range"."""
    value = message.get(key)
    if value is None:
        raise Fault("missing", "%s is missing" % key)
    if not isinstance(value, str):
        raise Fault("type", "%s must be text" % key)
    if not least <= len(value.encode()) <= most or any(c < " " for c in value):
        raise Fault("range", "%s must be plain text of %d to %d bytes" % (key, least, most))
    return value


def hex_key(message: dict, key: str) -> str:
    """Return 64 hex digits."""
    value = text(message, key, 64, 64)
    if any(c not in _HEX for c in value):
        raise Fault("range", "%s must be 64 hex digits" % key)
    return value
