"""The page of commands is the program's own, and holds every command and option."""

import subprocess
import sys

import pytest
from page_blocks import ROOT

from command_line import every_command

PAGE = (ROOT / "docs" / "command-line.md").read_text("utf-8")


def sections():
    parts = PAGE.split("\n## anklet ")[1:]
    return {part.partition("\n")[0]: part for part in parts}


def test_every_command_and_option_is_documented():
    documented = sections()
    assert set(documented) == set(every_command())
    for name, command in every_command().items():
        assert command.paragraphs[0], f"anklet {name} says nothing of itself"
        for parameter in command.parameters:
            assert len(parameter.help) > 3, f"anklet {name}: {parameter} says nothing of itself"
            assert parameter.help in documented[name]
        for option in command.option_names:
            assert f"{option} " in documented[name].replace("`", " ").replace(",", " ")


def test_the_generated_parts_are_current():
    checked = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("name", list(every_command()))
def test_the_help_lists_the_same_options(name, anklet, monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    code, told, _ = anklet(name, "--help")
    assert code == 0
    rows = [line.strip() for line in told.partition("Options:")[2].splitlines()]
    listed = {
        option
        for row in rows
        if row.startswith("--")
        for option in row.partition("  ")[0].replace("/", " ").replace(",", " ").split()
        if option.startswith("--")
    }
    assert listed - {"--help"} == set(every_command()[name].option_names)
