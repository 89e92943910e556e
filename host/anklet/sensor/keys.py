"""The owner keys on this computer: who holds a sensor's key may command it."""

import hashlib
import hmac
import json
import os
import secrets
import string
from pathlib import Path
from typing import cast

from platformdirs import user_config_path

from anklet.errors import SensorError

KEY_HEX = 64
"""Hex digits of an owner key: 256 bits, as long as the HMAC's output."""
_PRIVATE = 0o600


def default_path() -> Path:
    """Return where the keys are if nothing else is said: the user's configuration folder."""
    return user_config_path("anklet", appauthor=False) / "owner-keys.json"


def proof(key: str, who: str, nonce: str) -> str:
    """Return the proof, in hex, that ``who`` ("host" or "sensor") holds the key (hex)."""
    message = f"anklet {who}{nonce}".encode()
    return hmac.new(bytes.fromhex(key), message, hashlib.sha256).hexdigest()


def is_key(value: object) -> bool:
    """Tell whether something is an owner key."""
    return isinstance(value, str) and len(value) == KEY_HEX and set(value) <= set(string.hexdigits)


class OwnerKeys:
    """Owner keys by sensor id, in one JSON file that only its user may read.

    Parameters
    ----------
    path : Path, optional
        The file; it need not exist.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()

    def get(self, sensor_id: str) -> str | None:
        """Return a sensor's key in hex, None where this computer has none.

        Raises
        ------
        SensorError
            When the file is damaged or cannot be read.
        """
        return self._read().get(sensor_id)

    def make(self, sensor_id: str) -> str:
        """Return a sensor's key, a new random one kept in the file where there is none."""
        keys = self._read()
        if sensor_id not in keys:
            keys[sensor_id] = secrets.token_hex(KEY_HEX // 2)
            self._write(keys)
        return keys[sensor_id]

    def put(self, sensor_id: str, key: str) -> None:
        """Keep a sensor's key, as one brought from another computer."""
        if not is_key(key):
            raise SensorError(f"An owner key is {KEY_HEX} hex digits; copy it again.", "key")
        self._write(self._read() | {sensor_id: key.lower()})

    def forget(self, sensor_id: str) -> None:
        """Forget a sensor's key; harmless when there is none."""
        keys = self._read()
        if keys.pop(sensor_id, None) is not None:
            self._write(keys)

    def _read(self) -> dict[str, str]:
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SensorError(
                f"The file of owner keys {self.path} cannot be read ({error.strerror}); "
                "ask for permission to it.",
                "keys",
            ) from error
        try:
            keys = json.loads(text)
        except (ValueError, RecursionError):
            keys = None
        if not isinstance(keys, dict) or not all(
            is_key(key) for key in cast("dict[object, object]", keys).values()
        ):
            raise SensorError(
                f"The file of owner keys {self.path} is damaged; restore a backup of it, or move "
                "it away and set the sensors up again over USB.",
                "keys",
            )
        return cast("dict[str, str]", keys)

    def _write(self, keys: dict[str, str]) -> None:
        new = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new.unlink(missing_ok=True)
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
            with os.fdopen(handle, "w") as file:
                json.dump(keys, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            raise SensorError(
                f"The file of owner keys {self.path} cannot be written ({error.strerror}); "
                "free some room or ask for permission to its folder.",
                "keys",
            ) from error
