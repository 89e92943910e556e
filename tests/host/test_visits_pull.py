"""Sets that sensors recorded on their own, into visits."""

from datetime import UTC, datetime

import numpy as np
import pytest

from anklet.analysis import Settings
from anklet.errors import DataError, SensorError
from anklet.model import Placement
from anklet.store import Person, Store
from anklet.visits import load_recordings
from anklet.visits.occasions import together
from anklet.visits.pulling import Fetch, look
from host.visits_rig import LEFT, RIGHT, UNIX_S, Clock, host_s, links, untethered

FOOT = Placement("left", "foot")
SET_S = 52
"""A left leg's whole set of the simulated person."""


@pytest.fixture
def store(tmp_path):
    with Store.open(str(tmp_path / "visits.sqlite")) as opened:
        yield opened


@pytest.fixture
def clock():
    return Clock()


def fetch(store, **changes):
    held = {
        "person": Person("K-1"),
        "protocol": "split_squat",
        "key": {"block_deg": 20},
        "settings": Settings(block_deg=20),
    }
    return Fetch(store, **(held | changes))


def pull(clock, work, the_links):
    """The whole of it: looks, assessments by id, reports."""

    async def act():
        looks = [await look(link, {}, clock.timing) for link in the_links]
        offers = [offer for seen in looks for offer in seen.offers]
        by_assessment = work.register(offers)
        reports = []
        for link, seen in zip(the_links, looks, strict=True):
            reports += await work.fetch(link, seen, seen.offers, {}, timing=clock.timing)
        return looks, by_assessment, reports

    return clock.run(act())


def test_a_dated_set_goes_to_the_visit_of_its_time(store, clock):
    (link,) = the_links = links(clock, LEFT)
    link.sensor.keep_made = True
    began_s = UNIX_S + clock.now_s
    stream = untethered(link, clock, SET_S)
    clock.now_s += 3600
    work = fetch(store)
    (seen,), by_assessment, (report,) = pull(clock, work, the_links)
    (offer,) = seen.offers
    assert offer.placement == LEFT
    assert abs(offer.start_unix_s - began_s) < 0.1
    assert abs(offer.length_s - SET_S) < 1
    assert report.complete
    assert store.packets(link.sensor.sensor_id, stream) == list(link.sensor.made.values())
    (assessment_id,) = by_assessment
    (visit,) = store.visits("K-1")
    assert abs(visit.at.timestamp() - began_s) <= 1
    _, analysis = work.analyse(assessment_id)
    assert len(analysis.legs["left"].reps) >= 7
    assert clock.run(look(link, {}, clock.timing)).offers == ()  # all of it is acknowledged


def test_two_sensors_started_one_after_the_other_are_of_one_set(store, clock):
    the_links = links(clock)
    untethered(the_links[0], clock, 20)
    untethered(the_links[1], clock, 20)
    _, by_assessment, _ = pull(clock, fetch(store), the_links)
    assert [len(offers) for offers in by_assessment.values()] == [2]
    one, other = load_recordings(store, next(iter(by_assessment)))
    assert 19 < other.samples.t_s[0] - one.samples.t_s[0] < 22


def test_two_sets_of_one_sensor_are_two_assessments_of_one_visit(store, clock):
    the_links = links(clock, LEFT)
    untethered(the_links[0], clock, 10)
    clock.now_s += 300
    untethered(the_links[0], clock, 10)
    _, by_assessment, _ = pull(clock, fetch(store), the_links)
    assert len(by_assessment) == 2
    assert len(store.visits("K-1")) == 1


def test_a_set_is_dated_by_the_clock_that_still_runs(store, clock):
    (link,) = the_links = links(clock, LEFT)
    began_s = UNIX_S + clock.now_s
    stream = untethered(link, clock, 10, dated=False)
    clock.now_s += 600
    (seen,), by_assessment, _ = pull(clock, fetch(store), the_links)
    assert abs(seen.offers[0].start_unix_s - began_s) < 0.1
    (recording,) = load_recordings(store, next(iter(by_assessment)))
    assert len(store.echoes(link.sensor.sensor_id, stream)) >= 8
    assert recording.samples.t_s[0] == 0
    assert host_s(link, link.sensor.boot_us) == link.sensor.boot_s


