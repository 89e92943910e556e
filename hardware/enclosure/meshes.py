"""Solids as closed meshes, and what is asked of them: common volume, thickness, containment."""

from functools import cache

import numpy as np
import trimesh
from build123d import Part

from enclosure.assembly import everything
from enclosure.parameters import Pod

DIRECTIONS = {
    "+x": (1, 0, 0), "-x": (-1, 0, 0), "+y": (0, 1, 0),
    "-y": (0, -1, 0), "+z": (0, 0, 1), "-z": (0, 0, -1),
}  # fmt: skip


def mesh(part: Part, tolerance_mm: float = 0.02) -> trimesh.Trimesh:
    """Return a part's surface; vertices that coincide are one."""
    vertices, faces = part.tessellate(tolerance_mm, 0.2)
    made = trimesh.Trimesh(np.array([tuple(v) for v in vertices]), np.array(faces))
    made.merge_vertices(digits_vertex=6)
    made.update_faces(made.nondegenerate_faces())
    return made


@cache
def meshes(pod: Pod) -> dict[str, trimesh.Trimesh]:
    """Return the meshes of all parts of a pod, by name."""
    return {name: mesh(part) for name, part in everything(pod).items()}


def common_mm3(a: trimesh.Trimesh, b: trimesh.Trimesh) -> float:
    """Return the volume that two parts share."""
    if np.any(a.bounds[0] > b.bounds[1]) or np.any(b.bounds[0] > a.bounds[1]):
        return 0.0
    shared = trimesh.boolean.intersection([a, b], engine="manifold", check_volume=False)
    if len(shared.faces) == 0:
        return 0.0
    a, b, c = (shared.triangles[:, i] for i in range(3))
    return abs(float((a * np.cross(b, c)).sum())) / 6.0


def moved(what: trimesh.Trimesh, by_mm: tuple[float, float, float]) -> trimesh.Trimesh:
    """Return a copy that is shifted."""
    copy = what.copy()
    copy.apply_translation(by_mm)
    return copy


def block(x: tuple, y: tuple, z: tuple) -> trimesh.Trimesh:
    """Return the box between two values of each coordinate."""
    return trimesh.creation.box(bounds=np.sort(np.array([x, y, z], float).T, axis=0))
