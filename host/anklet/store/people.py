"""People, their visits, and what was assessed at each."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from anklet.errors import StoreError
from anklet.model import Kind, Side
from anklet.store.database import Database
from anklet.store.schema import AssessmentRow, PersonRow, VisitRow, utc_now
from anklet.store.values import (
    Assessment,
    Person,
    Visit,
    check_person_code,
    key_text,
    plain_json,
)


class People(Database):
    """The part of the store about who and when."""

    def add_person(
        self,
        code: str,
        involved: Side | None = None,
        injured_on: date | None = None,
        notes: str = "",
    ) -> Person:
        """Add a person.

        Raises
        ------
        UsageError
            When the code is not made of 1 to 32 letters, digits, dots, dashes and underscores.
        StoreError
            When the code is taken.
        """
        check_person_code(code)
        with self._write() as session:
            known = session.scalar(select(PersonRow).where(PersonRow.code == code))
            if known is not None:
                raise StoreError(
                    _is_deleted(known, self.where)
                    if known.deleted_at
                    else f"The store {self.where} has a person {code} already; take another code."
                )
            session.add(
                PersonRow(
                    code=code,
                    involved=involved,
                    injured_on=injured_on,
                    notes=notes,
                    created_at=utc_now(),
                )
            )
        return Person(code, involved, injured_on, notes)

    def change_person(
        self, code: str, involved: Side | None, injured_on: date | None, notes: str
    ) -> Person:
        """Keep something else of a person than before; StoreError where there is none."""
        with self._write() as session:
            row = self._person_row(session, code)
            row.involved, row.injured_on, row.notes = involved, injured_on, notes
            return to_person(row)

    def person(self, code: str) -> Person:
        """Return one person; StoreError where there is none of that code."""
        with self._read() as session:
            return to_person(self._person_row(session, code))

    def people(self) -> list[Person]:
        """Return everybody, by code."""
        with self._read() as session:
            rows = session.scalars(
                select(PersonRow).where(PersonRow.deleted_at.is_(None)).order_by(PersonRow.code)
            )
            return [to_person(row) for row in rows]

    def add_visit(self, person_code: str, at: datetime, notes: str = "") -> int:
        """Add a visit and return its id; a time without a zone is this computer's local time."""
        with self._write() as session:
            person = self._person_row(session, person_code)
            row = VisitRow(person_id=person.id, at=at, notes=notes)
            session.add(row)
            session.flush()
            return row.id

    def visits(self, person_code: str) -> list[Visit]:
        """Return a person's visits, earliest first."""
        with self._read() as session:
            person = self._person_row(session, person_code)
            rows = session.scalars(
                select(VisitRow)
                .where(VisitRow.person_id == person.id)
                .order_by(VisitRow.at, VisitRow.id)
            )
            return [Visit(row.id, person_code, row.at, row.notes) for row in rows]

    def add_assessment(
        self, visit_id: int, kind: Kind, protocol: str, key: Mapping[str, Any]
    ) -> int:
        """Add an assessment and return its id.

        Parameters
        ----------
        visit_id : int
            Of the visit.
        kind : str
            static, passive or active.
        protocol : str
            Name of the protocol.
        key : mapping
            The rest of the comparability key, as far as known: exercise, block_deg, knee, footwear,
            side_order, warm_up.
        """
        with self._write() as session:
            self._check_visit(session, visit_id)
            row = AssessmentRow(
                visit_id=visit_id,
                kind=kind,
                protocol=protocol,
                key=plain_json(key),
                key_text=key_text(kind, protocol, key),
            )
            session.add(row)
            session.flush()
            return row.id

    def assessments(self, visit_id: int) -> list[Assessment]:
        """Return the assessments of a visit, in the order they were added."""
        with self._read() as session:
            self._check_visit(session, visit_id)
            rows = session.scalars(
                select(AssessmentRow)
                .where(AssessmentRow.visit_id == visit_id)
                .order_by(AssessmentRow.id)
            )
            return [to_assessment(row) for row in rows]

    def assessment(self, assessment_id: int) -> Assessment:
        """Return one assessment; StoreError where there is none, or its person is deleted."""
        with self._read() as session:
            self._check_assessment(session, assessment_id)
            row, code = session.execute(
                select(AssessmentRow, PersonRow.code)
                .join(VisitRow, VisitRow.id == AssessmentRow.visit_id)
                .join(PersonRow, PersonRow.id == VisitRow.person_id)
                .where(AssessmentRow.id == assessment_id)
            ).one()
            self._person_row(session, code)
            return to_assessment(row)

    def _assessments_where(
        self, person_code: str, *which: ColumnElement[bool]
    ) -> list[tuple[Visit, Assessment]]:
        """Return such assessments of a person, each with its visit, by visit."""
        query = (
            select(VisitRow, AssessmentRow)
            .join(AssessmentRow, AssessmentRow.visit_id == VisitRow.id)
            .where(*which)
            .order_by(VisitRow.at, AssessmentRow.id)
        )
        with self._read() as session:
            person = self._person_row(session, person_code)
            found = session.execute(query.where(VisitRow.person_id == person.id))
            return [
                (Visit(visit.id, person.code, visit.at, visit.notes), to_assessment(assessment))
                for visit, assessment in found
            ]

    def person_of(self, assessment_id: int) -> Person:
        """Return whose an assessment is; StoreError where there is none."""
        with self._read() as session:
            self._check_assessment(session, assessment_id)
            row = session.execute(
                select(PersonRow)
                .join(VisitRow, VisitRow.person_id == PersonRow.id)
                .join(AssessmentRow, AssessmentRow.visit_id == VisitRow.id)
                .where(AssessmentRow.id == assessment_id)
            ).scalar_one()
            return to_person(row)

    def _person_row(self, session: Session, code: str) -> PersonRow:
        row = session.scalar(select(PersonRow).where(PersonRow.code == code))
        if row is None:
            raise StoreError(
                f"The store {self.where} knows no person {code}; check the code, or add the person."
            )
        if row.deleted_at is not None:
            raise StoreError(_is_deleted(row, self.where))
        return row


def _is_deleted(row: PersonRow, where: str) -> str:
    at = f" on {row.deleted_at.astimezone():%Y-%m-%d}" if row.deleted_at else ""
    return (
        f"The person {row.code} of the store {where} was deleted{at}; bring them back with "
        f"anklet delete --undo --person {row.code}, or erase them with --purge."
    )


def to_person(row: PersonRow) -> Person:
    """Return a row as the value that it stands for."""
    return Person(row.code, cast("Side | None", row.involved), row.injured_on, row.notes)


def to_assessment(row: AssessmentRow) -> Assessment:
    """Return a row as the value that it stands for."""
    return Assessment(
        row.id,
        row.visit_id,
        cast("Kind", row.kind),
        row.protocol,
        row.key,
        row.key_text,
        row.left_out_why,
    )
