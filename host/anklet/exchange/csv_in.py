"""Sample files (CSV), Anklet's own and other makers', into samples in SI units."""

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np

from anklet.errors import DataError
from anklet.exchange.checks import check_samples, mark_saturated
from anklet.exchange.columns import ACC_M_S2, ANKLET, DELIMITERS, GYR_RAD_S, ColumnMap
from anklet.exchange.files import read_bytes
from anklet.model import Floats, Samples

_HEADER_WITHIN = 100
_LARGEST = 1e30


@dataclass(frozen=True, eq=False)
class FileSamples:
    """A sample file: what it says and what it is.

    Parameters
    ----------
    samples : Samples
        SI units, sensor frame, the file's own clock.
    sha256 : str
        Of the file's bytes, hexadecimal.
    data : bytes
        The file's bytes.
    warnings : tuple of str
        Sentences about what is doubtful but not refused.
    """

    samples: Samples
    sha256: str
    data: bytes
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Layout:
    header_row: int
    first_row: int
    delimiter: str
    columns: tuple[int, ...]


def read_samples(path: str | Path, columns: ColumnMap = ANKLET) -> FileSamples:
    """Read a sample file and check it.

    Parameters
    ----------
    path : path
        A CSV file: a header line that names the columns, then one line a sample; UTF-8, with or
        without a byte-order mark, any line ends. Other columns are passed over.
    columns : ColumnMap
        Which columns mean what; by default Anklet's own
        ``t_s,ax_m_s2,ay_m_s2,az_m_s2,gx_rad_s,gy_rad_s,gz_rad_s``.

    Returns
    -------
    FileSamples

    Raises
    ------
    DataError
        When the file cannot be read, is no such table, or holds samples that cannot be right
        (:func:`anklet.exchange.checks.check_samples`); the sentence names file, line and remedy.
    """
    return parse_samples(read_bytes(path), str(path), columns)


def parse_samples(data: bytes, name: str, columns: ColumnMap = ANKLET) -> FileSamples:
    """Read the bytes of a sample file, as :func:`read_samples` does; ``name`` is for messages."""
    lines = _lines(data, name)
    layout = _find_header(lines, name, columns)
    table = _numbers(lines, layout, name)
    split = len(columns.names) - 6
    t_s = (
        columns.seconds(np.ascontiguousarray(table[:, 0]))
        if split
        else np.arange(len(table)) / cast("float", columns.rate_hz)
    )
    rotation = columns.rotation().T
    samples = mark_saturated(
        Samples(
            t_s,
            table[:, split : split + 3] * ACC_M_S2[columns.acc_unit] @ rotation,
            table[:, split + 3 :] * GYR_RAD_S[columns.gyr_unit] @ rotation,
        )
    )
    warnings = check_samples(samples, name, lambda row: f"line {_line_number(lines, layout, row)}")
    return FileSamples(samples, hashlib.sha256(data).hexdigest(), data, warnings)


def check_different(files: Mapping[str, FileSamples]) -> None:
    """Refuse the same recording for two places.

    Parameters
    ----------
    files : mapping
        What each file is for ("left shank") to its content.

    Raises
    ------
    DataError
        When two hold the same samples.
    """
    seen: dict[bytes, str] = {}
    for use, file in files.items():
        s = file.samples
        content = hashlib.sha256(s.acc_m_s2.tobytes() + s.gyr_rad_s.tobytes()).digest()
        if content in seen:
            raise DataError(
                f"The files for {seen[content]} and {use} hold the same samples; give each sensor "
                "its own file."
            )
        seen[content] = use


def _lines(data: bytes, name: str) -> list[str]:
    if not data.strip():
        raise DataError(f"{name} is empty; export or record it again.")
    if b"\0" in data[:4096] or data[:2] == b"PK":
        raise DataError(
            f"{name} is not a text file (a spreadsheet, or UTF-16?); save it as CSV in UTF-8."
        )
    return io.StringIO(data.decode("utf-8-sig", "replace"), newline=None).read().split("\n")


