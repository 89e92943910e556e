"""Deleting a person: hidden at once, brought back while that is allowed, then gone."""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from anklet.errors import StoreError
from anklet.store.people import People, to_person
from anklet.store.schema import (
    AssessmentRow,
    CalibrationRow,
    EchoRow,
    EventRow,
    FileRow,
    PacketRow,
    PersonRow,
    RecordingRow,
    ResultRow,
    SetAsideRow,
    SummaryRow,
    VisitRow,
    utc_now,
)
from anklet.store.values import Person

_OWED = 1
"""SQLite's ``user_version`` while deleted bytes may still be in the file."""


@dataclass(frozen=True)
class DeletedPerson:
    """Somebody who can still be brought back; ``deleted_at`` is in UTC."""

    person: Person
    deleted_at: datetime


@dataclass(frozen=True)
class Purge:
    """Who was erased. Not ``clean``: bytes may be left in the file until the next purge."""

    codes: tuple[str, ...]
    clean: bool


class Deleting(People):
    """The part of the store that forgets."""

    def delete_person(self, code: str) -> datetime:
        """Hide a person with everything of theirs, and return when (UTC).

        Nothing is erased before :meth:`purge_deleted`; the code stays taken until then.
        """
        with self._write() as session:
            at = utc_now()
            self._person_row(session, code).deleted_at = at
        return at

    def restore_person(self, code: str) -> Person:
        """Bring a deleted person back, as they were.

        Raises
        ------
        StoreError
            When nobody of that code is deleted.
        """
        with self._write() as session:
            row = session.scalar(
                select(PersonRow).where(PersonRow.code == code, PersonRow.deleted_at.is_not(None))
            )
            if row is None:
                raise StoreError(
                    f"The store {self.where} holds no deleted person {code}: nothing to bring back."
                )
            row.deleted_at = None
            return to_person(row)

    def deleted_people(self) -> list[DeletedPerson]:
        """Return who can be brought back, by code."""
        with self._read() as session:
            rows = session.scalars(
                select(PersonRow).where(PersonRow.deleted_at.is_not(None)).order_by(PersonRow.code)
            )
            return [DeletedPerson(to_person(r), r.deleted_at) for r in rows if r.deleted_at]

    def purge_deleted(self, before: datetime) -> Purge:
        """Erase everybody who was deleted before a moment, with all that only they use.

        That is visits, assessments, recordings with their packets, clock echoes and files,
        calibrations, events and results. SQLite's file is then written anew without them;
        PostgreSQL frees their room at its own next vacuum.
        """
        return self._purge(PersonRow.deleted_at < before)

    def erase_person(self, code: str) -> Purge:
        """Erase one person at once, deleted before or not: as :meth:`purge_deleted`.

        Raises
        ------
        StoreError
            When the store doesn't know the code.
        """
        done = self._purge(PersonRow.code == code)
        if not done.codes:
            raise StoreError(f"The store {self.where} knows no person {code}; check the code.")
        return done

    def _purge(self, chosen: ColumnElement[bool]) -> Purge:
        with self._read() as session:
            anybody = session.scalar(select(PersonRow.id).where(chosen).limit(1)) is not None
        return Purge(self._erased(chosen) if anybody else (), self._scrub())

    def _erased(self, chosen: ColumnElement[bool]) -> tuple[str, ...]:
        with self._write() as session:
            if self._engine.dialect.name == "sqlite":
                connection = session.connection()
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
                connection.exec_driver_sql(f"PRAGMA user_version = {_OWED}")
            people = session.scalars(select(PersonRow).where(chosen).order_by(PersonRow.code)).all()
            codes = tuple(row.code for row in people)
            for row in people:
                _erase(session, row)
            return codes

    def _scrub(self) -> bool:
        """Write SQLite's file anew where bytes of the deleted may be left; False: not yet."""
        with self._engine.connect() as connection:
            driver = connection.connection.driver_connection
            if not isinstance(driver, sqlite3.Connection):
                return True
            if driver.execute("PRAGMA user_version").fetchone() != (_OWED,):
                return True
            try:
                driver.execute("VACUUM")
                busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy:
                    driver.execute("PRAGMA user_version = 0")
            except sqlite3.Error:  # in use, or no room for a copy: the next purge tries again
                return False
            return not busy


def _erase(session: Session, person: PersonRow) -> None:
    visits = select(VisitRow.id).where(VisitRow.person_id == person.id)
    assessments = select(AssessmentRow.id).where(AssessmentRow.visit_id.in_(visits))
    results = select(ResultRow.id).where(ResultRow.assessment_id.in_(assessments))
    streams, digests = _only_of(session, assessments)
    session.execute(delete(SummaryRow).where(SummaryRow.result_id.in_(results)))
    for table in (ResultRow, EventRow, RecordingRow):
        session.execute(delete(table).where(table.assessment_id.in_(assessments)))
    session.execute(delete(FileRow).where(FileRow.sha256.in_(digests)))
    for sensor, stream in streams:
        session.execute(delete(SetAsideRow).where(_arrived_with(sensor, stream)))
        for table in (PacketRow, EchoRow):
            session.execute(delete(table).where(table.sensor_id == sensor, table.stream == stream))
    session.execute(delete(CalibrationRow).where(CalibrationRow.visit_id.in_(visits)))
    session.execute(delete(AssessmentRow).where(AssessmentRow.visit_id.in_(visits)))
    session.execute(delete(VisitRow).where(VisitRow.person_id == person.id))
    session.delete(person)
    session.flush()


def _only_of(
    session: Session, assessments: Select[Any]
) -> tuple[Collection[tuple[int, int]], Collection[str]]:
    """Streams and files of assessments that no other assessment uses."""
    mine, other = RecordingRow, aliased(RecordingRow)
    same_stream = and_(other.sensor_id == mine.sensor_id, other.stream == mine.stream)
    used_elsewhere = (
        select(other.id)
        .where(
            or_(same_stream, other.sha256 == mine.sha256),
            other.assessment_id.not_in(assessments),
        )
        .exists()
    )
    rows = session.execute(
        select(mine.sensor_id, mine.stream, mine.sha256).where(
            mine.assessment_id.in_(assessments), ~used_elsewhere
        )
    ).all()
    streams = {(sensor, stream) for sensor, stream, _ in rows if sensor and stream is not None}
    return streams, {digest for *_, digest in rows if digest}


def _arrived_with(sensor: int, stream: int) -> ColumnElement[bool]:
    """What was set aside of a stream, or is unreadable and came while the stream did."""
    received = (
        select(func.min(PacketRow.received_us), func.max(PacketRow.received_us))
        .where(PacketRow.sensor_id == sensor, PacketRow.stream == stream)
        .subquery()
    )
    first, last = (select(column).scalar_subquery() for column in received.c)
    unreadable = and_(SetAsideRow.stream.is_(None), SetAsideRow.received_us.between(first, last))
    return and_(SetAsideRow.sensor_id == sensor, or_(SetAsideRow.stream == stream, unreadable))
