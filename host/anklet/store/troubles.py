"""What a database complains of, in one plain sentence: the only place that translates."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from anklet.errors import StoreError

_INTACT = "what was stored before is intact"
_FULL = f"The disk that holds the store {{where}} is full; free some room and repeat ({_INTACT})."
_LOCKED = "The store {where} is in use by another program; close that program or repeat later."
_READ_ONLY = (
    "The store {where} may not be written; ask for permission to it, or name another with --store."
)
_DAMAGED = (
    "The store {where} is damaged; keep a copy of the file and restore the latest backup of it."
)
_UNREACHABLE = (
    "The database {where} cannot be reached ({why}); check that its server runs, and its "
    "name, user and password."
)

_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: (
        "The store {where} cannot be opened; check that it is a file, and that you may read and "
        "write it and its folder."
    ),
    sqlite3.SQLITE_NOTADB: (
        "The file {where} is not an Anklet store (no SQLite database); name another with --store."
    ),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_IOERR: (
        "The disk that holds the store {where} is full or fails ({why}); free some room or check "
        f"the disk, and repeat ({_INTACT})."
    ),
}
_POSTGRES = {
    "08": _UNREACHABLE,
    "25006": _READ_ONLY,
    "42501": _READ_ONLY,
    "53100": _FULL,
    "53": "The database server of {where} is overloaded ({why}); repeat later.",
    "55P03": _LOCKED,
    "57": _UNREACHABLE,
    "40": _LOCKED,
}


@contextmanager
def plain_errors(where: str) -> Generator[None, None, None]:
    """Raise StoreError with one sentence for whatever the database under ``where`` raises."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StoreError(_sentence(error, where)) from error


def _sentence(error: Exception, where: str) -> str:
    cause = getattr(error, "orig", None) or error
    why = " ".join(str(cause).split()).rstrip(".")
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        known = _SQLITE.get(code & 0xFF)
    elif isinstance(cause, PermissionError):
        known = _READ_ONLY
    else:
        state = getattr(cause, "sqlstate", None) or ""
        known = next((_POSTGRES[s] for s in (state, state[:2]) if s in _POSTGRES), None)
        if known is None and not state and type(cause).__name__ == "OperationalError":
            known = _UNREACHABLE
    known = known or "The store {where} cannot do this ({why}); nothing of it was written."
    return known.format(where=where, why=why)
