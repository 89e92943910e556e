"""A visit's way through the store: import, trend, compare, report, export, reanalyze."""

import csv
import json
import re
import sqlite3
import sys
from datetime import UTC, datetime

import numpy as np
import pyarrow.parquet
import pytest
from cli_helpers import columns_of, process

from anklet.analysis import Settings
from anklet.cli import course
from anklet.errors import DataError
from anklet.model import Placement
from anklet.simulate import to_packets
from anklet.store import Store
from anklet.store.schema import VERSION_TABLE
from anklet.visits import NewAssessment, keep_streams
from anklet.visits.remarks import keep_tag

VISITS = "2026-03-01", "2026-03-08T18:30"


@pytest.fixture
def store(works, tmp_path, simulated):
    """A store that two visits were imported into: the same files, but for their dates."""
    for at in VISITS:
        import_(works, simulated, "--at", at)
    return tmp_path / "store.sqlite"


def import_(run, simulated, *more, sides=("left", "right"), person="K-1"):
    files = [f"--{side}-shank={simulated.path('squat', side)}" for side in sides]
    rest = "--block-deg", 20, "--store", "store.sqlite", *more
    return run("import", "--person", person, *files, *rest)


def of(*more):
    return "--person", "K-1", "--store", "store.sqlite", *more


def tables(path):
    """Every row of every table of a database."""
    with sqlite3.connect(path) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        held = {n: database.execute(f"SELECT * FROM {n}").fetchall() for (n,) in names}
    database.close()
    return held


def test_import_prints_what_analyze_prints(works, simulated):
    said = import_(works, simulated, "--involved", "right", "--at", VISITS[0])
    assert said.endswith("Kept as the visit of K-1 on 2026-03-01 00:00.\n")
    files = [f"--{s}-shank={simulated.path('squat', s)}" for s in ("left", "right")]
    alone = works("analyze", *files, "--block-deg", 20, "--involved", "right")
    assert said.startswith(alone)


def test_the_default_store_is_named_by_the_environment(works, tmp_path, simulated):
    works("import", "--person", "K-1", "--left-shank", simulated.path("squat", "left"))
    assert (tmp_path / "default.sqlite").exists()
    assert "split squat" in works("trend", "--person", "K-1")


def test_importing_again_is_harmless(works, store, simulated):
    before = tables(store)
    import_(works, simulated, "--at", VISITS[0])
    after = tables(store)
    for name in ("people", "visits", "assessments", "recordings", "files"):
        assert after[name] == before[name]


def test_legs_may_be_imported_one_after_the_other(works, simulated):
    import_(works, simulated, "--at", VISITS[0], sides=["left"])
    said = import_(works, simulated, "--at", VISITS[0], sides=["right"])
    assert "left minus right" in said
    assert "left minus right" in works("compare", *of())
    assert "0 results changed" in works("reanalyze", *of())


def test_one_result_that_cannot_be_made_again_does_not_stop_the_others(anklet, store, monkeypatch):
    made, seen = course.recompute, []

    def refusing(held, assessment):
        seen.append(assessment.id)
        if len(seen) == 1:
            raise DataError("left.csv: nothing tells which leg is in front.")
        return made(held, assessment)

    monkeypatch.setattr(course, "recompute", refusing)
    ran = anklet("reanalyze", *of())
    assert len(seen) == 2
    assert ran.code == 1
    assert ran.out == "Analysed 1 assessments again; 0 results changed.\n"
    assert ran.err == (
        "anklet: A result stays as it was: left.csv: nothing tells which leg is in front.\n"
    )


def test_a_second_recording_of_one_place_is_refused(refused, works, store, tmp_path, simulated):
    text = simulated.path("squat", "left").read_text()
    (tmp_path / "other.csv").write_text(text[: text.rindex("\n", 0, -1)] + "\n")
    before = tables(store)
    said = refused("import", *of("--left-shank", "other.csv", "--block-deg", 20, "--at", VISITS[0]))
    assert "another recording of the left shank already (squat-left-shank.csv)" in said
    assert "--at" in said
    assert tables(store) == before
    works("report", "page.html", *of())


def test_nothing_is_kept_of_what_cannot_be_analysed(anklet, works, store, tmp_path, simulated):
    lines = simulated.path("squat", "left").read_text().splitlines()
    (tmp_path / "moving.csv").write_text("\n".join([lines[0], *lines[650:1900]]))
    before = tables(store)
    ran = anklet("import", "--person", "K-9", "--left-shank", "moving.csv", "--store", store)
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "moving.csv" in ran.err
    assert tables(store) == before


def test_involved_side_must_agree(refused, works, simulated):
    import_(works, simulated, "--at", VISITS[0], "--involved", "right")
    said = import_(refused, simulated, "--at", VISITS[1], "--involved", "left")
    assert "K-1 is kept with involved side right" in said
    assert "right minus left" in import_(works, simulated, "--at", VISITS[1])


