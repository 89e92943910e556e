"""Tables of results to CSV or Parquet."""

import csv
import io
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from anklet.errors import DataError, UsageError
from anklet.exchange.files import atomic_write


def write_table(path: str | Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as a table; the name's ending says the format (.csv or .parquet).

    Parameters
    ----------
    path : path
        The file; an older one is replaced.
    rows : sequence of mappings
        Column to value (str, int, float, bool, date, None). The columns are those of all rows, in
        the order in which they first appear; what a row lacks is empty.

    Raises
    ------
    UsageError
        When the ending is neither .csv nor .parquet.
    DataError
        When the file cannot be written, pyarrow is not installed, or a column mixes kinds.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".csv":
        atomic_write(path, table_text(rows))
    elif suffix == ".parquet":
        atomic_write(path, _parquet(_columns(rows), rows, path))
    else:
        raise UsageError(f"{path} must end in .csv or .parquet; the ending says the format.")


def table_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV text, with the columns of :func:`write_table`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _columns(rows), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _parquet(columns: list[str], rows: Sequence[Mapping[str, Any]], path: str | Path) -> bytes:
    try:
        arrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise DataError(
            "Parquet needs pyarrow, which is not installed: pip install 'anklet[parquet]', or "
            "choose a name that ends in .csv."
        ) from error
    try:
        table = arrow.table({name: [row.get(name) for row in rows] for name in columns})
    except arrow.ArrowException as error:
        raise DataError(
            f"{path} cannot be written: a column holds values of different kinds ({error})."
        ) from error
    sink = arrow.BufferOutputStream()
    parquet.write_table(table, sink)
    return bytes(sink.getvalue())
