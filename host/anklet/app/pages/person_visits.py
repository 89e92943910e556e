"""A person's visits: what each measured, its report, and the way to older ones."""

from collections.abc import Callable
from functools import partial
from typing import Any

from anklet.app.course import VISITS_SHOWN, Course, VisitRow
from anklet.app.desk import Desk
from anklet.app.kit import button, link, scrolling, tag, text
from anklet.app.texts import _
from anklet.measures.sentences import subject_and_other
from anklet.model import Measure
from anklet.store import Person, Store
from anklet.visits.summaries import analyse_again

BY_HAND = "left out by who measured"
SHORT: dict[Measure, str] = {"df_peak_deg": "DF", "pf_peak_deg": "PF", "rom_deg": _("range")}


def build(
    desk: Desk,
    person: Person,
    course: Course,
    look: Callable[..., Any],
    do: Callable[..., Any],
) -> None:
    """Add the list: ``look`` at newer or older ones, ``do`` something with one in the store."""
    with tag("section", "panel stack", aria_label=_("Visits")):
        text(_("Visits"), "h2")
        if any(
            (row.lacking or not row.analysed) and not _is_recorded(desk, row.assessment_id)
            for row in course.visits
        ):
            text(
                _(
                    "A set is not analysed, as when the app was ended in the middle of it: press "
                    "Analyse. A leg that is measured within two hours then is compared with it."
                ),
                "p",
                "verdict",
            )
        if course.visits:
            _list(desk, person, course, do)
            _pages(course, look)
        else:
            text(_("None yet."), "p", "muted")
        _left_out(course, do)


def _list(desk: Desk, person: Person, course: Course, do: Callable[..., Any]) -> None:
    subject, other = (side.capitalize() for side in subject_and_other(person.involved))
    what = SHORT[course.measure]
    heads = (
        _("Day"),
        _("Assessment"),
        _("Left {what}, deg").format(what=what),
        _("Right {what}, deg").format(what=what),
        _("{subject} − {other}, deg").format(subject=subject, other=other.lower()),
        _("Tags"),
    )
    with (
        scrolling(_("Visits")),
        tag("table", "visits"),
    ):
        with tag("thead"), tag("tr"):
            for head in (*heads, ""):
                text(head, "th", scope="col")
        with tag("tbody"):
            for row in course.visits:
                with tag("tr"):
                    text(row.day, "th", scope="row")
                    cells = (
                        row.assessment,
                        row.left,
                        row.right,
                        row.difference.replace(" to ", "\u00a0to\u00a0"),
                        row.tags,
                    )
                    for head, cell in zip(heads[1:], cells, strict=True):
                        text(cell, "td", data_label=head)
                    with tag("td"):
                        _open(desk, person, row, do)


def _left_out(course: Course, do: Callable[..., Any]) -> None:
    if not course.left_out:
        return
    with tag("details"):
        count = len(course.left_out)
        text(_("Left out, kept without counting: {n}").format(n=count), "summary")
        with tag("ul", "stack"):
            for row in course.left_out:
                with tag("li", "row between"):
                    text(f"{row.day}, {row.assessment}: {row.why}", "span")
                    button(
                        _("Put back"),
                        partial(do, Store.put_back, row.assessment_id),
                        aria_label=_("Put back {day}, {what}").format(
                            day=row.day, what=row.assessment
                        ),
                    )


def _pages(course: Course, look: Callable[..., Any]) -> None:
    if course.count <= VISITS_SHOWN:
        return
    newer = course.newer
    last = newer + len(course.visits)
    with tag("div", "row"):
        button(
            _("Newer"),
            lambda: look(newer=max(newer - VISITS_SHOWN, 0)),
            disabled=not newer,
        )
        button(_("Older"), lambda: look(newer=last), disabled=last >= course.count)
        words = _("{first} to {last} of {count}, newest first")
        text(words.format(first=newer + 1, last=last, count=course.count), "p", "muted")


def _is_recorded(desk: Desk, assessment_id: int) -> bool:
    run = desk.run
    return (
        run is not None
        and run.recorded
        and run.recording is not None
        and run.recording.assessment_id == assessment_id
    )


def _open(desk: Desk, person: Person, row: VisitRow, do: Callable[..., Any]) -> None:
    if _is_recorded(desk, row.assessment_id):
        text(_("being recorded"), "span", "muted")
        return
    if row.analysed:
        at = f"/report/{desk.ref(person.code)}/{row.assessment_id}"
        of_day = _("Report of {day}").format(day=row.day)
        link(_("Report"), at, target="_blank", aria_label=of_day)
        text(" ", "span")
        as_pdf = _("PDF of {day}").format(day=row.day)
        link(_("PDF"), f"{at}?pdf=true", download=True, aria_label=as_pdf)
    if not row.analysed or row.lacking:
        button(
            _("Analyse"),
            partial(do, analyse_again, row.assessment_id),
            aria_label=_("Analyse {day}").format(day=row.day),
        )
    button(
        _("Leave out"),
        partial(do, Store.leave_out, row.assessment_id, BY_HAND),
        "quiet",
        aria_label=_("Leave out {day}, {what}").format(day=row.day, what=row.assessment),
    )
