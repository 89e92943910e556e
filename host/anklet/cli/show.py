"""Tables and lines that a person likes to read."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from anklet.measures.compare import shown_measure
from anklet.measures.findings import findings, gap_sentence, heel_rise_sentence
from anklet.measures.sentences import (
    change_sentence,
    consistency_sentence,
    difference_sentence,
    half_text,
    parts_line,
    subject_and_other,
)
from anklet.model import (
    MEASURE_NAMES,
    MEASURES,
    Analysis,
    Calibration,
    CalibrationSource,
    Change,
    Comparison,
    Consistency,
    Estimate,
    Gap,
    Leg,
    Measure,
    Placement,
    RepSet,
    Side,
    Summary,
    Trend,
    Who,
)

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

ZEROS = {"standing": "quiet standing", "neutral": "held neutral", "none": "none (ranges only)"}
SIGNS = {
    "nominal": "nominal mount",
    "knee_bend": "knee bends",
    "heel_raise": "heel raises",
    "assumed": "assumption",
}
SOURCES: dict[CalibrationSource, str] = {
    "set": "the movement",
    "beginning": "the half-minute before the set",
    "recording": "the calibration",
}


@contextmanager
def progress(what: str, total: int) -> Generator[Progress]:
    """Show a progress bar on a terminal's stderr, gone when the work is done; its task is 0."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        bar.add_task(what, total=total)
        yield bar


def say(text: str) -> None:
    """Print a line as it is, without wrapping: paths stay whole."""
    out.print(text, markup=False, soft_wrap=True)


def number(value: float | None, digits: int = 1, sign: bool = True) -> str:
    """Format a number, or a dash for None."""
    if value is None:
        return "–"
    rounded = round(value, digits) + 0.0  # no minus before a zero
    text = f"{rounded:{'+' if sign else ''}.{digits}f}"
    return text.replace("-", "−") if out.encoding.startswith("utf") else text


def show_analysis(analysis: Analysis) -> None:
    """Print each leg's sets, then the comparison and the notes."""
    for leg in analysis.legs.values():
        _show_leg(leg, analysis.block_deg)
    _show_means(analysis)
    if analysis.comparison:
        show_comparison(analysis.comparison)
    for name, sentence in findings(analysis):
        say(f"\n{name}: {_readable(sentence)}")
    for note in analysis.notes:
        out.print(f"\nNote: {escape(note)}")


def show_comparison(comparison: Comparison, title: str = "Left against right") -> None:
    """Print the difference of each measure with its interval, and the verdict."""
    one, other = subject_and_other(comparison.involved)
    what = f"{one} minus {other}" + (", involved first" if comparison.involved else "")
    table = plain_table(f"{title}: {what}, deg", "")
    for name in ("difference", "95 % interval, long run", "LSI"):
        table.add_column(name, justify="right")
    for measure in MEASURES:
        d = comparison.measures[measure]
        if d is None:
            continue
        half = "" if d.lsi_half_percent is None else f" ±{d.lsi_half_percent:.0f}"
        table.add_row(
            MEASURE_NAMES[measure] + (" *" if measure == comparison.primary else ""),
            number(d.difference_deg),
            _interval(d.low_deg, d.high_deg),
            "–" if d.lsi_percent is None else f"{d.lsi_percent:.0f} %{half}",
        )
    out.print()
    out.print(table)
    found = comparison.measures[comparison.primary]
    if found is None:
        return
    _tell(difference_sentence(found, comparison.primary, comparison.involved))
    _dim(f"SEM of a leg's value: {found.sem_deg:.2g} deg, {found.sem_source}.")
    _dim("* carries the verdict. LSI: shown only where it is precise enough.")


def show_gaps(gaps: Iterable[Gap]) -> None:
    """Print active against passive, a sentence a line."""
    for gap in gaps:
        say(f"\nActive against passive, {_readable(gap_sentence(gap))}")


def show_course(
    change: Change | None, consistency: Consistency | None, involved: Side | None
) -> None:
    """Print how the difference changed and how steady its direction is."""
    if change is not None:
        _tell("\n" + change_sentence(change, involved))
    if consistency is not None:
        _tell(consistency_sentence(consistency))


def show_trends(fitted: Mapping[Measure, Mapping[Who, Trend]], leading: Measure) -> None:
    """Print one row a measure and leg: visits, first, last, slope; and what the leading one tells.

    A verdict on each of nine rows would call a change by chance far too often.
    """
    table = plain_table("Over the visits, deg", "")
    for name in ("visits", "first", "last", "a week", "interval"):
        table.add_column(name, justify="right", no_wrap=True)
    told: dict[str, list[str]] = {}
    for measure, trends in fitted.items():
        for who, t in trends.items():
            sign = measure != "rom_deg"
            table.add_row(
                f"{MEASURE_NAMES[measure]}, {who}",
                str(len(t.points)),
                number(t.points[0].value_deg, sign=sign),
                number(t.points[-1].value_deg, sign=sign),
                number(t.slope_deg_week, 2),
                _interval(t.low_deg_week, t.high_deg_week, 2),
            )
        table.add_section()
    out.print()
    out.print(table)
    for who, t in fitted.get(leading, {}).items():
        told.setdefault(t.verdict, []).append(who)
    for verdict, of in told.items():
        _tell(f"{MEASURE_NAMES[leading].capitalize()}, {', '.join(of)}: {verdict}")
    _dim(
        "The slope's interval has 98 % up to 12 visits and more after, since a course is looked at "
        "again at every visit."
    )