def test_trend(works, store):
    said = works("trend", *of())
    assert said.startswith("K-1: split squat, active, block deg 20\n")
    assert "No verdict below 6 visits (2 so far)" in said
    plain = json.loads(works("trend", *of("--json")))
    assert (plain["schema"], plain["person"]) == ("anklet.trend/1", "K-1")
    points = plain["df_peak_deg"]["difference"]["points"]
    assert [p["date"] for p in points] == ["2026-03-01", "2026-03-08"]
    assert points[0]["value_deg"] == pytest.approx(6.3, abs=2)


def test_trend_of_what_is_tagged(works, refused, store):
    assert "no assessment has a tag yet" in refused("trend", *of("--tag", "cue"))
    with Store.open(str(store)) as opened:
        last = opened.summaries("K-1")[-1].assessment.id
        keep_tag(opened, last, "Tactile cue")
    said = works("trend", *of("--tag", "tactile cue"))
    assert said.startswith("K-1: split squat, active, block deg 20, tag tactile cue\n")
    assert "1 results of K-1 with another key or without the tag" in said
    plain = json.loads(works("trend", *of("--tag", "tactile cue", "--json")))
    assert plain["tags"] == ["tactile cue"]
    assert [p["date"] for p in plain["rom_deg"]["left"]["points"]] == ["2026-03-08"]
    refusal = refused("trend", *of("--tag", "tactile cue", "--tag", "shoes"))
    assert "is tagged tactile cue and shoes; the tags are Tactile cue." in refusal
    works("export", "visits.csv", *of("--what", "visits"))
    columns = columns_of_quoted(store.parent / "visits.csv")
    assert columns["tags"] == ["", "", "Tactile cue", "Tactile cue"]
    assert columns["pain_before"] == [""] * 4


def test_compare(works, store, simulated):
    said = works("compare", *of())
    assert said.index("Visit before, 2026-03-01") < said.index("Latest visit, 2026-03-08")
    plain = json.loads(works("compare", *of("--json")))
    files = [f"--{s}-shank={simulated.path('squat', s)}" for s in ("left", "right")]
    alone = json.loads(works("analyze", *files, "--block-deg", 20, "--json", "-"))
    assert plain["comparison"] == alone["comparison"]


def test_report(works, store, tmp_path):
    works("report", "page.html", *of())
    page = (tmp_path / "page.html").read_text()
    assert "K-1" in page
    assert page.count("<svg") >= 3


def test_report_as_pdf(works, refused, store, tmp_path, monkeypatch):
    assert works("report", "page.pdf", *of("--paper", "letter")) == "Wrote page.pdf\n"
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    assert "pip install 'anklet[pdf]'" in refused("report", "other.pdf", *of())


def test_keys_are_never_mixed(works, refused, store, simulated):
    import_(works, simulated, "--at", "2026-03-15", "--footwear", "shoes")
    said = refused("trend", *of())
    assert "1: " in said
    assert "2: " in said
    assert "--key NUMBER" in said
    for key in ("shoes", "2", "1"):
        works("trend", *of("--key", key))
    refused("trend", *of("--key", "9"))
    refused("compare", *of("--key", "slippers"))


def test_export_of_reps(works, store, tmp_path):
    assert "12 rows" in works("export", "reps.csv", *of())
    works("export", "reps.parquet", *of())
    with (tmp_path / "reps.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    table = pyarrow.parquet.read_table(tmp_path / "reps.parquet").to_pylist()
    assert len(rows) == len(table) == 12
    assert list(rows[0]) == list(table[0])
    for text, typed in zip(rows, table, strict=True):
        assert float(text["df_peak_deg"]) == typed["df_peak_deg"]
        assert (text["side"], int(text["rep"])) == (typed["side"], typed["rep"])


def test_export_of_visits(works, store, tmp_path):
    works("export", "visits.csv", *of("--what", "visits"))
    columns = columns_of_quoted(tmp_path / "visits.csv")
    assert columns["side"] == ["left", "right"] * 2
    assert columns["valid_reps"] == ["3"] * 4


def columns_of_quoted(path):
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def test_exported_samples_give_the_same_numbers(works, store, tmp_path, simulated):
    assert "4 files" in works("export", "out", *of("--what", "samples"))
    exported = sorted((tmp_path / "out").glob("20260301*"))
    again = {"left": exported[0], "right": exported[1]}
    for side, path in again.items():
        assert side in path.name
        assert columns_of(path) == columns_of(simulated.path("squat", side))
    works(
        "import",
        "--person",
        "K-2",
        "--block-deg",
        20,
        "--store",
        store,
        "--at",
        VISITS[0],
        *(f"--{side}-shank={path}" for side, path in again.items()),
    )
    for person in ("K-1", "K-2"):
        works("export", f"{person}.csv", "--person", person, "--store", store)
    first, second = (columns_of_quoted(tmp_path / f"{p}.csv") for p in ("K-1", "K-2"))
    assert second["df_peak_deg"] == first["df_peak_deg"][:6]
    assert second["start_s"] == first["start_s"][:6]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["export", "reps.xlsx"], 2, "must end in .csv or .parquet"),
        (["export", "none/reps.csv"], 1, "the folder does not exist"),
        (["export", "store.sqlite", "--what", "samples"], 1, "store.sqlite cannot be made"),
        (["report", "none/page.html"], 1, "none/page.html"),
        (["trend", "--key", "zz"], 1, "choose one with --key"),
    ],
)
def test_refused_with_a_store(refused, store, arguments, code, says):
    assert says in refused(*arguments, *of(), code=code)


