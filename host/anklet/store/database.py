"""An open database: its transactions, and its closing."""

from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from anklet.errors import StoreError
from anklet.store.opening import open_engine, writing
from anklet.store.schema import AssessmentRow, VisitRow
from anklet.store.troubles import plain_errors


class Database:
    """What the topics of the store share."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self._writer = writing(engine)
        self.where = where

    @classmethod
    def open(cls, url: str, create: bool = True) -> Self:
        """Open a store, making or updating its tables where needed.

        Parameters
        ----------
        url : str
            A file's path, ``sqlite:///FILE``, or ``postgresql://USER@HOST/DATABASE``.
        create : bool
            Whether a file that does not exist is made.

        Raises
        ------
        StoreError
            When there is no such folder (or file), no permission, no server; when the database is
            another program's or a newer version's (it is left untouched); when the URL's scheme is
            another or psycopg is missing.
        """
        return cls(*open_engine(url, create))

    def close(self) -> None:
        """Close every connection; SQLite then leaves one file to back up."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _read(self) -> Generator[Session, None, None]:
        with plain_errors(self.where), Session(self._engine) as session:
            yield session

    @contextmanager
    def _write(self) -> Generator[Session, None, None]:
        """Give one transaction: committed to the disk at the end, or not at all."""
        with plain_errors(self.where), Session(self._writer) as session, session.begin():
            yield session

    def _check_visit(self, session: Session, visit_id: int) -> None:
        self._check(session, VisitRow, "visit", visit_id)

    def _check_assessment(self, session: Session, assessment_id: int) -> None:
        self._check(session, AssessmentRow, "assessment", assessment_id)

    def _check(
        self, session: Session, table: type[VisitRow | AssessmentRow], what: str, number: int
    ) -> None:
        if session.scalar(select(table.id).where(table.id == number)) is None:
            raise StoreError(f"The store {self.where} holds no {what} {number}; add it first.")