def _find_header(lines: list[str], name: str, columns: ColumnMap) -> _Layout:
    """Find the first line that names every column."""
    closest: tuple[int, int, list[str]] = (0, 0, list(columns.names))
    for row, line in enumerate(islice(lines, _HEADER_WITHIN)):
        for delimiter in (columns.delimiter,) if columns.delimiter else DELIMITERS:
            cells = _cells(line, delimiter)
            found = [_matches(cells, wanted) for wanted in columns.names]
            missing = [w for w, f in zip(columns.names, found, strict=True) if not f]
            if not missing:
                for wanted, places in zip(columns.names, found, strict=True):
                    if len(places) > 1:
                        raise DataError(
                            f"{name}, line {row + 1}: {len(places)} columns are called {wanted} "
                            f"({', '.join(cells[k] for k in places)}); name one in a column map."
                        )
                first = row + 1 + columns.units_rows
                return _Layout(row, first, delimiter, tuple(places[0] for places in found))
            if len(columns.names) - len(missing) > closest[0]:
                closest = (len(columns.names) - len(missing), row, missing)
    other = _other_delimiter(lines, columns)
    if other:
        raise DataError(
            f"{name}: its columns are separated by {other!r}; export it with commas and decimal "
            f'points, or use a column map with delimiter = "{other}".'
        )
    present, row, missing = closest
    where = f"line {row + 1}: the header lacks" if present else "there is no header with"
    remedy = (
        f"Anklet's own header is {','.join(ANKLET.names)}, another maker's file needs a column map"
        if columns is ANKLET
        else "correct the column map, or export the file with these columns"
    )
    raise DataError(f"{name}, {where} {', '.join(missing)}; {remedy}.")


def _other_delimiter(lines: list[str], columns: ColumnMap) -> str | None:
    """Return what separates the columns where a map says otherwise."""
    for line in islice(lines, _HEADER_WITHIN):
        for delimiter in DELIMITERS:
            cells = _cells(line, delimiter)
            if all(_matches(cells, wanted) for wanted in columns.names):
                return delimiter
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for row in csv.reader([line], delimiter=delimiter) for cell in row]
    except csv.Error:
        return []


def _matches(cells: list[str], wanted: str) -> list[int]:
    if "*" not in wanted or wanted in cells:
        return [k for k, cell in enumerate(cells) if cell == wanted]
    pattern = ".*".join(re.escape(part) for part in wanted.split("*"))
    return [k for k, cell in enumerate(cells) if re.fullmatch(pattern, cell)]


def _numbers(lines: list[str], layout: _Layout, name: str) -> Floats:
    """(n, c) array of the columns wanted, as they stand in the file."""
    body = [line for line in lines[layout.first_row :] if line and not line.isspace()]
    if not body:
        raise DataError(f"{name} has a header but no samples; export or record it again.")
    try:
        table = np.loadtxt(
            body,
            delimiter=layout.delimiter,
            usecols=layout.columns,
            comments=None,
            quotechar='"',
            ndmin=2,
        )
    except ValueError as error:
        raise _bad_line(lines, layout, name) or DataError(f"{name}: {error}.") from error
    if not (np.abs(table) < _LARGEST).all():
        raise _bad_line(lines, layout, name) or DataError(f"{name} holds numbers out of range.")
    return table


def _bad_line(lines: list[str], layout: _Layout, name: str) -> DataError | None:
    """Say which line is not a row of numbers."""
    header = _cells(lines[layout.header_row], layout.delimiter)
    for number, line in enumerate(lines[layout.first_row :], layout.first_row + 1):
        if not line or line.isspace():
            continue
        cells = _cells(line, layout.delimiter)
        if len(cells) <= max(layout.columns):
            return DataError(
                f"{name}, line {number}: {len(cells)} fields where the header has {len(header)}; "
                "the line is cut short: complete or delete it."
            )
        for column in layout.columns:
            cell = cells[column]
            if not _is_number(cell):
                what = f"{cell[:40]!r} is not a finite number" if cell else "a number is missing"
                remedy = "correct or delete the line"
                if _is_number(cell.replace(",", ".")):
                    what = f"{cell[:40]!r} has a decimal comma"
                    remedy = "export the file with decimal points"
                return DataError(
                    f"{name}, line {number}, column {header[column]}: {what}; {remedy}."
                )
    return None


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < _LARGEST and "_" not in text
    except ValueError:
        return False


def _line_number(lines: list[str], layout: _Layout, row: int) -> int:
    """Line of the file that holds a row of the table (blank lines are no rows)."""
    rows = (
        number
        for number, line in enumerate(lines[layout.first_row :], layout.first_row + 1)
        if line and not line.isspace()
    )
    return next(islice(rows, row, None))
