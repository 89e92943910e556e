"""Recording sessions: sensors, store and analysis joined."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from anklet.analysis import Settings
from anklet.errors import SensorError
from anklet.model import Placement
from anklet.packets import decode
from anklet.protocols import find_protocol
from anklet.sensor.simulated import Faults
from anklet.store import Person, Store
from anklet.visits import load_recordings, trends
from anklet.visits.occasions import OCCASION, open_assessment
from anklet.visits.streams import echo_clock
from host.visits_rig import LEFT, RIGHT, Clock, host_s, links, new_assessment, record

AT = datetime(2026, 9, 1, 18, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    with Store.open(str(tmp_path / "visits.sqlite")) as opened:
        yield opened


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Both legs' sets, with lost and reordered packets."""
    clock = Clock()
    path = str(tmp_path_factory.mktemp("recorded") / "visits.sqlite")
    the_links = links(clock)
    for link in the_links:
        link.sensor.keep_made = True
        link.faults = Faults(drop=0.05, reorder=0.05)
    with Store.open(path) as store:
        outcome, session = clock.run(record(store, the_links, clock, AT, 125))
        yield store, the_links, outcome, session


def test_a_session_is_kept_as_it_was_made_and_analysed(recorded):
    store, the_links, outcome, _ = recorded
    assert outcome.trouble == ""
    assert [r.complete for r in outcome.reports] == [True, True]
    for link in the_links:
        device = link.sensor
        made = [d for k, d in sorted(device.made.items()) if k[0] == device.stream]
        assert store.packets(device.sensor_id, device.stream) == made
    (visit,) = store.visits("K-1")
    (assessment,) = store.assessments(visit.id)
    assert [r.placement for r in store.recordings(assessment.id)] == [LEFT, RIGHT]
    assert store.latest_result(assessment.id) is not None
    for side in ("left", "right"):
        assert len(outcome.analysis.legs[side].reps) >= 7
    assert outcome.analysis.comparison.involved == "right"


def test_the_live_count_is_that_of_the_analysis(recorded):
    _, _, outcome, session = recorded
    for side, leg in outcome.analysis.legs.items():
        state = session.legs.states[side]
        live = sum(map(len, state.sets)) + len(state.reps)
        assert abs(live - len(leg.reps)) <= 1, side


def test_sensors_are_on_one_time_axis(recorded):
    store, the_links, outcome, _ = recorded
    starts = []
    for link in the_links:
        device = link.sensor
        clock = echo_clock(store, device.sensor_id, device.stream, "it")
        t_us = np.array(
            [
                p.time_us
                for p in map(decode, store.packets(device.sensor_id, device.stream))
                if p.note is None
            ]
        )
        true_s = host_s(link, t_us) + 1.79e9
        off_s = clock(t_us) - true_s
        assert np.abs(off_s).max() < 0.004
        starts.append(true_s[0])
    loaded = load_recordings(store, outcome.assessment.id)
    difference = loaded[1].samples.t_s[0] - loaded[0].samples.t_s[0]
    assert abs(difference - (starts[1] - starts[0])) < 0.004


def test_views_say_what_is_missing(recorded):
    views = recorded[3].sensors()
    assert {v.placement for v in views} == {LEFT, RIGHT}
    assert all(v.behind == 0 and v.battery == 87 and v.packets > 1000 for v in views)


def test_a_restart_is_a_gap_in_one_recording(store, clock):
    the_links = links(clock, LEFT)
    device = the_links[0].sensor
    rebooted = []
    began_s = clock.now_s

    def during(since_s):
        if since_s > 30 and not rebooted:
            rebooted.append(device.reboot(began_s + since_s, graceful=True))

    outcome, _ = clock.run(record(store, the_links, clock, AT, 62, during=during))
    assert outcome.reports[0].end == "restarted"
    (recording,) = load_recordings(store, outcome.assessment.id)
    steps = np.diff(recording.samples.t_s)
    assert steps.min() > 0
    assert 0.3 < steps.max() < 5
    assert recording.samples.t_s[-1] > 55


def test_two_sensors_in_one_place_are_refused(store, clock):
    the_links = links(clock)
    the_links[1].sensor.side = "left"
    with pytest.raises(SensorError, match="Two sensors are set up as the left shank"):
        clock.run(record(store, the_links, clock, AT, 5))
    assert [link.sensor.mode for link in the_links] == ["idle", "idle"]
    assert store.people() == []


def test_a_sensor_without_a_place_is_refused(store, clock):
    the_links = links(clock, LEFT)
    the_links[0].sensor.segment = None
    with pytest.raises(SensorError, match=r"has no side and segment yet; .*anklet setup"):
        clock.run(record(store, the_links, clock, AT, 5))


