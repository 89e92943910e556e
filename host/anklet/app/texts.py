"""Sentences for people go through `_`, so that a translation needs a catalogue and no code."""

import gettext
from datetime import date
from pathlib import Path

_ = gettext.translation("anklet", Path(__file__).parent / "locale", fallback=True).gettext
"""English where there is no catalogue (``locale/LANGUAGE/LC_MESSAGES/anklet.mo``)."""


def day_words(day: date, *, year: bool = False) -> str:
    """Return a day in words, not to be broken; its year where it is another than this one."""
    words = f"{day.day} {day:%b}" + (
        f" {day.year}" if year or day.year != date.today().year else ""
    )
    return words.replace(" ", "\u00a0")
