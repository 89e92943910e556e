"""What is said while a set runs is kept, or it is told why not yet; on virtual time."""

import pytest

from anklet.app.choice import Choice
from anklet.app.live_feed import LiveFeed
from anklet.app.recording import Recording
from anklet.errors import StoreError
from anklet.protocols import find_protocol
from anklet.sensor.timing import Ticks
from anklet.store import Person, Store
from anklet.visits.remarks import keep_tag, remarks
from host.visits_rig import LEFT, Clock, links


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with Store.open(str(tmp_path / "visits.sqlite")) as opened:
        yield opened


def recorded(store, clock, during, seconds=6.0):
    """Record the left leg, ``during`` (recording, s since the beginning) at every half second."""
    sensors = links(clock, LEFT)

    async def act():
        choice = Choice(Person("K-1"), find_protocol("split_squat"), 20.0)
        recording = Recording(
            store, choice, ("left",), sensors, LiveFeed(dict, Ticks()), lambda: None, clock.timing
        )
        for k in range(int(2 * seconds)):
            await clock.timing.sleep(0.5)
            during(recording, k / 2)
        recording.stop()
        while not recording.over:
            await clock.timing.sleep(0.5)
        return recording

    return clock.run(act())


def test_what_the_store_cannot_keep_yet_is_told_and_tried_again(store):
    tries, faults = [], []

    def refuse_at_first(*said):
        tries.append(said)
        if len(tries) < 4:
            raise StoreError("The disk is full; free some space.")
        keep_tag(*said)

    def during(recording, t_s):
        if t_s == 3.0:
            recording.say(refuse_at_first, "cue")
        faults.append(recording.words()["texts"]["fault"])

    recording = recorded(store, Clock(), during)
    assert "The disk is full; free some space." in faults
    assert faults[-1] == ""
    assert len(tries) == 4
    assert remarks(store, recording.assessment_id).tags == ("cue",)


def test_what_is_said_before_there_is_anything_waits_for_it(store):
    def during(recording, t_s):
        if t_s == 0.0:
            recording.say(keep_tag, "first")
            recording.mark()

    recording = recorded(store, Clock(), during)
    said = remarks(store, recording.assessment_id)
    assert said.tags == ("first",)
    assert len(said.markers) == 1
    assert said.markers[0].t_s < 1.0


def test_a_fault_of_the_program_is_told_and_the_recording_kept(store, caplog):
    def fail(*_said):
        raise ZeroDivisionError

    def during(recording, t_s):
        if t_s == 4.0:
            recording.say(fail)

    recording = recorded(store, Clock(), during, 8.0)
    assert "A fault in Anklet itself (ZeroDivisionError)" in recording.trouble
    assert caplog.records[-1].exc_info[0] is ZeroDivisionError
    assert len(store.recordings(recording.assessment_id)) == 1
