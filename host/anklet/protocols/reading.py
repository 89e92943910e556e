"""A protocol's file, checked strictly: every complaint names the file, the field and the remedy."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, cast, get_args

from anklet.errors import DataError
from anklet.model import ENTRIES, Direction, Kind, Knee, Measure, Protocol, Setup, Zero
from anklet.model.protocol import Ends, Field, ResultName

MAX_TEXT = 400
"""Longer sentences do not fit the page of a step."""
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""What may stand in a command, a key and a file's name alike."""

_Reader = Callable[[Any], Any]
_REQUIRED = tuple(f.name for f in fields(Protocol) if f.default is MISSING)


def protocol_from_dict(values: Mapping[str, Any], where: str) -> Protocol:
    """Build a protocol from the values of a TOML or JSON file.

    Parameters
    ----------
    values : mapping
        A field that is absent, or None, has its default.
    where : str
        What messages call the file.

    Raises
    ------
    DataError
        When a field is unknown, missing, of another kind, or does not go with the others.
    """
    if unknown := sorted(set(values) - set(_READERS)):
        raise DataError(
            f"{where}: unknown {', '.join(unknown)}; a protocol has {', '.join(_READERS)}."
        )
    given = {name: value for name, value in values.items() if value is not None}
    for name in _REQUIRED:
        if name not in given:
            raise DataError(f"{where}: {name} is missing; say it.")
    read: dict[str, Any] = {}
    for name, value in given.items():
        try:
            read[name] = _READERS[name](value)
        except ValueError as error:
            raise DataError(f"{where}: {name} must be {error}, not {value!r}.") from None
    protocol = Protocol(**read)
    _check_whole(protocol, where)
    return protocol


def _check_whole(p: Protocol, where: str) -> None:
    """Refuse fields that contradict each other."""
    measured = bool({"df_peak_deg", "pf_peak_deg", "rom_deg"}.intersection(p.results))
    for wrong, why in (
        (
            p.direction is None and p.primary is not None,
            "primary needs a direction, as only reps have a peak",
        ),
        (
            p.direction is None and measured,
            "results name a peak or a range, but without a direction there are no reps",
        ),
        (
            p.primary is not None and p.primary not in p.results,
            f"primary is {p.primary}, which is not among its results",
        ),
        (
            p.zero == "neutral" and p.setups != ("table",),
            'zero is "neutral", which is the table\'s; then setups must be ["table"]',
        ),
        (
            p.zero == "standing" and "table" in p.setups,
            'on the table nobody stands; its zero must be "neutral"',
        ),
        (
            "block_deg" in p.key and "planted" not in p.setups,
            "key names block_deg, which only the planted set-up has",
        ),
        (
            "sway" in p.results and "table" in p.setups,
            "sway needs a shank sensor; leave the table out of setups",
        ),
        (
            p.ends == "hold" and "holds" not in p.results,
            'ends is "hold"; then results must name holds',
        ),
        (
            "knee_to_wall" in p.results and "knee_to_wall_cm" not in p.enter,
            "results name knee_to_wall; then enter must name knee_to_wall_cm",
        ),
    ):
        if wrong:
            raise DataError(f"{where}: {why}.")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
        raise ValueError(f"text of 1 to {MAX_TEXT} characters")
    return " ".join(value.split())


def _name(value: Any) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise ValueError("a name of small letters, digits and underscores, 40 at most")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("a list of one or more sentences")
    return tuple(_text(v) for v in cast("list[Any]", value))


def _one_of(choices: tuple[str, ...]) -> _Reader:
    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return value

    return read


def _some_of(choices: tuple[str, ...], *, least: int = 0) -> _Reader:
    def read(value: Any) -> tuple[str, ...]:
        held: list[Any] = list(cast("Any", value)) if isinstance(value, list | tuple) else [None]
        good = all(isinstance(v, str) and v in choices for v in held)
        if not good or len(held) < least or len(set(held)) != len(held):
            raise ValueError(f"a list of {'one or more' if least else 'any'} of {_or(choices)}")
        return tuple(held)

    return read


def _or(choices: tuple[str, ...]) -> str:
    return ", ".join(choices)


def _span(value: Any) -> tuple[int, int]:
    held = cast("list[Any]", value) if isinstance(value, list | tuple) else []
    if len(held) != 2 or any(type(v) is not int for v in held) or not 1 <= held[0] <= held[1] <= 99:
        raise ValueError("two whole numbers, least and most, from 1 to 99")
    return held[0], held[1]


def _seconds(value: Any) -> float:
    good = type(value) in (int, float) and math.isfinite(value) and 0 <= value <= 600
    if not good:
        raise ValueError("seconds from 0 to 600")
    return float(value)


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


_READERS: dict[str, _Reader] = {
    "name": _name,
    "title": _text,
    "kind": _one_of(get_args(Kind)),
    "setups": _some_of(get_args(Setup), least=1),
    "wear": _texts,
    "position": _text,
    "steps": _texts,
    "zero": _one_of(tuple(zero for zero in get_args(Zero) if zero != "none")),
    "results": _some_of(get_args(ResultName), least=1),
    "direction": _one_of(get_args(Direction)),
    "primary": _one_of(get_args(Measure)),
    "ends": _one_of(get_args(Ends)),
    "knee": _one_of(get_args(Knee)),
    "reps": _span,
    "sets": _span,
    "rest_s": _seconds,
    "hold_s": _seconds,
    "one_leg": _yes_or_no,
    "key": _some_of(get_args(Field)),
    "enter": _some_of(tuple(ENTRIES)),
    "sem": _name,
}
