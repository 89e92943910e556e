"""The README's commands and its Python example, run as they stand."""

import re
import shlex
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from anklet.cli import main
from anklet.exchange.columns import maker_map, maker_maps, map_from_dict
from anklet.exchange.csv_out import write_samples
from anklet.simulate import LegAbility, Movement, simulate_person

README = (Path(__file__).parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files that the README names."""
    folder = tmp_path_factory.mktemp("readme")
    people = simulate_person(
        Movement(reps=4),
        {"left": LegAbility(), "right": LegAbility(19)},
        seed=3,
        segments=("shank",),
    )
    for side, leg in people.items():
        write_samples(folder / f"{side}.csv", leg.recordings["shank"].samples)
        shutil.copy(folder / f"{side}.csv", folder / f"{side[0]}.csv")
    return folder


def commands():
    for language, text in BLOCKS:
        if language == "sh":
            for line in text.replace("\\\n", " ").splitlines():
                if line.startswith("anklet "):
                    yield line


def test_every_command_runs(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ANKLET_STORE", str(folder / "store.sqlite"))
    ran = 0
    for line in commands():
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        assert code == 0, f"{line}: {capsys.readouterr().err}"
        ran += 1
    assert ran >= 6
    for name in ("report.html", "page.html", "reps.csv"):
        assert (folder / name).stat().st_size > 300


def test_the_python_example_runs(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    (example,) = [text for language, text in BLOCKS if language == "python"]
    exec(compile(example, "README.md", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_the_column_map_in_the_docs_is_the_one_that_ships():
    page = (Path(__file__).parents[2] / "docs" / "files.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert map_from_dict(tomllib.loads(example)) == maker_map("xsens-dot")
    for name in maker_maps():
        assert f"`{name}`" in page


def test_links_lead_somewhere():
    root = Path(__file__).parents[2]
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(targets) >= 4
    assert [t for t in targets if not (root / t).exists()] == []
