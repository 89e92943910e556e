"""Lines out of bytes that arrive in pieces, and whether a control line arrived as it was sent."""

import zlib
from typing import Literal

LONGEST = 4096
"""No line that a sensor writes is a third as long; what is longer is garbage and is dropped."""

_SEAL = b',"crc":'


def seal(line: bytes) -> bytes:
    """Return a JSON object with the CRC-32 of all before it as its last member."""
    body = line[:-1]
    return b"%b%b%d}" % (body, _SEAL, zlib.crc32(body))


def seal_of(line: bytes) -> Literal["whole", "damaged", "none"]:
    """Tell what the CRC of a control line says."""
    body, found, told = line.rpartition(_SEAL)
    digits = told[:-1].strip()
    if not found or not digits.isdigit():
        return "none"
    return "whole" if int(digits[:12]) == zlib.crc32(body) else "damaged"


class LineBuffer:
    """Puts lines together from pieces; garbage costs at most the line that it is in."""

    def __init__(self) -> None:
        self._part = bytearray()
        self._dropping = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take a piece; return the lines that it ends, without their newlines and blanks."""
        *ends, rest = data.split(b"\n")
        lines: list[bytes] = []
        for end in ends:
            if not self._dropping and len(self._part) + len(end) <= LONGEST:
                line = bytes(self._part + end).strip()
                if line:
                    lines.append(line)
            self.clear()
        if self._dropping or len(self._part) + len(rest) > LONGEST:
            self._part.clear()
            self._dropping = True
        else:
            self._part += rest
        return lines

    def clear(self) -> None:
        """Forget the half line, as after a new connection."""
        self._part.clear()
        self._dropping = False
