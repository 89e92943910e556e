"""``anklet pull``: sets that sensors recorded on their own."""

import re
from datetime import datetime

import pytest

from anklet.sensor.finding import Search
from anklet.sensor.link import Found
from host.visits_rig import LEFT, RIGHT, Clock, links, untethered

SET_S = 52


@pytest.fixture
def clock(monkeypatch):
    held = Clock()
    monkeypatch.setattr("anklet.cli.pull.TIMING", held.timing)
    monkeypatch.setattr("anklet.cli.pull.asyncio.run", held.run)
    return held


@pytest.fixture
def sensors(clock, monkeypatch):
    """Sensors within reach."""

    def make(*placements):
        made = {link.name: link for link in links(clock, *placements)}

        async def reach(_wanted, _seconds):
            found = [Found("ble", name, name) for name in made]
            return found, Search(tuple(found))

        monkeypatch.setattr("anklet.cli.pull.reach", reach)
        monkeypatch.setattr("anklet.cli.pull.link_to", lambda found: made[found.name])
        return list(made.values())

    return make


ARGUMENTS = ["pull", "--person", "K-1", "--block-deg", 20]


def test_nothing_to_pull(works, sensors):
    sensors(LEFT)
    assert "hold nothing" in works(*ARGUMENTS)


def test_without_a_person_sets_are_only_listed(works, sensors, clock, tmp_path):
    (link,) = sensors(LEFT)
    untethered(link, clock, SET_S)
    said = works("pull")
    assert re.search(r"simulated left shank +left shank +\d{4}-\d\d-\d\d \d\d:\d\d +0:52 min", said)
    assert "--person" in said
    assert link.sensor.memory.listing()[0]["unacknowledged"] > 900
    assert not (tmp_path / "default.sqlite").exists()


def test_fetched_kept_and_shown(works, sensors, clock):
    the_links = sensors(LEFT, RIGHT)
    for link in the_links:
        untethered(link, clock, SET_S)
    said = works(*ARGUMENTS)
    assert len(re.findall(r"(\d+) of \1 packets stored", said)) == 2
    assert "Set 1, angles in deg" in said
    assert "Kept for K-1." in said
    assert "hold nothing" in works(*ARGUMENTS)
    assert "dorsiflexion" in works("trend", "--person", "K-1")


def test_a_calibration_that_was_pulled_is_the_visits_and_no_assessment(
    works, refused, sensors, clock
):
    (link,) = sensors(LEFT)
    untethered(link, clock, SET_S)
    said = works("pull", "--person", "K-1", "--protocol", "calibration")
    assert "left shank: good calibration" in said
    assert "Nothing is analysed" in refused("trend", "--person", "K-1")
    untethered(link, clock, SET_S)
    assert "axis from the calibration" in works(*ARGUMENTS)


def test_time_unknown_is_refused_naming_the_option(anklet, works, sensors, clock, tmp_path):
    (link,) = sensors(LEFT)
    untethered(link, clock, SET_S, dated=False)
    link.sensor.reboot(clock.now_s, graceful=True)
    ran = anklet(*ARGUMENTS)
    assert ran.code == 1
    assert "time unknown" in ran.out
    assert ran.err.count("\n") == 1
    assert "whose time is unknown" in ran.err
    assert "--at" in ran.err
    said = works(*ARGUMENTS, "--at", "2026-03-02T18:00")
    assert "Set 1, angles in deg" in said


def test_time_unknown_is_asked_on_a_terminal(works, sensors, clock, monkeypatch):
    (link,) = sensors(LEFT)
    untethered(link, clock, SET_S, dated=False)
    link.sensor.reboot(clock.now_s, graceful=True)
    asked = []

    def prompt(text, **_):
        asked.append(text)
        return datetime(2026, 3, 2, 18, 0)

    monkeypatch.setattr("typer.prompt", prompt)
    monkeypatch.setattr("anklet.cli.pull._is_asked", lambda: True)
    assert "Kept for K-1." in works(*ARGUMENTS)
    assert asked == ["When was it recorded (YYYY-MM-DDTHH:MM)"]


def test_a_set_that_cannot_be_analysed_is_kept(anklet, works, sensors, clock):
    (link,) = sensors(LEFT)
    untethered(link, clock, 2)
    ran = anklet(*ARGUMENTS)
    assert ran.code == 1
    assert "A fetched set is kept, but not analysed: left shank" in ran.err
    assert "hold nothing" in works(*ARGUMENTS)


def test_one_sensor_that_refuses_does_not_stop_the_others(anklet, refused, sensors, clock):
    one, other = sensors(LEFT, RIGHT)
    untethered(one, clock, SET_S)
    other.in_reach = False
    ran = anklet(*ARGUMENTS)
    assert ran.code == 0
    assert "Note: simulated right shank is not found" in ran.err
    one.in_reach = False
    assert "is not found" in refused(*ARGUMENTS)


def test_bad_usage(refused):
    assert "--segment go together" in refused("pull", "--side", "left", code=2)
    assert "at" in refused("pull", "--at", "yesterday", code=2)
