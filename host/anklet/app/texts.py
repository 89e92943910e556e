"""Sentences for people go through `_`, so that a translation needs a catalogue and no code."""

import gettext
from pathlib import Path

_ = gettext.translation("anklet", Path(__file__).parent / "locale", fallback=True).gettext
"""English where there is no catalogue (``locale/LANGUAGE/LC_MESSAGES/anklet.mo``)."""
