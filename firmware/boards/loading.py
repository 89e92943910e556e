"""Which board this is, and whether its changes make sense. Read at start, then dropped."""

import errno
import json
import sys

from anklet_sensor.errors import Fault
from micropython import const

import boards

_PIN_MAX = const(54)

_PINS = ("SDA", "SCL", "LED", "BUTTON", "BATTERY", "HOLD", "WAKE")
_KEYS = _PINS + ("I2C", "LED_ON", "BUTTON_ON", "BUTTON_PULL", "BATTERY_RATIO", "REMAP")
_NEEDED = ("SDA", "SCL")


def choose(path: str) -> tuple:
    """Return a board's name, its constants and the faults met; wrong changes are not used.

    `path` may hold a JSON object with "board", a file in `boards/`, and any constant of such a file
    that differs, null for a pin that is not there. Without it the running build names the board.
    """
    faults = []
    changes = _changes(path, faults)
    name = changes.pop("board", None)
    if name is not None and name not in boards.NAMES:
        why = "%s names the board %s, which is not known: use one of %s"
        faults.append(Fault("board", why % (path, name, ", ".join(boards.NAMES))))
        name = None
    if name is None:
        name = _matching(sys.implementation._machine)
    profile = _profile(name)
    problem = _problem(profile, changes)
    if problem:
        faults.append(Fault("board", "%s is not used: %s" % (path, problem)))
    else:
        profile.update(changes)
    return name, profile, faults


def _changes(path: str, faults: list) -> dict:
    try:
        with open(path) as file:
            text = file.read().strip()
        if text[-1:] != "}":  # MicroPython's json takes an object that is cut off
            raise ValueError
        changes = json.loads(text)
        if not isinstance(changes, dict):
            raise ValueError
        return changes
    except OSError as error:
        if error.errno == errno.ENOENT:
            return {}
        why = "it cannot be read (%r)" % error
    except ValueError:
        why = "it is not a JSON object"
    faults.append(Fault("board", "%s is not used: %s" % (path, why)))
    return {}


def _matching(running: str) -> str:
    for name in boards.NAMES:
        if any([part in running for part in _module(name).MACHINES]):
            return name
    return boards.NAMES[-1]


def _profile(name: str) -> dict:
    module = _module(name)
    return {key: getattr(module, key) for key in _KEYS}


def _module(name: str):
    module = __import__("boards." + name, None, None, (name,))
    boards.forget(name)
    return module


def _problem(profile: dict, changes: dict) -> str | None:
    """Return what is wrong with changes to a profile, None if nothing is."""
    for key in changes:
        if key not in _KEYS:
            return "it has no %s; there are board, %s" % (key, ", ".join(_KEYS))
    new = dict(profile)
    new.update(changes)
    used = {}
    for key in _PINS:
        pin = new[key]
        if pin is None and key not in _NEEDED:
            continue
        if type(pin) is not int or not 0 <= pin <= _PIN_MAX:
            return "%s must be the number of a pin" % key
        if pin in used:
            return "%s and %s share pin %d" % (used[pin], key, pin)
        used[pin] = key
    if new["I2C"] not in (None, 0, 1):
        return "I2C must be 0, 1 or null (in software)"
    for key in ("LED_ON", "BUTTON_ON", "BUTTON_PULL"):
        if new[key] not in (0, 1):
            return "%s must be 0 or 1" % key
    if type(new["BATTERY_RATIO"]) not in (int, float) or not 1 <= new["BATTERY_RATIO"] <= 20:
        return "BATTERY_RATIO must be a number from 1 to 20"
    remap = new["REMAP"]
    if type(remap) not in (list, tuple) or [n in (-1, 0, 1) for n in remap] != [True] * 9:
        return "REMAP must be nine numbers, each -1, 0 or 1"
    return None
