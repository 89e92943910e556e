"""Ranges against plain sets; holes that are asked for, answered, lost again and gone."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anklet.sensor.ranges import Ranges
from anklet.sensor.repair import ASKED_S, BACK_OFF_MOST_S, MOST_ASKED, REORDER_S, Tracker

SPANS = st.tuples(st.integers(0, 40), st.integers(-2, 12)).map(lambda t: (t[0], t[0] + t[1]))
STEPS = st.lists(st.tuples(st.booleans(), SPANS), max_size=40)


def plain(ranges: Ranges) -> set[int]:
    return {n for first, last in ranges for n in range(first, last + 1)}


@given(STEPS, SPANS)
def test_ranges_are_sets(steps: list[tuple[bool, tuple[int, int]]], span: tuple[int, int]) -> None:
    ranges, model = Ranges(), set[int]()
    for add, (first, last) in steps:
        (ranges.add if add else ranges.remove)(first, last)
        members = set(range(first, last + 1))
        model = model | members if add else model - members
    assert plain(ranges) == model
    assert len(ranges) == len(model)
    assert bool(ranges) == bool(model)
    pairs = list(ranges)
    assert all(a <= b for a, b in pairs)
    assert all(b + 1 < c for (_, b), (c, _) in pairwise(pairs))
    wanted = set(range(span[0], span[1] + 1))
    assert plain(Ranges(ranges.missing(*span))) == wanted - model
    assert plain(Ranges(ranges.within(*span))) == wanted & model
    assert ranges.first_at(span[0]) == min((n for n in model if n >= span[0]), default=None)
    assert all((n in ranges) == (n in model) for n in range(60))
    assert ranges.copy() == ranges


@given(st.lists(SPANS, max_size=12), st.lists(SPANS, max_size=12))
def test_union_and_difference(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    a, b = Ranges(one), Ranges(other)
    assert plain(a.union(b)) == plain(a) | plain(b)
    assert plain(a.difference(b)) == plain(a) - plain(b)


def test_huge_ranges_cost_nothing() -> None:
    ranges = Ranges([(0, 2**32 - 1)])
    ranges.remove(7)
    assert len(ranges) == 2**32 - 1
    assert ranges.missing(0, 2**32) == [(7, 7), (2**32, 2**32)]


def spans(wants: list) -> list[tuple[int, int]]:
    return [(w.first, w.last) for w in wants]


@pytest.fixture
def tracker() -> Tracker:
    made = Tracker("sensor", 1)
    for seq in (0, 1, 2, 6, 7, 9):
        made.arrive(seq, seq * 1000, 0.0)
    return made


def test_a_hole_is_asked_for_after_a_while(tracker: Tracker) -> None:
    assert tracker.due(REORDER_S - 0.01) == []
    tracker.arrive(8, 8000, 0.1)  # it was only late
    assert spans(tracker.due(REORDER_S)) == [(3, 5)]
    assert tracker.due(REORDER_S + 0.1) == []
    assert tracker.repaired == 0
    assert tracker.arrive(4, 4000, 0.5)
    assert not tracker.arrive(4, 4000, 0.5)
    assert (tracker.repaired, tracker.duplicates, tracker.to_come) == (1, 1, 2)


def test_it_is_asked_for_again_with_a_back_off(tracker: Tracker) -> None:
    now_s, pauses = 10.0, []
    for _ in range(10):
        (want, *_) = [w for w in tracker.due(now_s) if w.first == 8]
        tracker.sent(want.first, want.last, now_s)
        asked_s = now_s
        while not any(w.first == 8 and w.at_s <= now_s for w in tracker._wants):
            now_s += 0.01
        pauses.append(round(now_s - asked_s, 2))
    assert pauses[0] == pytest.approx(REORDER_S, abs=0.02)
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(BACK_OFF_MOST_S, abs=0.02)


def test_without_any_word_it_is_asked_for_again(tracker: Tracker) -> None:
    assert len(tracker.due(1.0)) == 2
    assert tracker.due(1.0 + ASKED_S - 0.1) == []
    tracker.arrive(3, 3000, 3.9)  # the queue moves: patience
    assert tracker.due(1.0 + ASKED_S) == []
    assert spans(tracker.due(3.9 + ASKED_S)) == [(4, 5), (8, 8)]


def test_what_the_sensor_no_longer_holds_is_gone_and_may_still_come(tracker: Tracker) -> None:
    three, eight = tracker.due(1.0)
    tracker.answered(three, [(3, 4), (100, 200)], 1.1)
    tracker.answered(eight, [(0, 50)], 1.1)
    assert list(tracker.gone) == [(3, 4), (8, 8)]
    assert tracker.to_come == 1
    assert tracker.arrive(8, 8000, 1.2)
    assert list(tracker.gone) == [(3, 4)]
    tracker.sent(3, 5, 1.2)
    assert spans(tracker.due(9.0)) == [(5, 5)]


def test_never_too_many_are_under_way() -> None:
    tracker = Tracker("sensor", 1)
    for seq in range(0, 200, 2):
        tracker.arrive(seq, seq, 0.0)
    assert len(tracker.due(1.0)) == MOST_ASKED
    assert tracker.due(1.1) == []
    tracker.sent(1, 1, 1.2)
    assert len(tracker.due(1.2)) == 1


def test_conflicts_are_not_acknowledged(tracker: Tracker) -> None:
    tracker.commit([0, 1, 2], {1})
    assert list(tracker.unacked) == [(0, 0), (2, 2)]
    tracker.commit([2], {2})
    tracker.commit([1], set())
    assert list(tracker.unacked) == [(0, 0)]


def test_what_the_disk_holds_is_not_wanted() -> None:
    tracker = Tracker("sensor", 1)
    tracker.hold(99, [(10, 19), (90, 99)])
    tracker.expect(99, 0.0)
    tracker.restart(0.0)
    assert tracker.held_before == 80
    assert spans(tracker.due(1.0)) == [(10, 19), (90, 99)]
    assert list(tracker.unacked) == [(0, 9), (20, 89)]


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from("amsre")), max_size=80))
def test_no_order_of_events_breaks_the_count(events: list[tuple[int, str]]) -> None:
    tracker, now_s = Tracker("sensor", 1), 0.0
    asked = []
    for number, what in events:
        now_s += 0.3
        if what == "a":
            tracker.arrive(number, number, now_s)
        elif what == "e":
            tracker.expect(number, now_s)
        elif what == "r":
            tracker.restart(now_s)
        elif what == "s" and asked:
            tracker.sent(asked[-1].first, asked[-1].last, now_s)
        elif what == "m" and asked:
            tracker.answered(asked[-1], [(number, number + 3)], now_s)
        asked += tracker.due(now_s)
        assert tracker.to_come == tracker.end - len(plain(tracker.received) | plain(tracker.gone))
        assert not plain(tracker.received) & plain(tracker.gone)
    # whatever happened: what is missing is asked for, in the end
    missing = set(range(tracker.end)) - plain(tracker.received) - plain(tracker.gone)
    for _ in range(60):
        now_s += 10
        for want in tracker.due(now_s):
            for seq in range(want.first, want.last + 1):
                tracker.arrive(seq, seq, now_s)
                missing.discard(seq)
    assert not missing
    assert tracker.to_come == 0
