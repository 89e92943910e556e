"""The course of people over their visits, read from summaries: whole analyses stay unread."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from anklet.model import Measure, Side
from anklet.store.people import People, to_assessment
from anklet.store.schema import (
    AssessmentRow,
    PersonRow,
    RecordingRow,
    ResultRow,
    SummaryRow,
    VisitRow,
)
from anklet.store.values import CALIBRATION, SIMULATED, Assessment, Json, KeyCount, Person, Visit

RECENT_VISITS = 12
"""So many are in a person's line of the overview: three months of weekly visits."""


@dataclass(frozen=True)
class VisitSummary:
    """The latest result of one assessment, with its visit: one dot of a trend.

    ``summary`` is as :func:`anklet.store.summary.summary_of` says, ``algorithm`` the version of the
    method that made it.
    """

    visit_id: int
    at: datetime
    assessment: Assessment
    summary: Json
    algorithm: int


@dataclass(frozen=True)
class RecentCourse:
    """A person's latest visits.

    Parameters
    ----------
    person : Person
    visits : int
        How many there are in all.
    recent_at : tuple of datetime
        Of the latest visits, earliest first, in UTC.
    key_text, primary : str or None
        Comparability key and primary measure of the latest result that compares both legs.
    left_minus_right_deg : tuple of (datetime, float)
        That measure's difference at each of these visits with that key, earliest first, deg.
    """

    person: Person
    visits: int
    recent_at: tuple[datetime, ...]
    key_text: str | None
    primary: Measure | None
    left_minus_right_deg: tuple[tuple[datetime, float], ...]


class _Recent(NamedTuple):
    visits: int
    at: datetime
    key_text: str | None
    primary: Measure | None
    left_minus_right_deg: float | None


class Courses(People):
    """The part of the store that lists and trends read."""

    def summaries(self, person_code: str, key_text: str | None = None) -> list[VisitSummary]:
        """Return the latest result of each of a person's assessments in short, by visit.

        Parameters
        ----------
        person_code : str
            Whose.
        key_text : str, optional
            Only those that may be compared: see :func:`anklet.store.key_text` and :meth:`keys`.
        """
        query = (
            select(VisitRow, AssessmentRow, SummaryRow.data, ResultRow.algorithm)
            .join(AssessmentRow, AssessmentRow.visit_id == VisitRow.id)
            .join(SummaryRow, SummaryRow.result_id == latest_result_id())
            .join(ResultRow, ResultRow.id == SummaryRow.result_id)
            .where(AssessmentRow.left_out_why.is_(None))
            .order_by(VisitRow.at, AssessmentRow.id)
        )
        if key_text is not None:
            query = query.where(AssessmentRow.key_text == key_text)
        with self._read() as session:
            person = self._person_row(session, person_code)
            found = session.execute(query.where(VisitRow.person_id == person.id))
            return [
                VisitSummary(visit.id, visit.at, to_assessment(assessment), data, algorithm)
                for visit, assessment, data, algorithm in found
            ]

    def unanalysed(self, person_code: str) -> list[tuple[Visit, Assessment]]:
        """Return a person's assessments that hold recordings and have no result, by visit."""
        recorded = select(RecordingRow.id).where(RecordingRow.assessment_id == AssessmentRow.id)
        return self._assessments_where(
            person_code,
            AssessmentRow.left_out_why.is_(None),
            latest_result_id().is_(None),
            recorded.exists(),
        )

    def keys(self, person_code: str) -> list[KeyCount]:
        """Return a person's comparability keys, the one with the most results first."""
        count = func.count()
        counted = (
            select(count, func.max(AssessmentRow.id))
            .join(VisitRow, VisitRow.id == AssessmentRow.visit_id)
            .where(AssessmentRow.left_out_why.is_(None), latest_result_id().is_not(None))
            .group_by(AssessmentRow.key_text)
            .order_by(count.desc(), AssessmentRow.key_text)
        )
        with self._read() as session:
            person = self._person_row(session, person_code)
            found: list[KeyCount] = []
            for results, example in session.execute(
                counted.where(VisitRow.person_id == person.id)
            ).all():
                one = to_assessment(session.get_one(AssessmentRow, example))
                found.append(KeyCount(one.key_text, one.kind, one.protocol, one.key, results))
            return found

    def recent_courses(self, most: int = RECENT_VISITS) -> list[RecentCourse]:
        """Return everybody's latest visits and differences, by code, in two queries.

        Parameters
        ----------
        most : int
            Visits of each person that are looked at.
        """
        ranked = (
            select(
                VisitRow.id,
                VisitRow.person_id,
                VisitRow.at,
                func.count().over(partition_by=VisitRow.person_id).label("visits"),
                func.row_number()
                .over(
                    partition_by=VisitRow.person_id,
                    order_by=(VisitRow.at.desc(), VisitRow.id.desc()),
                )
                .label("back"),
            )
            .where(_counts())
            .subquery()
        )
        query = (
            select(
                ranked.c.person_id,
                ranked.c.visits,
                ranked.c.at,
                AssessmentRow.key_text,
                SummaryRow.primary_measure,
                SummaryRow.left_minus_right_deg,
            )
            .outerjoin(
                AssessmentRow,
                and_(AssessmentRow.visit_id == ranked.c.id, AssessmentRow.left_out_why.is_(None)),
            )
            .outerjoin(SummaryRow, SummaryRow.result_id == latest_result_id())
            .where(ranked.c.back <= most)
            .order_by(ranked.c.at, AssessmentRow.id)
        )
        with self._read() as session:
            held: dict[int, list[_Recent]] = {}
            for person_id, visits, at, key, primary, deg in session.execute(query):
                row = _Recent(visits, at, key, cast("Measure | None", primary), deg)
                held.setdefault(person_id, []).append(row)
            return [_course(person, held.get(number, ())) for number, person in _numbered(session)]


