"""Figures of one visit: the trace of a set, the overlay of reps, the two sides, and plain lines."""

# matplotlib's own types leave **kwargs open:
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from anklet.measures.sentences import number
from anklet.model import Floats, Leg, Rep, RepSet, Side
from anklet.report import style

Series = tuple[str, Floats, Floats]
Span = tuple[float, float, str]

_POINTS = np.linspace(0.0, 100.0, 101)
_LINE_CYCLE: tuple[tuple[str, Any], ...] = (
    (style.INK, "-"),
    ("#009e73", (0, (5, 1.6))),
    ("#cc79a7", "-."),
    ("#e69f00", (0, (1, 1.2))),
    ("#56b4e9", "-"),
)


def angle_label(leg: Leg) -> str:
    """What the y axis of this leg's angle says."""
    return "from median, deg" if leg.zero == "none" else "ankle angle, deg"


@style.house
def trace(
    leg: Leg,
    rep_set: RepSet,
    *,
    title: str = "",
    block_deg: float = 0.0,
    involved: Side | None = None,
    size_in: tuple[float, float] = (7.3, 1.75),
) -> Figure:
    """Angle over the time of one set.

    Reps are shaded alternately and numbered, peaks that stand are ringed, invalid reps are hatched,
    and a gap in the recording is a gap in the line (which is why the line is never dashed).

    Parameters
    ----------
    leg : Leg
        The leg, with its angle.
    rep_set : RepSet
        One of its sets.
    title : str
        Follows the side's name.
    block_deg : float
        Named in the title unless 0.
    involved : str, optional
        Side that wears the dot.
    size_in : (float, float)
        Width and height at print size, inches.
    """
    fig = Figure(figsize=size_in)
    ax = fig.subplots()
    t_s = leg.trace.t_s
    shown = (t_s >= rep_set.start_s - 1.5) & (t_s <= rep_set.end_s + 1.5)
    deg = leg.trace.deg[shown]
    colour = style.SIDE_COLOUR[leg.side]
    ax.plot(t_s[shown], deg, color=colour, gid=f"{leg.side}-angle")
    for index, rep in enumerate(rep_set.reps):
        _rep_span(ax, rep, index)
        for time_s, stands in ((rep.df_time_s, rep.df_valid), (rep.pf_time_s, rep.pf_valid)):
            if stands:
                at = float(np.interp(time_s, t_s, leg.trace.deg))
                ax.plot([time_s], [at], "o", ms=4.6, mew=1.0, mfc=style.PAPER, mec=colour, zorder=3)
    low, high = style.angle_limits([deg])
    numbers_deg = np.array([high + 0.08 * (high - low)])
    style.angle_axis(ax, [deg, numbers_deg], angle_label(leg))
    ax.set_xlim(rep_set.start_s - 1.5, rep_set.end_s + 1.5)
    ax.set_xlabel("time, s")
    _side_title(ax, leg.side, involved, title, block_deg)
    return fig


@style.house
def overlay(
    legs: Sequence[Leg],
    *,
    block_deg: float = 0.0,
    involved: Side | None = None,
    size_in: tuple[float, float] = (4.8, 1.95),
) -> Figure:
    """Every rep over its own time from 0 to 100 %, legs side by side on one y axis.

    Thin lines are reps, the thick line their median, the shade the middle half; reps that are not
    valid are dotted and do not count. Where fewer than half of the reps are measured there is no
    median.

    Parameters
    ----------
    legs : sequence of Leg
        One or two legs, left first.
    block_deg : float
        Named in the title unless 0.
    involved : str, optional
        Side that wears the dot.
    size_in : (float, float)
        Width and height at print size, inches.
    """
    fig = Figure(figsize=size_in)
    axes = fig.subplots(1, len(legs), sharey=True, squeeze=False)[0]
    drawn: list[Floats] = []
    for leg, ax in zip(legs, axes, strict=True):
        valid = np.array([normalised(leg, rep) for rep in leg.reps if rep.valid])
        others = [normalised(leg, rep) for rep in leg.reps if not rep.valid]
        drawn += [*valid, *others]
        _overlay_leg(ax, leg.side, valid.reshape(-1, len(_POINTS)), others)
        count = f"{len(valid)} of {len(leg.reps)} reps" if others else f"{len(valid)} reps"
        _side_title(ax, leg.side, involved, count, block_deg)
        ax.set_xlim(0, 100)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[5]))
        ax.set_xlabel("time within the rep, %")
    for index, ax in enumerate(axes):
        style.angle_axis(ax, drawn, "" if index else angle_label(legs[0]))
    return fig


