"""What is set for this sensor: checked before it holds, kept in flash, never half-written."""

import binascii
import errno
import json
import os

from micropython import const

from anklet_sensor.errors import Fault

_NAME_BYTES = const(20)
_FILE_BYTES = const(4096)
_KEY_CHARS = const(64)


def _whole(low: int, high: int):
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and low <= v <= high


def _one_of(*choices):
    return lambda v: not isinstance(v, (bool, float)) and v in choices


def _numbers(count: int, most: float):
    def check(v):
        return (
            isinstance(v, (list, tuple))
            and len(v) == count
            and all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in v)
            and all(-most <= x <= most for x in v)  # false for NaN
        )

    return check


def _matrix(v) -> bool:
    return _numbers(9, 2)(v) and all(abs(v[i] - (i % 4 == 0)) <= 0.25 for i in range(9))


def _name(v) -> bool:
    if not isinstance(v, str) or len(v.encode()) > _NAME_BYTES:
        return False
    return all(c >= " " and c != "\x7f" and not 0xD800 <= ord(c) <= 0xDFFF for c in v)


def _owner(v) -> bool:
    if v is None:
        return True
    return isinstance(v, str) and len(v) == _KEY_CHARS and all(c in "0123456789abcdef" for c in v)


# key: (default, check, what it must be)
_RULES = {
    "rate_hz": (104, _one_of(100, 104, 200, 208), "100, 104, 200 or 208"),
    "packet_samples": (6, _whole(1, 7), "a whole number from 1 to 7"),
    "side": (None, _one_of(None, "left", "right"), "left, right or null"),
    "segment": (None, _one_of(None, "shank", "foot"), "shank, foot or null"),
    "name": ("", _name, "plain text of at most 20 bytes"),
    "owner": (None, _owner, "64 hex digits in lower case, or null"),
    "acc_offset_m_s2": ([0, 0, 0], _numbers(3, 5), "three numbers within 5 m/s2"),
    "acc_matrix": (
        [1, 0, 0, 0, 1, 0, 0, 0, 1],
        _matrix,
        "nine numbers, by rows, within 0.25 of the unit matrix",
    ),
    "gyr_bias_rad_s": ([0, 0, 0], _numbers(3, 0.5), "three numbers within 0.5 rad/s"),
    "learned_bias_rad_s": (
        None,
        lambda v: v is None or _numbers(3, 0.5)(v),
        "three numbers within 0.5 rad/s, or null",
    ),
    "sleep_after_s": (600, _whole(30, 86400), "a whole number of seconds from 30 to 86400"),
    "low_battery_percent": (5, _whole(1, 30), "a whole number from 1 to 30"),
    "usb_data": (True, lambda v: isinstance(v, bool), "true or false"),
}


class Settings:
    """The settings that hold now.

    The file holds the CRC-32 of a JSON object, and the object. A change goes to a new file that
    takes the place of the newest, which becomes the previous one. A damaged file falls back to the
    previous, then to the defaults, with the fault "settings": so the owner key never goes unsaid.
    What a newer firmware set and this one does not know stays in the file.

    Parameters
    ----------
    path : str
        The newest file; ``.new`` and ``.old`` are added for the others.
    log : log.Log

    Attributes
    ----------
    values : dict
        Valid settings; to be changed by `change` only.
    """

    def __init__(self, path: str, log) -> None:
        self._path = path
        self._log = log
        self._unknown = {}
        self._newest_is_good = False
        self.values = {key: rule[0] for key, rule in _RULES.items()}
        self._load()

    def change(self, changes: dict) -> None:
        """Check all changes, keep them in flash, and let them hold; an error changes nothing.

        Raises
        ------
        Fault
            "setting": an unknown key or a wrong value; "flash": they could not be written.
        """
        for key, value in changes.items():
            if key not in _RULES:
                raise Fault("setting", "there is no setting %s" % key)
            if not _RULES[key][1](value):
                raise Fault("setting", "%s must be %s" % (key, _RULES[key][2]))
        if all(self.values[key] == value for key, value in changes.items()):
            return
        values = self.values.copy()
        values.update(changes)
        try:
            self._write(values)
        except OSError as error:
            raise Fault("flash", "the settings cannot be written (%r): free some flash" % error)
        self.values = values
        self._log.clear("flash")

    def reset(self) -> None:
        """Go back to the defaults, the owner key included; nothing of before is kept.

        Raises
        ------
        Fault
            "flash": they could not be written.
        """
        self._unknown = {}
        self.change({key: rule[0] for key, rule in _RULES.items()})
        self._remove(".old")

    def _remove(self, kind: str) -> None:
        try:
            os.remove(self._path + kind)
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise Fault("flash", "%s cannot be removed (%r)" % (self._path + kind, error))

    def _write(self, values: dict) -> None:
        both = self._unknown.copy()
        both.update(values)
        text = json.dumps(both).encode()
        with open(self._path + ".new", "wb") as file:
            file.write(b"%08x\n" % binascii.crc32(text))
            file.write(text)
        if self._newest_is_good:
            os.rename(self._path, self._path + ".old")
        os.rename(self._path + ".new", self._path)
        self._newest_is_good = True

    def _load(self) -> None:
        seen = []
        for kind in ("", ".new", ".old"):
            text = self._text(self._path + kind)
            if text is None:
                continue
            seen.append(kind)
            kept = _kept(text)
            if kept is not None:
                self._newest_is_good = not kind
                self._take(kept)
                break
        else:
            if seen:
                why = "the settings are damaged: defaults hold, and the sensor has no owner"
                self._log.fault("settings", why)
            return
        if seen[0] != kind or kind == ".old":
            why = "the settings are damaged: those before the last change hold; check the owner"
            self._log.fault("settings", why)

    def _text(self, path: str):
        try:
            with open(path, "rb") as file:
                return file.read(_FILE_BYTES)
        except OSError as error:
            if error.errno == errno.ENOENT:
                return None
            return b""

    def _take(self, kept: dict) -> None:
        for key, value in kept.items():
            if key not in _RULES:
                self._unknown[key] = value
            elif _RULES[key][1](value):
                self.values[key] = value
            else:
                self._log.fault("settings", "%s was not kept: set it again" % key)


def _kept(text: bytes):
    if text[:9] != b"%08x\n" % binascii.crc32(text[9:]):
        return None
    try:
        kept = json.loads(text[9:])
    except ValueError:
        return None
    return kept if isinstance(kept, dict) else None
