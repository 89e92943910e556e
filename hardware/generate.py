"""Make every generated file of the hardware anew, or say which are not current.

``python hardware/generate.py`` needs the extra ``hardware`` and Graphviz; it takes two minutes.
``--check`` makes them aside and compares. ``--stale`` only compares digests, needs nothing, and is
what the tests run: a file is current when the sources it was made from, and itself, are as recorded
in ``generated.json``.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
RECORD = HERE / "generated.json"


def shape(folder: Path) -> None:
    """Make the files for CAD and slicer."""
    from enclosure import export

    export.export(folder / "enclosure" / "exports")


def drawing(folder: Path) -> None:
    """Make the dimensioned drawing."""
    from enclosure import drawing

    drawing.draw(folder / "enclosure")


def pictures(folder: Path) -> None:
    """Make the pictures of the pod."""
    from enclosure import pictures

    pictures.draw_all(folder / "images")


def placements(folder: Path) -> None:
    """Make the pictures of the frame on the leg."""
    import placements

    placements.draw(folder / "images")


def wiring(folder: Path) -> None:
    """Make the wiring diagram."""
    from wiring import diagram

    diagram.draw(folder / "wiring")


ENCLOSURE = [
    "parameters", "solids", "bought", "base", "tray", "lid", "assembly",
]  # fmt: skip
GROUPS: dict[Callable[[Path], None], tuple[list[str], list[str]]] = {
    shape: (
        [f"enclosure/{name}.py" for name in [*ENCLOSURE, "meshes", "printing", "export"]],
        [f"enclosure/exports/{part}.{kind}" for part in ("base", "base_foot", "tray", "lid")
         for kind in ("step", "stl")],
    ),
    drawing: (
        [f"enclosure/{name}.py" for name in [*ENCLOSURE, "drawing"]],
        ["enclosure/drawing.svg", "enclosure/drawing.png"],
    ),
    pictures: (
        [f"enclosure/{name}.py" for name in [*ENCLOSURE, "render", "pictures"]],
        [f"images/{name}.png" for name in (
            "pod", "exploded", "step_1_print", "step_3_switch", "step_4_cell", "step_5_tray",
            "step_6_boards", "step_7_antenna", "step_8_close", "step_9_strap", "step_10_laces",
        )],
    ),
    placements: (["placements.py"], ["images/axes_shank.svg", "images/axes_foot.svg"]),
    wiring: (["wiring/pod.yml", "wiring/diagram.py"], ["wiring/pod.svg", "wiring/pod.png"]),
}  # fmt: skip
"""What makes which files from which sources."""


def make(folder: Path) -> None:
    """Make every file under a folder."""
    for group in GROUPS:
        print(group.__name__, flush=True)
        group(folder)


def record() -> dict:
    """Return the digests of all sources and outputs as they are."""
    return {
        group.__name__: {
            "sources": {name: digest(HERE / name) for name in sources},
            "outputs": {name: digest(HERE / name) for name in outputs},
        }
        for group, (sources, outputs) in GROUPS.items()
    }


def digest(path: Path) -> str | None:
    """Return a file's sha256; of text, with Unix line ends. None if it is not there."""
    if not path.is_file():
        return None
    data = path.read_bytes()
    if path.suffix not in (".png", ".stl"):
        data = data.replace(b"\r\n", b"\n")
    return hashlib.sha256(data).hexdigest()


def stale() -> list[str]:
    """Return which files are not as recorded, as sentences."""
    kept = json.loads(RECORD.read_text("utf-8"))
    found = []
    for name, now in record().items():
        for kind in ("sources", "outputs"):
            was = kept.get(name, {}).get(kind, {})
            found += [
                f"{file} ({kind} of {name}) is not as it was when the files were made"
                for file in sorted({*was, *now[kind]})
                if was.get(file) != now[kind].get(file)
            ]
    return found


def different(fresh: Path) -> list[str]:
    """Return which files differ from those made anew under a folder."""
    found = []
    for _, outputs in GROUPS.values():
        for name in outputs:
            if not _same(HERE / name, fresh / name):
                found.append(f"{name} is not what its sources make")
    return found


def _same(old: Path, new: Path) -> bool:
    if not old.is_file():
        return False
    if digest(old) == digest(new):
        return True
    import alike  # other versions of the tools write other bytes for the same thing

    return alike.same(old, new)


def main() -> int:
    """Make, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="make aside and compare")
    parser.add_argument("--stale", action="store_true", help="compare digests only")
    asked = parser.parse_args()
    if asked.stale or asked.check:
        found = stale()
        if asked.check and not found:
            with tempfile.TemporaryDirectory() as folder:
                make(Path(folder))
                found = different(Path(folder))
        print("\n".join(found) or "All generated files are current.")
        return 1 if found else 0
    before = record()
    make(HERE)
    after = record()
    if any(before[name]["sources"] != after[name]["sources"] for name in after):
        print("A source changed meanwhile: run it again.", file=sys.stderr)
        return 1
    RECORD.write_text(json.dumps(after, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
