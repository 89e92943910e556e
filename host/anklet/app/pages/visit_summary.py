"""After the sets: reps overlaid, each rep's peaks, left against right, the last visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from anklet.app.desk import Desk, in_thread
from anklet.app.frame import notice
from anklet.app.kit import button, figure, link, scrolling, tag, text
from anklet.app.pages import visit_entries
from anklet.app.texts import _, day_words
from anklet.app.visit_run import VisitRun
from anklet.measures.compare import shown_measure
from anklet.measures.findings import findings
from anklet.measures.sentences import change_sentence, number
from anklet.model import MEASURE_NAMES, Leg, Rep, Side
from anklet.report import overlay, sides, svg
from anklet.report.numbers import legs
from anklet.report.words import heel_rise_sentences, reps_sentence, verdict_sentence
from anklet.store import Person, Store
from anklet.visits.summaries import Looked, look_at, rule


@dataclass(frozen=True, eq=False)
class Drawn:
    """What an assessment looks like: overlay and sides as SVG, where a rep was measured."""

    looked: Looked
    figures: tuple[str, str] | None


def draw(store: Store, person: Person, assessment_id: int) -> Drawn:
    """Analyse an assessment and draw its figures; it takes a while.

    Raises
    ------
    AnkletError
        When it cannot be analysed.
    """
    found = look_at(store, person.code, assessment_id)
    return Drawn(found, _figures(found, person.involved) if _counts(found) else None)


def build(desk: Desk, run: VisitRun, looked: Sequence[tuple[Drawn | None, str]]) -> None:
    """Add the step's content: what was recorded, latest first, or why it cannot be looked at."""
    for found, trouble in looked:
        notice(trouble)
        if found is not None:
            _assessment(desk, run, found)
    if not looked:
        text(_("Nothing was recorded in this visit yet."), "p", "panel")
    button(_("End the visit"), lambda: _end(desk), "" if looked else "main")


def _end(desk: Desk) -> None:
    ref = desk.ref(desk.run.choice.person.code) if desk.run else ""
    ui.navigate.to(f"/person/{ref}" if ref else "/")
    desk.end()


def _measured(found: Looked) -> list[Leg]:
    return [leg for leg in legs(found.analysis) if leg.reps]


def _counts(found: Looked) -> bool:
    return any(rep.df_valid or rep.pf_valid for leg in _measured(found) for rep in leg.reps)


def _figures(found: Looked, involved: Side | None) -> tuple[str, str]:
    analysis, name = found.analysis, found.assessment.id
    over = overlay(_measured(found), block_deg=analysis.block_deg, involved=involved)
    beside = sides(analysis, shown_measure(analysis))
    return (
        svg(over, f"overlay-{name}", _("every rep over its own time")),
        svg(beside, f"sides-{name}", _("each rep, side by side")),
    )


def _assessment(desk: Desk, run: VisitRun, drawn: Drawn) -> None:
    found, analysis = drawn.looked, drawn.looked.analysis
    with tag("section", "panel stack"):
        text(verdict_sentence(analysis), "p", "verdict")
        text(_against_last(found), "p", "muted")
        if found.change is not None:
            text(change_sentence(found.change, run.choice.person.involved), "p", "muted")
        if drawn.figures:
            over, beside = drawn.figures
            with tag("div", "figures"):
                figure(over, _("Every rep over its own time; the thick line is the median."))
                figure(
                    beside,
                    _(
                        "Each rep's {what}; the mean with its interval; the difference over what "
                        "one visit cannot tell from nothing."
                    ).format(what=MEASURE_NAMES[shown_measure(analysis)]),
                )
        for name, words in findings(analysis):
            text(f"{name}: {words}", "p")
        for leg in _measured(found):
            for sentence in heel_rise_sentences(leg):
                text(f"{leg.side.capitalize()}, {sentence}", "p")
        visit_entries.build(run, found)
        for leg in _measured(found):
            _reps(run, found, leg)
        for sentence in analysis.notes:
            text(sentence, "p", "muted")
        at = f"/report/{desk.ref(run.choice.person.code)}/{found.assessment.id}"
        with tag("div", "row"):
            link(_("Open the report"), at, "button main", target="_blank")
            link(_("Keep it as PDF"), f"{at}?pdf=true", "button", download=True)


def _against_last(found: Looked) -> str:
    before = found.before
    if before is None or found.before_on is None:
        return _("It is the first visit of its kind; the next one is compared with it.")
    deg = (before.difference_deg, before.low_deg, before.high_deg)
    value, low, high = (number(v, sign=True) for v in deg)
    return _("The visit before, on {day}: {value} deg between the sides ({low} to {high}).").format(
        day=day_words(found.before_on, year=True), value=value, low=low, high=high
    )


def _reps(run: VisitRun, found: Looked, leg: Leg) -> None:
    opened = (found.assessment.id, leg.side) in run.opened
    with tag("details", open=opened) as details:
        details.on(
            "toggle",
            lambda e: run.open_reps(found.assessment.id, leg.side, shown=bool(e.args)),
            js_handler="(e) => emit(e.target.open)",
        )
        with tag("summary"):
            text(leg.side, "b", leg.side)
            text(f": {reps_sentence(leg)}", "span")
        with (
            scrolling(_("Reps of the {side} leg").format(side=leg.side)),
            tag("table", "reps"),
        ):
            with tag("thead"), tag("tr"):
                for head in (
                    _("rep"),
                    _("DF, deg"),
                    _("PF, deg"),
                    _("range, deg"),
                    _("set aside because"),
                    "",
                ):
                    text(head, "th", scope="col")
            with tag("tbody"):
                for k, rep in enumerate(leg.reps, 1):
                    with tag("tr"):
                        text(str(k), "th", scope="row")
                        for value in (rep.df_peak_deg, rep.pf_peak_deg, rep.rom_deg):
                            text(number(value), "td")
                        text("; ".join(rep.reasons), "td")
                        with tag("td"):
                            words = _("Leave out") if rep.valid else _("Count it")
                            button(
                                words,
                                _overruler(run, found, leg, rep),
                                aria_label=f"{words}: {_('rep')} {k}, {leg.side}",
                                data_key=f"{found.assessment.id} {leg.side} {k}",
                            )


def _ruled(run: VisitRun, found: Looked, leg: Leg, rep: Rep) -> None:
    rule(run.store, found.assessment.id, leg.side, rep, counts=not rep.valid)


def _overruler(run: VisitRun, found: Looked, leg: Leg, rep: Rep) -> Any:
    async def ruling() -> None:
        async with run.ruling:
            _none, run.trouble = await in_thread(_ruled, run, found, leg, rep)
        run.changed()

    return ruling
