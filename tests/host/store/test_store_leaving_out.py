"""What is left out stays kept and counts nowhere; what is taken out of an assessment goes apart."""

from datetime import UTC, datetime, timedelta

import pytest

from anklet.errors import StoreError
from anklet.model import Placement
from anklet.store import CALIBRATION, SIMULATED, Event, Store
from anklet.visits import choose_key
from anklet.visits.overview import overview
from host.store_many import PROVENANCE, analysis

AT = datetime(2025, 3, 1, 10, tzinfo=UTC)
LEFT, RIGHT = Placement("left", "shank"), Placement("right", "shank")


@pytest.fixture
def assess(store: Store):
    store.add_person("K-1")

    def add(week: int, **key: object) -> int:
        visit = store.add_visit("K-1", AT + timedelta(weeks=week))
        number = store.add_assessment(visit, "active", "split_squat", key)
        store.add_recording_file(number, LEFT, "left.csv", b"left %d" % number)
        store.add_recording_file(number, RIGHT, "right.csv", b"right %d" % number)
        store.put_result(number, analysis(26.0, 20.0 + week), PROVENANCE)
        return number

    return add


def counted(store: Store) -> list[int]:
    return [v.assessment.id for v in store.summaries("K-1")]


def test_what_is_left_out_counts_nowhere_until_it_is_put_back(store: Store, assess) -> None:
    kept, out = assess(0), assess(1)
    store.add_assessment(store.assessment(out).visit_id, "active", CALIBRATION, {})
    store.leave_out(out, "wrong person")
    assert counted(store) == [v.assessment.id for v in store.results("K-1")] == [kept]
    assert store.keys("K-1")[0].results == 1
    one = overview(store, AT.date())[0]
    assert (one.visits, len(one.differences_deg)) == (1, 1)
    [(visit, held)] = store.left_out("K-1")
    assert (visit.at, held.id, held.left_out_why) == (AT + timedelta(weeks=1), out, "wrong person")
    assert len(store.recordings(out)) == 2
    store.put_back(out)
    assert counted(store) == [kept, out]
    assert store.left_out("K-1") == []
    assert overview(store, AT.date())[0].visits == 2


def test_a_leg_is_taken_out_with_what_was_said_of_it(store: Store, assess) -> None:
    number = assess(0)
    events = [
        Event("pain", 0.0, {"when": "after", "score": k}, s)
        for k, s in enumerate(("left", "right"))
    ] + [Event("tag", 0.0, {"text": "cue"})]
    store.put_events(number, events)
    apart = store.take_out(number, ["left"], "done again")
    assert [r.placement for r in store.recordings(number)] == [RIGHT]
    assert [r.placement for r in store.recordings(apart)] == [LEFT]
    assert store.events(number) == events[1:]
    assert store.events(apart) == events[:1]
    assert [a.id for _, a in store.left_out("K-1")] == [apart]
    assert counted(store) == [number]
    assert store.take_out(number, ["left"], "done again") == number
    assert len(store.left_out("K-1")) == 1


def test_the_only_leg_taken_out_leaves_it_out_whole(store: Store, assess) -> None:
    number = assess(0)
    assert store.take_out(number, ["left", "right"], "done again") == number
    assert counted(store) == []


def test_what_is_unknown_is_refused(store: Store) -> None:
    for do in (lambda: store.leave_out(9, "x"), lambda: store.put_back(9)):
        with pytest.raises(StoreError, match="9"):
            do()


def test_a_simulated_try_is_not_somebodys_latest_difference(store: Store, assess) -> None:
    assess(0)
    assess(1, **{SIMULATED: True})
    assert [deg for _, deg in overview(store, AT.date())[0].differences_deg] == [6.0]


def test_a_simulated_try_stands_in_no_ones_way(store: Store, assess) -> None:
    assess(0, **{SIMULATED: True})
    assert SIMULATED in choose_key(store, "K-1", None)
    assess(1)
    assert SIMULATED not in choose_key(store, "K-1", None)
    assert SIMULATED in choose_key(store, "K-1", SIMULATED)
