"""Where protocols are found: those that come with Anklet, and the user's own."""

import os
import tomllib
from importlib import resources
from pathlib import Path

from platformdirs import user_config_path

from anklet.errors import DataError, UsageError
from anklet.model import Protocol
from anklet.protocols.reading import protocol_from_dict

ENVIRONMENT = "ANKLET_PROTOCOLS"
"""Folders of the user's own protocols, instead of the one in the user's configuration."""
MAX_BYTES = 100_000
"""A larger file is not a protocol."""


def builtin_names() -> tuple[str, ...]:
    """Return the names of the protocols that come with Anklet, in the order of a visit."""
    return tuple(name for name, _ in _BUILTIN)


def user_folders() -> tuple[Path, ...]:
    """Return the folders in which users keep protocols of their own."""
    told = os.environ.get(ENVIRONMENT)
    if told:
        return tuple(Path(folder).expanduser() for folder in told.split(os.pathsep) if folder)
    return (user_config_path("anklet", appauthor=False) / "protocols",)


def find_protocol(name: str) -> Protocol:
    """Return a protocol by its name.

    Raises
    ------
    UsageError
        When there is none of that name.
    DataError
        When its file is not a protocol, or two files want the name.
    """
    own = _user_files()
    if name in own:
        return _from_file(own[name])
    for known, file in _BUILTIN:
        if known == name:
            return _read(file.read_bytes(), name, f"protocols/{name}.toml")
    raise UsageError(
        f"There is no protocol called {name!r}; there are {', '.join([*builtin_names(), *own])}, "
        "or write your own (anklet protocols says where)."
    )


def every_protocol() -> tuple[tuple[Protocol, Path | None], ...]:
    """Return all protocols, the built-in ones first, each with its file if it is the user's own.

    Raises
    ------
    DataError
        When one of the user's files is not a protocol, or wants a name that is taken.
    """
    own = _user_files()
    return (
        *((find_protocol(name), None) for name in builtin_names()),
        *((_from_file(path), path) for path in own.values()),
    )


def _user_files() -> dict[str, Path]:
    """The user's files by name; a name is never taken twice."""
    files: dict[str, Path] = {}
    for folder in user_folders():
        try:
            found = sorted(folder.glob("*.toml"))
        except OSError as error:
            raise DataError(f"{folder} cannot be read ({error.strerror}).") from error
        for path in found:
            name = path.stem
            taken = "a protocol that comes with Anklet" if name in builtin_names() else None
            taken = str(files[name]) if name in files else taken
            if taken:
                raise DataError(
                    f"{path}: the name {name} is taken by {taken}; give the file and its name "
                    "another."
                )
            files[name] = path
    return files


def _from_file(path: Path) -> Protocol:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from error
    return _read(data, path.stem, str(path))


def _read(data: bytes, name: str, where: str) -> Protocol:
    if len(data) > MAX_BYTES:
        raise DataError(f"{where} is too large for a protocol ({len(data)} bytes).")
    try:
        values = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where} is no TOML file: {str(error).rstrip('.')}.") from error
    protocol = protocol_from_dict(values, where)
    if protocol.name != name:
        raise DataError(
            f"{where}: its name is {protocol.name}, but the file's is {name}; make them the same."
        )
    return protocol


_ORDER = (
    *("calibration", "static_standing", "passive_table", "active_table"),
    *("knee_to_wall_bent", "knee_to_wall_straight", "split_squat", "heel_rise"),
)
_BUILTIN = tuple((name, resources.files("anklet.protocols") / f"{name}.toml") for name in _ORDER)
