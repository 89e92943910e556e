"""Results with their provenance: added, never changed, never deleted; the latest counts."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from anklet.store.courses import latest_result_id
from anklet.store.people import People, to_assessment
from anklet.store.schema import (
    AssessmentRow,
    PersonRow,
    ResultRow,
    SummaryRow,
    VisitRow,
    utc_now,
)
from anklet.store.summary import summary_of
from anklet.store.values import Provenance, Result, VisitResult, plain_json


class Results(People):
    """The part of the store about what was measured."""

    def put_result(
        self, assessment_id: int, analysis: Mapping[str, Any], provenance: Provenance
    ) -> int:
        """Keep an analysis (the JSON of the file contract) and return its id."""
        with self._write() as session:
            self._check_assessment(session, assessment_id)
            row = ResultRow(
                assessment_id=assessment_id,
                analysis=plain_json(analysis),
                input_digest=provenance.input_digest,
                algorithm=provenance.algorithm,
                software=provenance.software,
                protocol=provenance.protocol,
                norms=provenance.norms,
                settings=plain_json(provenance.settings),
                calibration=plain_json(provenance.calibration),
                created_at=utc_now(),
            )
            session.add(row)
            session.flush()
            summary = summary_of(analysis)
            session.add(
                SummaryRow(
                    result_id=row.id,
                    primary_measure=summary["primary"],
                    left_minus_right_deg=summary["left_minus_right_deg"],
                    data=summary,
                )
            )
            return row.id

    def all_results(self, assessment_id: int) -> list[Result]:
        """Return every result of an assessment, earliest first."""
        with self._read() as session:
            self._check_assessment(session, assessment_id)
            rows = session.scalars(
                select(ResultRow)
                .where(ResultRow.assessment_id == assessment_id)
                .order_by(ResultRow.id)
            )
            return [_result(row) for row in rows]

    def latest_result(self, assessment_id: int) -> Result | None:
        """Return the result that counts; None where nothing was analysed yet."""
        with self._read() as session:
            self._check_assessment(session, assessment_id)
            row = session.scalar(
                select(ResultRow)
                .where(ResultRow.assessment_id == assessment_id)
                .order_by(ResultRow.id.desc())
                .limit(1)
            )
            return None if row is None else _result(row)

    def results(
        self, person_code: str, key_text: str | None = None, visit_id: int | None = None
    ) -> list[VisitResult]:
        """Return the latest result of each of a person's assessments, by visit.

        Parameters
        ----------
        person_code : str
            Whose.
        key_text : str, optional
            Only those that may be compared: see :func:`anklet.store.key_text` and :meth:`keys`.
        visit_id : int, optional
            Only those of one visit.
        """
        query = results_query(person_code)
        if key_text is not None:
            query = query.where(AssessmentRow.key_text == key_text)
        if visit_id is not None:
            query = query.where(VisitRow.id == visit_id)
        with self._read() as session:
            self._person_row(session, person_code)
            found = session.execute(query)
            return [
                VisitResult(visit.id, visit.at, to_assessment(assessment), analysis)
                for visit, assessment, analysis in found
            ]


def results_query(person_code: str):  # its type differs by SQLAlchemy
    """Join a person's visits and assessments with the latest result of each."""
    return (
        select(VisitRow, AssessmentRow, ResultRow.analysis)
        .select_from(PersonRow)
        .join(VisitRow, VisitRow.person_id == PersonRow.id)
        .join(AssessmentRow, AssessmentRow.visit_id == VisitRow.id)
        .join(ResultRow, ResultRow.id == latest_result_id())
        .where(PersonRow.code == person_code, AssessmentRow.left_out_why.is_(None))
        .order_by(VisitRow.at, AssessmentRow.id)
    )


def _result(row: ResultRow) -> Result:
    provenance = Provenance(
        input_digest=row.input_digest,
        algorithm=row.algorithm,
        software=row.software,
        protocol=row.protocol,
        norms=row.norms,
        settings=row.settings,
        calibration=row.calibration,
    )
    return Result(row.id, row.assessment_id, row.analysis, provenance, row.created_at)
