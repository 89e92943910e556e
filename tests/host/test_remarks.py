"""Pain, tags and markers: what can be said, what is read back, and what results they pick."""

from datetime import UTC, datetime, timedelta

import pytest

from anklet.errors import UsageError
from anklet.store import Store
from anklet.visits.filtering import filtered_summaries, tags_of
from anklet.visits.remarks import (
    Marker,
    Pain,
    Remarks,
    keep_marker,
    keep_measured_by,
    keep_pain,
    keep_tag,
    remarks,
    remarks_of,
)
from anklet.visits.side_order import keep_order
from anklet.visits.tables import visit_rows
from host.store_many import FIRST, PROVENANCE, Statements, analysis


@pytest.fixture
def store(tmp_path):
    with Store.open(str(tmp_path / "visits.sqlite")) as opened:
        opened.add_person("K-1")
        yield opened


def add(store, week=0, **key):
    visit = store.add_visit("K-1", FIRST + timedelta(weeks=week))
    number = store.add_assessment(visit, "active", "split_squat", key)
    store.put_result(number, analysis(26.0, 20.0 + week), PROVENANCE)
    return number


def test_what_is_said_is_read_back(store):
    number = add(store)
    assert remarks(store, number) == Remarks()
    assert remarks_of(store, "K-1") == {}
    keep_pain(store, number, "before", 3)
    keep_pain(store, number, "after", 0, "left")
    keep_measured_by(store, number, " AB ")
    keep_tag(store, number, "  tactile\tcue ")
    keep_tag(store, number, "new shoes")
    keep_marker(store, number, 12.5)
    keep_marker(store, number, 3.5, "calf cramped")
    wanted = Remarks(
        {None: Pain(3), "left": Pain(None, 0)},
        ("tactile cue", "new shoes"),
        (Marker(3.5, "calf cramped"), Marker(12.5)),
        "AB",
    )
    assert wanted.pain_of("left") == Pain(3, 0)
    assert wanted.pain_of("right") == Pain(3, None)
    assert wanted.pain_words == "3 before; left 0 after"
    assert remarks(store, number) == wanted
    assert remarks_of(store, "K-1") == {number: wanted}
    assert {e.kind: e.data for e in store.events(number)} == {
        "pain": {"when": "after", "score": 0},
        "tag": {"text": "new shoes"},
        "marker": {},
    }


def test_the_latest_word_counts(store):
    number = add(store)
    keep_pain(store, number, "before", 3)
    keep_pain(store, number, "before", 5)
    for tag in ("Cue", "shoes", "cue "):
        keep_tag(store, number, tag)
    assert remarks(store, number) == Remarks({None: Pain(5)}, ("shoes", "cue"))
    keep_pain(store, number, "before", None)
    assert remarks(store, number).pain_words == ""
    keep_tag(store, number, "CUE", removed=True)
    assert remarks(store, number).tags == ("shoes",)
    keep_tag(store, number, "cue")
    assert remarks(store, number).tags == ("shoes", "cue")


def test_the_side_order_is_no_tag(store):
    number = add(store)
    keep_order(store, number, ("left", "right"))
    assert remarks(store, number).tags == ()
    assert tags_of(store, "K-1") == []


@pytest.mark.parametrize(
    ("say", "why"),
    [
        (lambda s, n: keep_pain(s, n, "before", 11), "whole number from 0 to 10"),
        (lambda s, n: keep_pain(s, n, "before", -1), "whole number from 0 to 10"),
        (lambda s, n: keep_pain(s, n, "before", 2.5), "whole number from 0 to 10"),
        (lambda s, n: keep_pain(s, n, "before", True), "whole number from 0 to 10"),
        (lambda s, n: keep_pain(s, n, "during", 1), "before or after"),
        (lambda s, n: keep_measured_by(s, n, "x" * 21), "1 to 20 characters"),
        (lambda s, n: keep_tag(s, n, " \n"), "1 to 40 characters"),
        (lambda s, n: keep_tag(s, n, "x" * 41), "1 to 40 characters"),
        (lambda s, n: keep_marker(s, n, float("inf")), "time in s"),
        (lambda s, n: keep_marker(s, n, 1.0, "x" * 201), "1 to 200 characters"),
    ],
)
def test_what_cannot_be_said(store, say, why):
    number = add(store)
    with pytest.raises(UsageError, match=why):
        say(store, number)
    assert store.events(number) == []


def test_results_are_picked_by_key_block_and_tags(store):
    flat, high, cued, both = (
        add(store, 0),
        add(store, 1, block_deg=20),
        add(store, 2, block_deg=20),
        add(store, 3, block_deg=20.0, footwear="shoes"),
    )
    for number in (cued, both):
        keep_tag(store, number, "Tactile cue")
    keep_tag(store, both, "evening")

    def picked(**how):
        return [v.assessment.id for v in filtered_summaries(store, "K-1", **how)]

    assert picked() == [flat, high, cued, both]
    assert picked(block_deg=0) == [flat]
    assert picked(block_deg=20) == [high, cued, both]
    assert picked(tags=["tactile  CUE"]) == [cued, both]
    assert picked(tags=["tactile cue", "evening"]) == [both]
    assert picked(block_deg=0, tags=["evening"]) == []
    key = store.summaries("K-1")[1].assessment.key_text
    assert picked(key_text=key, tags=["tactile cue"]) == [cued]
    assert tags_of(store, "K-1") == ["evening", "Tactile cue"]
    with Statements(store) as ran:
        picked(tags=["evening"])
    assert len([s for s in ran.ran if not s.startswith("BEGIN")]) == 3


def test_visits_are_exported_with_them(store):
    number = add(store)
    add(store, 1)
    keep_pain(store, number, "after", 2, "left")
    keep_pain(store, number, "after", 4, "right")
    for tag in ("cue", "evening"):
        keep_tag(store, number, tag)
    rows = list(visit_rows(sets_of(store), remarks_of(store, "K-1")))
    said = [(r["pain_before"], r["pain_after"], r["tags"]) for r in rows]
    assert said == [(None, 2, "cue; evening"), (None, 4, "cue; evening"), *[(None, None, "")] * 2]


def sets_of(store):
    """Results with as much of a set as its row needs."""
    results = store.results("K-1")
    for result in results:
        result.analysis["algorithm"] = 1
        for leg in result.analysis["legs"].values():
            leg["sets"] = leg["sets"][:1]
            for measure in ("df_peak_deg", "pf_peak_deg", "rom_deg"):
                leg["sets"][0][measure] = {"median": 1.0, "mean": 1.0, "sd": 1.0, "n": 2}
    return results


def test_a_deleted_person_has_said_nothing(store):
    number = add(store)
    keep_tag(store, number, "cue")
    store.delete_person("K-1")
    assert remarks_of(store, "K-1") == {}
    assert datetime.now(UTC) > store.deleted_people()[0].deleted_at
