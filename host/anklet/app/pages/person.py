"""A person: the course over the visits, and everything that was recorded."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from fastapi import Response
from nicegui import ui

from anklet.app.adherence import adherence
from anklet.app.course import Course, Drawing, View, draw_course, load_course
from anklet.app.desk import Desk, in_thread
from anklet.app.faults import error_page
from anklet.app.frame import frame, notice
from anklet.app.kit import button, choice, figure, link, tag, text
from anklet.app.pages import person_visits
from anklet.app.pages.new_visit import NewVisitForm
from anklet.app.pages.person_form import PersonForm
from anklet.app.texts import _, day_words
from anklet.model import MEASURE_NAMES, MEASURES
from anklet.store import Person
from anklet.visits.deleting import delete_person
from anklet.visits.series import Followed


def add_to(desk: Desk) -> None:
    """Add the page."""

    @ui.page("/person/{ref}")
    async def person(ref: str) -> Response | None:
        found = await desk.person(ref)
        if found is None:
            return error_page(_("Nobody is found under this address."), 404)
        with frame(desk, _("Person"), "people"):
            await _Person(desk, found).build()
        return None


class _Person:
    def __init__(self, desk: Desk, person: Person) -> None:
        self._desk, self._person = desk, person
        self._view, self._asked = View(), 0
        self._course: Course | None = None
        self._drawn: tuple[Followed, Drawing] | None = None
        self._trouble = ""
        self._sure = False
        self._new = self._edited = False

    async def build(self) -> None:
        await self._load()
        self._head()
        self._form()
        self._page()
        ui.timer(0.0, self._draw, once=True)
        self._desk.changed.subscribe(self._again)

    async def _load(self) -> None:
        self._asked += 1
        asked = self._asked
        found = await in_thread(self._read, self._view, self._course)
        if asked == self._asked:
            self._course, self._trouble = found

    def _read(self, view: View, before: Course | None) -> Course:
        """Load the course; what is drawn of it stays drawn where nothing has changed there."""
        course = load_course(self._desk.store, self._person, view)
        if before is not None and before.followed == course.followed:
            return replace(course, followed=before.followed)
        return course

    async def _draw(self) -> None:
        course = self._course
        if course is None or not course.keys or self._drawing_of(course):
            return
        drawing = await asyncio.to_thread(draw_course, course, self._person)
        if course is self._course:
            self._drawn = course.followed, drawing
            self._figure.refresh()

    def _drawing_of(self, course: Course) -> Drawing | None:
        return self._drawn[1] if self._drawn and self._drawn[0] is course.followed else None

    async def _again(self) -> None:
        await self._load()
        self._page.refresh()
        await self._draw()

    async def _look(self, **other: Any) -> None:
        self._view = replace(self._view, **other)
        await self._again()

    def _head(self) -> None:
        person = self._person
        with tag("div", "row between end"):
            with tag("div"):
                text(person.code, "h1")
                facts = [
                    _("involved side {side}").format(side=person.involved)
                    if person.involved
                    else "",
                    _("injured {day}").format(day=day_words(person.injured_on, year=True))
                    if person.injured_on
                    else "",
                    person.notes,
                ]
                text(" · ".join(f for f in facts if f), "p", "muted")
            self._new_visit()

    @ui.refreshable_method
    def _new_visit(self) -> None:
        with tag("div", "row"):
            button(_("Change"), self._change, "quiet", aria_expanded=str(self._edited).lower())
            button(_("New visit"), self._begin, "main", aria_expanded=str(self._new).lower())

    def _begin(self) -> None:
        self._open(new=not self._new)

    def _change(self) -> None:
        self._open(edited=not self._edited)

    def _open(self, *, new: bool = False, edited: bool = False) -> None:
        self._new, self._edited = new, edited
        self._new_visit.refresh()
        self._form.refresh()

    @ui.refreshable_method
    def _form(self) -> None:
        if self._new:
            NewVisitForm(self._desk, self._person).build()
        elif self._edited:
            PersonForm(self._desk, self._change, person=self._person).build()

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
        person_visits.build(self._desk, self._person, course, self._look, self._do)
        self._manage()

    def _trend(self, course: Course) -> None:
        with tag("section", "panel stack", aria_label=_("Course")):
            with tag("div", "row between end"):
                text(_("Course"), "h2")
                with tag("div", "tabs", role="group", aria_label=_("Quantity")):
                    for m in MEASURES:
                        button(
                            MEASURE_NAMES[m].capitalize(),
                            partial(self._look, measure=m),
                            aria_pressed=str(m == course.measure).lower(),
                        )
            self._filters(course)
            self._figure()
            for sentence in course.sentences:
                text(sentence, "p")
            ui.html(adherence(course.days, date.today()), sanitize=False)
            text(course.attendance, "p", "muted")

    def _filters(self, course: Course) -> None:
        view = self._view
        with tag("div", "fields"):
            if len(course.blocks) > 1:
                blocks = {"": _("all blocks"), **course.blocks}
                choice(_("Block"), blocks, view.block, lambda b: self._look(block=b, measure=None))
            if len(course.keys) > 1:
                choice(
                    _("Assessment"),
                    course.keys,
                    course.key,
                    lambda k: self._look(key=k, measure=None),
                )
            if course.tags:
                tags = {"": _("all visits"), **{t: t for t in course.tags}}
                choice(_("Tag"), tags, view.tag, lambda t: self._look(tag=t))

    @ui.refreshable_method
    def _figure(self) -> None:
        drawing = self._drawing_of(self._course) if self._course else None
        if drawing is None:
            text(_("The course is being drawn."), "p", "drawing muted", role="status")
            return
        if not drawing.svg:
            text(_("No visit of these has this quantity."), "p", "muted")
            return
        caption = _(
            "Dots: visits with their interval. Grey: the change from the first visit that two "
            "visits cannot tell from nothing."
        )
        few = "" if drawing.whole else _(" Not every visit is drawn; the line is of all.")
        figure(drawing.svg, caption + few)
        with tag("ul"):
            for who, verdict in drawing.verdicts.items():
                with tag("li"):
                    text(f"{who}: ", "b", who)
                    text(verdict, "span")

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

    def _ask(self) -> None:
        self._sure = not self._sure
        self._page.refresh()

    async def _do(self, work: Callable[..., Any], *args: Any) -> None:
        """Do something in the store, and show what it came to."""
        _none, trouble = await in_thread(work, self._desk.store, *args)
        await self._load()
        self._trouble = trouble or self._trouble
        self._page.refresh()
        await self._draw()

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
