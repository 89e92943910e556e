"""Are two generated files the same thing? For tools whose versions write other bytes for it."""

import re
from pathlib import Path

import numpy as np

PIXELS_OFF = 0.002
"""Share of a picture's pixels that may differ."""
LENGTH_OFF_MM, VOLUME_OFF = 0.002, 1e-4


def same(old: Path, new: Path) -> bool:
    """Tell whether two files of one kind show or hold the same."""
    if old.parent.name == "wiring":  # Graphviz lays it out by the fonts that it finds
        return old.suffix == ".png" or words(old) == words(new)
    return {".png": _pictures, ".svg": _curves, ".step": _solids, ".stl": _surfaces}[old.suffix](
        old, new
    )


def words(path: Path) -> list[str]:
    """Return what an SVG says, without where it stands."""
    return sorted(re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text("utf-8")))


def _pictures(old: Path, new: Path) -> bool:
    from PIL import Image

    a, b = (np.asarray(Image.open(path).convert("RGB")).astype(int) for path in (old, new))
    return a.shape == b.shape and float((abs(a - b).max(axis=2) > 40).mean()) <= PIXELS_OFF


def _curves(old: Path, new: Path) -> bool:
    a, b = (
        np.array(re.findall(r"-?\d+\.\d+", path.read_text("utf-8")), float) for path in (old, new)
    )
    return a.shape == b.shape and bool(np.allclose(a, b, atol=0.02))


def _solids(old: Path, new: Path) -> bool:
    from build123d import import_step

    a, b = (import_step(path) for path in (old, new))
    boxes = [part.bounding_box() for part in (a, b)]
    corners = [np.array([*tuple(box.min), *tuple(box.max)]) for box in boxes]
    return _close(corners[0], corners[1], a.volume, b.volume)


def _surfaces(old: Path, new: Path) -> bool:
    import trimesh

    a, b = (trimesh.load_mesh(path) for path in (old, new))
    return _close(a.bounds, b.bounds, a.volume, b.volume)


def _close(a: np.ndarray, b: np.ndarray, a_mm3: float, b_mm3: float) -> bool:
    near = np.allclose(a, b, atol=LENGTH_OFF_MM)
    return bool(near and abs(a_mm3 - b_mm3) <= VOLUME_OFF * abs(b_mm3))
