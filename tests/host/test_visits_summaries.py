"""The visit's summary, its report and the comparison say the same, whoever is the involved side."""

import pytest

from anklet.measures.sentences import change_sentence
from anklet.store import Store
from anklet.visits import standing
from anklet.visits.report_pages import report_of
from anklet.visits.series import of_two_visits
from anklet.visits.simulated_course import CODE, simulate_course
from anklet.visits.summaries import analyse_again, look_at


@pytest.fixture
def store(tmp_path):
    with Store.open(str(tmp_path / "course.sqlite")) as opened:
        simulate_course(opened)
        yield opened


def said(store):
    """The change since the visit before: on the summary, on the report, in the comparison."""
    latest = store.summaries(CODE)[-1]
    involved = store.person(CODE).involved
    looked = look_at(store, CODE, latest.assessment.id)
    stands = standing(store.summaries(CODE), involved)
    return (
        change_sentence(looked.change, involved),
        report_of(store, CODE, latest.assessment.id).course[0],
        change_sentence(stands.change, involved),
    )


def test_a_change_of_the_involved_side_turns_every_sign(store):
    before = said(store)
    assert len(set(before)) == 1
    assert "right minus left changed by +4.0" in before[0]
    person = store.person(CODE)
    store.change_person(CODE, "left", person.injured_on, "")
    after = said(store)
    assert len(set(after)) == 1
    assert after[0] == before[0].replace(
        "right minus left changed by +", "left minus right changed by −"
    )
    analyse_again(store, store.summaries(CODE)[-1].assessment.id)
    assert said(store) == after


def test_the_visit_before_is_another_visit(store):
    results = store.summaries(CODE)
    assert [r.visit_id for r in of_two_visits([*results, results[-1]])] == [
        results[-2].visit_id,
        results[-1].visit_id,
    ]
    assert of_two_visits(results[:1]) == (results[0],)
    assert of_two_visits([]) == ()
