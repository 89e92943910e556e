"""The trend over visits: by date, with intervals, slope and the zone around the first visit."""

# matplotlib's own types leave **kwargs open:
# pyright: reportUnknownMemberType=false

import math
from collections.abc import Mapping
from datetime import date
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from anklet.measures.sentences import subject_and_other
from anklet.model import Floats, Side, Trend
from anklet.report import style

Part = Side | Literal["difference"]
PARTS: tuple[Part, ...] = ("left", "right", "difference")

MOST_DOTS = 150
"""Of more visits in a panel evenly chosen ones are drawn: dots would only hide each other."""

_FAR_DAYS = 28.0
_MOST_TICKS = 4
_LONG_DAYS = 3 * 365.0
"""Above, the axis tells years instead of days."""


@style.house
def trend(
    trends: Mapping[Part, Trend],
    *,
    label: str,
    injured_on: date | None = None,
    involved: Side | None = None,
    size_in: tuple[float, float] = (4.8, 1.9),
    to_point_at: bool = False,
) -> Figure:
    """Visits over dates, one panel a leg on one y axis, and the difference on its own.

    Dots are visits with their 95 % interval, joined only where no visit was missed (a wait of more
    than twice the usual one breaks the line). The straight line is Theil and Sen's, through the
    median visit of those that it is fitted to, with the band of its interval; the grey zone is the
    change from the first of them that a single pair of visits cannot tell from nothing. The dashed
    upright is the injury, or an arrow where it lies further back than the visits reach.

    Of more than `MOST_DOTS` visits not all are drawn, and they are not joined; the line is of all.

    Parameters
    ----------
    trends : mapping of ``left``, ``right``, ``difference`` to Trend
        What there is; the order in the figure is fixed.
    label : str
        What is measured, for the y axis.
    injured_on : date, optional
        The day of the injury.
    involved : str, optional
        Side that wears the dot; the difference is this side minus the other.
    size_in : (float, float)
        Width and height at print size, inches.
    to_point_at : bool
        Add an invisible disc over each visit, gid ``visit-LEG-NUMBER``, that a page may give words.
    """
    fig = Figure(figsize=size_in)
    parts: list[Part] = [part for part in PARTS if part in trends]
    axes: list[Axes] = list(fig.subplots(1, len(parts), squeeze=False)[0])
    subject, other = subject_and_other(involved)
    sides_deg = [_reach(trends[part]) for part in parts if part != "difference"]
    days = np.array([p.day for part in parts for p in trends[part].points])
    for index, (part, ax) in enumerate(zip(parts, axes, strict=True)):
        colour = style.INK if part == "difference" else style.SIDE_COLOUR[part]
        _visits(ax, trends[part], colour, "D" if part == "difference" else style.SIDE_MARKER[part])
        _slope(ax, trends[part], colour)
        if to_point_at:
            for k in dots(trends[part]):
                point = trends[part].points[k]
                ax.plot(
                    [point.day],
                    [point.value_deg],
                    "o",
                    ms=11,
                    mew=0,
                    color=colour,
                    alpha=0.004,
                    zorder=9,
                    gid=f"visit-{part}-{k}",
                )
        _dates(ax, days, injured_on, named=index == 0)
        if part == "difference":
            style.angle_axis(ax, [_reach(trends[part])], "" if index else f"{label}, deg")
            ax.yaxis.set_major_formatter(style.signed_ticks())
            ax.set_title(f"{subject} \u2212 {other}", weight="bold")
        else:
            style.angle_axis(ax, sides_deg, "" if index else f"{label}, deg")
            ax.set_title(style.side_name(part, involved), color=colour, weight="bold")
            if index:
                ax.tick_params(labelleft=False)
    return fig


def dots(values: Trend) -> list[int]:
    """Return which visits are drawn, by their place in the trend: the first and the latest too."""
    n = len(values.points)
    return np.unique(np.linspace(0, n - 1, min(n, MOST_DOTS)).round().astype(int)).tolist()


def _reach(values: Trend) -> Floats:
    ends = [(p.value_deg - p.half_deg, p.value_deg + p.half_deg) for p in values.points]
    zone = (values.baseline_deg - values.mdc_deg, values.baseline_deg + values.mdc_deg)
    return np.array([*ends, zone], np.float64)


