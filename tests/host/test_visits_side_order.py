"""Which leg goes first: balanced over visits, the same when asked again, and kept."""

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from anklet.store import Store
from anklet.visits.side_order import RANDOM, firsts, keep_order, next_order

FIRST = datetime(2026, 3, 2, 18, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    with Store.open(str(tmp_path / "s.sqlite")) as store:
        store.add_person("K-1")
        yield store


def visit(store, at, protocol="split_squat", **key):
    return store.add_assessment(store.add_visit("K-1", at), "active", protocol, key)


def test_blocks_are_balanced_and_not_all_alike():
    sequences = {
        code: tuple(itertools.islice(firsts(code, "split_squat"), 24))
        for code in (f"K-{n}" for n in range(60))
    }
    for sequence in sequences.values():
        balance = list(itertools.accumulate(1 if side == "left" else -1 for side in sequence))
        assert max(map(abs, balance)) <= 2
        longest = max(len(list(run)) for _, run in itertools.groupby(sequence))
        assert longest <= 4
    assert len(set(sequences.values())) > 55
    lefts = Counter(sequence[0] for sequence in sequences.values())["left"]
    assert 15 <= lefts <= 45  # of 60 at one half; two-sided p < 0.0002
    assert len({tuple(itertools.islice(firsts("K-1", p), 24)) for p in "abcdef"}) == 6


def test_the_order_goes_on_from_visit_to_visit_and_is_not_drawn_again(store):
    expected = list(itertools.islice(firsts("K-1", "split_squat"), 6))
    got = []
    for week in range(6):
        at = FIRST + timedelta(weeks=week)
        order = next_order(store, "K-1", "split_squat", at)
        assert order == next_order(store, "K-1", "split_squat", at)  # a failed start costs nothing
        visit(store, at, side_order=RANDOM)
        again = at + timedelta(minutes=40)
        assert next_order(store, "K-1", "split_squat", again) == order  # the same visit
        assert set(order) == {"left", "right"}
        got.append(order[0])
    assert got == expected


def test_other_visits_do_not_count(store):
    first = next_order(store, "K-1", "split_squat", FIRST + timedelta(weeks=9))
    visit(store, FIRST)
    visit(store, FIRST + timedelta(weeks=1), protocol="heel_rise", side_order=RANDOM)
    assert next_order(store, "K-1", "split_squat", FIRST + timedelta(weeks=9)) == first
    assert next_order(store, "nobody", "split_squat", FIRST) == next_order(
        store, "nobody", "split_squat", FIRST + timedelta(days=1)
    )


def test_how_it_fell_is_kept_but_does_not_split_the_trend(store):
    one = visit(store, FIRST, side_order=RANDOM)
    keep_order(store, one, ("right", "left"))
    (event,) = store.events(one)
    assert (event.kind, event.data) == ("tag", {"side_order": ["right", "left"]})
    other = visit(store, FIRST + timedelta(weeks=1), side_order=RANDOM)
    keep_order(store, other, ("left", "right"))
    keys = {a.key_text for v in store.visits("K-1") for a in store.assessments(v.id)}
    assert len(keys) == 1
