"""Draw the sensor's frame on the leg, for each placement: what axes.md shows."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path as Curve

SKIN, LINE, SHOE, LACE = "#f1dcc9", "#8a6f5a", "#d7dde4", "#b8494b"
POD, LID, STRAP, INK = "#5b7fa6", "#e3b04b", "#4a5561", "#1a1a1a"
AXES = {"x": "#c0392b", "y": "#2e7d32", "z": "#1f5fb0"}
Y_OF_SHANK = {"left": "forwards", "right": "backwards"}
"""+y = z x: with +x up and the lid to the outer side, it points another way on either leg."""


def draw(folder: Path) -> None:
    """Write ``axes_shank.svg`` and ``axes_foot.svg``."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "anklet", "svg.fonttype": "path", "font.size": 9}):
        for name, panel in (("shank", _shank), ("foot", _foot)):
            figure = Figure(figsize=(9.0, 5.4))
            for column, side in enumerate(("left", "right")):
                axes = figure.add_axes((0.5 * column, 0, 0.5, 1))
                axes.set(xlim=(-150, 150), ylim=(-60, 300), aspect="equal")
                axes.axis("off")
                panel(axes, side)
            figure.savefig(
                folder / f"axes_{name}.svg", metadata={"Date": None, "Creator": "Anklet"}
            )


def _shank(axes: Axes, side: str) -> None:
    """Draw a leg from its outer side: the left one looks left, the right one right."""
    ahead = -1 if side == "left" else 1
    outline = [
        (-46, 262), (-60, 180), (-52, 120), (-30, 70), (-34, 30), (-52, 18), (-56, -18),
        (-20, -30), (60, -30), (118, -30), (122, -12), (84, 6), (40, 22), (34, 48), (34, 110),
        (44, 180), (44, 262),
    ]  # fmt: skip
    axes.add_patch(_smooth([(ahead * x, y) for x, y in outline], SKIN))
    axes.add_patch(Circle((ahead * -2, 18), 9, facecolor="none", edgecolor=LINE, lw=1.2))
    axes.plot([-145, 145], [-31, -31], color="#999999", lw=1)
    for x0, x1, y0 in ((-36, 36, 58),):
        axes.add_patch(Rectangle((x0, y0), x1 - x0, 25, facecolor=STRAP, edgecolor=INK, lw=0.6))
    _pod(axes, (0, 70.5), side)
    _frame(axes, (0, 70.5), {"x": "up the leg", "y": Y_OF_SHANK[side], "z": "away from the leg"})
    axes.text(0, 286, f"{side} shank, seen from its outer side", ha="center", fontsize=11)
    axes.annotate(
        "ankle bone", (ahead * -2, 18), (ahead * -98, 12), ha="center", va="center",
        arrowprops={"arrowstyle": "-", "lw": 0.8, "color": INK},
    )  # fmt: skip
    axes.annotate(
        "toes", (ahead * 145, -45), (ahead * 95, -45), ha="center", va="center",
        arrowprops={"arrowstyle": "->", "color": INK},
    )  # fmt: skip


def _foot(axes: Axes, side: str) -> None:
    """Draw a shoe from above, toes up the page."""
    inner = 1 if side == "left" else -1
    outline = [
        (-34, -40), (-40, 20), (-42, 90), (-50, 160), (-46, 215), (-16, 252), (22, 258), (44, 226),
        (44, 160), (34, 90), (36, 20), (32, -40), (0, -54),
    ]  # fmt: skip
    axes.add_patch(_smooth([(inner * x, y) for x, y in outline], SHOE))
    axes.add_patch(
        _smooth(
            [
                (inner * x, y)
                for x, y in [(-25, -30), (-27, 34), (0, 44), (25, 34), (24, -30), (0, -40)]
            ],
            SKIN,
        )
    )
    for y in (46, 62, 192):
        axes.plot([-30, 30], [y, y + 3 * inner], color=LACE, lw=4, solid_capstyle="round")
    for y in (62 + 15, 62 + 15 + 68):
        axes.add_patch(Rectangle((-14, y - 4), 28, 9, facecolor=POD, edgecolor=INK, lw=0.6))
    _pod(axes, (0, 111), side, wings=False)
    for y in (78, 146):
        axes.plot([-34, 34], [y, y], color=LACE, lw=4.5, solid_capstyle="round")
    _frame(axes, (0, 111), {"x": "to the toes", "y": "to the left", "z": "up, out of the laces"})
    axes.text(0, 286, f"{side} foot, seen from above", ha="center", fontsize=11)


