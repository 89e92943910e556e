"""What is generated is current: the sources and the files are as recorded when they were made."""

import copy
import json

import pytest

import generate


def test_every_generated_file_is_current():
    assert generate.stale() == [], "run: python hardware/generate.py"


def test_every_committed_output_is_listed():
    """A picture or a shape that nothing makes would never be made anew."""
    listed = {name for _, outputs in generate.GROUPS.values() for name in outputs}
    there = {
        path.relative_to(generate.HERE).as_posix()
        for folder in ("images", "enclosure", "wiring")
        for path in (generate.HERE / folder).rglob("*")
        if path.suffix in (".png", ".svg", ".step", ".stl")
    }
    assert there == listed


def test_sources_are_all_that_the_outputs_hang_on():
    """A module of the enclosure that no group names could change without anyone noticing."""
    named = {name for sources, _ in generate.GROUPS.values() for name in sources}
    checks_only = {"__init__", "fit", "strength"}
    for path in (generate.HERE / "enclosure").glob("*.py"):
        assert path.stem in checks_only or f"enclosure/{path.name}" in named, path.name


@pytest.mark.parametrize("kind", ["sources", "outputs"])
def test_a_change_is_noticed(tmp_path, monkeypatch, kind):
    record = copy.deepcopy(generate.record())
    name = next(iter(record["shape"][kind]))
    record["shape"][kind][name] = "0" * 64
    kept = tmp_path / "generated.json"
    kept.write_text(json.dumps(record), "utf-8")
    monkeypatch.setattr(generate, "RECORD", kept)
    assert [sentence for sentence in generate.stale() if sentence.startswith(name)]


def test_nothing_is_large():
    sizes = {
        name: (generate.HERE / name).stat().st_size
        for _, outputs in generate.GROUPS.values()
        for name in outputs
    }
    assert max(sizes.values()) < 1_000_000, sizes
    assert sum(sizes.values()) < 8_000_000