def _show_means(analysis: Analysis) -> None:
    table = plain_table("Over all sets, mean in deg", "")
    for name in ("mean", "today", "95 % interval, long run"):
        table.add_column(name, justify="right")
    rows: list[tuple[Measure, Side, Estimate]] = [
        (measure, side, found)
        for measure in MEASURES
        for side, leg in analysis.legs.items()
        if (found := leg.estimates.get(measure))
    ]
    if not rows:
        return
    for measure, side, found in rows:
        sign, ends = measure != "rom_deg", found.long_run
        table.add_row(
            f"{MEASURE_NAMES[measure]}, {side}",
            number(found.value_deg, sign=sign),
            _plain(half_text(found.today)),
            f"{number(ends.low_deg, sign=sign)} to {number(ends.high_deg, sign=sign)}",
        )
    out.print()
    out.print(table)
    leading = shown_measure(analysis)
    for measure, side, found in rows:
        if measure == leading:
            name = f"{MEASURE_NAMES[measure]}, {side}"
            _dim(f"Parts of the interval of {name}, SD: {parts_line(found.long_run.parts)} deg.")


def _readable(sentence: str) -> str:
    return sentence if out.encoding.startswith("utf") else sentence.replace("\u2212", "-")


def _show_leg(leg: Leg, block_deg: float) -> None:
    block = f", block {block_deg:g} deg" if leg.setup == "planted" else ""
    if leg.block_measured_deg is not None:
        block = f", slope under the foot {number(leg.block_measured_deg, 0)} deg (measured)"
    out.print(
        f"\n[bold]{leg.side.capitalize()}[/bold]: {leg.setup}{block}, zero: {ZEROS[leg.zero]}"
    )
    for segment, c in leg.calibration.items():
        out.print(f"  {segment}: {calibration_line(c)}", style="dim", soft_wrap=True)
    for count, rep_set in enumerate(leg.sets, 1):
        out.print()
        out.print(_set_table(count, rep_set))
        if rep_set.heel_rise:
            say(_readable(heel_rise_sentence(rep_set.heel_rise)))


def show_calibrations(found: Mapping[Placement, Calibration]) -> None:
    """Print the calibration of each sensor, a line each."""
    for placement, calibration in found.items():
        say(f"{placement}: {calibration_line(calibration)}")


def calibration_line(c: Calibration) -> str:
    """Return a calibration in a line: its grade with reasons, axis, sign, drift of the zero."""
    share = (
        "" if c.explained_variance is None else f" ({100 * c.explained_variance:.0f} % along it)"
    )
    off = "" if c.misalignment_deg is None else f", {c.misalignment_deg:.0f} deg off nominal"
    source = SOURCES[c.source] if c.axis_from == "movement" else "the nominal mount"
    grade = f"{c.quality} calibration, " if c.quality else ""
    drift = "" if c.drift_deg is None else f"; zero drifted by {number(c.drift_deg)} deg"
    why = f" ({'; '.join(c.reasons)})" if c.reasons else ""
    return f"{grade}axis from {source}{share}{off}; sign from {SIGNS[c.sign_from]}{drift}{why}"


def _set_table(count: int, rep_set: RepSet) -> Table:
    table = plain_table(f"Set {count}, angles in deg", "rep", footer="median")
    table.add_column("at s", justify="right")
    summaries: list[Summary] = [getattr(rep_set, m) for m in MEASURES]
    for measure, summary in zip(MEASURES, summaries, strict=True):
        sign = measure != "rom_deg"
        table.add_column(MEASURE_NAMES[measure], number(summary.median, sign=sign), justify="right")
    remarked = any(rep.reasons for rep in rep_set.reps)
    if remarked:
        table.add_column("remarks", min_width=16)
    for k, rep in enumerate(rep_set.reps, 1):
        table.add_row(
            str(k),
            f"{rep.start_s:.1f}",
            number(rep.df_peak_deg),
            number(rep.pf_peak_deg),
            number(rep.rom_deg, sign=False),
            *(["; ".join(rep.reasons)] if remarked else []),
        )
    return table


def plain_table(title: str, first: str, footer: str = "") -> Table:
    """Return an empty table with its first column."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE,
        show_footer=bool(footer),
        show_edge=False,
        padding=(0, 2, 0, 0),
    )
    table.add_column(first, footer, no_wrap=True)
    return table


def _plain(text: str) -> str:
    """Write what the terminal's encoding can show."""
    return text if out.encoding.startswith("utf") else text.replace("−", "-").replace("±", "+-")


def _tell(text: str) -> None:
    out.print(_plain(text), markup=False)


def _dim(text: str) -> None:
    out.print(_plain(text), style="dim", markup=False)


def _interval(low: float | None, high: float | None, digits: int = 1) -> str:
    return "–" if low is None else f"{number(low, digits)} to {number(high, digits)}"
