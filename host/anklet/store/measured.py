"""One measure of a person's results: what a course is fitted to, read without whole summaries."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import select

from anklet.model import SIDES, Measure, Side, Zero
from anklet.store.courses import VisitSummary, latest_result_id
from anklet.store.people import People
from anklet.store.schema import AssessmentRow, RecordingRow, SummaryRow, VisitRow
from anklet.store.values import Json


class LegMean(NamedTuple):
    """A leg's mean over its valid reps; ``mean`` None without one, ``zero`` without the leg."""

    zero: Zero | None
    mean: float | None
    sd: float | None
    n: int | None


class Measured(NamedTuple):
    """One measure of the latest result of one assessment; ``compared`` where both legs are."""

    visit_id: int
    at: datetime
    assessment_id: int
    key_text: str
    protocol: str
    compared: bool
    left_zero: Zero | None
    left_mean: float | None
    left_sd: float | None
    left_n: int | None
    right_zero: Zero | None
    right_mean: float | None
    right_sd: float | None
    right_n: int | None

    def leg(self, side: Side) -> LegMean:
        """Return one leg's part."""
        return LegMean(*(self[6:10] if side == "left" else self[10:14]))


class Measures(People):
    """The part of the store that long courses read."""

    def measured(self, person_code: str, measure: Measure) -> list[Measured]:
        """Return one measure of each of a person's assessments, by visit, as `summaries` does."""
        data = SummaryRow.data
        columns: list[Any] = []
        for side in SIDES:
            held = ("legs", side, "measures", measure)
            columns += [
                data["legs", side, "zero"].as_string(),
                data[(*held, "mean")].as_float(),
                data[(*held, "sd")].as_float(),
                data[(*held, "n")].as_integer(),
            ]
        query = (
            select(
                VisitRow.id,
                VisitRow.at,
                AssessmentRow.id,
                AssessmentRow.key_text,
                AssessmentRow.protocol,
                data["differences"].as_string().is_not(None),
                *columns,
            )
            .join(AssessmentRow, AssessmentRow.visit_id == VisitRow.id)
            .join(SummaryRow, SummaryRow.result_id == latest_result_id())
            .where(AssessmentRow.left_out_why.is_(None))
            .order_by(VisitRow.at, AssessmentRow.id)
        )
        with self._read() as session:
            person = self._person_row(session, person_code)
            found = session.execute(query.where(VisitRow.person_id == person.id))
            return [Measured(*row) for row in found]

    def leading_measure(self, person_code: str, key_text: str) -> Measure | None:
        """Return the measure of a key's latest comparison, else what its reps were made for."""
        query = (
            select(SummaryRow.primary_measure)
            .join(AssessmentRow, SummaryRow.result_id == latest_result_id())
            .join(VisitRow, VisitRow.id == AssessmentRow.visit_id)
            .where(AssessmentRow.left_out_why.is_(None), AssessmentRow.key_text == key_text)
            .where(SummaryRow.primary_measure.is_not(None))
            .order_by(VisitRow.at.desc(), AssessmentRow.id.desc())
            .limit(1)
        )
        compared = query.where(SummaryRow.data["differences"].as_string().is_not(None))
        with self._read() as session:
            person = self._person_row(session, person_code)
            for wanted in (compared, query):
                found = session.scalar(wanted.where(VisitRow.person_id == person.id))
                if found is not None:
                    return cast("Measure", found)
        return None

    def recorded_sides(self, assessment_ids: Collection[int]) -> dict[int, set[Side]]:
        """Return the legs that assessments hold recordings of, by assessment."""
        query = (
            select(RecordingRow.assessment_id, RecordingRow.side)
            .where(RecordingRow.assessment_id.in_(assessment_ids))
            .distinct()
        )
        sides: dict[int, set[Side]] = {}
        with self._read() as session:
            for assessment_id, side in session.execute(query):
                sides.setdefault(assessment_id, set()).add(cast("Side", side))
        return sides


def measured_in(visit: VisitSummary, measure: Measure) -> Measured:
    """Return one measure of a whole summary."""
    summary, assessment = visit.summary, visit.assessment
    legs: list[LegMean] = []
    for side in SIDES:
        leg = summary["legs"].get(side)
        held: Json = leg["measures"][measure] if leg else {}
        zero = leg["zero"] if leg else None
        legs.append(LegMean(zero, held.get("mean"), held.get("sd"), held.get("n")))
    return Measured(
        visit.visit_id,
        visit.at,
        assessment.id,
        assessment.key_text,
        assessment.protocol,
        bool(summary["differences"]),
        *legs[0],
        *legs[1],
    )
