"""The committed files are what their sources make; the same input gives the same bytes."""

import re
import shutil
import subprocess
import sys

import pytest

import generate

pytest.importorskip("build123d", reason="the extra hardware is not installed: see .ci/hardware")
pytest.importorskip("wireviz", reason="the extra hardware is not installed: see .ci/hardware")
if shutil.which("dot") is None:
    pytest.skip("Graphviz is not installed: see .ci/hardware", allow_module_level=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Everything made anew, in a process of its own."""
    folder = tmp_path_factory.mktemp("made")
    code = "import sys, generate; from pathlib import Path; generate.make(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, folder], cwd=generate.HERE, check=True)
    return folder


def test_committed_files_are_current(made):
    assert generate.different(made) == []


@pytest.mark.parametrize("group", [generate.shape, generate.drawing, generate.placements])
def test_the_same_input_gives_the_same_bytes(made, tmp_path, group):
    group(tmp_path)
    for name in generate.GROUPS[group][1]:
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes(), name


def test_a_changed_file_is_found(made, tmp_path, monkeypatch):
    other = tmp_path / "hardware"
    shutil.copytree(made, other)

    def put(name, content):
        (other / name).write_bytes(content)

    exports = made / "enclosure" / "exports"
    put("enclosure/exports/base.step", (exports / "base_foot.step").read_bytes())
    put("enclosure/exports/lid.stl", (exports / "tray.stl").read_bytes())
    drawing = (made / "enclosure" / "drawing.svg").read_text("utf-8")
    moved = re.sub(r"M (\d+\.\d+)", lambda m: f"M {float(m[1]) + 1:.6f}", drawing, count=1)
    put("enclosure/drawing.svg", moved.encode())
    put("images/pod.png", (made / "images" / "exploded.png").read_bytes())
    diagram = (made / "wiring" / "pod.svg").read_text("utf-8")
    put("wiring/pod.svg", diagram.replace("GPIO5", "GPIO4").encode())
    (other / "images" / "step_8_close.png").unlink()
    monkeypatch.setattr(generate, "HERE", other)
    assert {sentence.split()[0] for sentence in generate.different(made)} == {
        "enclosure/exports/base.step",
        "enclosure/exports/lid.stl",
        "enclosure/drawing.svg",
        "images/pod.png",
        "images/step_8_close.png",
        "wiring/pod.svg",
    }


def test_a_rounding_is_not_a_change(made, tmp_path, monkeypatch):
    """Another version of a tool may write the same thing in other bytes."""
    other = tmp_path / "hardware"
    shutil.copytree(made, other)
    for name in ("enclosure/drawing.svg", "enclosure/exports/tray.step"):
        text = (made / name).read_text("utf-8")
        rounded = re.sub(r"(\d+\.\d{3})\d{3}\b", r"\g<1>000", text)
        assert rounded != text or name.endswith("step")
        (other / name).write_text(rounded + "\n", "utf-8")
    monkeypatch.setattr(generate, "HERE", other)
    assert generate.different(made) == []
