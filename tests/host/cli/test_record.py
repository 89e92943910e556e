"""``anklet record``: from sensors to the table, without hardware."""

import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest
from board_rig import Board

from anklet.sensor.link import Found
from anklet.sensor.simulated_person import simulated_links
from anklet.sensor.timing import Timing
from anklet.store import Store
from host.visits_rig import LEFT, RIGHT, Clock, links


@pytest.fixture
def clock(monkeypatch):
    """Virtual time, in which a minute takes a second."""
    held = Clock()
    monkeypatch.setattr("anklet.cli.record.TIMING", held.timing)
    monkeypatch.setattr("anklet.cli.record.asyncio.run", held.run)
    return held


@pytest.fixture
def simulated(clock, monkeypatch):
    """The simulated person, who begins when the command does."""
    made = links(clock)
    monkeypatch.setattr("anklet.cli.record.simulated_links", lambda **_: made)
    return made


ARGUMENTS = ["record", "--person", "K-1", "--simulated", "--block-deg", 20]


def test_a_set_from_start_to_table(works, simulated, tmp_path):
    said = works(*ARGUMENTS, "--duration", 122, "--involved", "right", "--protocol", "split-squat")
    assert "the left shank sensor: streaming" in said
    assert "left: Stand still for 3 s." in said
    assert re.search(r"left [-−]?\d+\.\d deg, 8 reps; right", said)
    assert said.count("Set 1, angles in deg") == 2
    assert "right minus left" in said
    reports = re.findall(r"The (left|right) shank sensor: (\d+) of (\d+) packets stored\.", said)
    assert [(side, int(a) == int(b) > 2000) for side, a, b in reports] == [
        ("left", True),
        ("right", True),
    ]
    assert re.search(r"100 % came by themselves; clock within \d\.\d ms\.", said)
    assert "Kept as the visit of K-1" in said
    assert "dorsiflexion" in works("trend", "--person", "K-1")
    assert "0 results changed" in works("reanalyze", "--person", "K-1")
    with Store.open(str(tmp_path / "default.sqlite")) as store:
        (visit,) = store.visits("K-1")
        (assessment,) = store.assessments(visit.id)
    assert assessment.protocol == "split_squat"


def test_the_order_of_sides_is_said_and_kept(works, simulated, tmp_path):
    said = works(*ARGUMENTS, "--duration", 40, "--random-side-order")
    (first, other) = re.findall(r"Side order of this visit: (\w+) leg first, then (\w+)\.", said)[0]
    assert {first, other} == {"left", "right"}
    with Store.open(str(tmp_path / "default.sqlite")) as store:
        (visit,) = store.visits("K-1")
        (assessment,) = store.assessments(visit.id)
        (event,) = store.events(assessment.id)
    assert assessment.key["side_order"] == "random"
    assert event.data == {"side_order": [first, other]}


def test_sensors_that_do_not_fit_the_protocol_are_refused_before_the_set(anklet, simulated):
    ran = anklet("record", "--person", "K-1", "--simulated", "--protocol", "heel_rise")
    assert ran.code == 1
    assert "The heel rise to fatigue needs shank and foot sensors; the left leg has" in ran.err
    ran = anklet(
        *("record", "--person", "K-1", "--simulated"),
        *("--protocol", "static_standing", "--random-side-order"),
    )
    assert (ran.code, ran.out) == (2, "")
    assert "done with both legs at once" in ran.err


def test_a_restart_and_what_it_cost_are_named(anklet, simulated):
    device = simulated[0].sensor
    step, cut = device.step, []

    def breaks(now_s):
        step(now_s)
        if device._k >= 400 and not cut:
            cut.append(now_s)
            device.reboot(now_s)

    device.step = breaks
    ran = anklet(*ARGUMENTS, "--duration", 60)
    assert cut
    assert ran.code == 0
    assert re.search(r"restarted, and \d\.\d s until it went on is not recorded", ran.out)
    assert "1 reconnection" in ran.out
    assert "Set 1, angles in deg" in ran.out


def test_what_cannot_be_analysed_is_kept(anklet, works, simulated):
    ran = anklet(*ARGUMENTS, "--duration", 2)
    assert ran.code == 1
    assert ran.err.startswith("anklet: The recording is kept as the visit of K-1 on ")
    assert ran.err.count("\n") == 1
    assert "packets stored" in ran.out
    again = anklet("reanalyze", "--person", "K-1")
    assert again.code == 0
    assert "still has no result" in again.err