@pytest.mark.parametrize("step_s", [0.01, 0.2])
def test_sensors_that_the_protocol_does_not_go_with_are_refused_by_name(store, clock, step_s):
    settings = Settings(protocol=find_protocol("passive_table"))
    with pytest.raises(SensorError, match="on the table needs a foot sensor alone"):
        clock.run(
            record(store, links(clock), clock, AT, 5, settings=settings, step_s=step_s),
        )


def test_stop_while_a_sensor_is_looked_for_ends_at_once(store, clock):
    the_links = links(clock)
    the_links[1].in_reach = False
    began_s = clock.now_s
    outcome, _ = clock.run(record(store, the_links, clock, AT, 4))
    assert outcome.assessment is None
    assert "nothing was recorded" in outcome.trouble
    assert clock.now_s < began_s + 20
    assert the_links[0].sensor.mode == "idle"


def test_the_stream_of_another_person_is_ended_not_taken_over(store, clock):
    the_links = links(clock, LEFT)
    device = the_links[0].sensor
    device.start("live", clock.now_s)
    store.add_person("OTHER")
    other = open_assessment(store, new_assessment(AT, "OTHER"), [LEFT])
    store.add_recording_stream(other, device.sensor_id, device.stream, LEFT, "left shank")
    with pytest.raises(SensorError, match="still ran the recording of OTHER"):
        clock.run(record(store, the_links, clock, AT, 10))
    assert device.mode == "idle"
    assert store.missing(device.sensor_id, device.stream) == []


def test_what_cannot_be_analysed_is_kept_and_said(store, clock):
    outcome, _ = clock.run(record(store, links(clock, LEFT), clock, AT, 2))
    assert outcome.analysis is None
    assert outcome.trouble.startswith("left shank")
    assert len(store.recordings(outcome.assessment.id)) == 1


@pytest.mark.parametrize("seconds", [8, 10])
def test_a_set_that_ends_early_is_no_crash(store, clock, seconds):
    outcome, _ = clock.run(record(store, links(clock), clock, AT, seconds))
    assert outcome.trouble or outcome.analysis is not None
    assert all(report.complete for report in outcome.reports)


class TestOccasions:
    def assess(self, store, at, *placements):
        return open_assessment(store, new_assessment(at), placements)

    @pytest.fixture(autouse=True)
    def person(self, store):
        store.add_person("K-1")

    def analysed(self, store, assessment, placement, name="a.csv"):
        from anklet.store import Provenance

        store.add_recording_file(assessment, placement, name, name.encode())
        store.put_result(assessment, {"legs": {}}, Provenance("x", 1, "0"))

    def test_the_other_leg_joins_and_the_same_leg_does_not(self, store):
        first = self.assess(store, AT, LEFT)
        self.analysed(store, first, LEFT)
        assert self.assess(store, AT + timedelta(minutes=10), RIGHT) == first
        again = self.assess(store, AT + timedelta(minutes=10), LEFT)
        assert again != first
        assert len(store.visits("K-1")) == 1

    def test_the_other_leg_joins_the_take_that_was_done_again(self, store):
        for k in range(2):
            taken = self.assess(store, AT + timedelta(minutes=k), LEFT)
            self.analysed(store, taken, LEFT, f"{k}.csv")
        assert self.assess(store, AT + timedelta(minutes=5), RIGHT) == taken

    def test_a_leg_does_not_join_what_could_not_be_analysed(self, store):
        first = self.assess(store, AT, LEFT)
        store.add_recording_file(first, LEFT, "a.csv", b"a")
        assert self.assess(store, AT, RIGHT) != first

    def test_a_foot_does_not_join_its_shank_later(self, store):
        first = self.assess(store, AT, LEFT)
        self.analysed(store, first, LEFT)
        assert self.assess(store, AT, Placement("left", "foot")) != first

    def test_another_day_is_another_visit(self, store):
        self.assess(store, AT, LEFT)
        self.assess(store, AT + OCCASION + timedelta(seconds=1), RIGHT)
        assert len(store.visits("K-1")) == 2


def test_a_visits_sets_are_pooled_in_the_trend(recorded):
    store, _, outcome, _ = recorded
    (result,) = store.summaries("K-1")
    again = replace(result)
    one = trends([result], "right")
    assert trends([result, again], "right") == one
    assert len(one["rom_deg"]["left"].points) == 1
    assert outcome.assessment.id == result.assessment.id


def test_persons_are_added_once(store, clock):
    person = Person("K-1", "left")
    for k in range(2):
        at = AT + timedelta(days=k)
        clock.run(record(store, links(clock, LEFT, seed=k + 1), clock, at, 2, person=person))
    assert store.person("K-1").involved == "left"
    assert len(store.visits("K-1")) == 2
