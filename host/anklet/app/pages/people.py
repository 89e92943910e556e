"""Everybody: when last seen, when due, and how the sides differ lately."""

from datetime import date, datetime, timedelta

from nicegui import ui

from anklet.app.desk import Desk, in_thread
from anklet.app.frame import frame, notice
from anklet.app.kit import button, field, focus, tag, text
from anklet.app.pages.deleted import DeletedPeople
from anklet.app.pages.person_form import CODE_FIELD, PersonForm
from anklet.app.sparkline import sparkline
from anklet.app.texts import _, day_words
from anklet.visits.overview import PersonOverview, overview
from anklet.visits.simulated_course import CODE, WEEKS, simulate_course


def add_to(desk: Desk) -> None:
    """Add the page."""

    @ui.page("/")
    async def people() -> None:
        with frame(desk, _("People"), "people"):
            await _People(desk).build()


class _People:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._client = ui.context.client
        self._everybody: list[PersonOverview] = []
        self._wanted = ""
        self._unread = ""
        self._trouble = ""
        self._adding = False
        self._deleted = DeletedPeople(desk, self._say)
        self._new = PersonForm(desk, self._toggle, deleted=self._deleted)

    async def build(self) -> None:
        await self._load()
        self._told()
        self._not_read()
        self._deleted.latest()
        self._head()
        self._form()
        self._list()
        self._deleted.earlier()
        self._desk.changed.subscribe(self._again)

    async def _load(self) -> None:
        found, unread = await in_thread(overview, self._desk.store, date.today())
        self._everybody = found or []
        self._unread = unread or await self._deleted.load()

    async def _again(self) -> None:
        await self._load()
        self._not_read.refresh()
        self._deleted.refresh()
        self._head.refresh()
        self._list.refresh()

    def _say(self, trouble: str) -> None:
        """Say what an action met with; it stays until another goes well."""
        self._trouble = trouble
        self._told.refresh()
        if trouble:
            focus(self._client, "trouble")

    @ui.refreshable_method
    def _told(self) -> None:
        notice(self._trouble)

    @ui.refreshable_method
    def _not_read(self) -> None:
        notice(self._unread, "unread")

    @ui.refreshable_method
    def _head(self) -> None:
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

    @ui.refreshable_method
    def _form(self) -> None:
        if self._adding:
            self._new.build()

    @ui.refreshable_method
    def _list(self) -> None:
        shown = [p for p in self._everybody if self._wanted.casefold() in p.person.code.casefold()]
        if not shown and self._everybody:
            text(_("Nobody of that code."), "p", "muted")
        if not shown:
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

    def _find(self, wanted: str) -> None:
        self._wanted = wanted
        self._list.refresh()

    def _toggle(self) -> None:
        self._adding = not self._adding
        self._head.refresh()
        self._form.refresh()
        if self._adding:
            focus(self._client, CODE_FIELD)

    async def _try(self) -> None:
        if self._desk.busy:
            return
        trouble = await self._deleted.words_about(CODE)
        if not trouble:
            self._desk.busy = _("Simulating twelve visits; it takes some seconds.")
            self._desk.changed.emit()
            _none, trouble = await in_thread(
                simulate_course, self._desk.store, None, _weeks_ago(WEEKS)
            )
            self._desk.busy = ""
            self._desk.changed.emit()
        self._say(trouble)
        if not trouble:
            with self._client:
                ui.navigate.to(f"/person/{self._desk.ref(CODE)}")


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
            else _("last {day}, visits: {n}").format(day=day_words(last.date()), n=each.visits),
            "span",
        )
        if each.next_due is not None:
            late = each.next_due < date.today()
            words = _("due since {day}") if late else _("next {day}")
            text(
                " · " + words.format(day=day_words(each.next_due)),
                "span",
                "error" if late else "muted",
            )
    differences = [deg for _at, deg in each.differences_deg]
    ui.html(sparkline(differences), sanitize=False)


def _weeks_ago(weeks: int) -> datetime:
    return datetime.now().astimezone().replace(minute=0, second=0, microsecond=0) - timedelta(
        weeks=weeks
    )
