"""The form that adds a person, or changes what is kept of one."""

from collections.abc import Callable
from datetime import date

from nicegui import ui

from anklet.app.desk import Desk, in_thread
from anklet.app.frame import notice
from anklet.app.kit import button, choice, field, focus, tag, text
from anklet.app.pages.deleted import DeletedPeople
from anklet.app.presses import Handler
from anklet.app.texts import _
from anklet.model import SIDES
from anklet.store import Person

EARLIEST = date(1900, 1, 1)
CHOICES = {"": _("not marked"), "left": _("left"), "right": _("right")}
CODE_FIELD, INJURED_FIELD, TROUBLE = "new-code", "new-injured", "new-trouble"


class PersonForm:
    """What is typed stays in the fields until it is kept.

    Parameters
    ----------
    desk : Desk
    cancel : callable
    person : Person, optional
        Who is changed; a new one is added where None.
    deleted : DeletedPeople, optional
        Their codes are taken, too.
    """

    def __init__(
        self,
        desk: Desk,
        cancel: Handler,
        *,
        person: Person | None = None,
        deleted: DeletedPeople | None = None,
    ) -> None:
        self._desk, self._deleted, self._cancel = desk, deleted, cancel
        self._person, self._trouble = person, ""
        self._values = {"code": "", "involved": "", "injured": "", "notes": ""}
        if person is not None:
            self._values = {
                "code": person.code,
                "involved": person.involved or "",
                "injured": person.injured_on.isoformat() if person.injured_on else "",
                "notes": person.notes,
            }

    def build(self) -> None:
        """Add the form to the page."""
        values = self._values
        self._trouble = ""
        with tag("form", "panel stack") as form:
            form.on("submit", self._keep, js_handler="(e) => { e.preventDefault(); emit(); }")
            text(_("A new person") if self._person is None else _("Details"), "h2")
            with tag("div", "fields"):
                if self._person is None:
                    field(
                        _("Code, not a name"),
                        self._set("code"),
                        values["code"],
                        id=CODE_FIELD,
                        aria_required="true",
                        aria_describedby=TROUBLE,
                        autocomplete="off",
                    )
                choice(_("Involved side"), CHOICES, values["involved"], self._set("involved"))
                field(
                    _("Date of injury"),
                    self._set("injured"),
                    values["injured"],
                    kind="date",
                    id=INJURED_FIELD,
                    aria_describedby=TROUBLE,
                )
            field(_("Notes"), self._set("notes"), values["notes"], maxlength=500)
            self._told()
            with tag("div", "row"):
                words = _("Add") if self._person is None else _("Save")
                text(words, "button", "main", type="submit")
                button(_("Cancel"), self._cancel, "quiet")

    @ui.refreshable_method
    def _told(self) -> None:
        notice(self._trouble, TROUBLE)

    def _set(self, name: str) -> Callable[[str], None]:
        return lambda value: self._values.__setitem__(name, value)

    async def _keep(self) -> None:
        client, code = ui.context.client, self._values["code"].strip()
        injured, trouble = _day_of(self._values["injured"])
        if trouble:
            self._say(trouble)
            focus(client, INJURED_FIELD)
            return
        store, notes = self._desk.store, self._values["notes"]
        involved = next((side for side in SIDES if side == self._values["involved"]), None)
        keep = store.add_person if self._person is None else store.change_person
        run = self._desk.run
        if self._person is not None and run is not None and run.choice.person.code == code:
            trouble = _("A visit of {code} is open; end it first.").format(code=code)
        if not trouble and self._deleted is not None:
            trouble = await self._deleted.words_about(code)
        if not trouble:
            _person, trouble = await in_thread(keep, code, involved, injured, notes)
        self._say(trouble)
        if trouble:
            focus(client, CODE_FIELD)
            return
        with client:
            ui.navigate.to(f"/person/{self._desk.ref(code)}")

    def _say(self, trouble: str) -> None:
        self._trouble = trouble
        self._told.refresh()


def _day_of(written: str) -> tuple[date | None, str]:
    """Return the day, or why there is none."""
    if not written:
        return None, ""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None, _("The date of injury is not a date; write it as 2026-03-01.")
    if not EARLIEST <= day <= date.today():
        return None, _("The date of injury must be between 1900 and today.")
    return day, ""
