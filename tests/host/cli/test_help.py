"""Help: instant, and complete."""

import re
import subprocess
import sys

import pytest
import typer

from anklet.cli.app import app

HEAVY = (
    *("numpy", "scipy", "matplotlib", "sqlalchemy", "rich", "vqf", "alembic", "jinja2"),
    *("bleak", "serial", "mpremote"),
)
COMMANDS = typer.main.get_command(app).commands


def test_help_loads_nothing_heavy():
    code = f"""
import sys
from anklet.cli import main
sys.argv = ["anklet", "--help"]
try:
    main()
finally:
    print("loaded:", [m for m in {HEAVY} if m in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "loaded: []\n"
    assert "Usage: anklet" in done.stdout


def test_help_names_every_command_uncut(works):
    said = works("--help")
    for name, command in COMMANDS.items():
        [line] = [line for line in said.splitlines() if line.startswith(f"  {name} ")]
        assert not line.endswith("..."), line
        assert command.help


def test_no_command_is_bad_usage_and_shows_the_help(anklet):
    ran = anklet()
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Usage: anklet")


def test_version(works):
    assert re.fullmatch(r"anklet \d+\.\d+\.\d+\S*\n", works("--version"))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(works, name):
    said = works(name, "--help")
    assert f"anklet {name}" in said
    for parameter in COMMANDS[name].params:
        assert parameter.help, f"{name}: {parameter.name} has no help"
        shown = parameter.metavar if parameter.param_type_name == "argument" else parameter.opts[0]
        assert shown in said


def test_commands_are_those_of_the_contract():
    wanted = [
        "demo",
        "analyze",
        "orient",
        "import",
        "trend",
        "compare",
        "report",
        "export",
        "reanalyze",
        "sensors",
        "setup",
        "record",
        "pull",
    ]
    assert set(wanted) <= set(COMMANDS)
    options = {option for p in COMMANDS["analyze"].params for option in p.opts}
    places = {f"--{side}-{segment}" for side in ("left", "right") for segment in ("shank", "foot")}
    assert places <= options
    for name in [
        "block-deg",
        "mount",
        "relative",
        "involved",
        "json",
        "angles",
        "report",
        "explain",
    ]:
        assert f"--{name}" in options
