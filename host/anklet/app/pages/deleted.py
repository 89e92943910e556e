"""Who was deleted: to be brought back for some days, or erased before."""

from collections.abc import Callable
from datetime import datetime, timedelta

from nicegui import ui

from anklet.app.desk import Desk, in_thread
from anklet.app.kit import button, focus, tag, text
from anklet.app.texts import _, day_words
from anklet.visits.deleting import Recoverable, erase_deleted, recoverable

JUST_NOW = timedelta(minutes=10)


class DeletedPeople:
    """Two places on the page: the latest at its top, all others further down.

    Parameters
    ----------
    desk : Desk
    say : callable
        Tells what went wrong, or "" when it went well.
    """

    def __init__(self, desk: Desk, say: Callable[[str], None]) -> None:
        self._desk, self._say = desk, say
        self._all: list[Recoverable] = []
        self._sure = ""

    async def load(self) -> str:
        """Look into the store; return why it could not be done."""
        found, trouble = await in_thread(recoverable, self._desk.store)
        self._all = found or []
        return trouble

    def refresh(self) -> None:
        """Show what was loaded."""
        self.latest.refresh()
        self.earlier.refresh()

    async def words_about(self, code: str) -> str:
        """Return what is in the way of a code: nothing, or that it is somebody deleted."""
        await self.load()
        self.refresh()
        found = next((each for each in self._all if each.code == code), None)
        if found is None:
            return ""
        words = _(
            "{code} was deleted and is kept until {day}: bring it back with Undo, or erase it for "
            "good first."
        )
        return words.format(code=code, day=day_words(found.until.date(), year=True))

    @ui.refreshable_method
    def latest(self) -> None:
        """Add those of the last minutes, each with a sentence."""
        words = _("{code} and everything recorded is deleted; until {day} it can be brought back.")
        for each in self._all:
            if _is_new(each):
                with tag("div", "panel row between", role="status"):
                    self._row(each, words)

    @ui.refreshable_method
    def earlier(self) -> None:
        """Add those of before."""
        before = [each for each in self._all if not _is_new(each)]
        if not before:
            return
        with tag("section", "stack", aria_labelledby="deleted"):
            text(_("Deleted"), "h2", id="deleted")
            with tag("ul", "panel stack"):
                for each in before:
                    with tag("li", "row between"):
                        self._row(each, _("{code}, until {day}"))

    def _row(self, each: Recoverable, words: str) -> None:
        code = each.code
        text(words.format(code=code, day=day_words(each.until.date(), year=True)), "span")
        with tag("div", "row"):
            if self._sure == code:
                text(_("Erase {code} for good?").format(code=code), "b")
                button(_("Erase"), lambda: self._erase(code), "danger")
                button(_("Keep"), lambda: self._ask(""), "quiet", id="keep")
                return
            undo, erase = _("Undo"), _("Erase for good")
            button(undo, lambda: self._undo(code), aria_label=f"{undo}: {code}")
            button(erase, lambda: self._ask(code), "quiet", aria_label=f"{erase}: {code}")

    def _ask(self, code: str) -> None:
        client = ui.context.client  # the button is made anew
        self._sure = code
        self.refresh()
        focus(client, "keep")

    async def _undo(self, code: str) -> None:
        _none, trouble = await in_thread(self._desk.store.restore_person, code)
        self._finish(trouble)

    async def _erase(self, code: str) -> None:
        self._sure = ""
        if self._desk.run is not None and self._desk.run.recorded:
            self._finish(_("A visit is being recorded; end it first, then erase."))
            return
        done, trouble = await in_thread(erase_deleted, self._desk.store, code)
        if done is not None and not done.clean:
            words = _(
                "{code} is erased, but freed parts of the store's file may still hold bytes, since "
                "it is in use or its disk is full; start the app again to clean them."
            )
            trouble = words.format(code=code)
        self._finish(trouble)

    def _finish(self, trouble: str) -> None:
        self._say(trouble)
        self._desk.changed.emit()


def _is_new(each: Recoverable) -> bool:
    return datetime.now().astimezone() - each.deleted_at < JUST_NOW
