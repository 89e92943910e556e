"""Tables and lines that a person likes to read."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from anklet.model import MEASURES, Analysis, Comparison, Leg, Measure, RepSet, Side, Summary, Trend

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

NAMES: dict[Measure, str] = {
    "df_peak_deg": "dorsiflexion",
    "pf_peak_deg": "plantarflexion",
    "rom_deg": "range",
}
ZEROS = {"standing": "quiet standing", "neutral": "held neutral", "none": "none (ranges only)"}
SIGNS = {
    "nominal": "nominal mount",
    "knee_bend": "knee bends",
    "heel_raise": "heel raises",
    "assumed": "assumption",
}


@contextmanager
def progress(what: str, total: int) -> Iterator[Progress]:
    """Show a progress bar on stderr, gone when the work is done; its task is number 0."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
    with Progress(*columns, console=err, transient=True) as bar:
        bar.add_task(what, total=total)
        yield bar


def number(value: float | None, digits: int = 1, sign: bool = True) -> str:
    """Format a number, or a dash for None."""
    if value is None:
        return "–"
    return f"{value:{'+' if sign else ''}.{digits}f}".replace("-", "−")


def show_analysis(analysis: Analysis) -> None:
    """Print each leg's sets, then the comparison and the notes."""
    for leg in analysis.legs.values():
        _show_leg(leg, analysis.block_deg)
    if analysis.comparison:
        show_comparison(analysis.comparison)
    for note in analysis.notes:
        out.print(f"\nNote: {escape(note)}")


def show_comparison(comparison: Comparison, title: str = "Left against right") -> None:
    """Print the difference of each measure with its interval, and the verdict."""
    one, other = (
        ("right", "left") if comparison.involved == "right" else ("left", "right")
    )
    what = f"{one} − {other}" + (", involved first" if comparison.involved else "")
    table = Table(title=f"{title} ({what})", title_justify="left", title_style="bold")
    table.add_column("")
    for name in ("difference", "95 % interval", "LSI"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for measure in MEASURES:
        d = comparison.measures[measure]
        if d is None:
            continue
        table.add_row(
            NAMES[measure] + (" *" if measure == comparison.primary else ""),
            f"{number(d.difference_deg)} deg",
            f"{number(d.low_deg)} to {number(d.high_deg)}",
            "–" if d.lsi_percent is None else f"{d.lsi_percent:.0f} %",
            d.verdict,
        )
    out.print()
    out.print(table)
    out.print("* carries the verdict. LSI: shown only where it is precise enough.", style="dim")


def show_trend(trends: dict[Side | str, Trend], measure: Measure) -> None:
    """Print one row a leg (and the difference): visits, first, last, slope and verdict."""
    table = Table(title=NAMES[measure].capitalize(), title_justify="left", title_style="bold")
    table.add_column("")
    for name in ("visits", "first", "last", "slope a week", "98 % interval"):
        table.add_column(name, justify="right")
    table.add_column("what can be told")
    for who, t in trends.items():
        table.add_row(
            who,
            str(len(t.points)),
            number(t.points[0].value_deg),
            number(t.points[-1].value_deg),
            number(t.slope_deg_week, 2),
            "–"
            if t.low_deg_week is None
            else f"{number(t.low_deg_week, 2)} to {number(t.high_deg_week, 2)}",
            t.verdict.split(":")[0].rstrip("."),
        )
    out.print()
    out.print(table)


def _show_leg(leg: Leg, block_deg: float) -> None:
    block = f", block {block_deg:g} deg" if leg.setup == "planted" else ""
    out.print(f"\n[bold]{leg.side.capitalize()}[/bold]: {leg.setup}{block}, zero: {ZEROS[leg.zero]}")
    for segment, c in leg.calibration.items():
        share = (
            "" if c.explained_variance is None else f" ({100 * c.explained_variance:.0f} % along it)"
        )
        off = "" if c.misalignment_deg is None else f", {c.misalignment_deg:.0f} deg off nominal"
        source = "the movement" if c.axis_from == "movement" else "the nominal mount"
        out.print(
            f"  {segment}: axis from {source}{share}{off}; sign from {SIGNS[c.sign_from]}",
            style="dim",
        )
    for count, rep_set in enumerate(leg.sets, 1):
        out.print(_set_table(count, rep_set))


def _set_table(count: int, rep_set: RepSet) -> Table:
    table = Table(title=f"Set {count}", title_justify="left", title_style="", show_footer=True)
    table.add_column("rep", "median")
    table.add_column("at s", justify="right")
    summaries: list[Summary] = [getattr(rep_set, m) for m in MEASURES]
    for measure, summary in zip(MEASURES, summaries, strict=True):
        sign = measure != "rom_deg"
        table.add_column(NAMES[measure], number(summary.median, sign=sign), justify="right")
    table.add_column("rejected because")
    for k, rep in enumerate(rep_set.reps, 1):
        table.add_row(
            str(k),
            f"{rep.start_s:.1f}",
            number(rep.df_peak_deg),
            number(rep.pf_peak_deg),
            number(rep.rom_deg, sign=False),
            "; ".join(rep.reasons),
        )
    return table
