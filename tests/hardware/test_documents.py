"""The pages say what the programs compute, lead nowhere wrong, and leave no warning out."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import generate
import placements
import power
from anklet.model import Placement
from anklet.simulate.sensors import nominal_mount
from enclosure import strength
from enclosure.parameters import FOOT, IMU, SHANK

HERE = generate.HERE
PAGES = sorted(HERE.glob("*.md"))
WORDS = {"forwards": (1, 0, 0), "backwards": (-1, 0, 0), "to the left": (0, 1, 0)}


def page(name: str) -> str:
    return (HERE / name).read_text("utf-8")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = path.read_text("utf-8")
    headings = {}
    for other in (*PAGES, HERE.parent / "docs" / "firmware.md"):
        found = re.findall(r"^#+ (.+)$", other.read_text("utf-8"), re.MULTILINE)
        headings[other] = {re.sub(r"[^\w\- ]", "", h).lower().replace(" ", "-") for h in found}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        assert not anchor or anchor in headings[file], target


def test_every_picture_is_shown():
    pages = "".join(page(path.name) for path in PAGES)
    shown = set(re.findall(r"!\[[^\]]+\]\(([^)]+)\)", pages))
    made = {n for _, outs in generate.GROUPS.values() for n in outs if n.startswith("images/")}
    assert made <= shown


def test_the_power_tables_are_current():
    assert power.filled(page("README.md")) == page("README.md"), "run: python hardware/power.py"
    assert "Expected, not measured" in page("README.md")
    assert "expected, not measured" in page("bringup.md")


def test_the_figures_are_those_of_the_formulas():
    closing, holding = strength.closing_n(), strength.holding_n()
    text = page("README.md")
    for figure in (
        f"{closing.low:.0f} to {closing.high:.0f} N",
        f"{holding.low:.0f} to {holding.high:.0f} N",
        f"{100 * strength.snap_strain():.1f} %",
        f"{strength.bar_stress_mpa(SHANK):.0f} MPa, of {strength.STRENGTH_ALONG_MPA:.0f}",
        f"{strength.finger_stress_mpa(FOOT):.0f} MPa",
        f"{SHANK.outer_length_mm:.0f} x {SHANK.outer_width_mm:.0f} x {SHANK.top_mm:.0f} mm",
    ):
        assert figure in text, figure
    turned_deg = np.degrees(np.arctan(2 * SHANK.part_fit_mm / IMU.length_mm))
    assert f"up to {turned_deg:.1f} degrees" in page("axes.md").replace("\n", " ")


@pytest.mark.parametrize(
    "words",
    [
        "off the body", "15 cm", "Not a medical device", "no IP rating", "Skin", "UN 38.3",
        "Off, it does not charge", "Status: unbuilt", "CERN-OHL-P-2.0",
    ],
)  # fmt: skip
def test_no_warning_is_missing(words):
    assert words in page("README.md").replace("\n", " ")


def test_safety_comes_before_the_building():
    text = page("README.md")
    assert text.index("## Safety first") < text.index("## Wiring") < text.index("## Enclosure")
    for name in ("assembly.md", "bringup.md"):
        assert "Safety first" in page(name).split("##")[0]


@dataclass
class Row:
    side: str
    segment: str
    y: str


@pytest.mark.parametrize(
    "row",
    [
        Row("left", "shank", placements.Y_OF_SHANK["left"]),
        Row("right", "shank", placements.Y_OF_SHANK["right"]),
        Row("left", "foot", "to the left"),
        Row("right", "foot", "to the left"),
    ],
    ids=lambda row: f"{row.side} {row.segment}",
)
def test_the_frame_on_the_leg_is_the_programs(row):
    """Columns of the mount: where the sensor's axes point, x forward, y left, z up."""
    axes = nominal_mount(Placement(row.side, row.segment)).as_matrix()
    assert np.allclose(axes[:, 1], WORDS[row.y])
    assert np.allclose(axes[:, 0], (0, 0, 1) if row.segment == "shank" else (1, 0, 0))
    named = f"{row.side} shank" if row.segment == "shank" else "either foot"
    line = next(line for line in page("axes.md").splitlines() if line.startswith(f"| {named}"))
    assert row.y in line


def test_the_licence_is_the_real_one():
    text = page("LICENSE")
    assert text.startswith("CERN Open Hardware Licence Version 2 - Permissive")
    assert "7.4 This Licence shall not be enforceable except by a Licensor" in text


def test_bringup_page_names_every_step():
    steps = re.search(r"^STEPS = \((.+?)\)$", page("bringup.py"), re.MULTILINE)[1].split(", ")
    told = re.findall(r"^\| `(\w+)` \|", page("bringup.md"), re.MULTILINE)
    assert told == steps


def test_nothing_names_the_machine_it_was_made_on():
    for path in HERE.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            data = path.read_bytes()
            for word in (
                str(HERE.parent).encode(),
                str(Path.home()).encode() + b"/",
                b"localhost:",
            ):
                assert word not in data, path