def test_bad_usage(refused):
    assert "person" in refused("record", "--simulated", code=2)
    assert "--block-deg" in refused(*ARGUMENTS[:-1], 60, code=2)


def test_the_simulated_person_begins_when_the_command_does():
    def payloads(now_s):
        timing = Timing(now_s=lambda: now_s)
        link = simulated_links([LEFT], timing=timing, from_now=True)[0]
        source = link.sensor.source
        return [source.packet(k, 7, k, 0, now_s)[20:-4] for k in range(0, 900, 50)]

    assert payloads(12.0) == payloads(98765.4)


def found(placement, **changes):
    names = {"side": placement.side, "segment": placement.segment} if placement else {}
    name = str(placement or "unplaced")
    return Found("ble", name, name, f"{hash(name) & 0xFFFF:04x}", **(names | changes))


@pytest.mark.parametrize(
    ("seen", "arguments", "says"),
    [
        ([], [], "No sensor was found"),
        ([found(LEFT), found(LEFT, rssi=-1)], [], "are both set up as the left shank"),
        ([found(None)], [], "has no side and segment yet"),
        (
            [found(LEFT), found(RIGHT)],
            ["--sensor", "none"],
            "none is not found; within reach: left",
        ),
        ([found(LEFT), found(None)], ["--sensor", "unplaced"], "has no side and segment yet"),
    ],
)
def test_which_sensors(refused, monkeypatch, tmp_path, seen, arguments, says):
    async def find(_seconds, _backend=None):
        return seen

    monkeypatch.setattr("anklet.sensor.ble.find", find)
    monkeypatch.setattr("anklet.sensor.usb.find", list)
    Store.open(str(tmp_path / "default.sqlite")).close()
    assert says in refused("record", "--person", "K-1", *arguments)


def start(*arguments, cwd, **options):
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "anklet", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=os.environ | {"ANKLET_STORE": str(cwd / "default.sqlite"), "COLUMNS": "120"},
        **options,
    )


def until(program, text):
    for line in program.stdout:
        if text in line:
            return
    raise AssertionError(program.stderr.read())


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
class TestCtrlC:
    def test_once_ends_gracefully(self, tmp_path):
        with start(*ARGUMENTS, cwd=tmp_path) as program:
            until(program, "right shank sensor: streaming")
            time.sleep(1.5)
            program.send_signal(signal.SIGINT)
            out, err = program.communicate(timeout=30)
        assert program.returncode == 1  # so short a recording has no zero
        assert "not analysed" in err
        assert err.count("\n") == 1
        stored = re.findall(r"(\d+) of (\d+) packets stored", out)
        assert len(stored) == 2
        assert all(a == b for a, b in stored)

    def test_twice_leaves_at_once(self, tmp_path):
        with start(*ARGUMENTS, cwd=tmp_path) as program:
            until(program, "right shank sensor: streaming")
            time.sleep(1.0)
            program.send_signal(signal.SIGINT)
            time.sleep(0.02)
            program.send_signal(signal.SIGINT)
            began_s = time.monotonic()
            out, err = program.communicate(timeout=30)
            took_s = time.monotonic() - began_s
        assert took_s < 3
        assert "Traceback" not in err
        if program.returncode == 130:
            assert "Left at once. What came is kept as the visit of K-1" in out
            assert err.startswith("anklet: interrupted")


@pytest.mark.skipif(os.name != "posix", reason="a pseudo terminal needs POSIX")
def test_over_usb(anklet, tmp_path, clock, monkeypatch):
    """The real link, on a pseudo terminal; real time."""
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANKLET_STORE", str(tmp_path / "default.sqlite"))
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "flash").mkdir()
    (tmp_path / "flash" / "main.py").write_text("")
    device = simulated_links([LEFT])[0].sensor
    device.rng = random.Random(1)
    board = Board(tmp_path / "flash", device)
    try:
        ran = anklet("record", "--person", "K-1", "--sensor", board.port, "--duration", 2)
    finally:
        board.close()
    assert ran.code == 1
    assert "not analysed" in ran.err
    (stored,) = re.findall(r"(\d+) of (\d+) packets stored", ran.out)
    assert stored[0] == stored[1]
