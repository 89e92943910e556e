"""Deleting a person, and taking everything of theirs along first."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
import zipfile
from datetime import UTC, datetime

import pytest
from cli_helpers import contents

from anklet.analysis import Settings
from anklet.model import Placement
from anklet.simulate import to_packets
from anklet.store import Store
from anklet.visits import NewAssessment, keep_streams


@pytest.fixture
def store(works, tmp_path, simulated):
    """A person with a visit of files and a visit of packets, and another person."""
    for code in ("K-1", "K-2"):
        works(
            *("import", "--person", code, "--store", "store.sqlite", "--at", "2026-03-01"),
            *(f"--{side}-shank={simulated.path('squat', side)}" for side in ("left", "right")),
        )
    path = tmp_path / "store.sqlite"
    with Store.open(str(path)) as opened:
        new = NewAssessment("K-1", datetime(2026, 3, 8, tzinfo=UTC), "split_squat", {})
        keep_streams(opened, new, {Placement("left", "shank"): ("s-1", packets(simulated))}, HOW)
    return path


HOW = Settings()


def packets(simulated):
    recording = simulated.legs["squat"]["left"].recordings["shank"]
    return to_packets(recording, stream=7, sensor_id="s-1", unix_s=1.7e9)


def of(*more, person="K-1"):
    return "--person", person, "--store", "store.sqlite", *more


def test_delete_and_undo(works, refused, store):
    before = works("trend", *of("--key", "1"))
    said = works("delete", *of("--yes"))
    assert said.startswith("K-1 is deleted. Until 20")
    assert "anklet delete --undo --person K-1 brings everything back" in said
    assert "was deleted on" in refused("trend", *of())
    assert "was deleted on" in refused("delete", *of("--yes"))
    assert works("delete", *of("--undo")) == "K-1 is back, with 2 visits.\n"
    assert works("trend", *of("--key", "1")) == before
    assert "no deleted person K-1" in refused("delete", *of("--undo"))


def test_a_purge_leaves_nothing_of_the_person(works, refused, store, tmp_path, simulated):
    assert works("delete", *of("--yes", "--purge")) == (
        "K-1 is erased, with every recording and result.\n"
    )
    assert "knows no person K-1" in refused("trend", *of())
    assert "no deleted person" in refused("delete", *of("--undo"))
    held = b"".join(contents_with_database(tmp_path))
    assert b"K-1" not in held
    assert packets(simulated)[9] not in held
    works("delete", *of("--yes", person="K-2"))
    works("delete", *of("--yes", "--purge", person="K-2"))
    assert simulated.path("squat", "left").read_bytes()[:4000] not in b"".join(
        contents_with_database(tmp_path)
    )


def contents_with_database(folder):
    return [p.read_bytes() for p in folder.iterdir() if p.is_file()]


def test_undo_and_purge_are_opposites(refused, store):
    assert "give one of them" in refused("delete", *of("--undo", "--purge"), code=2)


def test_nobody_to_ask_is_refused(refused, store, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert "say --yes" in refused("delete", *of(), code=2)


@pytest.mark.parametrize(("answer", "says"), [("n", "Nothing was deleted."), ("y", "is deleted")])
def test_somebody_at_a_terminal_is_asked(store, answer, says):
    ours, theirs = pty.openpty()
    asked = subprocess.Popen(
        [sys.executable, "-m", "anklet", "delete", "--person", "K-1", "--store", str(store)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        text=True,
    )
    os.write(ours, f"{answer}\n".encode())
    said, _ = asked.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert asked.returncode == 0
    assert "Delete K-1 with 2 visits?" in said
    assert says in said


def test_everything_in_one_file(works, store, tmp_path, simulated):
    works("delete", *of("--yes", person="K-2"))
    said = works("export", "all.zip", *of("--what", "everything"))
    assert said == "Wrote all.zip; README.txt inside says what is what.\n"
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist()}
    assert json.loads(held["person.json"])["code"] == "K-1"
    first, second = json.loads(held["visits.json"])
    assert (first["at"][:10], len(first["assessments"][0]["recordings"])) == ("2026-03-01", 2)
    left, right = first["assessments"][0]["recordings"]
    assert held[left["file"]] == simulated.path("squat", "left").read_bytes()
    assert held[right["file"]] == simulated.path("squat", "right").read_bytes()
    (stream,) = second["assessments"][0]["recordings"]
    assert unpacked(held[stream["file"]]) == packets(simulated)
    for name in ("reps", "visits"):
        works("export", f"{name}.csv", *of("--what", name))
        assert held[f"{name}.csv"] == (tmp_path / f"{name}.csv").read_bytes()
    assert len(list(csv.DictReader(io.StringIO(held["reps.csv"].decode())))) == 9
    works("export", "samples", *of("--what", "samples"))
    assert sorted(v for k, v in held.items() if k.startswith("samples/")) == sorted(
        path.read_bytes() for path in (tmp_path / "samples").iterdir()
    )
    results = [json.loads(v) for k, v in held.items() if k.startswith("results/")]
    assert {r["analysis"]["schema"] for r in results} == {"anklet.analysis/1"}
    assert results[0]["provenance"]["algorithm"] == results[0]["analysis"]["algorithm"]
    words = held["README.txt"].decode()
    assert "holds of K-1" in words
    assert "Not among the samples" not in words
    assert not [n for n in held if n.split("/")[0] not in words and n != "README.txt"]


def unpacked(data):
    found = []
    while data:
        length = int.from_bytes(data[:2], "little")
        found.append(data[2 : 2 + length])
        data = data[2 + length :]
    return found


def test_what_cannot_be_read_is_exported_all_the_same(works, store, tmp_path):
    with Store.open(str(store)) as opened:
        visit = opened.add_visit("K-1", datetime(2026, 3, 9, tzinfo=UTC))
        number = opened.add_assessment(visit, "active", "split_squat", {})
        opened.add_recording_file(number, Placement("left", "foot"), "../notes.csv", b"no numbers")
    works("export", "all.zip", *of("--what", "everything"))
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert b"Not among the samples: assessment" in archive.read("README.txt")
        (name,) = [n for n in archive.namelist() if n.endswith("left-foot.csv")]
        assert archive.read(name) == b"no numbers"
        assert not [n for n in archive.namelist() if ".." in n]


def test_the_ending_of_everything_is_zip(refused, store):
    said = refused("export", "all.csv", *of("--what", "everything"), code=2)
    assert "must end in .zip" in said


def test_an_archive_without_room_leaves_the_older_one(refused, store, tmp_path):
    assert "the folder does not exist" in refused(
        "export", "none/all.zip", *of("--what", "everything")
    )
    before = contents(tmp_path)
    assert "knows no person" in refused(
        "export", "all.zip", *of("--what", "everything", person="K-9")
    )
    assert contents(tmp_path) == before