def test_time_unknown_is_said_and_asked(store, clock):
    (link,) = the_links = links(clock, LEFT)
    untethered(link, clock, SET_S, dated=False)
    link.sensor.reboot(clock.now_s, graceful=True)
    with pytest.raises(SensorError, match=r"whose time is unknown.*--at") as refused:
        pull(clock, fetch(store), the_links)
    assert refused.value.code == "no_time"
    assert store.people() == []
    assert link.sensor.memory.listing()[0]["unacknowledged"] > 0
    at = datetime(2026, 9, 1, 18, 0, tzinfo=UTC)
    work = fetch(store, at=at)
    _, by_assessment, _ = pull(clock, work, the_links)
    assert store.visits("K-1")[0].at == at
    _, analysis = work.analyse(next(iter(by_assessment)))
    assert len(analysis.legs["left"].reps) >= 7


def test_sensors_of_one_leg_without_a_clock_cannot_be_joined(store, clock):
    the_links = links(clock, LEFT, FOOT)
    for link in the_links:
        untethered(link, clock, 10, dated=False)
        link.sensor.reboot(clock.now_s, graceful=True)
    work = fetch(store, at=datetime(2026, 9, 1, tzinfo=UTC))
    _, by_assessment, _ = pull(clock, work, the_links)
    with pytest.raises(DataError, match=r"left shank sensor is unknown.*left foot"):
        work.analyse(next(iter(by_assessment)))


def test_legs_without_a_clock_never_meet(store, clock):
    the_links = links(clock)
    for link in the_links:
        untethered(link, clock, 10, dated=False)
        link.sensor.reboot(clock.now_s, graceful=True)
    work = fetch(store, at=datetime(2026, 9, 1, tzinfo=UTC))
    _, by_assessment, _ = pull(clock, work, the_links)
    one, other = load_recordings(store, next(iter(by_assessment)))
    assert other.samples.t_s[0] - one.samples.t_s[-1] >= 60


def test_a_sensor_without_a_place_is_asked_for(store, clock):
    (link,) = the_links = links(clock, LEFT)
    link.sensor.side = link.sensor.segment = None
    untethered(link, clock, 10)
    with pytest.raises(SensorError, match="--side and --segment"):
        pull(clock, fetch(store), the_links)
    _, by_assessment, _ = pull(clock, fetch(store, placement=RIGHT), the_links)
    (recording,) = store.recordings(next(iter(by_assessment)))
    assert recording.placement == RIGHT


def test_a_cut_pull_goes_on_where_it_was(store, clock):
    (link,) = the_links = links(clock, LEFT)
    untethered(link, clock, SET_S)
    work = fetch(store)

    async def cut():
        seen = await look(link, {}, clock.timing)
        work.register(seen.offers)

        def on_progress(_sensor, _stream, here, whole):
            if here > whole // 2:
                link.in_reach = False
                link.cut()

        with pytest.raises(SensorError, match="repeat the command"):
            await work.fetch(link, seen, seen.offers, {}, on_progress, clock.timing)

    clock.run(cut())
    link.in_reach = True
    (seen,), by_assessment, (report,) = pull(clock, work, the_links)
    assert report.complete
    assert report.held_before > 400
    assert len(store.visits("K-1")) == 1
    assert len(work.analyse(next(iter(by_assessment)))[1].legs["left"].reps) >= 7
    assert seen.offers[0].holding.unacknowledged > 0


def test_what_a_sensor_records_now_is_said(clock):
    (link,) = links(clock, LEFT)
    link.sensor.start("untethered", clock.now_s)
    clock.now_s += 5
    assert [o.running for o in clock.run(look(link, {}, clock.timing)).offers] == [True]


def test_a_look_sets_the_sensors_clock(clock):
    (link,) = links(clock, LEFT)
    clock.run(look(link, {}, clock.timing))
    assert link.sensor.wall_us is not None


def test_together():
    spans = [
        ("a", LEFT, 0.0, 30.0),
        ("b", RIGHT, 50.0, 80.0),
        ("c", LEFT, 70.0, 90.0),
        ("d", RIGHT, 200.0, 230.0),
    ]
    groups = together(spans)
    assert [[name for name, *_ in group] for group in groups] == [["a", "b"], ["c"], ["d"]]
    assert np.concatenate([[len(g)] for g in groups]).sum() == 4
