"""The keys of paired devices, where the build can pair. Nothing relies on them."""

import binascii

from micropython import const

_MOST = const(12)


class Bonds:
    """A few keys in a file, for `_IRQ_GET_SECRET` and `_IRQ_SET_SECRET`.

    Parameters
    ----------
    path : str
    log : log.Log
    """

    def __init__(self, path: str, log) -> None:
        self._path = path
        self._log = log
        self._keys = []  # (kind, key, value), the oldest first
        self._changed = False
        self._load()

    def get(self, kind: int, index: int, key):
        """Return the value of a key, or the index-th of a kind; None: there is none."""
        for held_kind, held_key, value in self._keys:
            if held_kind != kind:
                continue
            if (key is not None and held_key == bytes(key)) or (key is None and index == 0):
                return value
            index -= key is None
        return None

    def put(self, kind: int, key, value) -> bool:
        """Keep a value; None or empty: forget it. False when there was none to forget."""
        name = bytes(key)
        rest = [held for held in self._keys if held[0] != kind or held[1] != name]
        found = len(rest) < len(self._keys)
        if value:
            rest.append((kind, name, bytes(value)))
        self._keys = rest[-_MOST:]
        self._changed = True
        return found or bool(value)

    def clear(self) -> None:
        """Forget all."""
        self._keys = []
        self._changed = True
        self.save()

    def save(self) -> None:
        """Write what changed."""
        if not self._changed:
            return
        self._changed = False
        try:
            with open(self._path, "wb") as file:
                for kind, key, value in self._keys:
                    file.write(b"%d " % kind + binascii.hexlify(key) + b" ")
                    file.write(binascii.hexlify(value) + b"\n")
        except OSError as error:
            self._log.fault("bonds", "pairings cannot be kept (%r): free some flash" % error)

    def _load(self) -> None:
        try:
            with open(self._path, "rb") as file:
                for line in file.read(4096).split(b"\n"):
                    parts = line.split(b" ")
                    if len(parts) == 3:
                        key, value = (binascii.unhexlify(part) for part in parts[1:])
                        self._keys.append((int(parts[0]), key, value))
        except (OSError, ValueError):
            self._keys = []  # never paired, or damaged: pair again