def _counts() -> ColumnElement[bool]:
    """Whether a visit holds anything but what is left out, and its calibrations."""
    of_visit = select(AssessmentRow.id).where(AssessmentRow.visit_id == VisitRow.id)
    left_out = AssessmentRow.left_out_why.is_not(None)
    kept = and_(~left_out, AssessmentRow.protocol != CALIBRATION)
    return or_(~of_visit.where(left_out).exists(), of_visit.where(kept).exists())


def latest_result_id():  # its type differs by SQLAlchemy
    """Return the id of the result that counts, in a query of assessments."""
    result = aliased(ResultRow)
    return (
        select(func.max(result.id))
        .where(result.assessment_id == AssessmentRow.id)
        .correlate(AssessmentRow)
        .scalar_subquery()
    )


def _numbered(session: Session) -> list[tuple[int, Person]]:
    columns = PersonRow.code, PersonRow.involved, PersonRow.injured_on, PersonRow.notes
    rows = session.execute(
        select(PersonRow.id, *columns)
        .where(PersonRow.deleted_at.is_(None))
        .order_by(PersonRow.code)
    )
    return [
        (number, Person(code, cast("Side | None", involved), injured_on, notes))
        for number, code, involved, injured_on, notes in rows
    ]


def _simulated(row: _Recent) -> bool:
    return SIMULATED in json.loads(row.key_text or "{}")


def _course(person: Person, rows: Sequence[_Recent]) -> RecentCourse:
    compared = [row for row in rows if row.left_minus_right_deg is not None]
    compared = [row for row in compared if not _simulated(row)] or compared
    key, primary = (compared[-1].key_text, compared[-1].primary) if compared else (None, None)
    same = {
        row.at: row.left_minus_right_deg
        for row in compared
        if (row.key_text, row.primary) == (key, primary) and row.left_minus_right_deg is not None
    }
    return RecentCourse(
        person,
        rows[0].visits if rows else 0,
        tuple(dict.fromkeys(row.at for row in rows)),
        key,
        primary,
        tuple(same.items()),
    )
