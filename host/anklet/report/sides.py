"""The two sides as an estimation plot: every rep, both means, the difference with its zone."""

# matplotlib's own types leave **kwargs open:
# pyright: reportUnknownMemberType=false

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from anklet.measures.sentences import number, subject_and_other
from anklet.model import (
    MEASURE_NAMES,
    Analysis,
    Comparison,
    Difference,
    Estimate,
    Interval,
    Leg,
    Measure,
)
from anklet.report import style
from anklet.report.numbers import legs, values


@style.house
def sides(
    analysis: Analysis,
    measure: Measure,
    *,
    size_in: tuple[float, float] = (2.35, 2.35),
) -> Figure:
    """Estimation plot of one measure (Gardner and Altman 1986, BMJ 292:746-750).

    Each rep is a dot, in the order it was made; beside the dots each leg's mean with its 95 %
    intervals: thick for today, thin for the long run. The difference has an axis of its own at the
    right, of the same scale, whose zero lies at the other leg's mean, with its interval for the
    long run: the shaded zone is what measurement error alone can do. Reps that do not stand have no
    value and no dot.

    Parameters
    ----------
    analysis : Analysis
        One leg or two, with or without a comparison.
    measure : str
        What to show.
    size_in : (float, float)
        Width and height at print size, inches.
    """
    fig = Figure(figsize=size_in)
    shown = legs(analysis)
    means = {leg.side: leg.estimates.get(measure) for leg in shown}
    comparison = analysis.comparison
    difference = comparison.measures.get(measure) if comparison else None
    other = subject_and_other(comparison.involved if comparison else None)[1]
    reference = means.get(other)
    paired = comparison is not None and difference is not None and reference is not None
    axes = fig.subplots(1, 2 if paired else 1, squeeze=False, width_ratios=[2, 1][: 1 + paired])[0]
    ax: Axes = axes[0]
    for position, leg in enumerate(shown):
        _leg_dots(ax, leg, measure, position, means[leg.side])
    ax.set_xlim(*((-0.5, 1.6) if len(shown) == 2 else (-1.0, 1.1)))
    involved = comparison.involved if comparison else None
    ax.set_xticks(range(len(shown)), [style.side_name(leg.side, involved) for leg in shown])
    for leg, tick in zip(shown, ax.get_xticklabels(), strict=True):
        tick.set(color=style.SIDE_COLOUR[leg.side], fontweight="bold", fontsize=style.TEXT_PT)
    ax.tick_params(axis="x", length=0)
    held = [values(leg, measure) for leg in shown]
    held += [_ends(e.long_run) for e in means.values() if e is not None]
    if comparison is not None and difference is not None and reference is not None:
        at = reference.value_deg
        reach = np.array([difference.low_deg, difference.high_deg])
        zone = difference.half_deg * np.array([-1.0, 1.0])
        held += [at + reach, at + zone]
        start = [leg.side for leg in shown].index(other) + 0.3
        ax.plot([start, 2], [at, at], color=style.MUTED, linewidth=0.6, linestyle=(0, (1, 2)))
        _difference(axes[1], difference, comparison)
        low, high = style.angle_limits(held)
        axes[1].set_ylim(low - at, high - at)
    style.angle_axis(ax, held, f"{MEASURE_NAMES[measure]}, deg")
    return fig


def _leg_dots(ax: Axes, leg: Leg, measure: Measure, position: int, mean: Estimate | None) -> None:
    colour, marker = style.SIDE_COLOUR[leg.side], style.SIDE_MARKER[leg.side]
    across = position + np.linspace(-0.34, 0.14, max(len(leg.reps), 2))
    for x, rep in zip(across, leg.reps, strict=False):
        y: float | None = getattr(rep, measure)
        if y is not None:
            ax.plot([x], [y], marker, ms=3.2, alpha=0.6, mfc=colour, mec="none")
    if mean is not None:
        for interval, width in ((mean.long_run, 0.8), (mean.today, 2.4)):
            if interval is not None:
                ends = [interval.low_deg, interval.high_deg]
                ax.plot([position + 0.3] * 2, ends, color=colour, linewidth=width, zorder=3)
        ax.plot(
            [position + 0.3],
            [mean.value_deg],
            marker,
            ms=5.5,
            color=colour,
            mec=style.PAPER,
            mew=0.6,
            zorder=4,
        )


def _difference(ax: Axes, difference: Difference, comparison: Comparison) -> None:
    error = difference.half_deg
    ax.axhspan(-error, error, color=style.ZONE, linewidth=0, zorder=0, gid="mdc-zone")
    style.zero_line(ax)
    middle = difference.difference_deg
    ax.errorbar(
        [0.0],
        [middle],
        yerr=[[middle - difference.low_deg], [difference.high_deg - middle]],
        fmt="D",
        ms=5,
        color=style.INK,
        elinewidth=1.6,
        zorder=3,
    )
    ax.set_xlim(-1, 1)
    subject, other = subject_and_other(comparison.involved)
    ax.set_xticks([0.0], [f"{subject}\n\u2212 {other}"])
    ax.tick_params(axis="x", length=0)
    ax.yaxis.tick_right()
    ax.yaxis.set_label_position("right")
    ax.set_ylabel("difference, deg")
    ax.spines[["left"]].set_visible(False)
    ax.spines[["right"]].set_visible(True)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(style.signed_ticks())
    ax.annotate(
        f"\u00b1{number(error)}",
        (-0.92, error if middle <= 0 else -error),
        xytext=(0, -2 if middle <= 0 else 2),
        textcoords="offset points",
        va="top" if middle <= 0 else "bottom",
        fontsize=style.SMALL_PT,
        color=style.MUTED,
    )


def _ends(interval: Interval) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([interval.low_deg, interval.high_deg])
