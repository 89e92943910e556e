"""Calibrations and blocks on the command line: from files, and recorded step by step."""

import json
import re

import jsonschema
import numpy as np
import pytest

from anklet.exchange.analysis_json import schema
from anklet.exchange.csv_out import write_samples
from anklet.model import Samples
from anklet.sensor.simulated_person import simulated_links
from anklet.simulate import GuidedHalfMinute, Movement
from anklet.store import Store
from host.visits_rig import LEFT, Clock
from validation.calibration import any_mount, recorded, worn

SEED = 2


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A half-minute and a set of a left shank, worn anyhow; and one that is too small."""
    folder = tmp_path_factory.mktemp("calibration")
    errors = worn(SEED, {"shank": any_mount(np.random.default_rng(SEED), "shank")})
    movements = {
        "calibration": Movement(kind="calibration"),
        "small": Movement(kind="calibration", guided=GuidedHalfMinute(bend_deg=7.0)),
        "set": Movement(reps=3),
    }
    legs = {name: recorded(m, SEED, errors) for name, m in movements.items()}
    for name, leg in legs.items():
        write_samples(folder / f"{name}.csv", leg.recordings["shank"].samples)
    return folder, legs


@pytest.fixture
def block(tmp_path):
    """A sensor on the floor, then on a block of 20 deg."""
    turns = np.radians(np.repeat([0.0, 20.0], 5 * 104))
    acc = 9.81 * np.column_stack([-np.sin(turns), 0 * turns, np.cos(turns)])
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.01, acc.shape)
    path = tmp_path / "block.csv"
    write_samples(path, Samples(np.arange(len(acc)) / 104, acc + noise, 0.1 * noise))
    return path


def of_set(folder, name="calibration"):
    return (
        *("--left-shank", folder / "set.csv", "--block-deg", 20),
        *("--calibration", f"left-shank={folder / name}.csv"),
    )


def test_a_set_with_its_calibration(works, files):
    folder, legs = files
    result = json.loads(works("analyze", *of_set(folder), "--json", "-"))
    jsonschema.validate(result, schema())
    leg = result["legs"]["left"]
    calibration = leg["calibration"]["shank"]
    assert (calibration["source"], calibration["quality"]) == ("recording", "good")
    assert calibration["moved_deg"] < 2
    assert len(calibration["up_xyz"]) == 3
    found = [rep["df_peak_deg"] for s in leg["sets"] for rep in s["reps"]]
    np.testing.assert_allclose(found, [r.df_peak_deg for r in legs["set"].reps], atol=1.3)
    said = works("analyze", *of_set(folder))
    assert "good calibration, axis from the calibration (100 % along it)" in said


def test_bad_calibration_files(refused, files):
    folder, _ = files
    assert "small.csv: the left shank sensor is not calibrated" in refused(
        "analyze", *of_set(folder, "small")
    )
    set_file = "--left-shank", folder / "set.csv"
    for text in ("calibration.csv", "left-shank=", "left-knee=calibration.csv"):
        assert "as left-shank=calibration.csv" in refused(
            "analyze", *set_file, "--calibration", text, code=2
        )
    other = "--calibration", f"right-shank={folder / 'calibration.csv'}"
    assert "right shank was given, but no recording" in refused(
        "analyze", *set_file, *other, code=2
    )
    twice = "--calibration", f"left-shank={folder / 'calibration.csv'}"
    assert "given twice" in refused("analyze", *set_file, *twice, *twice, code=2)


def test_import_keeps_the_calibration_with_the_visit(works, files, tmp_path):
    folder, _ = files
    works("import", "--person", "K-1", *of_set(folder), "--at", "2026-03-01")
    with Store.open(str(tmp_path / "default.sqlite")) as store:
        (visit,) = store.visits("K-1")
        protocols = [a.protocol for a in store.assessments(visit.id)]
        ((placement, data),) = store.calibrations(visit.id)
        (held,) = store.recordings(data["assessment"])
        data = store.recording_bytes(held.id)
    assert protocols == ["calibration", "split_squat"]
    assert placement == LEFT
    assert data == (folder / "calibration.csv").read_bytes()
    assert "Analysed 1 assessments again; 0 results changed." in works(
        "reanalyze", "--person", "K-1"
    )


def test_block_from_a_sensor_laid_on_it(anklet, refused, files, block):
    folder, _ = files
    set_and = "--left-shank", folder / "set.csv", "--mount", "unknown"
    ran = anklet("analyze", *set_and, "--block-from", block, "--json", "-")
    assert "the block has 20.0 deg by the sensor (against the level floor: within 0.3" in ran.err
    assert json.loads(ran.out)["block_deg"] == pytest.approx(20, abs=0.1)
    assert "not both" in refused(
        "analyze", *set_and, "--block-from", block, "--block-deg", 20, code=2
    )
    assert "lid up" in refused("analyze", *set_and, "--block-from", folder / "set.csv")


class TestRecord:
    @pytest.fixture
    def clock(self, monkeypatch):
        """Virtual time, in which a minute takes a second."""
        held = Clock()
        monkeypatch.setattr("anklet.cli.record.TIMING", held.timing)
        monkeypatch.setattr("anklet.cli.record.asyncio.run", held.run)
        return held

    def test_guided_accepted_and_used(self, works, clock):
        said = works("record", "--person", "K-1", "--simulated", "--calibrate")
        steps = [said.index(s) for s in ("Stand still, feet", "Now bend", "Rise", "Stand still ag")]
        assert steps == sorted(steps)
        assert re.search(r"left shank: good calibration, axis from the calibration", said)
        assert re.search(r"right shank: good calibration", said)
        assert "Accepted: what this visit of K-1 records from now on uses it." in said
        said = works(
            *("record", "--person", "K-1", "--simulated", "--block-deg", 20, "--duration", 130)
        )
        assert said.count("good calibration, axis from the calibration") == 2
        assert "0 results changed" in works("reanalyze", "--person", "K-1")

    def test_refused_with_the_reason_and_nothing_kept(self, anklet, clock, monkeypatch, tmp_path):
        def sets(**_):
            return simulated_links([LEFT], timing=clock.timing)

        monkeypatch.setattr("anklet.cli.record.simulated_links", sets)
        ran = anklet("record", "--person", "K-1", "--simulated", "--calibrate")
        assert ran.code == 1
        assert ran.err.startswith("anklet: The calibration is not accepted: left shank: ")
        assert ran.err.count("\n") == 1
        with Store.open(str(tmp_path / "default.sqlite")) as store:
            (visit,) = store.visits("K-1")
            assert store.calibrations(visit.id) == []

    def test_done_again_on_a_terminal(self, anklet, clock, monkeypatch):
        asked = []

        def sets_first(**how):
            how = how if asked else {"timing": clock.timing}
            return simulated_links([LEFT], **how)

        def answer(question, **_):
            asked.append(question)
            return ""

        monkeypatch.setattr("anklet.cli.record.simulated_links", sets_first)
        monkeypatch.setattr("anklet.cli.calibrate.out.input", answer)
        monkeypatch.setattr("anklet.cli.calibrate.out._force_terminal", True)
        ran = anklet("record", "--person", "K-1", "--simulated", "--calibrate")
        assert ran.code == 0, ran
        (question,) = asked
        assert question.startswith("Not accepted: left shank: ")
        assert "Once more." in ran.out
        assert "Accepted" in ran.out

    def test_bad_usage(self, refused):
        for more in (("--duration", 5), ("--block-deg", 20)):
            assert "leave --duration and --block-deg out" in refused(
                "record", "--person", "K-1", "--simulated", "--calibrate", *more, code=2
            )


def test_a_calibration_imported_on_its_own_is_the_visits_and_no_assessment(works, refused, files):
    folder, _ = files
    at = "--person", "K-1", "--at", "2026-03-02T18:00"
    calibration = "--left-shank", folder / "calibration.csv", "--protocol", "calibration"
    said = works("import", *at, *calibration)
    assert "left shank: good calibration" in said
    assert "what is imported into it from now on uses it" in said
    assert "Nothing is analysed for K-1 yet" in refused("trend", "--person", "K-1")
    said = works("import", *at, "--left-shank", folder / "set.csv", "--block-deg", 20)
    assert "good calibration, axis from the calibration" in said
    assert "split squat" in works("trend", "--person", "K-1")
    works("report", "page.html", "--person", "K-1")
    assert "Analysed 1 assessments again; 0 results changed." in works(
        "reanalyze", "--person", "K-1"
    )
    small = "--left-shank", folder / "small.csv", "--protocol", "calibration"
    assert "knee bends" in refused("import", "--person", "K-2", *small)
    twice = "--calibration", f"left-shank={folder / 'small.csv'}"
    assert "leave --calibration out" in refused("import", *at, *calibration, *twice, code=2)
    assert "--calibrate" in refused("record", "--person", "K-1", *calibration[2:], code=2)
    with Store.open("default.sqlite") as store:
        assert [p.code for p in store.people()] == ["K-1"]
