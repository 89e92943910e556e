"""Assessments that do not count: kept, analysed on demand, in no course; brought back at will."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from anklet.model import Side
from anklet.store.people import People
from anklet.store.schema import AssessmentRow, EventRow, RecordingRow
from anklet.store.values import Assessment, Visit


class LeavingOut(People):
    """The part of the store that says what does not count."""

    def leave_out(self, assessment_id: int, why: str) -> None:
        """Take an assessment out of courses, lists and exports of results; nothing is deleted."""
        self._set_left_out(assessment_id, why)

    def put_back(self, assessment_id: int) -> None:
        """Let an assessment count again."""
        self._set_left_out(assessment_id, None)

    def left_out(self, person_code: str) -> list[tuple[Visit, Assessment]]:
        """Return a person's assessments that are left out, by visit."""
        return self._assessments_where(person_code, AssessmentRow.left_out_why.is_not(None))

    def take_out(self, assessment_id: int, sides: Collection[Side], why: str) -> int:
        """Move the recordings of some legs, with what was said of them, out of an assessment.

        Where it holds no other leg it is left out whole.

        Returns
        -------
        int
            The assessment that holds them, which is left out; its own where nothing was moved.
        """
        with self._write() as session:
            self._check_assessment(session, assessment_id)
            held = session.get_one(AssessmentRow, assessment_id)
            if not _holds(session, assessment_id, RecordingRow.side.in_(sides)):
                return assessment_id
            if not _holds(session, assessment_id, RecordingRow.side.not_in(sides)):
                held.left_out_why = why
                return assessment_id
            apart = AssessmentRow(
                visit_id=held.visit_id,
                kind=held.kind,
                protocol=held.protocol,
                key=held.key,
                key_text=held.key_text,
                left_out_why=why,
            )
            session.add(apart)
            session.flush()
            for table in (RecordingRow, EventRow):
                mine = _of_sides(table, assessment_id, sides)
                session.execute(update(table).where(*mine).values(assessment_id=apart.id))
            return apart.id

    def _set_left_out(self, assessment_id: int, why: str | None) -> None:
        with self._write() as session:
            self._check_assessment(session, assessment_id)
            session.get_one(AssessmentRow, assessment_id).left_out_why = why


def _of_sides(
    table: type[RecordingRow | EventRow], assessment_id: int, sides: Collection[Side]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.assessment_id == assessment_id, table.side.in_(sides)


def _holds(session: Session, assessment_id: int, which: ColumnElement[bool]) -> bool:
    """Whether an assessment has such recordings."""
    query = select(RecordingRow.id).where(RecordingRow.assessment_id == assessment_id, which)
    return session.scalar(query.limit(1)) is not None
