"""A small renderer: flat-shaded solids with their edges, seen from afar, the same everywhere.

Orthographic, z-buffer in numpy; no graphics card, no window, no font of the machine.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from build123d import Part
from PIL import Image, ImageDraw, ImageFont

LIGHT = np.array([-0.30, 0.62, 0.73])
"""Where the light comes from, as the eye sees it: right, up, towards the eye."""
SUPERSAMPLE = 3
EDGE_BIAS_MM = 0.12
EDGE_STEP_PX = 0.5


@dataclass
class Solid:
    """A part ready to draw: triangles, edges as polylines, colour, where it is moved."""

    triangles: np.ndarray
    edges: list[np.ndarray]
    colour: tuple[int, int, int]
    moved_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass
class View:
    """A direction to look from, and what comes of it.

    Parameters
    ----------
    azimuth_deg : float
        Where the eye stands around z: 0 looks along -x from +x, 90 from +y.
    elevation_deg : float
        How high the eye stands.
    up : tuple
        What points upwards in the picture; z, or x when seen from above.
    """

    azimuth_deg: float
    elevation_deg: float
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)
    scale: float = 1.0
    middle: np.ndarray = field(default_factory=lambda: np.zeros(2))

    def axes(self) -> np.ndarray:
        """Return right, up and towards the eye, as rows."""
        a, e = np.radians([self.azimuth_deg, self.elevation_deg])
        eye = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
        right = np.cross(self.up, eye)
        right /= np.sqrt((right**2).sum())
        return np.array([right, np.cross(eye, right), eye])

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return points as pixels to the right, pixels downwards, millimetres to the eye."""
        seen = np.stack([(points * axis).sum(-1) for axis in self.axes()], axis=-1)
        seen[..., 0] = (seen[..., 0] - self.middle[0]) * self.scale
        seen[..., 1] = -(seen[..., 1] - self.middle[1]) * self.scale
        return seen


def solid(part: Part, colour: str, moved_mm: tuple[float, float, float] = (0, 0, 0)) -> Solid:
    """Return a part's triangles and edges."""
    vertices, faces = part.tessellate(0.05, 0.3)
    points = np.array([tuple(v) for v in vertices])
    edges = [_polyline(edge) for edge in part.edges()]
    rgb = tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return Solid(points[np.array(faces)], edges, rgb, moved_mm)


def draw(
    solids: list[Solid], view: View, size: tuple[int, int], margin_px: int = 40
) -> Image.Image:
    """Return a picture of the solids, as large as fits; sets the view's scale."""
    _fit(solids, view, size, margin_px)
    width, height = size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE
    depth = np.full((height, width), -np.inf)
    image = np.full((height, width, 3), 255, np.uint8)
    big = View(view.azimuth_deg, view.elevation_deg, view.up, view.scale * SUPERSAMPLE, view.middle)
    shift = np.array([width / 2, height / 2, 0.0])
    light = (view.axes() * LIGHT[:, None]).sum(0)
    for one in solids:
        triangles = one.triangles + np.array(one.moved_mm)
        shades = _shades(triangles, one.colour, light)
        for triangle, shade in zip(big.project(triangles) + shift, shades, strict=True):
            _fill(depth, image, triangle, shade)
    for one in solids:
        dark = np.array([int(c * 0.28) for c in one.colour], np.uint8)
        for line in one.edges:
            _trace(depth, image, big.project(line + np.array(one.moved_mm)) + shift, dark)
    return Image.fromarray(image).resize(size, Image.Resampling.BOX)


def label(
    image: Image.Image, text: str, at: tuple[float, float], to: tuple[float, float] | None = None
) -> None:
    """Write a label centred at a pixel, with a line to another."""
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(22)
    if to is not None:
        pen.line([at, to], fill=(60, 60, 60), width=2)
        pen.ellipse([to[0] - 4, to[1] - 4, to[0] + 4, to[1] + 4], fill=(60, 60, 60))
    left, top, right, bottom = pen.multiline_textbbox(at, text, font=font, anchor="mm")
    pen.rectangle([left - 6, top - 4, right + 6, bottom + 4], fill=(255, 255, 255))
    pen.multiline_text(at, text, fill=(20, 20, 20), font=font, anchor="mm", align="center")


def pixel(view: View, size: tuple[int, int], point: tuple[float, float, float]) -> tuple:
    """Return where a point in space lies in a picture drawn with this view."""
    x, y, _ = view.project(np.array(point, float))
    return float(x + size[0] / 2), float(y + size[1] / 2)


def _fit(solids: list[Solid], view: View, size: tuple[int, int], margin_px: int) -> None:
    view.scale, view.middle = 1.0, np.zeros(2)
    every = np.concatenate([(s.triangles + np.array(s.moved_mm)).reshape(-1, 3) for s in solids])
    seen = view.project(every)[:, :2]
    low, high = seen.min(0), seen.max(0)
    view.scale = float(((np.array(size) - 2 * margin_px) / (high - low)).min())
    middle = (low + high) / 2
    view.middle = np.array([middle[0], -middle[1]])


def _shades(triangles: np.ndarray, colour: tuple[int, int, int], towards: np.ndarray) -> np.ndarray:
    normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    normal /= np.maximum(np.sqrt((normal**2).sum(1, keepdims=True)), 1e-12)
    light = 0.6 + 0.4 * np.clip((normal * towards).sum(1), -0.6, 1.0)
    return np.clip(light[:, None] * np.array(colour), 0, 255).astype(np.uint8)


def _fill(depth: np.ndarray, image: np.ndarray, triangle: np.ndarray, shade: np.ndarray) -> None:
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = triangle
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if area >= -1e-9:  # seen from behind, or from the edge
        return
    x0, x1 = int(max(min(ax, bx, cx), 0)), int(min(max(ax, bx, cx) + 1, depth.shape[1]))
    y0, y1 = int(max(min(ay, by, cy), 0)), int(min(max(ay, by, cy) + 1, depth.shape[0]))
    if x0 >= x1 or y0 >= y1:
        return
    y, x = np.mgrid[y0:y1, x0:x1] + 0.5
    u = ((cx - bx) * (y - by) - (cy - by) * (x - bx)) / area
    v = ((ax - cx) * (y - cy) - (ay - cy) * (x - cx)) / area
    w = 1.0 - u - v
    z = u * az + v * bz + w * cz
    near = depth[y0:y1, x0:x1]
    hit = (u >= 0) & (v >= 0) & (w >= 0) & (z > near)
    near[hit] = z[hit]
    image[y0:y1, x0:x1][hit] = shade


def _trace(depth: np.ndarray, image: np.ndarray, line: np.ndarray, shade: np.ndarray) -> None:
    for a, b in pairwise(line):
        n = max(int(np.abs(b - a)[:2].max() / EDGE_STEP_PX), 2)
        points = a + (b - a) * np.linspace(0, 1, n)[:, None]
        for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
            x, y = points[:, 0].astype(int) + dx, points[:, 1].astype(int) + dy
            inside = (x >= 0) & (y >= 0) & (x < depth.shape[1]) & (y < depth.shape[0])
            x, y, z = x[inside], y[inside], points[inside, 2]
            seen = z + EDGE_BIAS_MM >= depth[y, x]
            image[y[seen], x[seen]] = shade


def _polyline(edge) -> np.ndarray:
    n = 2 if edge.geom_type.name == "LINE" else 13
    return np.array([tuple(edge.position_at(i / (n - 1))) for i in range(n)])
