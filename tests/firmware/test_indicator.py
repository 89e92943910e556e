"""The sensor's LED and button, and that the guide describes them as they are."""

import json
import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "firmware.md"


@pytest.fixture(scope="module")
def told(run_mp) -> dict:
    """What the check found in the code; every check of it held."""
    lines = run_mp("check_indicator.py").splitlines()
    assert len([line for line in lines if line.startswith("ok ")]) == 9
    return json.loads(lines[-1])


def test_guide_shows_every_pattern(told):
    """The LED table's durations are those of the code."""
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([\d ,]+) ms \|$", GUIDE.read_text(), re.M)
    shown = {name: [int(ms) for ms in durations.split(",")] for name, durations in rows}
    assert shown == told["patterns"]


def test_guide_names_every_fault(told):
    """The fault table has each code in its group."""
    rows = re.findall(r"^\| (\d) \|[^|]*\| (`[^|]*`) \|$", GUIDE.read_text(), re.M)
    shown = {flashes: set(re.findall(r"`(\w+)`", codes)) for flashes, codes in rows}
    assert shown == {flashes: set(codes.split()) for flashes, codes in told["groups"].items()}


def test_every_fault_raised_is_in_a_group(told):
    """Whoever adds a code decides how it blinks; control's go into replies only."""
    firmware = GUIDE.parents[1] / "firmware" / "anklet_sensor"
    raised = set()
    for path in set(firmware.rglob("*.py")) - {firmware / "control.py", firmware / "messages.py"}:
        raised |= set(re.findall(r"(?:Fault|\.fault)\(\s*\"(\w+)\"", path.read_text()))
    known = {code for codes in told["groups"].values() for code in codes.split()}
    assert raised <= known, f"put {sorted(raised - known)} into GROUPS of log.py"