def _pod(axes: Axes, middle: tuple[float, float], side: str, wings: bool = True) -> None:
    """Draw the pod from outside, arrow up the page, the leg's dot filled; millimetres."""
    x, y = middle
    if wings:
        axes.add_patch(Rectangle((x - 25, y - 18), 50, 36, facecolor=POD, edgecolor=INK, lw=0.8))
        for at in (-21, 18):
            axes.add_patch(
                Rectangle((x + at, y - 13), 3.4, 26, facecolor=STRAP, edgecolor=INK, lw=0.6)
            )
    axes.add_patch(
        FancyBboxPatch(
            (x - 12, y - 24), 24, 48, boxstyle="round,pad=3.8", facecolor=LID, edgecolor=INK, lw=1
        )
    )
    arrow = np.array([(-1.3, -7), (1.3, -7), (1.3, 10), (4.2, 10), (0, 18), (-4.2, 10), (-1.3, 10)])
    axes.add_patch(Polygon(arrow + middle, facecolor="#b07f20", edgecolor=INK, lw=0.6))
    for at, letter in ((-9.3, "left"), (9.3, "right")):
        axes.text(x + at, y + 3.5, letter[0].upper(), ha="center", va="center", fontsize=6.5)
        fill = "#c0392b" if letter == side else "none"
        axes.add_patch(Circle((x + at, y - 4), 1.7, facecolor=fill, edgecolor=INK, lw=0.6))
    axes.add_patch(Rectangle((x - 4.7, y - 27.8), 9.4, 2.4, facecolor=INK, edgecolor="none"))


def _frame(axes: Axes, middle: tuple[float, float], words: dict[str, str]) -> None:
    """Draw x up the page, y to the left, z out of the page: the same for every placement."""
    x, y = middle
    for name, end in (("x", (0, 62)), ("y", (-66, 0))):
        axes.annotate(
            "", (x + end[0], y + end[1]), middle,
            arrowprops={"arrowstyle": "-|>", "color": AXES[name], "lw": 2.4, "mutation_scale": 16},
        )  # fmt: skip
    axes.add_patch(Circle(middle, 4.6, facecolor="white", edgecolor=AXES["z"], lw=2.0, zorder=5))
    axes.add_patch(Circle(middle, 1.5, facecolor=AXES["z"], edgecolor="none", zorder=6))
    _word(axes, (x + 4, y + 68), f"+x {words['x']}", AXES["x"], "center")
    _word(axes, (x - 68, y + 9), f"+y {words['y']}", AXES["y"], "right")
    axes.annotate(
        f"+z {words['z']}", middle, (x + 46, y + 34), color=AXES["z"], ha="left", va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        arrowprops={"arrowstyle": "-", "color": AXES["z"], "lw": 1.0},
    )  # fmt: skip


def _word(axes: Axes, at: tuple[float, float], text: str, colour: str, align: str) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    axes.text(*at, text, color=colour, ha=align, va="center", bbox=box)


def _smooth(points: list[tuple[float, float]], fill: str) -> PathPatch:
    """Return a closed shape that passes near the points: quadratic curves between the middles."""
    corners = np.array(points)
    middles = (corners + np.roll(corners, -1, axis=0)) / 2
    vertices, codes = [middles[-1]], [Curve.MOVETO]
    for corner, middle in zip(corners, middles, strict=True):
        vertices += [corner, middle]
        codes += [Curve.CURVE3, Curve.CURVE3]
    return PathPatch(Curve(vertices, codes), facecolor=fill, edgecolor=LINE, lw=1.4)
