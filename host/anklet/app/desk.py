"""What the app has open: the store, the visit in progress, and who wants to know of changes."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any

from nicegui import Event

from anklet.app.choice import Choice
from anklet.app.live_feed import LiveFeed
from anklet.app.visit_run import VisitRun
from anklet.errors import AnkletError
from anklet.sensor.timing import Ticks, Timing
from anklet.store import Person, Store


class Desk:
    """One an app; every page and tab looks at the same.

    Parameters
    ----------
    store : Store
    timing : Timing, optional

    Attributes
    ----------
    run : VisitRun or None
        The visit in progress.
    changed : Event
        Emitted when pages should look again.
    feed : LiveFeed
    busy : str
        What the app is doing that takes a while.
    measured_by : str
        Who measured at the visit that was begun last.
    when_ready : callable
        Called once the server runs.
    """

    def __init__(self, store: Store, timing: Timing | None = None) -> None:
        self.store = store
        ticks = Ticks()
        self._timing = timing or Timing(ticks=ticks)
        self.run: VisitRun | None = None
        self.changed = Event[[]]()
        self.feed = LiveFeed(self._words, ticks)
        self.busy = ""
        self.measured_by = ""
        self.when_ready: Callable[[], Any] = lambda: None
        self._secret = secrets.token_bytes(16)

    def ref(self, code: str) -> str:
        """Return what a person is called in addresses: nothing that a history or a log may tell."""
        return hmac.new(self._secret, code.encode(), hashlib.sha256).hexdigest()[:16]

    async def person(self, ref: str) -> Person | None:
        """Return the person behind an address."""
        people = await asyncio.to_thread(self.store.people)
        return next((p for p in people if self.ref(p.code) == ref), None)

    def begin(self, choice: Choice) -> None:
        """Begin a visit; one that was open before is over."""
        self.run = VisitRun(self.store, choice, self.feed, self.changed.emit, self._timing)
        self.changed.emit()

    def end(self) -> None:
        """The visit is over; what was recorded is kept."""
        self.run = None
        self.changed.emit()

    async def end_here(self) -> None:
        """End the recording that runs, without waiting for what is out of reach."""
        if self.run is not None and self.run.recording is not None:
            await self.run.recording.leave()

    async def close(self) -> None:
        """End what runs; everything recorded is kept."""
        if self.run is not None:
            await self.run.leave()

    def _words(self) -> dict[str, Any]:
        return {} if self.run is None else self.run.words()


async def in_thread(work: Callable[..., Any], *args: Any) -> tuple[Any, str]:
    """Do blocking work in a thread; return its result and "", or None and why not."""
    try:
        return await asyncio.to_thread(work, *args), ""
    except AnkletError as error:
        return None, str(error)
