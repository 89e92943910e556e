"""The house style: colours, type, and figures as SVG text.

Figures are made through :class:`matplotlib.figure.Figure`, never pyplot, at their true print size,
and their text stays text. In the inline SVG each colour is a CSS variable with the light value as
fallback, so that the page that holds a figure can turn it dark.
"""

# matplotlib's own types leave **kwargs open:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import io
import re
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import wraps
from html import escape
from pathlib import Path
from threading import RLock
from typing import Any, ParamSpec, TypeVar

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from anklet.errors import DataError
from anklet.model import Floats, Side

P = ParamSpec("P")
R = TypeVar("R")

INK = "#1b1f24"
MUTED = "#59636d"
HAIR = "#b9c1c8"
SHADE = "#eef1f4"
ZONE = "#dde3e8"
PAPER = "#ffffff"
LEFT = "#0072b2"
RIGHT = "#d55e00"
"""Left and right are Okabe and Ito's blue and vermilion."""

TOKENS = {
    INK: "ink",
    MUTED: "muted",
    HAIR: "hair",
    SHADE: "shade",
    ZONE: "zone",
    PAPER: "paper",
    LEFT: "left",
    RIGHT: "right",
}
SIDE_COLOUR: dict[Side, str] = {"left": LEFT, "right": RIGHT}
SIDE_MARKER: dict[Side, str] = {"left": "o", "right": "s"}
SIDE_LINE: dict[Side, Any] = {"left": "-", "right": (0, (5, 1.6))}

FONT_STACK = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
TEXT_PT = 8.0
SMALL_PT = 7.0

RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": TEXT_PT,
    "text.color": INK,
    "text.parse_math": False,
    "axes.titlesize": TEXT_PT,
    "axes.titlelocation": "left",
    "axes.titlepad": 5,
    "axes.labelsize": TEXT_PT,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": HAIR,
    "axes.facecolor": "none",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": HAIR,
    "ytick.color": HAIR,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": SMALL_PT,
    "ytick.labelsize": SMALL_PT,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.02,
    "figure.constrained_layout.h_pad": 0.02,
    "figure.constrained_layout.wspace": 0.04,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": SMALL_PT,
    "lines.linewidth": 1.1,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
}

_ONE_AT_A_TIME = RLock()
_NO_METADATA: dict[str, Any] = {"Date": None, "Creator": None, "Format": None, "Type": None}


@contextmanager
def _styled(**more: Any) -> Generator[None, None, None]:
    """Set the house style, which is the whole program's: only one thread draws at a time."""
    rc: Any = {**RC, **more}
    with _ONE_AT_A_TIME, rc_context(rc):
        yield


def house(function: Callable[P, R]) -> Callable[P, R]:
    """Run a figure function under the house style, whatever the caller's own matplotlib style."""

    @wraps(function)
    def styled(*args: P.args, **kwargs: P.kwargs) -> R:
        with _styled():
            return function(*args, **kwargs)

    return styled


def svg(
    fig: Figure, name: str = "figure", label: str = "", titles: Mapping[str, str] | None = None
) -> str:
    """Return a figure as one inline ``<svg>`` element: text as text, the same bytes every time.

    Parameters
    ----------
    fig : Figure
        What to draw.
    name : str
        Prefix of every id inside, so that several figures can stand in one page.
    label : str
        What the figure shows, for those who cannot see it.
    titles : mapping of str to str, optional
        What to say of a part (by its gid) to who points at it.
    """
    text = _svg_file(fig, name)
    text = text[text.index("<svg") :]
    for part, title in (titles or {}).items():
        text = text.replace(f'<g id="{part}">', f'<g id="{part}"><title>{escape(title)}</title>', 1)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    for colour, token in TOKENS.items():
        text = text.replace(colour, f"var(--{token}, {colour})")
    return text.replace("<svg ", f'<svg role="img" aria-label="{escape(label or name)}" ', 1)


def colour_tokens() -> str:
    """Return the colours as CSS variables, light and dark."""
    return (Path(__file__).parent / "tokens.css").read_text("utf-8")


def save_figure(fig: Figure, path: Path) -> None:
    """Write a figure to a file on white; the ending tells the format (.svg, .png, .pdf).

    Raises
    ------
    DataError
        When the file cannot be written.
    """
    try:
        if path.suffix == ".svg":
            path.write_text(_svg_file(fig, path.stem, facecolor=PAPER), encoding="utf-8")
        else:
            with _styled():
                fig.savefig(path, dpi=200, facecolor=PAPER)
    except (OSError, ValueError) as error:
        raise DataError(
            f"The figure {path} cannot be written: {error}; choose a folder you can write to."
        ) from error


def zero_line(ax: Axes) -> None:
    """Draw quiet standing: a solid hairline."""
    ax.axhline(0.0, color=INK, linewidth=0.6, zorder=1.5)


def angle_axis(ax: Axes, values_deg: Iterable[Floats], label: str) -> None:
    """Scale the y axis to hold every value and zero, with a little room; draw zero."""
    low, high = angle_limits(values_deg)
    ax.set_ylim(low, high)
    ax.set_ylabel(label)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    zero_line(ax)


def angle_limits(values_deg: Iterable[Floats]) -> tuple[float, float]:
    """Limits in deg that hold every finite value and zero, with a little room."""
    flat = np.concatenate([np.zeros(1), *(np.ravel(v) for v in values_deg)])
    flat = flat[np.isfinite(flat)]
    low, high = float(flat.min()), float(flat.max())
    room = 0.07 * max(high - low, 5.0)
    return low - room, high + room


def side_name(side: Side, involved: Side | None) -> str:
    """Return ``left`` or ``right``, with the filled dot of the involved side."""
    return f"{side} \u25cf" if side == involved else side


def signed_ticks() -> FuncFormatter:
    """Tick labels with their sign, for differences."""
    return FuncFormatter(_signed)


def _signed(value: float, _position: int | None = None) -> str:
    return f"{value:+g}".replace("-", "\u2212") if value else "0"


def _svg_file(fig: Figure, name: str, facecolor: str = "none") -> str:
    buffer = io.StringIO()
    with _styled(**{"svg.hashsalt": f"anklet {name}"}):
        fig.savefig(buffer, format="svg", metadata=_NO_METADATA, facecolor=facecolor)
    text = re.sub(r"'DejaVu Sans'[^;\"]*", FONT_STACK, buffer.getvalue())
    return re.sub(r"<!DOCTYPE[^>]*>\s*", "", text)
