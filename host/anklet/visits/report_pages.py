"""An assessment's printed page: its recordings analysed, and the course it belongs to."""

from collections.abc import Mapping

from anklet import __version__
from anklet.errors import StoreError
from anklet.measures.sentences import change_sentence, consistency_sentence
from anklet.model import Measure, Trend, Who
from anklet.report import ReportPage
from anklet.store import SIMULATED, Store, VisitSummary
from anklet.visits.courses import Standing, sems, standing, trends, with_own_sem
from anklet.visits.gaps import latest_gaps
from anklet.visits.keeping import recompute
from anklet.visits.remarks import remarks


class NoReportError(StoreError):
    """The person has no result of that assessment."""


def report_of(store: Store, person_code: str, assessment_id: int) -> ReportPage:
    """Gather the page of one assessment; the course ends with its visit.

    Raises
    ------
    NoReportError
        When the person has no result of that assessment.
    """
    person = store.person(person_code)
    everything = store.summaries(person_code)
    shown = next((v for v in everything if v.assessment.id == assessment_id), None)
    if shown is None:
        raise NoReportError(
            f"{person_code} has no analysed assessment {assessment_id}; check the number, or "
            "analyse the assessment first."
        )
    key = shown.assessment.key_text
    course = [v for v in everything if v.assessment.key_text == key and v.at <= shown.at]
    analysis, _ = recompute(store, shown.assessment)
    digest = store.input_digest(assessment_id)
    said = remarks(store, assessment_id)
    return ReportPage(
        analysis=with_own_sem(analysis, sems(course)),
        course=_sentences(standing(course, person.involved), shown),
        software_version=__version__,
        person_code=person.code,
        involved=person.involved,
        injured_on=person.injured_on,
        visit_on=shown.at.astimezone().date(),
        protocol=shown.assessment.protocol.replace("_", " "),
        measured_by=said.measured_by,
        pain=said.pain_words,
        tags=", ".join(said.tags),
        simulated=SIMULATED in shown.assessment.key,
        footwear=shown.assessment.key.get("footwear") or "",
        trends=_by_name(trends(course, person.involved)),
        gaps=latest_gaps(store, person_code, shown),
        provenance=f"input {digest[:12]}",
    )


def _sentences(stands: Standing | None, shown: VisitSummary) -> tuple[str, ...]:
    """What the comparison is among those of the other visits; empty where there is none."""
    if stands is None or stands.at[-1] is not shown:
        return ()
    change, steady = stands.change, stands.consistency
    return (
        *((change_sentence(change, stands.comparisons[-1].involved),) if change else ()),
        *((consistency_sentence(steady),) if steady else ()),
    )


def _by_name(fitted: Mapping[Measure, Mapping[Who, Trend]]) -> dict[str, dict[str, Trend]]:
    return {measure: {str(who): t for who, t in legs.items()} for measure, legs in fitted.items()}