def normalised(leg: Leg, rep: Rep) -> Floats:
    """(101,) array: the angle in deg at 0, 1 .. 100 % of a rep; NaN where it is not measured."""
    t_s = rep.start_s + (rep.end_s - rep.start_s) * _POINTS / 100.0
    return np.interp(t_s, leg.trace.t_s, leg.trace.deg)


@style.house
def line_figure(
    title: str,
    series: Sequence[Series],
    ylabel: str,
    spans: Sequence[Span] = (),
    *,
    size_in: tuple[float, float] = (7.3, 2.4),
) -> Figure:
    """Plain lines over time, for the intermediate quantities of an analysis.

    Parameters
    ----------
    title : str
        Stands above, to the left.
    series : sequence of (label, t_s, y)
        One line each; a label that begins with ``left`` or ``right`` takes that side's colour.
    ylabel : str
        Quantity and unit.
    spans : sequence of (start_s, end_s, label)
        Stretches to shade and name (names are left out where they would collide).
    size_in : (float, float)
        Width and height at print size, inches.
    """
    fig = Figure(figsize=size_in)
    ax = fig.subplots()
    for index, (label, t_s, y) in enumerate(series):
        colour, line = _LINE_CYCLE[index % len(_LINE_CYCLE)]
        for side in style.SIDE_COLOUR:
            if label.startswith(side):
                colour, line = style.SIDE_COLOUR[side], style.SIDE_LINE[side]
        ax.plot(t_s, y, color=colour, linestyle=line, linewidth=0.9, label=label)
    style.zero_line(ax)
    ax.margins(x=0.01)
    for start_s, end_s, _label in spans:
        ax.axvspan(start_s, end_s, color=style.ZONE, linewidth=0, zorder=0)
    _span_labels(ax, spans)
    ax.set_xlabel("time, s")
    ax.set_ylabel(ylabel)
    ax.set_title(title)
    if len(series) > 1:
        fig.legend(loc="outside right upper")
    return fig


def _span_labels(ax: Axes, spans: Sequence[Span]) -> None:
    left, right = ax.get_xlim()
    free = left
    for start_s, end_s, label in sorted(spans):
        middle = (start_s + end_s) / 2
        if middle >= free:
            _top_label(ax, middle, label)
            free = middle + 0.06 * (right - left)


def _rep_span(ax: Axes, rep: Rep, index: int) -> None:
    if index % 2 == 0:
        ax.axvspan(rep.start_s, rep.end_s, color=style.SHADE, linewidth=0, zorder=0)
    if not rep.valid:
        ax.axvspan(
            rep.start_s,
            rep.end_s,
            facecolor="none",
            edgecolor=style.HAIR,
            hatch="////",
            linewidth=0,
            zorder=0.5,
            gid=f"invalid-rep-{index + 1}",
        )
    _top_label(ax, (rep.start_s + rep.end_s) / 2, f"{index + 1}")


def _top_label(ax: Axes, x: float, text: str) -> None:
    ax.annotate(
        text,
        (x, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(0, -2),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=style.SMALL_PT,
        color=style.MUTED,
    )


def _overlay_leg(ax: Axes, side: Side, valid: Floats, others: Sequence[Floats]) -> None:
    colour = style.SIDE_COLOUR[side]
    for line in valid:
        ax.plot(_POINTS, line, color=colour, linewidth=0.5, alpha=0.35)
    for line in others:
        ax.plot(_POINTS, line, color=style.MUTED, linewidth=0.6, linestyle=(0, (1, 2)))
    if len(valid) < 2:
        return
    quartiles = np.full((3, len(_POINTS)), np.nan)
    for k in range(len(_POINTS)):
        column = valid[np.isfinite(valid[:, k]), k]
        if len(column) * 2 >= len(valid):
            quartiles[:, k] = np.percentile(column, [25, 50, 75])
    ax.fill_between(_POINTS, quartiles[0], quartiles[2], color=colour, alpha=0.22, linewidth=0)
    ax.plot(_POINTS, quartiles[1], color=colour, linewidth=2.0, linestyle=style.SIDE_LINE[side])


def _side_title(ax: Axes, side: Side, involved: Side | None, rest: str, block_deg: float) -> None:
    ax.set_title(style.side_name(side, involved), color=style.SIDE_COLOUR[side], weight="bold")
    block = f"block {number(block_deg, 0)} deg" if block_deg else ""
    ax.set_title(
        " \u00b7 ".join(part for part in (rest, block) if part),
        loc="right",
        color=style.MUTED,
        fontsize=style.SMALL_PT,
    )
