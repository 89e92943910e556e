"""Lines out of bytes that arrive in pieces."""

LONGEST = 4096
"""No line that a sensor writes is a third as long; what is longer is garbage and is dropped."""


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
