"""Protocols as data: what comes with Anklet, the user's own, and what a bad file is told."""

import re
import tomllib
from dataclasses import asdict
from importlib import resources
from pathlib import Path

import pytest

from anklet.errors import DataError, UsageError
from anklet.measures.norms import BORROWED_SEM
from anklet.protocols import builtin_names, every_protocol, find_protocol, protocol_from_dict

OWN = """
name = "step_down"
title = "Step down"
kind = "active"
setups = ["planted"]
wear = ["One sensor on the shank."]
position = "Stand on a step."
steps = ["Stand still.", "Lower the other heel to the floor."]
zero = "standing"
results = ["df_peak_deg"]
direction = "df_first"
primary = "df_peak_deg"
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder of protocols of the user's own, and a way to put one there."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("ANKLET_PROTOCOLS", str(folder))

    def put(text=OWN, name="step_down"):
        path = folder / f"{name}.toml"
        path.write_text(text, "utf-8")
        return path

    return put


def test_the_assessments_of_the_project_come_with_it():
    assert set(builtin_names()) == {
        "static_standing",
        "passive_table",
        "active_table",
        "knee_to_wall_bent",
        "knee_to_wall_straight",
        "split_squat",
        "heel_rise",
        "calibration",
    }
    folder = resources.files("anklet.protocols")
    assert {f.name for f in folder.iterdir() if f.name.endswith(".toml")} == {
        f"{name}.toml" for name in builtin_names()
    }
    held = {name: find_protocol(name) for name in builtin_names()}
    assert {p.kind for p in held.values()} == {"static", "passive", "active"}
    assert (held["split_squat"].reps, held["split_squat"].sets) == ((8, 10), (2, 3))
    assert "block_deg" in held["split_squat"].key
    assert held["heel_rise"].setups == ("paired",)
    assert held["heel_rise"].direction == "pf_first"
    assert (held["passive_table"].zero, held["passive_table"].ends) == ("neutral", "hold")
    assert held["knee_to_wall_bent"].enter == ("knee_to_wall_cm",)
    assert {held[f"knee_to_wall_{k}"].knee for k in ("bent", "straight")} == {"bent", "straight"}
    for protocol in held.values():
        assert protocol.primary is None or protocol.primary in BORROWED_SEM


@pytest.mark.parametrize("name", builtin_names())
def test_a_protocol_is_read_back_from_what_is_stored(name):
    protocol = find_protocol(name)
    assert protocol_from_dict(asdict(protocol), "the store") == protocol


def test_users_add_their_own(own):
    path = own()
    protocol = find_protocol("step_down")
    assert (protocol.title, protocol.one_leg, protocol.ends) == ("Step down", True, "peak")
    assert every_protocol()[-1] == (protocol, path)
    assert len(every_protocol()) == len(builtin_names()) + 1


def test_several_folders_are_looked_into(own, tmp_path, monkeypatch):
    first = own()
    other = tmp_path / "other"
    other.mkdir()
    (other / "lower.toml").write_text(OWN.replace('"step_down"', '"lower"'))
    monkeypatch.setenv("ANKLET_PROTOCOLS", f"{first.parent}:{other}:{tmp_path / 'none'}")
    assert [p.name for p, path in every_protocol() if path] == ["step_down", "lower"]
    (other / "step_down.toml").write_text(OWN)
    with pytest.raises(DataError, match=r"other.step_down.toml: .* is taken by .*own.step_down"):
        every_protocol()


def test_a_builtin_is_never_shadowed(own):
    own(OWN.replace('"step_down"', '"heel_rise"'), "heel_rise")
    for look in (lambda: find_protocol("heel_rise"), every_protocol):
        with pytest.raises(DataError, match=r"heel_rise\.toml: the name heel_rise is taken by"):
            look()


def test_a_broken_file_of_ones_own_leaves_the_others_usable(own):
    own("name = ", "broken")
    assert find_protocol("split_squat").name == "split_squat"
    with pytest.raises(DataError, match=r"broken.toml is no TOML file: .*\."):
        every_protocol()


def test_an_unknown_name_lists_the_known(own):
    own()
    with pytest.raises(UsageError, match=r"'squat'; there are calibration, .*, step_down, or"):
        find_protocol("squat")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "Step down"\n', "", "title is missing"),
        ('title = "Step down"\n', 'title = ""\n', "title must be text"),
        ("title", "titel", "unknown titel; a protocol has name, title"),
        ('"active"', '"action"', "kind must be one of static, passive, active, not 'action'"),
        ('["planted"]', '"planted"', "setups must be a list"),
        ('["planted"]', "[]", "setups must be a list of one or more"),
        ('["planted"]', '["planted", "planted"]', "setups must be a list"),
        ('["planted"]', '["strapped"]', "of planted, paired, table, not"),
        ('["planted"]', '["table"]', 'its zero must be "neutral"'),
        ('"standing"', '"none"', "zero must be one of standing, neutral"),
        ('"standing"', '"neutral"', 'then setups must be ["table"]'.replace("[", r"\[")),
        ('["Stand still.", "Lower the other heel to the floor."]', "[]", "steps must be a list"),
        ('["Stand still.", "Lower the other heel to the floor."]', "[3]", "steps must be text"),
        ('direction = "df_first"\n', "", "primary needs a direction"),
        ('primary = "df_peak_deg"', 'primary = "rom_deg"', "rom_deg, which is not among"),
        ('primary = "df_peak_deg"', 'ends = "hold"', "results must name holds"),
        ('primary = "df_peak_deg"', "reps = [10, 8]", "reps must be two whole numbers"),
        ('primary = "df_peak_deg"', "reps = [true, 8]", "reps must be two whole numbers"),
        ('primary = "df_peak_deg"', "reps = 8", "reps must be two whole numbers"),
        ('primary = "df_peak_deg"', "rest_s = -1", "rest_s must be seconds"),
        ('primary = "df_peak_deg"', "rest_s = nan", "rest_s must be seconds"),
        ('primary = "df_peak_deg"', "one_leg = 1", "one_leg must be true or false"),
        ('primary = "df_peak_deg"', 'enter = ["weight_kg"]', "enter must be a list"),
        ('primary = "df_peak_deg"', 'key = ["mood"]', "key must be a list"),
        ('"step_down"', '"Step down"', "name must be a name of small letters"),
        ('"step_down"', '"step_up"', "its name is step_up, but the file's is step_down"),
    ],
)
def test_a_bad_file_is_told_in_one_sentence(own, old, new, says):
    assert OWN.count(old) >= 1
    path = own(OWN.replace(old, new, 1))
    with pytest.raises(DataError, match=says) as refused:
        find_protocol("step_down")
    assert str(refused.value).startswith(str(path))
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


def test_the_example_in_the_docs_reads():
    page = (Path(__file__).parents[2] / "docs/assessments.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    protocol = protocol_from_dict(tomllib.loads(example), "the example")
    assert (protocol.name, protocol.knee) == ("step_down", "bent")
