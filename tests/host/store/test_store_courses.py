"""Lists and trends from summaries: what they say, and that they read no analysis."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from anklet.store import Store, key_text
from anklet.store.summary import summary_of
from anklet.visits import overview, trends
from host.store_many import FIRST, KEY, PROVENANCE, Statements, analysis, fill

SQUAT = key_text("active", "split_squat", KEY)


def put(store: Store, person: str, at: datetime, left: float, right: float, block: int = 20) -> int:
    visit = store.add_visit(person, at)
    number = store.add_assessment(visit, "active", "split_squat", {"block_deg": block})
    store.put_result(number, analysis(left, right), PROVENANCE)
    return number


def test_a_summary_counts_what_stands_over_all_sets() -> None:
    short = summary_of(analysis(26.0, 22.0))
    left = short["legs"]["left"]
    assert (left["setup"], left["zero"], left["reps"], left["rejected"]) == (
        "planted",
        "standing",
        4,
        1,
    )
    assert left["measures"]["df_peak_deg"] == {"mean": 26.0, "sd": 1.0, "n": 3}
    assert left["measures"]["pf_peak_deg"] == {"mean": -5.0, "sd": 0.0, "n": 4}
    assert (short["primary"], short["involved"]) == ("df_peak_deg", "right")
    assert short["left_minus_right_deg"] == 4.0
    assert short["differences"]["df_peak_deg"] == {
        "difference_deg": -4.0,
        "low_deg": -8.2,
        "high_deg": pytest.approx(0.2),
        "lsi_percent": None,
        "verdict": "within measurement error",
    }
    assert "pf_peak_deg" not in short["differences"]


@pytest.mark.parametrize(
    ("leg", "primary"),
    [
        ({"zero": "standing", "sets": [{"direction": "pf_first", "reps": []}]}, "pf_peak_deg"),
        ({"zero": "neutral", "sets": [{"direction": "both", "reps": []}]}, "rom_deg"),
        ({"zero": "none", "sets": [{"direction": "df_first", "reps": []}]}, "rom_deg"),
        ({"zero": "standing", "sets": []}, None),
    ],
)
def test_a_summary_of_one_leg_names_what_its_movement_was_for(leg: dict, primary: str) -> None:
    short = summary_of({"legs": {"left": leg}, "comparison": None})
    assert (short["primary"], short["differences"]) == (primary, None)
    assert short["left_minus_right_deg"] is None


def test_a_summary_of_nothing() -> None:
    assert summary_of({})["legs"] == {}


def test_summaries_are_of_the_latest_results(store: Store) -> None:
    store.add_person("K-1")
    number = put(store, "K-1", FIRST, 10.0, 10.0)
    store.put_result(number, analysis(26.0, 22.0), PROVENANCE)
    put(store, "K-1", FIRST + timedelta(days=1), 26.0, 22.0, block=0)
    (found,) = store.summaries("K-1", SQUAT)
    assert found.summary == summary_of(analysis(26.0, 22.0))
    assert (found.at, found.assessment.id) == (FIRST, number)
    assert len(store.summaries("K-1")) == 2


def test_the_overview(store: Store) -> None:
    store.add_person("K-2", "right", date(2022, 12, 5))
    store.add_person("K-1")
    store.add_person("K-3", "left")
    for week, (left, right) in enumerate([(26.0, 20.0), (26.0, 21.0), (26.0, 22.0)]):
        put(store, "K-2", FIRST + timedelta(weeks=week), left, right)
    put(store, "K-2", FIRST + timedelta(weeks=1, hours=1), 26.0, 26.0, block=0)
    put(store, "K-3", FIRST, 26.0, 20.0)
    first, second, third = overview(store, date(2023, 1, 23))
    assert [p.person.code for p in (first, second, third)] == ["K-1", "K-2", "K-3"]
    assert (first.visits, first.last_visit_at, first.next_due, first.differences_deg) == (
        0,
        None,
        None,
        (),
    )
    assert (second.visits, second.weeks_since_injury, second.usual_days) == (4, 7.0, 7.0)
    last = (FIRST + timedelta(weeks=2)).astimezone()
    assert (second.last_visit_at, second.next_due) == (last, last.date() + timedelta(weeks=1))
    assert [deg for _, deg in second.differences_deg] == [-6.0, -5.0, -4.0]
    assert (second.primary, second.key_text) == ("df_peak_deg", SQUAT)
    assert (third.next_due, third.weeks_since_injury) == (None, None)
    assert [deg for _, deg in third.differences_deg] == [6.0]


def test_weeks_since_an_injury_that_lies_ahead_are_not_told(store: Store) -> None:
    store.add_person("K-1", injured_on=date(2023, 1, 2))
    assert overview(store, date(2023, 1, 1))[0].weeks_since_injury is None
    assert overview(store, date(2023, 1, 2))[0].weeks_since_injury == 0.0


def test_ten_thousand_visits_are_listed_without_reading_an_analysis(tmp_path: Path) -> None:
    visits, people, busiest = 10_000, 100, 500
    with Store.open(str(tmp_path / "anklet.sqlite")) as store:
        fill(store, visits, people=people, busiest=busiest)
        with Statements(store) as listed:
            everybody = overview(store, date(2026, 1, 1))
        with Statements(store) as followed:
            course = store.summaries("K-0", SQUAT)
            fitted = trends(course, "right")
            store.keys("K-0")
    assert sum(p.visits for p in everybody) == visits
    assert {len(p.differences_deg) for p in everybody} == {12}
    assert len(course) == len(fitted["df_peak_deg"]["difference"].points) == busiest
    assert len([s for s in listed.ran if not s.startswith("BEGIN")]) == 2
    assert len([s for s in followed.ran if not s.startswith("BEGIN")]) <= 6
    for statement in (*listed.ran, *followed.ran):
        assert "analysis" not in statement


def test_trends_weigh_the_assessments_of_a_visit_by_their_reps(store: Store) -> None:
    store.add_person("K-1")
    put(store, "K-1", FIRST, 26.0, 20.0)
    (held,) = store.summaries("K-1")
    more = summary_of(analysis(32.0, 20.0))
    more["legs"]["left"]["measures"]["df_peak_deg"]["n"] = 9
    again = replace(held, summary=more)
    (point,) = trends([held, again], None)["df_peak_deg"]["left"].points
    assert point.value_deg == pytest.approx((3 * 26.0 + 9 * 32.0) / 12)
    assert held.at.tzinfo == UTC
