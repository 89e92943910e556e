"""The dimensioned drawing: the closed pod, a cut, and the foot's base; A4."""

from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
from build123d import Edge, Part, Plane, Wire, section
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from enclosure.assembly import everything
from enclosure.parameters import FOOT, SHANK, XIAO

A4_MM = (297.0, 210.0)
INK, THIN = "#1a1a1a", "#4a4a4a"
VIEWS = {
    "top": ((0, 0, 500), (1, 0, 0)),
    "end": ((-500, 0, 0), (0, 0, 1)),
    "side": ((0, -500, 0), (0, 0, 1)),
    "plan": ((0, 0, 500), (0, 1, 0)),
}
"""Where the eye is and what points upwards in the view."""
FILLS = {
    "base": "#5b7fa6", "tray": "#9fb3c8", "lid": "#e0a63a", "cell": "#dfe3e8", "switch": "#777777",
    "xiao": "#7fb685", "imu": "#b39bd0",
}  # fmt: skip


def draw(folder: Path) -> None:
    """Write ``drawing.svg`` and ``drawing.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "anklet", "svg.fonttype": "path", "font.size": 7}):
        figure = Figure(figsize=tuple(mm / 25.4 for mm in A4_MM))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, A4_MM[0]), ylim=(0, A4_MM[1]), aspect="equal")
        axes.axis("off")
        _sheet(axes)
        _shank(axes)
        _foot(axes)
        figure.savefig(folder / "drawing.svg", metadata={"Date": None, "Creator": "Anklet"})
        figure.savefig(folder / "drawing.png", dpi=150, metadata={"Software": None})


def _sheet(axes: Axes) -> None:
    axes.plot([8, 289, 289, 8, 8], [8, 8, 202, 202, 8], color=INK, lw=0.8)
    axes.plot([186, 186, 289], [8, 34, 34], color=INK, lw=0.8)
    lines = [
        ("Anklet pod, shank and foot", 9, "bold"),
        ("mm; shank 3:2, foot 1:1", 6.5, "normal"),
        ("Printed PETG; untoleranced: +-0.2. Status: unbuilt.", 6.5, "normal"),
        ("CERN-OHL-P-2.0. Made from enclosure/parameters.py.", 6.5, "normal"),
    ]
    for row, (text, size, weight) in enumerate(lines):
        axes.text(189, 28.5 - 5.6 * row, text, fontsize=size, weight=weight, color=INK)


def _shank(axes: Axes) -> None:
    pod = SHANK
    parts = everything(pod)
    shell = parts["base"] + parts["lid"]
    top = _View(axes, (64, 134), 1.5)
    top.lines(shell, "top")
    length, width = pod.outer_length_mm, pod.outer_width_mm
    half, wing = length / 2, pod.wing_y_mm
    top.title("from above (lid)", (0, half + 13))
    top.up(f"{length:.1f}", -half, half, -wing - 4)
    top.across(f"{2 * wing:.1f}", -wing, wing, half + 8)
    top.across(f"{width:.1f}", -width / 2, width / 2, half + 3.5)
    slot = pod.slot_length_mm / 2
    top.up(f"slot {pod.slot_length_mm:.1f}", -slot, slot, wing + 4)
    wide = f"slot {pod.slot_width_mm:.1f} wide,\nbar {pod.bar_mm:.1f}"
    top.note(wide, (27, -25), (19.1, -12.5))
    top.note("keys over BOOT and RESET", (-17, -36), (-5.9, -24))

    end = _View(axes, (64, 36), 1.5)
    end.lines(shell, "end")
    end.title("from below (-x): USB-C and switch", (0, -8))
    end.up(f"{pod.top_mm:.1f}", 0, pod.top_mm, -wing - 4)
    usb = XIAO.usb_width_mm / 2 + pod.part_fit_mm
    end.across(f"{2 * usb:.1f}", -usb, usb, pod.top_mm + 4)
    end.up(f"seam {pod.split_mm:.1f}", 0, pod.split_mm, wing + 4)

    side = _View(axes, (213, 160), 1.5)
    side.lines(shell, "side")
    side.title("from the side (-y)", (0, 24))
    side.across(f"{length + pod.guard_mm:.1f}", -half - pod.guard_mm, half, -4)
    side.up(f"wing {pod.wing_mm:.1f}", 0, pod.wing_mm, half + 9)
    side.note("pry slot", (40, 15), (13, pod.split_mm - 0.5))

    cut = _View(axes, (213, 108), 1.5)
    for name in ("base", "tray", "lid", "cell", "switch", "xiao", "imu"):
        cut.section(parts[name], FILLS[name])
    cut.title("cut along the middle (y = 0)", (0, 23))
    cut.up(f"{pod.floor_mm:.1f}", 0, pod.floor_mm, half + 4)
    cut.up(f"{pod.ceiling_mm:.1f}", pod.ceiling_z_mm, pod.top_mm, half + 4)
    for text, at, to in (
        ("cell", (4, -5), (4, 4.5)),
        ("switch", (-22, -5), (-23, 5.8)),
        ("tray", (22, -5), (16, 8.7)),
        ("XIAO", (-37, 14), (-22, 14)),
        ("LSM6DSOX", (40, 9), (18, 12)),
    ):
        cut.note(text, at, to)


def _foot(axes: Axes) -> None:
    pod = FOOT
    base = everything(pod)["base"]
    view = _View(axes, (213, 66), 1.0)
    view.lines(base, "plan")
    half = pod.finger_width_mm / 2
    low, high = pod.finger_x_mm(-1) - half, pod.finger_x_mm(1) + half
    view.title("foot: base from above, towards the toes to the right", (0, 20))
    view.across(f"{high - low:.1f}", low, high, -21)
    finger = pod.finger_length_mm / 2
    view.up(f"{2 * finger:.1f}", -finger, finger, high + 4)
    view.note(f"channel {pod.channel_mm:.1f}\nfor a lace", (62, 9), (pod.finger_x_mm(1), 2))
    view.note(f"finger {pod.finger_width_mm:.1f} x {pod.finger_mm:.0f}", (-62, 9), (low + 4, 3))


Corners = list[tuple[float, float]]


def _polyline(edge: Edge) -> Corners:
    """Return an edge's points from its lesser end: CAD kernels turn edges as they like."""
    n = 2 if edge.geom_type.name == "LINE" else 17
    points = [_rounded(*tuple(edge.position_at(i / (n - 1)))[:2]) for i in range(n)]
    return min(points, points[::-1])


