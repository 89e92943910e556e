"""What a person's page says: of which measure, with which intervals, of which visits."""

from datetime import UTC, datetime, timedelta

import pytest

from anklet.app.course import VISITS_SHOWN, View, draw_course, load_course
from anklet.measures.sentences import number
from anklet.store import Store
from anklet.visits.remarks import keep_tag
from anklet.visits.report_pages import report_of
from anklet.visits.simulated_course import CODE, simulate_course
from host.store_many import PROVENANCE, analysis, fill

FIRST = datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with Store.open(str(tmp_path_factory.mktemp("demo") / "demo.sqlite")) as store:
        simulate_course(store)
        yield store


@pytest.fixture
def store(tmp_path):
    """Ten weeks on a block of 20 deg, then two on the floor, of which one is tagged."""
    with Store.open(str(tmp_path / "app.sqlite")) as held:
        held.add_person("K-1", "right")
        for week in range(12):
            visit = held.add_visit("K-1", FIRST + timedelta(weeks=week))
            block = {"block_deg": 20} if week < 10 else {}
            number_of = held.add_assessment(visit, "active", "split_squat", block)
            held.put_result(number_of, analysis(26.0, 20.0 + week % 3), PROVENANCE)
        keep_tag(held, number_of, "evening")
        yield held


@pytest.mark.parametrize("measure", [None, "pf_peak_deg", "rom_deg"])
def test_the_list_gives_the_intervals_of_each_visits_own_report(demo, measure):
    course = load_course(demo, demo.person(CODE), View(measure=measure))
    assert len(course.visits) == 12
    for row in (course.visits[0], course.visits[-1]):
        found = report_of(demo, CODE, row.assessment_id).analysis.comparison
        d = found.measures[course.measure]
        value, low, high = (number(v, sign=True) for v in (d.difference_deg, d.low_deg, d.high_deg))
        assert row.difference == f"{value} ({low} to {high})"


def test_left_and_right_are_of_the_measure_that_is_shown(store):
    person = store.person("K-1")
    bent = load_course(store, person, View())
    rows = load_course(store, person, View(measure="rom_deg")).visits
    assert (bent.measure, bent.visits[0].left, rows[0].left) == ("df_peak_deg", "26.0", "31.0")
    assert bent.sentences == load_course(store, person, View(measure="rom_deg")).sentences


def test_a_block_narrows_the_assessments(store):
    person = store.person("K-1")
    course = load_course(store, person, View())
    assert list(course.blocks.values()) == ["flat floor", "20 deg"]
    assert [len(course.keys), len(course.followed.rows)] == [2, 10]
    flat = load_course(store, person, View(block="0"))
    assert list(flat.keys.values()) == ["split squat"]
    assert [len(flat.followed.rows), len(flat.visits)] == [2, 12]


def test_a_tag_narrows_what_is_fitted(store):
    person = store.person("K-1")
    tagged = load_course(store, person, View(block="0", tag="evening"))
    assert (tagged.tags, len(tagged.followed.rows)) == (["evening"], 1)
    assert [row.tags for row in tagged.visits[:2]] == ["evening", ""]
    nothing = load_course(store, person, View(tag="evening"))
    assert draw_course(nothing, person).svg == ""


def test_what_is_left_out_is_not_in_the_course(store):
    person = store.person("K-1")
    latest = load_course(store, person, View()).visits[-1].assessment_id
    store.leave_out(latest, "a slip")
    course = load_course(store, person, View())
    assert (course.count, len(course.followed.rows)) == (11, 9)


def test_older_visits_are_listed_a_page_at_a_time(tmp_path):
    with Store.open(str(tmp_path / "app.sqlite")) as store:
        fill(store, 301, people=2, busiest=300)
        person = store.person("K-0")
        seen = []
        for newer in range(0, 300, VISITS_SHOWN):
            course = load_course(store, person, View(newer=newer))
            assert course.count == 300
            seen += [row.assessment_id for row in course.visits]
        drawing = draw_course(course, person)
    assert seen == list(range(300, 0, -1))
    assert not drawing.whole
    assert drawing.svg.count("<title>") == 3 * 150


def test_daily_visits_fill_every_week(tmp_path):
    with Store.open(str(tmp_path / "app.sqlite")) as store:
        first = datetime.now(UTC) - timedelta(days=199)
        fill(store, 201, people=2, busiest=200, first=first, wait=timedelta(days=1))
        course = load_course(store, store.person("K-0"), View())
    assert course.attendance == "A visit in 16 of the last 16 weeks."


def test_nobody_visited_yet(tmp_path):
    with Store.open(str(tmp_path / "app.sqlite")) as store:
        course = load_course(store, store.add_person("K-1"), View())
    assert (course.keys, course.visits, course.sentences) == ({}, [], [])
