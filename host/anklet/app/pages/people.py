"""Everybody: when last seen, when due, and how the sides differ lately."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from nicegui import ui

from anklet.app.desk import Desk, in_thread
from anklet.app.frame import frame, notice, undo_strip
from anklet.app.kit import button, choice, field, tag, text
from anklet.app.sparkline import sparkline
from anklet.app.texts import _
from anklet.model import SIDES
from anklet.visits.overview import PersonOverview, overview
from anklet.visits.simulated_course import CODE, WEEKS, simulate_course

EARLIEST = date(1900, 1, 1)
CHOICES = {"": _("not marked"), "left": _("left"), "right": _("right")}


def add_to(desk: Desk) -> None:
    """Add the page."""

    @ui.page("/")
    async def people() -> None:
        with frame(desk, _("People"), "people"):
            await _People(desk).build()


class _People:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._everybody: list[PersonOverview] = []
        self._wanted = ""
        self._trouble = ""
        self._adding = False
        self._new = {"code": "", "involved": "", "injured": "", "notes": ""}

    async def build(self) -> None:
        await self._load()
        self._page()
        self._desk.changed.subscribe(self._again)

    async def _load(self) -> None:
        found, self._trouble = await in_thread(overview, self._desk.store, date.today())
        self._everybody = found or []

    async def _again(self) -> None:
        await self._load()
        self._page.refresh()

    @ui.refreshable_method
    def _page(self) -> None:
        notice(self._trouble)
        if self._desk.deleted is not None:
            code, until = self._desk.deleted
            words = _("{code} and everything recorded is deleted; until {day} it can be had back.")
            undo_strip(words.format(code=code, day=_day(until.date())), _("Undo"), self._undo)
        if not self._everybody and not self._adding:
            self._empty()
            return
        with tag("div", "row between end"):
            text(_("People"), "h1")
            with tag("div", "row end"):
                if len(self._everybody) > 5:
                    field(_("Find a code"), self._find, self._wanted, kind="search")
                button(
                    _("Add a person"), self._toggle, "main", aria_expanded=str(self._adding).lower()
                )
        if self._adding:
            self._form()
        self._list()

    @ui.refreshable_method
    def _list(self) -> None:
        shown = [p for p in self._everybody if self._wanted.casefold() in p.person.code.casefold()]
        if not shown:
            text(_("Nobody of that code."), "p", "muted")
            return
        with tag("ul", "people"):
            for each in shown:
                with tag("li"), tag("a", href=f"/person/{self._desk.ref(each.person.code)}"):
                    _row(each)

    def _empty(self) -> None:
        with tag("section", "panel empty"):
            text(_("Nobody here yet"), "h1")
            text(
                _(
                    "Add the person you want to measure, by a code rather than a name; or look "
                    "around first with a simulated client who has twelve weeks behind them."
                ),
                "p",
            )
            with tag("div", "row"):
                button(_("Try it with a simulated client"), self._try, "main")
                button(_("Add a person"), self._toggle)
            if self._desk.busy:
                text(self._desk.busy, "p", "muted", role="status")

    def _form(self) -> None:
        with tag("form", "panel stack") as form:
            form.on("submit", self._add, js_handler="(e) => { e.preventDefault(); emit(); }")
            text(_("A new person"), "h2")
            with tag("div", "fields"):
                field(
                    _("Code, not a name"),
                    self._set("code"),
                    self._new["code"],
                    required=True,
                    autofocus=True,
                    maxlength=32,
                    autocomplete="off",
                )
                choice(_("Involved side"), CHOICES, self._new["involved"], self._set("involved"))
                field(_("Date of injury"), self._set("injured"), self._new["injured"], kind="date")
            field(_("Notes"), self._set("notes"), self._new["notes"])
            with tag("div", "row"):
                text(_("Add"), "button", "main", type="submit")
                button(_("Cancel"), self._toggle, "quiet")

    def _set(self, name: str) -> Callable[[str], None]:
        return lambda value: self._new.__setitem__(name, value)

    def _find(self, wanted: str) -> None:
        self._wanted = wanted
        self._list.refresh()

    def _toggle(self) -> None:
        self._adding = not self._adding
        self._trouble = ""
        self._page.refresh()

    async def _add(self) -> None:
        involved = next((side for side in SIDES if side == self._new["involved"]), None)
        try:
            injured = date.fromisoformat(self._new["injured"]) if self._new["injured"] else None
        except ValueError:
            self._trouble = _("The date of injury is not a date; write it as 2026-03-01.")
            self._page.refresh()
            return
        if injured is not None and not EARLIEST <= injured <= date.today():
            self._trouble = _("The date of injury must be between 1900 and today.")
            self._page.refresh()
            return
        person, self._trouble = await in_thread(
            self._desk.store.add_person,
            self._new["code"].strip(),
            involved,
            injured,
            self._new["notes"],
        )
        if person is None:
            self._page.refresh()
            return
        ui.navigate.to(f"/person/{self._desk.ref(person.code)}")

    async def _try(self) -> None:
        if self._desk.busy:
            return
        client = ui.context.client  # the button is made anew meanwhile
        self._desk.busy = _("Simulating twelve visits; it takes about fifteen seconds.")
        self._desk.changed.emit()
        _none, self._trouble = await in_thread(
            simulate_course, self._desk.store, None, _weeks_ago(WEEKS)
        )
        self._desk.busy = ""
        self._desk.changed.emit()
        if not self._trouble:
            with client:
                ui.navigate.to(f"/person/{self._desk.ref(CODE)}")

    async def _undo(self) -> None:
        if self._desk.deleted is not None:
            _none, self._trouble = await in_thread(
                self._desk.store.restore_person, self._desk.deleted[0]
            )
        self._desk.deleted = None
        self._desk.changed.emit()


def _row(each: PersonOverview) -> None:
    with tag("span"):
        text(each.person.code, "b")
        if each.person.involved:
            text(f" {each.person.involved} ●", "span", each.person.involved)
    since = each.weeks_since_injury
    text("" if since is None else _("{n:.0f} weeks since injury").format(n=since), "span", "muted")
    with tag("span"):
        last = each.last_visit_at
        text(
            _("no visit yet")
            if last is None
            else _("last {day}, {n} visits").format(day=_day(last.date()), n=each.visits),
            "span",
        )
        if each.next_due is not None:
            late = each.next_due < date.today()
            words = _("due since {day}") if late else _("next {day}")
            text(
                " · " + words.format(day=_day(each.next_due)), "span", "error" if late else "muted"
            )
    differences = [deg for _at, deg in each.differences_deg]
    ui.html(sparkline(differences), sanitize=False)


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _weeks_ago(weeks: int) -> datetime:
    return datetime.now().astimezone().replace(minute=0, second=0, microsecond=0) - timedelta(
        weeks=weeks
    )