def _corners(wire: Wire) -> Corners:
    """Return an outline's points in x and z, counter-clockwise, from the least on."""
    edges = wire.order_edges()
    straight = all(edge.geom_type.name == "LINE" for edge in edges)
    spots = (
        [edge.position_at(0) for edge in edges]
        if straight
        else wire.positions([i / 240 for i in range(240)])
    )
    points = [_rounded(spot.X, spot.Z) for spot in spots]
    area = sum(a[0] * b[1] - a[1] * b[0] for a, b in pairwise([*points, points[0]]))
    points = points if area > 0 else points[::-1]
    first = points.index(min(points))
    return points[first:] + points[:first]


def _rounded(x: float, y: float) -> tuple[float, float]:
    return round(x, 3) + 0.0, round(y, 3) + 0.0


class _View:
    """A place on the sheet with its own origin and scale."""

    def __init__(self, axes: Axes, origin: tuple[float, float], scale: float) -> None:
        self.axes = axes
        self.origin = np.array(origin)
        self.scale = scale

    def lines(self, part: Part, view: str) -> None:
        """Draw what is visible of a part; to the right is +y mirrored as the view demands."""
        eye, up = VIEWS[view]
        visible, _ = part.project_to_viewport(eye, up, (0, 0, 0))
        for points in sorted(_polyline(edge) for edge in visible):
            self._plot(np.array(points), INK, 0.5)

    def section(self, part: Part, fill: str) -> None:
        """Fill what a cut at y = 0 meets of a part, seen from -y."""
        outlines, holes = [], []
        for face in section(part, section_by=Plane.XZ).faces():
            outlines.append(_corners(face.outer_wire()))
            holes += [_corners(wire) for wire in face.inner_wires()]
        for some, colour in ((outlines, fill), (holes, "white")):
            for corners in sorted(some):
                placed = self._place(np.array(corners))
                self.axes.fill(placed[:, 0], placed[:, 1], facecolor=colour, edgecolor=INK, lw=0.4)

    def title(self, text: str, at: tuple[float, float]) -> None:
        """Write a view's name."""
        self._text(text, at, size=7.5)

    def across(self, text: str, a: float, b: float, y: float) -> None:
        """Draw a dimension along the view's horizontal."""
        self._dimension(text, (a, y), (b, y), rotation=0)

    def up(self, text: str, a: float, b: float, x: float) -> None:
        """Draw a dimension along the view's vertical."""
        self._dimension(text, (x, a), (x, b), rotation=90)

    def note(self, text: str, at: tuple[float, float], to: tuple[float, float]) -> None:
        """Write a note with a line to what it tells of."""
        self._plot(np.array([at, to]), THIN, 0.4)
        self._text(text, at)

    def _dimension(self, text: str, a: tuple, b: tuple, rotation: int) -> None:
        a, b = np.array(a, float), np.array(b, float)
        self.axes.annotate(
            "",
            self._place(a),
            self._place(b),
            arrowprops={
                "arrowstyle": "<|-|>,head_width=0.12,head_length=0.28", "color": THIN, "lw": 0.5,
                "shrinkA": 0, "shrinkB": 0,
            },
        )  # fmt: skip
        self._text(text, tuple((a + b) / 2), rotation)

    def _text(self, text: str, at: tuple, rotation: int = 0, size: float = 6.5) -> None:
        x, y = self._place(np.array(at, float))
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        self.axes.text(
            x, y, text, ha="center", va="center", rotation=rotation, fontsize=size, color=INK,
            bbox=box,
        )  # fmt: skip

    def _plot(self, points: np.ndarray, colour: str, width: float) -> None:
        placed = self._place(points)
        self.axes.plot(placed[:, 0], placed[:, 1], color=colour, lw=width, solid_capstyle="round")

    def _place(self, points: np.ndarray) -> np.ndarray:
        return points * self.scale + self.origin
