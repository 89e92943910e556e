"""One assessment, looked at after its sets: the analysis, the visit before, reps ruled by hand."""

from collections.abc import Collection
from dataclasses import dataclass

from anklet.model import Analysis, Overrule, Rep, Side
from anklet.store import Assessment, Store
from anklet.visits.keeping import keep_result, recompute
from anklet.visits.overrules import DONE_AGAIN, keep_overrule

BY_HAND = "ruled by who measured"


@dataclass(frozen=True, eq=False)
class Looked:
    """An assessment's analysis, and the difference of the visit before with the same key.

    ``before_deg`` is (difference, low, high) of the primary measure; None without such a visit.
    """

    assessment: Assessment
    analysis: Analysis
    before_deg: tuple[float, float, float] | None
    before_on: str


def look_at(store: Store, person_code: str, assessment_id: int) -> Looked:
    """Analyse an assessment as it is now, and find the visit before.

    Raises
    ------
    AnkletError
        When it cannot be analysed.
    """
    assessment = store.assessment(assessment_id)
    analysis, _ = recompute(store, assessment)
    same = store.summaries(person_code, assessment.key_text)
    earlier = [
        v for v in same if v.visit_id != assessment.visit_id and v.assessment.id < assessment.id
    ]
    before = next((v for v in reversed(earlier) if v.summary["differences"]), None)
    found = None
    if before is not None:
        d = before.summary["differences"].get(before.summary["primary"])
        found = (d["difference_deg"], d["low_deg"], d["high_deg"]) if d else None
    on = f"{before.at.astimezone():%Y-%m-%d}" if before is not None else ""
    return Looked(assessment, analysis, found, on)


def rule(store: Store, assessment_id: int, side: Side, rep: Rep, *, counts: bool) -> Analysis:
    """Keep that a rep counts, or does not, and analyse anew; the latest ruling is the one.

    Raises
    ------
    AnkletError
        When it cannot be analysed; what was said is kept.
    """
    keep_overrule(store, assessment_id, Overrule(side, rep.start_s, rep.end_s, counts, BY_HAND))
    return analyse_again(store, assessment_id)


def analyse_again(store: Store, assessment_id: int) -> Analysis:
    """Analyse an assessment and keep the result.

    Raises
    ------
    AnkletError
        When it cannot be.
    """
    assessment = store.assessment(assessment_id)
    analysis, how = recompute(store, assessment)
    keep_result(store, assessment, analysis, how)
    return analysis


def take_back(store: Store, assessment_id: int, sides: Collection[Side]) -> None:
    """Take the sets of some legs out of an assessment, since they are done again.

    What is left of it is analysed anew; what was taken out stays recorded, as an assessment that is
    left out.

    Raises
    ------
    AnkletError
        When what is left cannot be analysed; the sets are out.
    """
    if store.take_out(assessment_id, sides, DONE_AGAIN) != assessment_id:
        analyse_again(store, assessment_id)
