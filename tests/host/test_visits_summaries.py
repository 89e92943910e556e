"""The visit's summary, its report and the comparison say the same, whoever is the involved side."""

from datetime import UTC, datetime

import pytest

from anklet.analysis import Settings
from anklet.errors import UsageError
from anklet.measures.sentences import change_sentence
from anklet.protocols import find_protocol
from anklet.simulate import Movement, simulate_leg, to_packets
from anklet.store import Store
from anklet.visits import NewAssessment, keep_streams, standing
from anklet.visits.keeping import settings_of
from anklet.visits.report_pages import report_of
from anklet.visits.series import of_two_visits
from anklet.visits.simulated_course import CODE, simulate_course
from anklet.visits.summaries import analyse_again, enter, look_at, weigh

AT = datetime(2026, 9, 1, 18, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    with Store.open(str(tmp_path / "course.sqlite")) as opened:
        simulate_course(opened)
        yield opened


@pytest.fixture
def empty(tmp_path):
    with Store.open(str(tmp_path / "visits.sqlite")) as opened:
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


def assess(store, protocol, movement, segments):
    """A left leg's simulated assessment in an empty store; its number."""
    leg = simulate_leg("left", movement, seed=4, segments=segments)
    streams = {
        made.placement: (
            f"s-{made.placement.segment}",
            to_packets(
                made,
                stream=stream,
                sensor_id=f"s-{made.placement.segment}",
                unix_s=AT.timestamp(),
            ),
        )
        for stream, made in enumerate(leg.recordings.values(), 1)
    }
    store.add_person("K-1", "right", None)
    keep_streams(
        store,
        NewAssessment("K-1", AT, protocol, {}),
        streams,
        Settings(protocol=find_protocol(protocol)),
    )
    (visit,) = store.visits("K-1")
    (assessment,) = store.assessments(visit.id)
    return assessment.id


def kept(store, assessment_id):
    """What the latest result was analysed with."""
    return settings_of(store, store.assessment(assessment_id))


def test_what_was_measured_otherwise_is_entered_changed_and_taken_back(empty):
    name = assess(empty, "knee_to_wall_bent", Movement(kind="lunge", reps=3), ("shank",))
    enter(empty, name, "left", "knee_to_wall_cm", 9.0)
    latest = enter(empty, name, "left", "knee_to_wall_cm", 9.5)
    assert latest.entered == {"left": {"knee_to_wall_cm": 9.5}}
    for unfit, value in (("knee_to_wall_cm", 90.0), ("tibial_lean_deg", 38.0)):
        with pytest.raises(UsageError, match=unfit):
            enter(empty, name, "left", unfit, value)
    assert look_at(empty, "K-1", name).analysis.entered == latest.entered
    enter(empty, name, "left", "knee_to_wall_cm", None)
    assert kept(empty, name).entered == {}


def test_a_body_mass_gives_work_until_it_is_taken_back(empty):
    move = Movement(kind="heel_rise", reps=3, tempo_s=(0.9, 0.8))
    name = assess(empty, "heel_rise", move, ("shank", "foot"))

    def work():
        return look_at(empty, "K-1", name).analysis.legs["left"].sets[0].heel_rise.work

    assert work() is None
    weigh(empty, name, 70.0)
    at_70_kg = work().value_j
    weigh(empty, name, 140.0)
    assert work().value_j == pytest.approx(2 * at_70_kg)
    for mass_kg in (19.9, 300.1, float("nan")):
        with pytest.raises(UsageError, match="body mass lies between 20 and 300 kg, not"):
            weigh(empty, name, mass_kg)
    assert kept(empty, name).mass_kg == 140.0
    weigh(empty, name, None)
    assert work() is None
