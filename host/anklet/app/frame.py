"""What every page shares: the head, the way around, the strip for faults."""

from collections.abc import Generator
from contextlib import contextmanager

from nicegui import ui

from anklet.app.desk import Desk
from anklet.app.faults import words_for
from anklet.app.kit import button, link, tag, text
from anklet.app.presses import listen
from anklet.app.texts import _

HEAD = (
    '<link rel="stylesheet" href="/tokens.css"><link rel="stylesheet" href="/static/app.css">'
    '<script src="/static/live.js" defer></script><script src="/static/steady.js" defer></script>'
)


@contextmanager
def frame(desk: Desk, title: str, here: str) -> Generator[None]:
    """Build a page: what is added inside stands in its main part.

    Parameters
    ----------
    desk : Desk
    title : str
        Of the browser's tab; never a person's code.
    here : str
        Which entry of the navigation is current.
    """
    listen()
    ui.context.client.page_container.default_slot.children[0].tag = "div"  # ours is the one main
    ui.page_title(f"{title} · Anklet")
    ui.add_head_html(HEAD)
    link(_("Skip to the content"), "#content", "skip")
    with tag("header", "top"):
        link("Anklet", "/", "brand", aria_label=_("Anklet, all people"))
        with tag("nav", aria_label=_("Pages")):
            _entry(_("People"), "/", here == "people")
            if desk.run is not None:
                _entry(_("Visit"), "/visit", here == "visit")
    with tag("div", "strip row between", data_live="strip", hidden=True):
        tag("span", data_live="fault", role="status")
        if here == "visit":
            button(_("End here, and keep what came"), desk.end_here)
        else:
            link(_("Go to the visit"), "/visit", "button")
    text(
        _(
            "Anklet has ended or cannot be reached. Start it again in the terminal and open the "
            "address it prints; what was recorded is kept."
        ),
        "p",
        "strip",
        data_live="gone",
        role="status",
        hidden=True,
    )
    failed = text("", "p", "strip", role="alert")
    ui.context.client.on_exception(lambda error: failed.set_text(words_for(error)))
    with tag("main", "page", id="content", tabindex="-1"):
        yield


def notice(words: str, name: str = "trouble") -> None:
    """Say what went wrong, or nothing; ``name`` is the id to put the focus on."""
    if words:
        text(words, "p", "error", role="alert", id=name, tabindex="-1")


def _entry(words: str, to: str, current: bool) -> None:
    link(words, to, **({"aria_current": "page"} if current else {}))
