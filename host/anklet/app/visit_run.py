"""A visit in progress: which step is on, which sensors it uses, what was recorded.

It lives in the server, not in a page: a reload, a second tab or a closed lid changes nothing.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Any

from anklet.app.choice import Choice, Kind, Step
from anklet.app.live_feed import LiveFeed
from anklet.app.recording import Recording
from anklet.app.simulated_client import SimulatedClient
from anklet.app.texts import _
from anklet.errors import AnkletError, SensorError
from anklet.model import Placement, Side
from anklet.protocols import find_protocol
from anklet.report.numbers import legs
from anklet.report.words import calibration_sentence, reps_sentence
from anklet.sensor.finding import Search, link_to, placement_of, search
from anklet.sensor.keys import OwnerKeys
from anklet.sensor.link import Found, Link
from anklet.sensor.talk import talk
from anklet.sensor.timing import Timing
from anklet.store import Store
from anklet.visits import keep_calibration
from anklet.visits.remarks import When, keep_pain, keep_tag
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
    heard : Search or None
        The sensors that were found.
    worn : dict of Placement to Found
        Which sensor is where.
    recording : Recording or None
        The step's, running or over.
    assessment_ids : list of int
        What was recorded, latest last.
    trouble : str
        What a page should say about the last thing that was asked for.
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
        self.heard: Search | None = None
        self.worn: dict[Placement, Found] = {}
        self.recording: Recording | None = None
        self.assessment_ids: list[int] = []
        self.trouble = ""
        self.busy = ""
        self.store, self.changed = store, on_change
        self.tags: list[str] = []
        self.pain_before = ""
        self.links: list[Link] = []
        self.opened: set[tuple[int, Side]] = set()
        self._said_before: list[Recording] = []
        self._keeping: asyncio.Task[None] | None = None
        self._starting = False
        self._feed, self._timing = feed, timing
        self._client = SimulatedClient(choice, random.randrange(1, 10_000), timing)

    @property
    def step(self) -> Step:
        """The step that is on."""
        return self.steps[self.at]

    @property
    def recorded(self) -> bool:
        """Whether something is being recorded now."""
        return self.recording is not None and not self.recording.over

    def go(self, by: int) -> None:
        """Go to the next step, or back; not while something is recorded."""
        to = self.at + by
        if self.recorded or self._starting or not 0 <= to < len(self.steps):
            return
        self.at, self.recording, self.trouble = to, None, ""
        self.changed()

    async def look(self) -> None:
        """Look for sensors, and take those that say that they are worn where one is needed."""
        self._say(_("Looking for sensors"))
        self.heard = await search()
        self.trouble = self.heard.trouble
        for found in self.heard.found:
            place = placement_of(found)
            if place is not None and place in self.needed() and not found.taken:
                self.worn.setdefault(place, found)
        self._say("")

    def needed(self) -> tuple[Placement, ...]:
        """Where sensors are needed: of the first leg only, where one set of them is moved."""
        sides = self.choice.order[:1] if self.choice.moved else self.choice.order
        return self.choice.placements(sides)

    @property
    def ready(self) -> bool:
        """Whether there is a sensor for every place."""
        return self.choice.simulated or all(place in self.worn for place in self.needed())

    async def start(self) -> None:
        """Begin the step's recording, once however often it is asked for."""
        if self.recorded or self._starting or self.step.kind not in (Kind.LEG, Kind.CALIBRATE):
            return
        self._starting = True
        self._say(_("Starting"))
        try:
            self.links = await self._links(self.step.sides)
        except AnkletError as error:
            self.trouble = str(error)
            self._say("")
            return
        finally:
            self._starting = False
        self.trouble = ""
        self.recording = Recording(
            self.store,
            self.choice,
            self.step.sides,
            self.links,
            self._feed,
            self._note,
            self._timing,
            guided=self.step.kind is Kind.CALIBRATE,
        )
        self._say("")

    def wear(self, place: Placement, found: Found | None) -> None:
        """Say which sensor is worn in a place; a sensor is in one place only."""
        self.worn = {p: f for p, f in self.worn.items() if p != place and f != found}
        if found is not None:
            self.worn[place] = found
        self.changed()

    def instructions(self) -> tuple[str, ...]:
        """Return what the person is to do in this step, in order."""
        if self.step.kind is Kind.CALIBRATE:
            return find_protocol("calibration").steps
        return self.choice.protocol.steps

    def again(self) -> None:
        """Do the step anew; what was recorded is kept."""
        self.recording = None
        self.changed()

    def finding(self) -> tuple[list[str], bool]:
        """Return what the step's recording came to, and whether it is of use."""
        recording = self.recording
        if recording is None:
            return [], False
        if recording.guided and recording.calibrations:
            found = [
                f"{place}: {calibration_sentence(c)}" for place, c in recording.calibrations.items()
            ]
            return found, True
        if recording.outcome is None or recording.outcome.analysis is None:
            return [recording.trouble], False
        return [
            f"{leg.side}: {reps_sentence(leg)}"
            for leg in legs(recording.outcome.analysis)
            if leg.side in recording.sides
        ], True

    def open_reps(self, assessment_id: int, side: Side, *, shown: bool) -> None:
        """Remember whose reps are shown one by one: a page that is made anew shows them again."""
        (self.opened.add if shown else self.opened.discard)((assessment_id, side))

    async def accept(self) -> None:
        """Use a calibration for what the visit records from now on, and go on."""
        recording = self.recording
        if recording is not None and recording.outcome and recording.outcome.assessment:
            try:
                await asyncio.to_thread(keep_calibration, self.store, recording.outcome.assessment)
            except AnkletError as error:
                self.trouble = str(error)
                self.changed()
                return
        self.go(1)

    async def marker(self) -> None:
        """Mark this moment."""
        if self.recording is not None:
            await self.recording.mark()

    def say_pain_before(self, score: str) -> None:
        """Remember the pain before the set; it is kept with its recording."""
        self.pain_before = score

    async def say_pain_after(self, score: str) -> None:
        """Keep the pain after the set."""
        await self._keep_pain("after", score)

    async def say_tag(self, words: str) -> None:
        """Keep a tag of the set."""
        if words.strip() and await self._keep(keep_tag, words):
            self.tags.append(words.strip())
        self.changed()

    async def _say_before(self, recording: Recording) -> None:
        """Keep with a recording what was known before it: pain, and the order of the legs."""
        if recording in self._said_before:
            return
        self._said_before.append(recording)
        score, self.pain_before = self.pain_before, ""
        await self._keep_pain("before", score)
        if self.choice.random_order:
            await self._keep(keep_order, self.choice.order)

    async def leave(self) -> None:
        """End what runs; everything recorded is kept."""
        if self.recording is not None and self.recorded:
            await self.recording.leave()

    def words(self) -> dict[str, Any]:
        """Return what pages show besides the angle."""
        return self.recording.words() if self.recording is not None and self.recorded else {}

    async def _keep_pain(self, when: When, score: str) -> None:
        if score:
            await self._keep(keep_pain, when, int(score))

    async def _keep(self, keep: Callable[..., None], *said: Any) -> bool:
        """Keep something that was said of the step's assessment; False where it cannot be."""
        if self.recording is None or self.recording.assessment_id is None:
            return False
        try:
            await asyncio.to_thread(keep, self.store, self.recording.assessment_id, *said)
        except AnkletError as error:
            self.trouble = str(error)
            return False
        return True

    async def _links(self, sides: tuple[Side, ...]) -> list[Link]:
        guided = self.step.kind is Kind.CALIBRATE
        if self.choice.simulated:
            return await asyncio.to_thread(self._client.links, sides, guided=guided)
        links: list[Link] = []
        for place in self.choice.placements(sides):
            found = self.worn.get(self._first(place) if self.choice.moved else place)
            if found is None:
                raise SensorError(
                    _("No sensor was chosen for the {place}; go back to the sensors.").format(
                        place=place
                    ),
                    "placement",
                )
            if placement_of(found) != place or self.choice.moved:
                await _place(link_to(found), place)
            links.append(link_to(found))
        return links

    def _first(self, place: Placement) -> Placement:
        """Where the sensor that is moved here was worn first."""
        return Placement(self.choice.order[0], place.segment)

    def _note(self) -> None:
        recording = self.recording
        if recording is not None and not recording.guided and recording.assessment_id is not None:
            if recording.assessment_id not in self.assessment_ids:
                self.assessment_ids.append(recording.assessment_id)
            if recording.over:
                self._keeping = asyncio.ensure_future(self._say_before(recording))
        self.changed()

    def _say(self, busy: str) -> None:
        self.busy = busy
        self.changed()


async def _place(link: Link, place: Placement) -> None:
    """Tell a sensor where it is worn now."""
    async with talk(link) as conversation:
        await conversation.greet(OwnerKeys())
        await conversation.place({"side": place.side, "segment": place.segment})
