"""One assessment, looked at after its sets: the analysis, the visit before, reps ruled by hand."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from anklet.analysis import Settings
from anklet.measures.compare import shown_measure
from anklet.model import SIDES, Analysis, Change, Difference, EntryName, Overrule, Rep, Side
from anklet.store import Assessment, Store
from anklet.visits.analysing import analyze_assessment
from anklet.visits.courses import sems, with_own_sem
from anklet.visits.keeping import keep_result, recompute, settings_of
from anklet.visits.overrules import DONE_AGAIN, keep_overrule
from anklet.visits.series import Followed

BY_HAND = "ruled by who measured"


@dataclass(frozen=True, eq=False)
class Looked:
    """An assessment's analysis as its report has it, and the visit before with the same key.

    ``how`` is what it was analysed with. ``before`` is that visit's difference of the same measure,
    ``change`` what became of it since; None without such a visit.
    """

    assessment: Assessment
    analysis: Analysis
    how: Settings
    before: Difference | None
    change: Change | None
    before_on: date | None


def look_at(store: Store, person_code: str, assessment_id: int) -> Looked:
    """Analyse an assessment as it is now, and find the visit before.

    Raises
    ------
    AnkletError
        When it cannot be analysed.
    """
    assessment = store.assessment(assessment_id)
    analysis, how = recompute(store, assessment)
    same = store.summaries(person_code, assessment.key_text)
    at = next((v.at for v in same if v.assessment.id == assessment_id), None)
    if at is not None:
        analysis = with_own_sem(analysis, sems([v for v in same if v.at <= at]))
    measure = shown_measure(analysis)
    involved = store.person(person_code).involved
    rows = [
        row
        for row in store.measured(person_code, measure)
        if row.key_text == assessment.key_text
        and row.compared
        and (at is None or row.at <= at)
        and (row.visit_id != assessment.visit_id or row.assessment_id == assessment_id)
    ]
    followed = Followed(rows, measure)
    earlier = [row for row in rows if row.assessment_id != assessment_id]
    if not earlier:
        return Looked(assessment, analysis, how, None, None, None)
    return Looked(
        assessment,
        analysis,
        how,
        followed.difference(earlier[-1], involved),
        followed.change(involved) if len(rows) > len(earlier) else None,
        earlier[-1].at.astimezone().date(),
    )


def rule(store: Store, assessment_id: int, side: Side, rep: Rep, *, counts: bool) -> Analysis:
    """Keep that a rep counts, or does not, and analyse anew; the latest ruling is the one.

    Raises
    ------
    AnkletError
        When it cannot be analysed; what was said is kept.
    """
    keep_overrule(store, assessment_id, Overrule(side, rep.start_s, rep.end_s, counts, BY_HAND))
    return analyse_again(store, assessment_id)


def enter(
    store: Store, assessment_id: int, side: Side, name: EntryName, value: float | None
) -> Analysis:
    """Enter what was measured otherwise of a leg, or take it back with None, and analyse with it.

    Raises
    ------
    AnkletError
        When the protocol has no such value, or it is out of its bounds; nothing is changed.
    """
    assessment = store.assessment(assessment_id)
    how = settings_of(store, assessment)
    legs = {**how.entered, side: {**how.entered.get(side, {}), name: value}}
    given = {s: {n: v for n, v in legs.get(s, {}).items() if v is not None} for s in SIDES}
    entered = {s: leg for s, leg in given.items() if leg}
    return _analyse_with(store, assessment, replace(how, entered=entered))


def weigh(store: Store, assessment_id: int, mass_kg: float | None) -> Analysis:
    """Say the body mass, or take it back with None, and analyse with it.

    Raises
    ------
    AnkletError
        When no person has it; nothing is changed.
    """
    assessment = store.assessment(assessment_id)
    how = replace(settings_of(store, assessment), mass_kg=mass_kg)
    return _analyse_with(store, assessment, how)


def analyse_again(store: Store, assessment_id: int) -> Analysis:
    """Analyse an assessment and keep the result.

    Raises
    ------
    AnkletError
        When it cannot be.
    """
    assessment = store.assessment(assessment_id)
    return _analyse_with(store, assessment, settings_of(store, assessment))


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


def _analyse_with(store: Store, assessment: Assessment, how: Settings) -> Analysis:
    analysis = analyze_assessment(store, assessment, how)
    keep_result(store, assessment, analysis, how)
    return analysis
