"""The committed files are what their sources make; the same input gives the same bytes."""

import shutil
import subprocess
import sys

import generate
import pytest

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
    drawing = other / "enclosure" / "drawing.svg"
    drawing.write_text(drawing.read_text("utf-8").replace("55.4", "55.5"), "utf-8")
    (other / "images" / "pod.png").write_bytes((made / "images" / "exploded.png").read_bytes())
    diagram = other / "wiring" / "pod.svg"
    diagram.write_text(diagram.read_text("utf-8").replace("GPIO5", "GPIO4"), "utf-8")
    monkeypatch.setattr(generate, "HERE", other)
    found = generate.different(made)
    assert [sentence.split()[0] for sentence in found] == [
        "enclosure/drawing.svg",
        "images/pod.png",
        "wiring/pod.svg",
    ]
