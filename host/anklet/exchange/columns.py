"""Column maps: how another maker's CSV file says time, acceleration and angular rate.

A map is a small TOML or JSON file, for instance::

    t = "SampleTimeFine"
    t_unit = "us"
    wrap = 4294967296
    acc = ["Acc_X", "Acc_Y", "Acc_Z"]
    acc_unit = "m_s2"
    gyr = ["Gyr_X", "Gyr_Y", "Gyr_Z"]
    gyr_unit = "deg_s"
    axes = ["+x", "+y", "+z"]

Lines before the header need no mention: the header is the first line that names every column.
"""

import json
import math
import re
import tomllib
from dataclasses import asdict, dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from anklet.errors import DataError, UsageError
from anklet.exchange.files import read_bytes

STANDARD_GRAVITY_M_S2 = 9.80665
ACC_M_S2 = {"m_s2": 1.0, "g": STANDARD_GRAVITY_M_S2, "mg": STANDARD_GRAVITY_M_S2 / 1000}
GYR_RAD_S = {"rad_s": 1.0, "deg_s": math.pi / 180, "mdeg_s": math.pi / 180_000}
PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
DELIMITERS = (",", ";", "\t")

Triple = tuple[str, str, str]


@dataclass(frozen=True)
class ColumnMap:
    """Which columns of a file mean what.

    Parameters
    ----------
    acc, gyr : 3 str
        Names of the columns of specific force and angular rate, x y z. A ``*`` in a name stands
        for any text (makers put the device's name there).
    t : str or None
        Name of the column of time; None with ``t_unit = "index"``.
    t_unit : {"s", "ms", "us", "ns", "ticks", "index"}
        Unit of time; ``ticks`` needs ``per_second``, ``index`` (a file without time) ``rate_hz``.
    acc_unit : {"m_s2", "g", "mg"}
        Unit of specific force.
    gyr_unit : {"rad_s", "deg_s", "mdeg_s"}
        Unit of angular rate.
    per_second : float or None
        Ticks a second.
    rate_hz : float or None
        Sampling rate of a file without time, Hz.
    wrap : float or None
        The count, in ``t_unit``, at which the clock starts again from 0.
    axes : 3 str
        Each axis of the sensor frame (x along the arrow, z out of the lid) as one of the maker's,
        with its sign: ``["-y", "+x", "+z"]``. It must be a rotation.
    delimiter : str or None
        What separates the columns; None finds out (comma, semicolon, tab).
    units_rows : int
        Lines between the header and the data.

    Raises
    ------
    UsageError
        When a unit is unknown, something is missing, or ``axes`` is no rotation.
    """

    acc: Triple
    gyr: Triple
    t: str | None = None
    t_unit: Literal["s", "ms", "us", "ns", "ticks", "index"] = "s"
    acc_unit: Literal["m_s2", "g", "mg"] = "m_s2"
    gyr_unit: Literal["rad_s", "deg_s", "mdeg_s"] = "rad_s"
    per_second: float | None = None
    rate_hz: float | None = None
    wrap: float | None = None
    axes: Triple = ("+x", "+y", "+z")
    delimiter: str | None = None
    units_rows: int = 0

    def __post_init__(self) -> None:
        for field, known in (
            ("t_unit", (*PER_SECOND, "ticks", "index")),
            ("acc_unit", tuple(ACC_M_S2)),
            ("gyr_unit", tuple(GYR_RAD_S)),
        ):
            if getattr(self, field) not in known:
                raise UsageError(
                    f"A column map's {field} is {getattr(self, field)!r}; it must be one of "
                    f"{', '.join(known)}."
                )
        for needed, value, when in (
            ("per_second", self.per_second, self.t_unit == "ticks"),
            ("rate_hz", self.rate_hz, self.t_unit == "index"),
            ("t", self.t, self.t_unit != "index"),
        ):
            if when and not value:
                raise UsageError(f'A column map with t_unit = "{self.t_unit}" needs {needed}.')
        self.rotation()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that a file must have: time (if any), acc x y z, gyr x y z."""
        return (*([self.t] if self.t else []), *self.acc, *self.gyr)

    def rotation(self) -> NDArray[np.float64]:
        """(3, 3) array: the maker's frame to the sensor frame."""
        out = np.zeros((3, 3))
        for row, axis in enumerate(self.axes):
            if not re.fullmatch(r"[+-]?[xyz]", axis):
                raise UsageError(f"A column map's axis {axis!r} must be like +x, -y or z.")
            out[row, "xyz".index(axis[-1])] = -1.0 if axis[0] == "-" else 1.0
        if not math.isclose(float(np.linalg.det(out)), 1.0):
            raise UsageError(
                f"A column map's axes {', '.join(self.axes)} are no rotation (an axis is used "
                "twice, or the frame is left-handed); change a sign or an axis."
            )
        return out

    def seconds(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) array: the time column in s, with the clock's wraps undone."""
        if self.wrap is not None:
            back = np.diff(counts, prepend=counts[:1]) < -self.wrap / 2
            counts = counts + self.wrap * np.cumsum(back)
        per_second = self.per_second if self.t_unit == "ticks" else PER_SECOND[self.t_unit]
        return counts / cast("float", per_second)


