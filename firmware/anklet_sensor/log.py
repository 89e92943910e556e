"""What went wrong: the newest fault of each code in memory, a bounded history in flash."""

import errno
import gc
import io
import os
import sys

from micropython import const

_REPEAT_US = const(60_000_000)
_LINE_MAX = const(240)
_TRACE_MAX = const(1000)

# Flashes of the LED for a fault, by what a person can do about it; the fewest are the worst.
SENSOR, MEMORY, POWER, SETTINGS, OTHER = 2, 3, 4, 5, 6
GROUPS = {
    SENSOR: "no_imu wrong_imu imu self_test bus fifo_overflow",
    MEMORY: "flash flash_full journal journal_bad journal_torn memory_full log",
    POWER: "low_battery",
    SETTINGS: "setting settings calibration remap board",
    OTHER: "crash reset state busy note ble bonds",
}


def flashes(code: str) -> int:
    """Return the number of flashes that stands for a fault."""
    for n, codes in GROUPS.items():
        if code in codes.split():
            return n
    return OTHER


class Log:
    """Faults now and before.

    Flash holds lines ``seconds code xCOUNT why`` in two files of half the size each; the older goes
    when the newer is full. A write that fails raises nothing: it is kept as the fault "log".

    Parameters
    ----------
    path : str
        The newer file; the older is ``path + ".old"``.
    clock : Clock
        Times are since boot; the first line after a boot is ``-- boot``.
    size : int
        Bytes in flash, of both files.
    """

    def __init__(self, path: str, clock, size: int = 8192) -> None:
        self.faults = {}
        self._path = path
        self._old = path + ".old"
        self._clock = clock
        self._half = size // 2
        self._length = -1  # of the newer file; -1: not known to end in a whole line
        self._first = True
        self._written_us = {}

    def fault(self, code: str, why: str) -> None:
        """Keep a fault; the same code goes to flash at most once a minute."""
        now_us = self._clock.now_us()
        count = self.faults[code][1] + 1 if code in self.faults else 1
        self.faults[code] = (why, count, now_us)
        last_us = self._written_us.get(code)
        if last_us is None or now_us - last_us >= _REPEAT_US:
            self._written_us[code] = now_us
            self._append(_line(now_us, code, count, why))

    def clear(self, code: str) -> None:
        """Forget a fault that is over; its lines in flash stay."""
        self.faults.pop(code, None)

    def worst(self) -> str | None:
        """Return the code of the gravest fault, of several equals the newest."""
        worst = None
        for code, (_, _, time_us) in self.faults.items():
            rank = (-flashes(code), time_us)
            if worst is None or rank > worst[0]:
                worst = (rank, code)
        return worst[1] if worst else None

    def why(self) -> str | None:
        """Return the sentence of the gravest fault."""
        worst = self.worst()
        return self.faults[worst][0] if worst else None

    def crash(self, exc: BaseException) -> None:
        """Keep an error that nobody handled, with the end of its traceback, at once."""
        gc.collect()
        trace = io.StringIO()
        sys.print_exception(exc, trace)  # pyright: ignore[reportArgumentType] as MicroPython does
        now_us = self._clock.now_us()
        why = repr(exc)
        self.faults["crash"] = (why, 1, now_us)
        text: str = trace.getvalue()  # pyright: ignore[reportAttributeAccessIssue] not in its stub
        lines = [_ascii(line) for line in text[-_TRACE_MAX:].split("\n")]
        self._append(_line(now_us, "crash", 1, why) + b"\n".join(lines))

    def read(self, offset: int, n: int) -> str:
        """Return up to n characters from offset on, oldest first; empty at the end."""
        text = bytearray()
        try:
            if self._length < 0:
                self._length = _mend(self._path)
            for path in (self._old, self._path):
                size = _size(path)
                if offset < size and len(text) < n:
                    with open(path, "rb") as file:
                        file.seek(offset)
                        text.extend(file.read(n - len(text)))
                offset = max(0, offset - size)
        except OSError as error:
            self._failed("read", error)
        return str(_plain(text, 10), "ascii")  # rotten flash must not make a reply undecodable

    def _append(self, line: bytes) -> None:
        try:
            if self._length < 0:
                self._length = _mend(self._path)
            if self._first:
                line = b"-- boot\n" + line
            if self._length and self._length + len(line) > self._half:
                os.rename(self._path, self._old)
                self._length = 0
            length = self._length + len(line)
            self._length = -1
            with open(self._path, "ab") as file:
                file.write(line)
            self._length = length
            self._first = False
            self.clear("log")
        except OSError as error:
            self._failed("written", error)

    def _failed(self, done: str, error: OSError) -> None:
        count = self.faults["log"][1] + 1 if "log" in self.faults else 1
        why = "the log %s cannot be %s (%r): free some flash" % (self._path, done, error)
        self.faults["log"] = (why, count, self._clock.now_us())


def _line(time_us: int, code: str, count: int, why: str) -> bytes:
    ms = time_us // 1000
    return _ascii("%d.%03d %s x%d %s" % (ms // 1000, ms % 1000, code, count, why)) + b"\n"


def _ascii(text: str) -> bytes:
    return bytes(_plain(bytearray(text[:_LINE_MAX].encode()), 32))


def _plain(text: bytearray, lowest: int) -> bytearray:
    """Turn what is not printable ASCII into question marks, in place."""
    for i, byte in enumerate(text):
        if not lowest <= byte <= 126:
            text[i] = 63
    return text


def _size(path: str) -> int:
    try:
        return os.stat(path)[6]
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise
        return 0


def _mend(path: str) -> int:
    """Drop a last line that a power cut tore; return the file's size."""
    if not _size(path):
        return 0
    with open(path, "rb") as file:
        text = file.read()
    whole = text.rfind(b"\n") + 1
    if whole < len(text):
        with open(path + ".new", "wb") as file:
            file.write(text[:whole])
        os.rename(path + ".new", path)
    return whole
