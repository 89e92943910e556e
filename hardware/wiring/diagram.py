"""Draw the wiring with WireViz (Graphviz must be installed)."""

import re
import shutil
from pathlib import Path

from wiring.nets import SOURCE


def draw(folder: Path) -> None:
    """Write ``pod.svg`` and ``pod.png``."""
    from wireviz import wireviz

    if shutil.which("dot") is None:
        raise SystemExit("The wiring diagram needs Graphviz: install the package graphviz.")
    folder.mkdir(parents=True, exist_ok=True)
    wireviz.parse(SOURCE, output_formats=("svg", "png"), output_dir=folder, output_name="pod")
    path = folder / "pod.svg"
    path.write_text(_portable(path.read_text("utf-8")), "utf-8")


def _portable(svg: str) -> str:
    """Leave out comments, which name versions of the machine's tools."""
    return re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)
