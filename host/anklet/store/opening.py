"""Opening a database: from a URL or a path to an engine whose tables are this version's."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError

from anklet.errors import StoreError
from anklet.store.schema import SCHEMA_VERSION, VERSION_TABLE
from anklet.store.troubles import plain_errors

MIGRATIONS = Path(__file__).parent / "migrations"
_POSTGRES_DRIVER = "postgresql+psycopg"
_SCHEMES = {
    "sqlite": "sqlite",
    "postgresql": _POSTGRES_DRIVER,
    "postgres": _POSTGRES_DRIVER,
    _POSTGRES_DRIVER: _POSTGRES_DRIVER,
}
_MIGRATION_LOCK = 0x616E6B6C6574
"""PostgreSQL's advisory lock while tables change: "anklet" in ASCII."""


def default_url() -> str:
    """Where the store is if nothing else is said: ANKLET_STORE, else the user's data folder.

    Raises
    ------
    StoreError
        When the user's data folder cannot be made.
    """
    named = os.environ.get("ANKLET_STORE")
    if named:
        return named
    with plain_errors("in the user's data folder"):
        return str(user_data_path("anklet", appauthor=False, ensure_exists=True) / "anklet.sqlite")


def open_engine(url: str, create: bool) -> tuple[Engine, str]:
    """Return an engine with this version's tables, and the name that messages call it by.

    Raises
    ------
    StoreError
        See :meth:`anklet.store.Store.open`.
    """
    parsed = _parse(url, create)
    where = parsed.database or "" if parsed.drivername == "sqlite" else str(parsed)
    with plain_errors(where):
        engine = _engine(parsed)
        try:
            _prepare(engine, where)
        except BaseException:
            engine.dispose()
            raise
    return engine, where


def writing(engine: Engine) -> Engine:
    """Return the same engine, whose transactions take SQLite's write lock from the start."""
    return engine.execution_options(anklet_write=True)


def _parse(url: str, create: bool) -> URL:
    if "://" not in url:
        parsed = URL.create("sqlite", database=str(Path(url).expanduser()))
    else:
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError) as error:
            raise StoreError(
                f"The store {url.split('://')[0]}://... is not a URL that can be read; write "
                "sqlite:///FILE or postgresql://USER@HOST/DATABASE."
            ) from error
    if parsed.drivername not in _SCHEMES:
        raise StoreError(
            f"A store cannot be a {parsed.drivername} URL; use a file's path, sqlite:///FILE or "
            "postgresql://USER@HOST/DATABASE."
        )
    parsed = parsed.set(drivername=_SCHEMES[parsed.drivername])
    if parsed.drivername == "sqlite":
        _check_file(parsed.database, create)
    return parsed


def _check_file(database: str | None, create: bool) -> None:
    if not database or database == ":memory:":
        raise StoreError("The store's URL names no file; write sqlite:///FILE.")
    path = Path(database)
    if not path.parent.is_dir():
        raise StoreError(
            f"The folder {path.parent} of the store does not exist; make it, or name another "
            "store with --store."
        )
    if not create and not path.exists():
        raise StoreError(f"There is no store {path}; check its name, or record or import first.")


def _engine(parsed: URL) -> Engine:
    if parsed.drivername == "sqlite":
        engine = create_engine(parsed)
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
        return engine
    try:
        return create_engine(
            parsed,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10},
        )
    except ImportError as error:
        raise StoreError(
            "A PostgreSQL store needs the psycopg library; install it with "
            "pip install 'anklet[postgres]'."
        ) from error


def _on_sqlite_connect(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin below, not where sqlite3 guesses
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")


def _on_sqlite_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("anklet_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _prepare(engine: Engine, where: str) -> None:
    """Bring the tables up to this version; touch nothing that is newer or another program's."""
    with engine.connect() as connection:
        if _is_current(connection, where):
            return
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            if isinstance(driver, sqlite3.Connection):
                driver.execute("PRAGMA journal_mode=WAL")
    with writing(engine).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        if not _is_current(connection, where):
            _migrate(connection)


def _is_current(connection: Connection, where: str) -> bool:
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE not in tables:
        if tables:
            raise StoreError(
                f"The database {where} belongs to another program (it holds the table "
                f"{sorted(tables)[0]}); give Anklet a database of its own."
            )
        return False
    version = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) or ""
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"The store {where} was written by a newer version of Anklet (its tables are version "
            f"{version}, this program knows {SCHEMA_VERSION}); update Anklet. Nothing was changed."
        )
    return version == SCHEMA_VERSION


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, SCHEMA_VERSION)
