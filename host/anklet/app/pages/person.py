"""A person: the course over the visits, and everything that was recorded."""

from collections.abc import Callable
from datetime import date

from nicegui import ui

from anklet.app.adherence import adherence
from anklet.app.course import Course, VisitRow, load_course
from anklet.app.desk import Desk, in_thread
from anklet.app.frame import frame, notice
from anklet.app.kit import button, choice, figure, link, scrolling, tag, text
from anklet.app.pages.new_visit import NewVisitForm
from anklet.app.texts import _
from anklet.model import MEASURE_NAMES, MEASURES, Measure, Trend, Who
from anklet.report import svg, trend
from anklet.store import Person
from anklet.visits.deleting import delete_person
from anklet.visits.summaries import analyse_again

SHOWN = 40
"""Visits in the list; older ones on request."""


def add_to(desk: Desk) -> None:
    """Add the page."""

    @ui.page("/person/{ref}")
    async def person(ref: str) -> None:
        found = await desk.person(ref)
        with frame(desk, _("Person"), "people"):
            if found is None:
                text(_("Nobody is found under this address."), "h1")
                link(_("To all people"), "/", "button")
                return
            await _Person(desk, found).build()


class _Person:
    def __init__(self, desk: Desk, person: Person) -> None:
        self._desk, self._person = desk, person
        self._course: Course | None = None
        self._key: str | None = None
        self._tag = ""
        self._measure: Measure | None = None
        self._trouble = ""
        self._all = False
        self._sure = False
        self._new = False

    async def build(self) -> None:
        await self._load()
        self._head()
        self._form()
        self._page()
        self._desk.changed.subscribe(self._again)

    async def _load(self) -> None:
        self._course, self._trouble = await in_thread(
            load_course, self._desk.store, self._person, self._key, self._tag
        )

    async def _again(self) -> None:
        await self._load()
        self._page.refresh()

    def _head(self) -> None:
        person = self._person
        with tag("div", "row between end"):
            with tag("div"):
                text(person.code, "h1")
                facts = [
                    _("involved side {side}").format(side=person.involved)
                    if person.involved
                    else "",
                    _("injured {day}").format(day=person.injured_on) if person.injured_on else "",
                    person.notes,
                ]
                text(" · ".join(f for f in facts if f), "p", "muted")
            self._new_visit()

    @ui.refreshable_method
    def _new_visit(self) -> None:
        button(_("New visit"), self._begin, "main", aria_expanded=str(self._new).lower())

    def _begin(self) -> None:
        self._new = not self._new
        self._new_visit.refresh()
        self._form.refresh()

    @ui.refreshable_method
    def _form(self) -> None:
        if self._new:
            NewVisitForm(self._desk, self._person).build()

    @ui.refreshable_method
    def _page(self) -> None:
        notice(self._trouble)
        course = self._course
        if course is None:
            return
        if not course.keys:
            text(
                _("No visit is analysed yet. The first one starts the course."), "p", "muted panel"
            )
        else:
            self._trend(course)
        self._visits(course)
        self._manage()

    def _trend(self, course: Course) -> None:
        measure = self._measure or course.primary
        with tag("section", "panel stack", aria_label=_("Course")):
            with tag("div", "row between end"):
                text(_("Course"), "h2")
                with tag("div", "tabs", role="group", aria_label=_("Quantity")):
                    for m in MEASURES:
                        button(
                            MEASURE_NAMES[m].capitalize(),
                            self._chooser(m),
                            aria_pressed=str(m == measure).lower(),
                        )
            with tag("div", "fields"):
                if len(course.keys) > 1:
                    choice(_("Assessment"), course.keys, course.key, self._choose_key)
                if course.tags:
                    options = {"": _("all visits"), **{t: t for t in course.tags}}
                    choice(_("Tag"), options, self._tag, self._choose_tag)
            fitted: dict[Who, Trend] = {
                who: t for who, t in course.trends.get(measure, {}).items() if t.points
            }
            if fitted:
                drawing = trend(
                    fitted,
                    label=MEASURE_NAMES[measure],
                    injured_on=self._person.injured_on,
                    involved=self._person.involved,
                    size_in=(9.2, 2.6),
                    to_point_at=True,
                )
                figure(
                    svg(
                        drawing,
                        "course",
                        _("the course of {what}").format(what=MEASURE_NAMES[measure]),
                        course.titles(measure),
                    ),
                    _(
                        "Dots: visits with their interval. Grey: the change from the first visit "
                        "that two visits cannot tell from nothing."
                    ),
                )
                with tag("ul"):
                    for who, t in fitted.items():
                        with tag("li"):
                            text(f"{who}: ", "b", who)
                            text(t.verdict, "span")
            for sentence in course.sentences:
                text(sentence, "p")
            ui.html(adherence(course.days, date.today()), sanitize=False)
            text(course.attendance, "p", "muted")

    def _visits(self, course: Course) -> None:
        with tag("section", "panel stack", aria_label=_("Visits")):
            text(_("Visits"), "h2")
            if not course.visits:
                text(_("None yet."), "p", "muted")
                return
            shown = course.visits if self._all else course.visits[:SHOWN]
            with (
                scrolling(_("Visits")),
                tag("table"),
            ):
                with tag("thead"), tag("tr"):
                    for head in (
                        _("Day"),
                        _("Assessment"),
                        _("Left"),
                        _("Right"),
                        _("Difference"),
                        _("Tags"),
                        "",
                    ):
                        text(head, "th", scope="col")
                with tag("tbody"):
                    for row in shown:
                        with tag("tr"):
                            text(row.day, "th", scope="row")
                            for cell in (
                                row.assessment,
                                row.left,
                                row.right,
                                row.difference,
                                row.tags,
                            ):
                                text(cell, "td")
                            with tag("td"):
                                self._open(row)
            if len(shown) < len(course.visits):
                button(_("Show all {n}").format(n=len(course.visits)), self._show_all)

    def _open(self, row: VisitRow) -> None:
        if row.analysed:
            at = f"/report/{self._desk.ref(self._person.code)}/{row.assessment_id}"
            of_day = _("Report of {day}").format(day=row.day)
            link(_("Report"), at, target="_blank", aria_label=of_day)
            text(" ", "span")
            as_pdf = _("PDF of {day}").format(day=row.day)
            link(_("PDF"), f"{at}?pdf=true", download=True, aria_label=as_pdf)
        if not row.analysed or row.lacking:
            button(
                _("Analyse"),
                lambda: self._analyse(row.assessment_id),
                aria_label=_("Analyse {day}").format(day=row.day),
            )

    def _manage(self) -> None:
        with tag("section", "row no-print", aria_label=_("This person's data")):
            ref = self._desk.ref(self._person.code)
            link(_("Export everything"), f"/export/{ref}", "button", download=True)
            if not self._sure:
                button(_("Delete this person"), self._ask, "danger")
            else:
                text(_("Delete {code} and every recording?").format(code=self._person.code), "b")
                button(_("Delete"), self._delete, "danger")
                button(_("Keep"), self._ask, "quiet")

    def _chooser(self, measure: Measure) -> Callable[[], None]:
        def choose() -> None:
            self._measure = measure
            self._page.refresh()

        return choose

    async def _choose_key(self, key: str) -> None:
        self._key, self._measure = key, None
        await self._again()

    async def _choose_tag(self, wanted: str) -> None:
        self._tag = wanted
        await self._again()

    def _show_all(self) -> None:
        self._all = True
        self._page.refresh()

    def _ask(self) -> None:
        self._sure = not self._sure
        self._page.refresh()

    async def _analyse(self, assessment_id: int) -> None:
        _none, self._trouble = await in_thread(analyse_again, self._desk.store, assessment_id)
        trouble = self._trouble
        await self._load()
        self._trouble = trouble or self._trouble
        self._page.refresh()

    async def _delete(self) -> None:
        client = ui.context.client  # the button is made anew when a visit ends
        run = self._desk.run
        if run is not None and run.choice.person.code == self._person.code:
            await run.leave()
            self._desk.end()
        _until, self._trouble = await in_thread(delete_person, self._desk.store, self._person.code)
        if self._trouble:
            self._page.refresh()
            return
        with client:
            ui.navigate.to("/")
