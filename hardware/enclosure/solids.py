"""Small words for solids: boxes between limits, prisms along an axis."""

from build123d import (
    Box,
    Cylinder,
    Face,
    Part,
    Plane,
    Polyline,
    Pos,
    RectangleRounded,
    Vector,
    extrude,
    make_face,
)


def box(x: tuple[float, float], y: tuple[float, float], z: tuple[float, float]) -> Part:
    """Return the box between two values of each coordinate, in either order."""
    sizes = [abs(b - a) for a, b in (x, y, z)]
    middle = [(a + b) / 2 for a, b in (x, y, z)]
    return Pos(*middle) * Box(*sizes)


def mirrored(sign: int, a: float, b: float) -> tuple[float, float]:
    """Return limits on the side of `sign`."""
    return (sign * a, sign * b)


def rounded_box(length: float, width: float, radius: float, z: tuple[float, float]) -> Part:
    """Return an upright block with rounded corners."""
    return Pos(0, 0, z[0]) * extrude(RectangleRounded(length, width, radius), z[1] - z[0])


def prism_x(points_yz: list[tuple[float, float]], x: tuple[float, float]) -> Part:
    """Return a prism along x with the given outline in y and z."""
    return _prism([(min(x), y, z) for y, z in points_yz], Vector(1, 0, 0), abs(x[1] - x[0]))


def prism_y(points_xz: list[tuple[float, float]], y: tuple[float, float]) -> Part:
    """Return a prism along y with the given outline in x and z."""
    return _prism([(x, min(y), z) for x, z in points_xz], Vector(0, 1, 0), abs(y[1] - y[0]))


def prism_z(points_xy: list[tuple[float, float]], z: tuple[float, float]) -> Part:
    """Return a prism along z with the given outline in x and y."""
    return _prism([(x, y, min(z)) for x, y in points_xy], Vector(0, 0, 1), abs(z[1] - z[0]))


def rod_z(x: float, y: float, diameter: float, z: tuple[float, float]) -> Part:
    """Return an upright cylinder."""
    return Pos(x, y, (z[0] + z[1]) / 2) * Cylinder(diameter / 2, abs(z[1] - z[0]))


def _prism(points: list[tuple[float, float, float]], along: Vector, length: float) -> Part:
    face: Face = make_face(Polyline(*points, close=True))
    return extrude(face, length, dir=along)


TOP = Plane.XY
