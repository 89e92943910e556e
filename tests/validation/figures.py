"""The figures of the validation page, in the report's style: SVG with text as text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, MultipleLocator

from anklet.report import style
from validation.score import MINUS, signed

OURS, THEIRS = style.LEFT, style.MUTED
USUAL, BAD = style.INK, style.HAIR
WIDTH_IN = 7.3
SEEN_DEG = 0.05
"""Narrower bars are not drawn: they would look like ticks."""


@style.house
def agreement(panels: Sequence[tuple[str, str, np.ndarray, np.ndarray]]) -> Figure:
    """Error of every rep against its true peak, with the middle 95 % (Bland and Altman 1986).

    ``panels`` hold a title, the peak ("DF", "PF"), true peaks and errors in deg.
    """
    fig = Figure(figsize=(WIDTH_IN, 2.1))
    axes = fig.subplots(1, len(panels), sharey=True)
    limit = 1.2 * max(float(np.abs(error).max()) for *_, error in panels)
    for index, (ax, (title, peak, true, error)) in enumerate(zip(axes, panels, strict=True)):
        low, high = np.percentile(error, [2.5, 97.5])
        ax.axhspan(low, high, color=style.ZONE, linewidth=0, zorder=0)
        style.zero_line(ax)
        ax.plot(true, error, "o", ms=2.2, alpha=0.55, mfc=OURS, mec="none")
        ax.set_ylim(-limit, limit)
        ax.set_title(title.replace(", ", "\n"), weight="bold")
        ax.set_xlabel(f"true {peak} peak, deg")
        ax.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
        ax.yaxis.set_major_formatter(style.signed_ticks())
        ax.text(
            0.98,
            0.02,
            f"95 %: {signed(low)} to {signed(high)}",
            transform=ax.transAxes,
            ha="right",
            fontsize=style.SMALL_PT,
            color=style.MUTED,
        )
        if not index:
            ax.set_ylabel(f"measured {MINUS} true, deg")
    return fig


@dataclass(frozen=True)
class Dots:
    """One panel of a dot plot: by filter, the values of its recordings; the mark is their mean."""

    title: str
    label: str
    values: dict[str, np.ndarray]


@style.house
def dots(panels: Sequence[Dots], ours: str) -> Figure:
    """Filters as rows, in the order of the first panel; a faint dot a recording."""
    names = list(panels[0].values)
    fig = Figure(figsize=(WIDTH_IN, 0.55 + 0.24 * len(names)))
    axes = fig.subplots(1, len(panels), sharey=True, sharex=True)
    at = np.arange(len(names))[::-1]
    for ax, panel in zip(axes, panels, strict=True):
        for y, name in zip(at, names, strict=True):
            held = panel.values[name]
            colour = OURS if name == ours else THEIRS
            ax.axhline(y, color=style.SHADE, linewidth=0.6, zorder=0)
            ax.plot(held, np.full(len(held), y), "o", ms=3, alpha=0.45, mfc=colour, mec="none")
            mean = float(held.mean())
            ax.plot([mean], [y], "D", ms=5, mfc=colour, mec=style.PAPER, mew=0.6, zorder=3)
            ax.annotate(f"{mean:.2f}", (mean, y), xytext=(0, 4.5), textcoords="offset points",
                        ha="center", fontsize=style.SMALL_PT, color=colour)  # fmt: skip
        ax.set_xscale("log")
        ax.set_title(panel.title, weight="bold")
        ax.set_xlabel(panel.label)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
    low, high = axes[0].get_xlim()
    ticks = [t for t in (0.03, 0.1, 0.3, 1, 3, 10, 30) if low <= t <= high]
    axes[0].set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes[0].set_xticks([], minor=True)
    axes[0].set_yticks(at, names)
    axes[0].set_ylim(-0.6, len(names) - 0.2)
    for tick, name in zip(axes[0].get_yticklabels(), names, strict=True):
        tick.set(color=OURS if name == ours else style.INK, fontsize=style.TEXT_PT)
        if name == ours:
            tick.set_fontweight("bold")
    return fig


@dataclass(frozen=True)
class Bar:
    """One source of error: its name with both levels, and effects in deg by column: (low, high)."""

    name: str
    usual: dict[str, tuple[float, float]]
    bad: dict[str, tuple[float, float]]


@style.house
def tornado(bars: Sequence[Bar], columns: dict[str, str], sizes: str, limit: float) -> Figure:
    """Sources as rows, worst first; per column the middle 95 % of the effect at two levels.

    Parameters
    ----------
    bars : sequence of Bar
    columns : dict of key to title
    sizes : str
        What the two levels are called, "usual|bad".
    limit : float
        Half-width of every axis, deg.
    """
    fig = Figure(figsize=(WIDTH_IN, 0.75 + 0.21 * len(bars)))
    axes = fig.subplots(1, len(columns), sharey=True)
    at = np.arange(len(bars))[::-1]
    for ax, (key, title) in zip(axes, columns.items(), strict=True):
        for y, bar in zip(at, bars, strict=True):
            ax.axhline(y, color=style.SHADE, linewidth=0.6, zorder=0)
            _bar(ax, y, bar.bad[key], BAD, 0.62)
            _bar(ax, y, bar.usual[key], USUAL, 0.26)
        ax.axvline(0.0, color=style.INK, linewidth=0.6, zorder=3)
        ax.set_xlim(-limit, limit)
        ax.xaxis.set_major_locator(MultipleLocator(2.0))
        ax.xaxis.set_major_formatter(style.signed_ticks())
        ax.grid(axis="x", color=style.SHADE, linewidth=0.6)
        ax.set_title(title, weight="bold")
        ax.set_xlabel("effect, deg")
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
    axes[0].set_ylim(-0.6, len(bars) - 0.4)
    axes[0].set_yticks(at, [bar.name for bar in bars])
    axes[0].tick_params(axis="y", labelcolor=style.INK)
    usual, bad = sizes.split("|")
    keys: list[Patch | Line2D] = [
        Patch(facecolor=USUAL, label=usual),
        Patch(facecolor=BAD, label=bad),
    ]
    fig.legend(handles=keys, loc="outside lower right", ncols=2, handlelength=1.2)
    return fig


def _bar(ax: Axes, y: float, ends: tuple[float, float], colour: str, height: float) -> None:
    low, high = min(0.0, ends[0]), max(0.0, ends[1])
    if high - low > SEEN_DEG:
        ax.barh(y, high - low, left=low, height=height, color=colour, linewidth=0, zorder=2)