def _visits(ax: Axes, values: Trend, colour: str, marker: str) -> None:
    low, high = values.baseline_deg - values.mdc_deg, values.baseline_deg + values.mdc_deg
    ax.axhspan(low, high, color=style.ZONE, linewidth=0, zorder=0, gid="mdc-zone")
    drawn = [values.points[k] for k in dots(values)]
    day = np.array([p.day for p in drawn])
    deg = np.array([p.value_deg for p in drawn])
    half = np.array([p.half_deg for p in drawn])
    ax.errorbar(
        day,
        deg,
        yerr=half,
        fmt=marker,
        ms=3.2,
        color=colour,
        elinewidth=0.9,
        zorder=3,
    )
    if len(drawn) < len(values.points):
        return
    waits = np.diff(day)
    usual = np.median(waits) if len(waits) else 0.0
    missed = np.flatnonzero(waits > 2 * usual) + 1
    ax.plot(
        np.insert(day, missed, np.nan),
        np.insert(deg, missed, np.nan),
        color=colour,
        linewidth=0.6,
        alpha=0.6,
        gid="visits",
    )


def _slope(ax: Axes, values: Trend, colour: str) -> None:
    slope = values.slope_deg_week
    if slope is None:
        return
    fitted = [p for p in values.points if p.day >= values.from_day]
    day = np.array([p.day for p in fitted])
    middle = float(np.median([p.value_deg for p in fitted]))
    weeks = (np.array([day[0], np.median(day), day[-1]]) - np.median(day)) / 7.0
    at = np.array([day[0], np.median(day), day[-1]])
    ax.plot(at, middle + slope * weeks, color=colour, linewidth=1.6, gid="theil-sen")
    if values.low_deg_week is not None and values.high_deg_week is not None:
        one, two = middle + values.low_deg_week * weeks, middle + values.high_deg_week * weeks
        ax.fill_between(
            at, np.minimum(one, two), np.maximum(one, two), color=colour, alpha=0.2, lw=0
        )


def _dates(ax: Axes, days: Floats, injured_on: date | None, *, named: bool) -> None:
    first, last = float(days.min()), float(days.max())
    room = max(0.06 * (last - first), 3.0)
    left = first - room
    if injured_on is not None:
        injury = float(injured_on.toordinal())
        if first - injury <= _FAR_DAYS:
            left = min(left, injury - room)
            ax.axvline(injury, color=style.INK, linewidth=0.8, linestyle=(0, (4, 2)), gid="injury")
            note, x = "injury", injury
        else:
            note, x = "\u2190 injury", left
        ax.annotate(
            note if named else "",
            (x, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(2, -1),
            textcoords="offset points",
            va="top",
            fontsize=style.SMALL_PT,
            color=style.MUTED,
        )
    ax.set_xlim(left, last + room)
    ax.xaxis.set_major_locator(FixedLocator(_ticks(left, first, last)))
    if last - first > _LONG_DAYS:
        ax.xaxis.set_major_formatter(FuncFormatter(_year))
        return
    ax.xaxis.set_major_formatter(FuncFormatter(_day_month))
    years = sorted({date.fromordinal(int(d)).year for d in (first, last)})
    ax.set_xlabel("\u2013".join(str(y) for y in years))


def _ticks(left: float, first: float, last: float) -> list[float]:
    if last - first > _LONG_DAYS:
        years = range(date.fromordinal(int(first)).year + 1, date.fromordinal(int(last)).year + 1)
        return [
            float(date(y, 1, 1).toordinal()) for y in years[:: math.ceil(len(years) / _MOST_TICKS)]
        ]
    days = [date.fromordinal(day) for day in range(math.ceil(left), int(last) + 1)]
    months = [float(day.toordinal()) for day in days if day.day == 1]
    if len(months) < 2:
        return sorted({first, last})
    return months[:: math.ceil(len(months) / _MOST_TICKS)]


def _day_month(day: float, _position: int | None = None) -> str:
    at = date.fromordinal(int(day))
    return f"{at.day} {at:%b}"


def _year(day: float, _position: int | None = None) -> str:
    return str(date.fromordinal(int(day)).year)