@pytest.mark.parametrize("command", ["trend", "compare", "report", "export", "reanalyze"])
def test_unknown_person_and_missing_store(refused, store, command):
    place = [f"{command}.csv"] if command in ("report", "export") else []
    said = refused(command, *place, "--person", "K-7", "--store", "store.sqlite")
    assert "K-7" in said
    said = refused(command, *place, "--person", "K-1", "--store", "none.sqlite")
    assert "There is no store none.sqlite" in said


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("text.csv", "text.csv is not an Anklet store"),
        (".", "cannot be opened; check that it is a file"),
        ("mysql://somebody/x", "cannot be a mysql URL"),
        ("none/new.sqlite", "The folder none of the store does not exist"),
        ("postgresql://localhost:1/none", "cannot be reached"),
    ],
)
def test_not_a_store(refused, tmp_path, simulated, url, says):
    (tmp_path / "text.csv").write_text("not a database " * 100)
    files = "--left-shank", simulated.path("squat", "left")
    said = refused("import", "--person", "K-1", *files, "--store", url)
    assert says in said


@pytest.mark.parametrize("code", ["", "Jane Doe", "x" * 33, "../x"])
def test_person_codes_are_no_names(refused, works, store, simulated, code):
    files = "--left-shank", simulated.path("squat", "left")
    said = refused("import", f"--person={code}", *files, "--store", store, code=2)
    assert "1 to 32 letters, digits" in said


def test_a_newer_database_is_left_alone(refused, store):
    with sqlite3.connect(store) as database:
        database.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    database.close()
    before = tables(store)
    for command in ("trend", "reanalyze"):
        said = refused(command, *of())
        assert "written by a newer version of Anklet" in said
        assert "update Anklet. Nothing was changed." in said
    assert tables(store) == before


def test_no_room_for_the_store(tmp_path, simulated):
    """The store's disk fills up in the middle of an import: what was there is there still."""

    def no_room():
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    path = tmp_path / "store.sqlite"
    with Store.open(str(path)) as store:
        store.add_person("K-0")
    files = "--left-shank", simulated.path("squat", "left"), "--block-deg", 20
    done = process("import", "--person", "K-1", *files, "--store", path, preexec_fn=no_room)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
    assert done.stderr.startswith("anklet: ")
    assert str(path) in done.stderr
    assert "full" in done.stderr
    with Store.open(str(path)) as store:
        assert "K-0" in [p.code for p in store.people()]
    done = process("import", "--person", "K-1", *files, "--store", path)
    assert (done.returncode, done.stderr) == (0, "")


class TestPackets:
    """Streams in the store, whose bytes are then damaged behind the program's back."""

    @pytest.fixture
    def streams(self, tmp_path, simulated):
        path = tmp_path / "store.sqlite"
        recording = simulated.legs["squat"]["left"].recordings["shank"]
        packets = to_packets(recording, stream=7, sensor_id="s-1", unix_s=1.7e9)
        with Store.open(str(path)) as store:
            store.add_person("K-1")
            new = NewAssessment("K-1", datetime(2026, 3, 1, tzinfo=UTC), "split_squat", {})
            keep_streams(
                store, new, {Placement("left", "shank"): ("s-1", packets)}, Settings(block_deg=20)
            )
        return path

    def damage(self, path, change):
        with sqlite3.connect(path) as database:
            [(data,)] = database.execute("SELECT data FROM packets WHERE seq = 50").fetchall()
            database.execute("UPDATE packets SET data = ? WHERE seq = 50", (change(data),))
        database.close()

    def test_whole(self, works, streams, tmp_path, simulated):
        assert "0 results changed" in works("reanalyze", *of())
        works("report", "page.html", *of())
        works("export", "out", *of("--what", "samples"))
        [exported] = (tmp_path / "out").iterdir()
        given = np.loadtxt(simulated.path("squat", "left"), delimiter=",", skiprows=1)
        held = np.loadtxt(exported, delimiter=",", skiprows=1)
        np.testing.assert_allclose(held[:, 1:4], given[:, 1:4], atol=0.005)
        np.testing.assert_allclose(np.diff(held[:, 0]), np.diff(given[:, 0]), atol=2e-4)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (lambda data: data[:60], "damaged or cut short"),
            (lambda data: data[:10], "is cut short"),
            (lambda data: b"\x02" + data[1:], "version 2 cannot be read.*update anklet"),
            (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "fails its checksum"),
        ],
    )
    @pytest.mark.parametrize("command", ["reanalyze", "report", "export"])
    def test_damaged(self, refused, streams, command, change, says):
        self.damage(streams, change)
        before = tables(streams)
        arguments = {"report": ["page.html"], "export": ["out", "--what", "samples"]}
        said = refused(command, *arguments.get(command, []), *of())
        assert "left shank" in said
        assert re.search(says, said)
        assert tables(streams) == before
