"""A visit in progress: which step is on, which sensors it uses, what was recorded.

It lives in the server, not in a page: a reload, a second tab or a closed lid changes nothing.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from anklet.app.choice import Choice, Kind, Step
from anklet.app.live_feed import LiveFeed
from anklet.app.recording import Recording
from anklet.app.texts import _
from anklet.app.wearing import Wearing
from anklet.errors import AnkletError
from anklet.model import Side
from anklet.protocols import find_protocol
from anklet.sensor.timing import Timing
from anklet.store import Store
from anklet.visits import keep_calibration
from anklet.visits.remarks import (
    NOTHING,
    Pain,
    Remarks,
    When,
    keep_measured_by,
    keep_pain,
    keep_tag,
    remarks,
)
from anklet.visits.side_order import keep_order


class VisitRun:
    """A visit from its first step to its summary.

    Parameters
    ----------
    store : Store
    choice : Choice
    feed : LiveFeed
    on_change : callable
        Told when pages should look again.
    timing : Timing

    Attributes
    ----------
    at : int
        Number of the step that is on.
    sensors : Wearing
    assessment_ids : list of int
        What was recorded and counts, latest last.
    said : Remarks
        Of the assessment of the step that is on, once it is recorded.
    pain_before : str
        As it was told before the recording that is to come.
    earlier : Recording or None
        Of the step, while it is about to be done again or once more.
    trouble : str
        What a page should say about the last thing that was asked for.
    ruling : asyncio.Lock
        Held while a recorded assessment is read, changed and kept: one at a time.
    """

    def __init__(
        self,
        store: Store,
        choice: Choice,
        feed: LiveFeed,
        on_change: Callable[[], None],
        timing: Timing,
    ) -> None:
        self.choice = choice
        self.steps: tuple[Step, ...] = choice.steps()
        self.at = 0
        self.sensors = Wearing(choice, timing)
        self.assessment_ids: list[int] = []
        self.said: Remarks = NOTHING
        self.trouble = ""
        self.busy = ""
        self.store, self.changed = store, on_change
        self.pain_before = ""
        self.earlier: Recording | None = None
        self.opened: set[tuple[int, Side]] = set()
        self.ruling = asyncio.Lock()
        self._recordings: dict[int, Recording] = {}
        self._instead_of: int | None = None
        self._looking_up: asyncio.Task[None] | None = None
        self._starting = self._left = False
        self._feed, self._timing = feed, timing

    @property
    def step(self) -> Step:
        """The step that is on."""
        return self.steps[self.at]

    @property
    def recording(self) -> Recording | None:
        """The step's, running or over."""
        return self._recordings.get(self.at)

    @property
    def recorded(self) -> bool:
        """Whether something is being recorded now, or about to be."""
        return self._starting or (self.recording is not None and not self.recording.over)

    @property
    def unfinished(self) -> bool:
        """Whether there is more to do after what was recorded."""
        return bool(self._recordings) and self.step.kind is not Kind.SUMMARY

    def go(self, to: int) -> None:
        """Go to a step; not while something is recorded."""
        if self.recorded or not 0 <= to < len(self.steps):
            return
        self._restore()
        self.at, self.trouble = to, ""
        self._note()

    async def look(self) -> None:
        """Look for sensors."""
        self._say(_("Looking for sensors"))
        self.trouble = await self.sensors.look()
        self._say("")

    async def start(self) -> None:
        """Begin the step's recording, once however often it is asked for."""
        if self.recorded or self.step.kind not in (Kind.LEG, Kind.CALIBRATE):
            return
        self._starting = True
        self._say(_("Starting"))
        try:
            await self._record(guided=self.step.kind is Kind.CALIBRATE)
        except AnkletError as error:
            self.trouble = str(error)
        finally:
            self._starting = False
            self._say("")

    def instructions(self) -> tuple[str, ...]:
        """Return what the person is to do in this step, in order."""
        if self.step.kind is Kind.CALIBRATE:
            return find_protocol("calibration").steps
        return self.choice.protocol.steps

    def again(self) -> None:
        """Do the step anew; what was recorded is kept, and counts until the new set has begun."""
        self.earlier = recording = self._recordings.pop(self.at, None)
        if recording is not None and not recording.guided:
            self._instead_of = recording.assessment_id or self._instead_of
            before = self.said.pain.get(self._side, Pain()).before
            self.pain_before = "" if before is None else str(before)
        self.changed()

    def keep_earlier(self) -> None:
        """Leave the step as it was before it was to be done again."""
        self._restore()
        self._note()

    def _restore(self) -> None:
        if self.earlier is not None and self.recording is None:
            self._recordings[self.at] = self.earlier
        self.earlier, self._instead_of, self.pain_before = None, None, ""

    def more(self) -> None:
        """Do one more set, which counts beside what was recorded."""
        self.earlier = self._recordings.pop(self.at, None)
        self.changed()

    def open_reps(self, assessment_id: int, side: Side, *, shown: bool) -> None:
        """Remember whose reps are shown one by one: a page that is made anew shows them again."""
        (self.opened.add if shown else self.opened.discard)((assessment_id, side))

    async def go_on(self, at: int) -> None:
        """Go on from a step, once; a calibration is used for what the visit records from now on."""
        recording = self._recordings.get(at)
        if at != self.at or self._starting:
            return
        held = recording.outcome.assessment if recording and recording.outcome else None
        if recording is not None and recording.calibrations and held is not None:
            self._starting = True
            try:
                await asyncio.to_thread(keep_calibration, self.store, held)
            except AnkletError as error:
                self.trouble = str(error)
                self.changed()
                return
            finally:
                self._starting = False
        self.go(at + 1)

    async def say_pain(self, when: When, score: str) -> None:
        """Say the pain of the step's leg; before a recording it is kept with the one to come."""
        if self.recording is None:
            self.pain_before = score
        else:
            await self._keep(keep_pain, when, int(score) if score else None, self._side)

    async def say_tag(self, words: str, *, removed: bool = False) -> None:
        """Put a tag on the assessment, or take it off."""
        if words.strip():
            await self._keep(partial(keep_tag, removed=removed), words)
            self.changed()

    async def leave(self) -> None:
        """End what runs; everything recorded is kept."""
        self._left = True
        if self.recording is not None and not self.recording.over:
            await self.recording.leave()

    def words(self) -> dict[str, Any]:
        """Return what pages show besides the angle."""
        recording = self.recording
        return recording.words() if recording is not None and not recording.over else {}

    @property
    def _side(self) -> Side | None:
        return self.step.sides[0] if len(self.step.sides) == 1 else None

    async def _record(self, *, guided: bool) -> None:
        links = await self.sensors.reach(self.step.sides, guided=guided)
        if self._left:
            return
        recording = Recording(
            self.store,
            self.choice,
            self.step.sides,
            links,
            self._feed,
            self._note,
            self._timing,
            guided=guided,
            instead_of=self._instead_of,
        )
        self.trouble, self.said = "", NOTHING
        self._recordings[self.at], self.earlier = recording, None
        if not guided:
            self._say_beforehand(recording)

    def _say_beforehand(self, recording: Recording) -> None:
        """Keep with a recording what was known before it."""
        score, self.pain_before = self.pain_before, ""
        if score:
            recording.say(keep_pain, "before", int(score), self._side)
        if self.choice.random_order:
            recording.say(keep_order, self.choice.order)
        if self.choice.measured_by.strip():
            recording.say(keep_measured_by, self.choice.measured_by)

    async def _keep(self, keep: Callable[..., None], *said: Any) -> None:
        """Keep something that was said of the step's assessment."""
        assessment_id = self.recording.assessment_id if self.recording is not None else None
        if assessment_id is None:
            return
        try:
            await asyncio.to_thread(keep, self.store, assessment_id, *said)
            self.said = await asyncio.to_thread(remarks, self.store, assessment_id)
        except AnkletError as error:
            self.trouble = str(error)
            self.changed()

    async def _look_up(self, assessment_id: int) -> None:
        try:
            self.said = await asyncio.to_thread(remarks, self.store, assessment_id)
        except AnkletError as error:
            self.trouble = str(error)
        self.changed()

    def _note(self) -> None:
        recording = self.recording
        if recording is not None and not recording.guided and recording.assessment_id is not None:
            self._count(recording, recording.assessment_id)
            if recording.over:
                self._looking_up = asyncio.ensure_future(self._look_up(recording.assessment_id))
                return  # which tells of the change
        self.changed()

    def _count(self, recording: Recording, assessment_id: int) -> None:
        """Remember what was recorded; what it was done instead of counts no longer."""
        gone = {recording.instead_of} - {assessment_id}
        self.assessment_ids = [number for number in self.assessment_ids if number not in gone]
        if assessment_id not in self.assessment_ids:
            self.assessment_ids.append(assessment_id)

    def _say(self, busy: str) -> None:
        self.busy = busy
        self.changed()