ANKLET = ColumnMap(
    t="t_s",
    acc=("ax_m_s2", "ay_m_s2", "az_m_s2"),
    gyr=("gx_rad_s", "gy_rad_s", "gz_rad_s"),
    delimiter=",",
)
"""Anklet's own sample file."""


def map_to_dict(columns: ColumnMap) -> dict[str, Any]:
    """Return a map as plain JSON values; :func:`map_from_dict` reads them back."""
    triples = {key: list(getattr(columns, key)) for key in ("acc", "gyr", "axes")}
    return {**asdict(columns), **triples}


def map_from_dict(values: dict[str, Any], name: str = "a column map") -> ColumnMap:
    """Build a map from the values of a TOML or JSON file.

    Raises
    ------
    UsageError
        When a key is unknown or a value is not of its kind; ``name`` says where.
    """
    known = [f.name for f in fields(ColumnMap)]
    if unknown := sorted(set(values) - set(known)):
        raise UsageError(
            f"{name}: unknown {', '.join(unknown)}; a column map has {', '.join(known)}."
        )
    read: dict[str, Any] = {}
    for key, value in values.items():
        if key in ("acc", "gyr", "axes"):
            names = cast("list[Any]", value) if isinstance(value, list) else []
            good = len(names) == 3 and all(isinstance(v, str) for v in names)
            read[key], wanted = tuple(names), "three names"
        elif key in ("per_second", "rate_hz", "wrap", "units_rows"):
            kinds = (int,) if key == "units_rows" else (int, float, type(None))
            good = type(value) in kinds and (value is None or 0 <= value < math.inf)
            read[key], wanted = value, "a number"
        else:
            good, read[key], wanted = value is None or isinstance(value, str), value, "text"
        if not good:
            raise UsageError(f"{name}: {key} must be {wanted}, not {value!r}.")
    for needed in ("acc", "gyr"):
        if needed not in read:
            raise UsageError(f"{name}: {needed} is missing; name its three columns.")
    try:
        return ColumnMap(**read)
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from error


def load_map(path: str | Path) -> ColumnMap:
    """Read a map from a TOML or JSON file.

    Raises
    ------
    DataError
        When the file cannot be read or is neither TOML nor JSON.
    UsageError
        When its content is no column map.
    """
    data = read_bytes(path)
    try:
        text = data.decode("utf-8-sig")
        values = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is no TOML or JSON file of a column map: {error}.") from error
    return map_from_dict(values, str(path))


def maker_maps() -> tuple[str, ...]:
    """Return the names of the ready-made maps."""
    folder = resources.files("anklet.exchange") / "maps"
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml")))


def maker_map(name: str) -> ColumnMap:
    """Return a ready-made map by its name (:func:`maker_maps`).

    Raises
    ------
    UsageError
        When there is no map of that name.

    Examples
    --------
    >>> maker_map("xsens-dot").gyr_unit
    'deg_s'
    """
    if name not in maker_maps():
        raise UsageError(
            f"There is no column map called {name!r}; there are {', '.join(maker_maps())}, or "
            "write your own file."
        )
    text = (resources.files("anklet.exchange") / "maps" / f"{name}.toml").read_text("utf-8")
    return map_from_dict(tomllib.loads(text), name)
