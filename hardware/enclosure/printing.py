"""Can it be printed? Closed surfaces, walls thick enough, no overhang that needs supports."""

from dataclasses import dataclass

import numpy as np
import trimesh

WALL_LEAST_MM = 0.8
"""Two lines of a 0.4 mm nozzle: the least that prints as a wall."""
OVERHANG_MAX_DEG = 47.5
"""From the vertical: 45 degrees print without support on any machine; the rest is what flat
triangles add to a rounded corner's chamfer."""
BRIDGE_MAX_MM = 14.0
"""A flat roof held at both ends may span this much; common printers bridge more."""
LEDGE_MAX_MM = 0.45
"""A flat roof that juts out this little prints: it is about one line."""


@dataclass(frozen=True)
class Roof:
    """A flat, downward-facing patch: where it is, how far it spans, whether both ends are held."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    span_mm: float
    held: bool

    def prints(self) -> bool:
        """Tell whether it prints without support."""
        return self.span_mm <= (BRIDGE_MAX_MM if self.held else LEDGE_MAX_MM)


def closed(name: str, part: trimesh.Trimesh) -> list[str]:
    """Return what keeps a mesh from being one closed body."""
    found = []
    if not part.is_watertight or not part.is_winding_consistent:
        found.append(f"{name} is not closed")
    bodies = part.body_count
    if bodies != 1:
        found.append(f"{name} is {bodies} bodies")
    if part.volume <= 0:
        found.append(f"{name} is inside out")
    return found


def thinnest(part: trimesh.Trimesh, samples: int = 6000) -> tuple[float, np.ndarray]:
    """Return the thinnest wall and where it is: rays inwards to faces that look the other way."""
    points, faces = trimesh.sample.sample_surface(part, samples, seed=1)
    inwards = -part.face_normals[faces]
    hits, rays, struck = part.ray.intersects_location(
        points + 1e-4 * inwards, inwards, multiple_hits=False
    )
    facing = (part.face_normals[struck] * inwards[rays]).sum(1) > 0.95
    depth = np.sqrt(((hits - points[rays]) ** 2).sum(1))
    depth[~facing] = np.inf
    at = int(depth.argmin())
    return float(depth[at]), points[rays[at]]


def as_printed(name: str, part: trimesh.Trimesh) -> trimesh.Trimesh:
    """Return a part as it lies on the bed: the lid upside down, the others as worn."""
    copy = part.copy()
    if name == "lid":
        copy.apply_transform(trimesh.transformations.rotation_matrix(np.pi, (1, 0, 0)))
    copy.apply_translation((0, 0, -copy.bounds[0][2]))
    return copy


def steepest_deg(part: trimesh.Trimesh) -> float:
    """Return the worst overhang of sloped faces (flat roofs and the bed apart), from vertical."""
    down = -part.face_normals[:, 2]
    sloped = (down > 0.01) & (down < 0.999)
    return float(np.degrees(np.arcsin(down[sloped].max()))) if sloped.any() else 0.0


def roofs(part: trimesh.Trimesh) -> list[Roof]:
    """Return every flat roof that is not on the bed."""
    flat = np.flatnonzero((part.face_normals[:, 2] < -0.999) & (part.triangles_center[:, 2] > 0.05))
    near = part.face_adjacency
    inside = np.isin(near, flat).all(1)
    groups = trimesh.graph.connected_components(near[inside], nodes=flat, min_len=1)
    return [_roof(part, np.array(group)) for group in groups]


def _roof(part: trimesh.Trimesh, faces: np.ndarray) -> Roof:
    """Measure a roof across its middle, along x and along y: the shorter held way counts."""
    corners = part.triangles[faces].reshape(-1, 3)
    low, high = corners.min(0), corners.max(0)
    best = Roof(tuple(low), tuple(high), float(min(high[:2] - low[:2])), held=False)
    for axis in (0, 1):
        span = float(high[axis] - low[axis])
        across = 1 - axis
        ends = []
        for along in (low[axis] - 0.1, high[axis] + 0.1):
            for share in (0.2, 0.5, 0.8):
                probe = np.array([0.0, 0.0, low[2] - 0.15])
                probe[axis] = along
                probe[across] = low[across] + share * (high[across] - low[across])
                ends.append(probe)
        held = bool(part.contains(np.array(ends)).all())
        if held and (not best.held or span < best.span_mm):
            best = Roof(tuple(low), tuple(high), span, held=True)
    return best


def problems(parts: dict[str, trimesh.Trimesh]) -> list[str]:
    """Return what is wrong with the printed parts, as sentences."""
    found = []
    for name in ("base", "tray", "lid"):
        part = parts[name]
        found += closed(name, part)
        least, where = thinnest(part)
        if least < WALL_LEAST_MM:
            found.append(f"{name} is {least:.2f} mm thin at {where.round(1)}")
        lying = as_printed(name, part)
        steep = steepest_deg(lying)
        if steep > OVERHANG_MAX_DEG:
            found.append(f"{name} overhangs by {steep:.1f} deg")
        for roof in roofs(lying):
            if not roof.prints():
                place = f"{np.round(roof.low, 1)} to {np.round(roof.high, 1)}"
                found.append(f"{name} has a roof of {roof.span_mm:.1f} mm without support, {place}")
    return found
