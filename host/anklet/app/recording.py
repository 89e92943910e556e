"""One recording of the app: a session with sensors, and what is said while it runs."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from anklet.analysis import calibrate
from anklet.app.aside import Aside
from anklet.app.choice import Choice
from anklet.app.faults import LOG
from anklet.app.live_feed import LiveFeed
from anklet.app.live_words import leg_words, signal_words
from anklet.app.texts import _
from anklet.errors import AnkletError
from anklet.live import LiveState
from anklet.model import Calibration, Placement, Side
from anklet.sensor.keys import OwnerKeys
from anklet.sensor.link import Link, State
from anklet.sensor.timing import Timing
from anklet.store import Store
from anklet.visits import load_recordings
from anklet.visits.calibrating import GUIDE, GUIDE_S
from anklet.visits.live_session import LiveSession
from anklet.visits.overrules import DONE_AGAIN, PAUSED, set_aside_between, set_aside_from
from anklet.visits.remarks import mark_moment
from anklet.visits.session_views import Outcome, SensorView

KEEP_UP_S, TOLD_S = 0.2, 5.0
"""Between two looks at what happens; how long the page says that a marker was kept."""

Keep = Callable[..., object]
"""Keeps something said in the store, given (store, assessment id, what was said); False where
nothing is recorded yet that it could be said of."""


class Recording:
    """A recording that runs, from looking for the sensors to its analysis.

    Parameters
    ----------
    store : Store
    choice : Choice
    sides : sequence of str
        Legs that are recorded.
    links : sequence of Link
    feed : LiveFeed
    on_change : callable
        Told when a page should look again.
    timing : Timing
    guided : bool
        It is the guided half-minute of a calibration, which ends by itself.
    instead_of : int, optional
        The assessment whose sets of the same legs are done again: they count no longer.

    Attributes
    ----------
    calibrations : dict of Placement to Calibration
        What a guided half-minute came to.
    outcome : Outcome or None
        When it is over, and was analysed.
    trouble : str
        Why it could not be begun, or not be analysed; a sentence.
    """

    def __init__(
        self,
        store: Store,
        choice: Choice,
        sides: Sequence[Side],
        links: Sequence[Link],
        feed: LiveFeed,
        on_change: Callable[[], None],
        timing: Timing,
        *,
        guided: bool = False,
        instead_of: int | None = None,
    ) -> None:
        self.sides = tuple(sides)
        self.guided = guided
        self.instead_of = instead_of
        self.calibrations: dict[Placement, Calibration] = {}
        self._guided_since_s: float | None = None
        self.outcome: Outcome | None = None
        self.trouble = ""
        self.ending = False
        self._store, self._choice = store, choice
        self._on_change = on_change
        self._timing = timing
        self.paused = False
        self._aside = Aside()
        self._to_say: list[tuple[Keep, tuple[Any, ...], str]] = []
        self._not_said = ""
        self._kept, self._kept_s = "", 0.0
        self._lost_s: dict[str, float] = {}
        self._session = LiveSession(
            store,
            choice.person,
            choice.assessment(guided=guided),
            choice.settings(guided=guided),
            links,
            keys=OwnerKeys(),
            timing=self._timing,
            on_state=feed.take,
            instead_of=instead_of,
        )
        self._feed = feed
        feed.begin(self._session.catch_up)
        self._session.start()
        self._task = asyncio.ensure_future(self._follow())

    @property
    def over(self) -> bool:
        """Whether it has ended, its analysis included."""
        return self._task.done()

    @property
    def assessment_id(self) -> int | None:
        """Where it is kept, None before all sensors are known."""
        return self._session.assessment_id

    def stop(self) -> None:
        """End it: what is missing is fetched, then it is analysed."""
        if not self.ending:
            self.ending = True
            self._session.stop()
            self._on_change()

    async def leave(self) -> None:
        """End it at once; what came is kept, the rest stays on the sensors."""
        self.ending = True
        await self._session.leave()
        await asyncio.wait({self._task})

    def say(self, keep: Keep, *said: Any, told: str = "") -> None:
        """Say something of what is recorded: it is kept as soon as there is something recorded.

        Parameters
        ----------
        keep : callable
        said : anything
            For ``keep``.
        told : str
            What the page says when it is kept.
        """
        self._to_say.append((keep, said, told))

    def pause(self) -> None:
        """Begin or end a pause: what lies in it doesn't count."""
        self.paused = not self.paused
        (self._aside.pause if self.paused else self._aside.go_on)(self._states())
        now_s = self._timing.unix_s()
        self.say(set_aside_from, self.sides, now_s, PAUSED, not self.paused)
        self._on_change()

    def redo(self) -> None:
        """Take the last set back: it stays recorded, and does not count."""
        now_s = self._timing.unix_s()
        for side, state in self._states().items():
            reps = state.reps or (state.sets[-1] if state.sets else ())
            if reps and len(state.t_s):
                ago_s = float(state.t_s[-1]) - reps[0].start_s
                told = _("The last set does not count.")
                span = (now_s - ago_s, now_s, DONE_AGAIN, side)
                self.say(set_aside_between, *span, told=told)
                self._aside.add(side, reps[0].start_s, float(state.t_s[-1]))

    def mark(self) -> None:
        """Mark this moment."""
        side = self.sides[0] if len(self.sides) == 1 else None
        self.say(mark_moment, side, self._timing.unix_s(), told=_("Marked."))

    def words(self) -> dict[str, Any]:
        """Return what pages show besides the angle, as plain JSON."""
        sensors = self._session.sensors()
        recent = self._timing.now_s() - self._kept_s < TOLD_S
        texts = {
            "signal": signal_words(sensors),
            "fault": self._fault(sensors),
            "told": self._kept if recent else "",
        }
        return {
            "legs": {
                side: leg_words(
                    side, state, self._aside, self._choice.protocol, self._feed, self._hint(side)
                )
                for side, state in self._states().items()
            },
            "texts": texts,
        }

    async def _follow(self) -> None:
        was_running = False
        try:
            while not self._session.over:
                await self._timing.nap(KEEP_UP_S)
                await self._session.keep_up()
                await self._keep_said()
                if self._session.running != was_running:
                    was_running = self._session.running
                    self._guided_since_s = self._timing.now_s()
                    self._on_change()
                if self.guided and self._guide_s() > GUIDE_S:
                    self.stop()
            self.ending = True
            self._on_change()
            await self._session.register()
            await self._keep_said()
            self.outcome = await self._session.outcome(analysed=not self.guided)
            self.trouble = self.outcome.trouble or self._not_said
            if self.guided and self.outcome.assessment is not None:
                held = await asyncio.to_thread(
                    load_recordings, self._store, self.outcome.assessment.id
                )
                self.calibrations = await asyncio.to_thread(calibrate, held)
        except AnkletError as error:
            self.trouble = str(error)
        except Exception as error:
            self.trouble = _(
                "A fault in Anklet itself ({name}); what was recorded is kept. Analyse it on the "
                "person's page, and report what the terminal says."
            ).format(name=type(error).__name__)
            logging.getLogger(LOG).exception("A recording ended by a fault.")
            await self._session.leave()
        finally:
            asyncio.get_running_loop().call_soon(self._on_change)

    def _guide_s(self) -> float:
        """How long the guided half-minute has been going on."""
        since_s = self._guided_since_s
        return 0.0 if since_s is None else self._timing.now_s() - since_s

    def _told(self) -> str:
        """What a guided half-minute asks for now."""
        at_s = self._guide_s()
        return [words for from_s, words in GUIDE if from_s <= at_s][-1]

    def _states(self) -> dict[Side, LiveState]:
        legs = self._session.legs
        return {} if legs is None else dict(legs.states)

    def _hint(self, side: Side) -> str:
        """What the leg should do now."""
        if self.guided:
            return self._told()
        if self.paused:
            return _("Paused: what you do now does not count.")
        return self._session.legs.hints.get(side, "") if self._session.legs else ""

    def _fault(self, sensors: Sequence[SensorView]) -> str:
        """One sentence for the strip, empty when all is well."""
        now_s = self._timing.now_s()
        if self._session.trouble or self._not_said:
            return self._session.trouble or self._not_said
        for view in sensors:
            if view.state is not State.LOST:
                self._lost_s.pop(view.name, None)
                continue
            since_s = now_s - self._lost_s.setdefault(view.name, now_s)
            return _(
                "{name} is out of reach ({minutes}:{seconds:02d}); it goes on recording on its "
                "own, and is reconnected by itself."
            ).format(name=view.name, minutes=int(since_s // 60), seconds=int(since_s % 60))
        return ""

    async def _keep_said(self) -> None:
        """Keep what was said, in its order; what cannot be kept yet is tried again."""
        while self._to_say and self.assessment_id is not None:
            keep, said, told = self._to_say[0]
            try:
                kept = await asyncio.to_thread(keep, self._store, self.assessment_id, *said)
            except AnkletError as error:
                self._not_said = str(error)
                return
            self._not_said = ""
            if kept is False:
                return
            del self._to_say[0]
            self._kept, self._kept_s = told or self._kept, self._timing.now_s()
