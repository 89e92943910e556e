"""One recording of the app: a session with sensors, and what is said while it runs."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from anklet.analysis import Settings, calibrate
from anklet.app.choice import Choice
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
from anklet.visits import CALIBRATION, NewAssessment, load_recordings
from anklet.visits.calibrating import GUIDE, GUIDE_S
from anklet.visits.live_session import LiveSession
from anklet.visits.overrules import DONE_AGAIN, PAUSED, set_aside_between
from anklet.visits.remarks import keep_marker
from anklet.visits.session_views import Outcome, SensorView
from anklet.visits.streams import axis_start_unix_s

KEEP_UP_S = 0.2


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
    ) -> None:
        self.sides = tuple(sides)
        self.guided = guided
        self.calibrations: dict[Placement, Calibration] = {}
        self._guided_since_s: float | None = None
        self.outcome: Outcome | None = None
        self.trouble = ""
        self.ending = False
        self._store, self._choice = store, choice
        self._on_change = on_change
        self._timing = timing
        self._paused_s: float | None = None
        self._lost_s: dict[str, float] = {}
        self._session = LiveSession(
            store,
            choice.person,
            _calibration_of(choice) if guided else _assessment_of(choice),
            Settings(involved=choice.person.involved) if guided else settings_of(choice),
            links,
            keys=OwnerKeys(),
            timing=self._timing,
            on_state=feed.take,
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
    def running(self) -> bool:
        """Whether every sensor streams and nobody has ended it."""
        return self._session.running and not self.ending and not self.over

    @property
    def paused(self) -> bool:
        """Whether what is done now shall not count."""
        return self._paused_s is not None

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

    async def pause(self) -> None:
        """Begin or end a pause: what lies in it does not count."""
        now_s = self._timing.now_s()
        if self._paused_s is None:
            self._paused_s = now_s
        else:
            begun_s, self._paused_s = self._paused_s, None
            await self._exclude(begun_s, now_s, PAUSED)
        self._on_change()

    async def redo(self) -> None:
        """Take the last set back: it stays recorded, and does not count."""
        now_s = self._timing.now_s()
        for side, state in self._states().items():
            reps = state.reps or (state.sets[-1] if state.sets else ())
            if reps and len(state.t_s):
                ago_s = float(state.t_s[-1]) - reps[0].start_s
                await self._exclude(now_s - ago_s, now_s, DONE_AGAIN, side)
        self._on_change()

    async def mark(self) -> None:
        """Mark this moment."""
        now_unix_s = self._timing.unix_s()

        def keep(assessment_id: int) -> None:
            start_s = axis_start_unix_s(self._store, assessment_id)
            if start_s is not None:
                keep_marker(self._store, assessment_id, now_unix_s - start_s)

        if self.assessment_id is not None:
            await asyncio.to_thread(keep, self.assessment_id)

    def words(self) -> dict[str, Any]:
        """Return what pages show besides the angle, as plain JSON."""
        sensors = self._session.sensors()
        texts = {"signal": signal_words(sensors), "fault": self._fault(sensors)}
        return {
            "legs": {
                side: leg_words(side, state, self._choice.protocol, self._feed, self._hint(side))
                for side, state in self._states().items()
            },
            "texts": texts,
        }

    async def _follow(self) -> None:
        was_running = False
        try:
            while not self._session.over:
                await self._timing.sleep(KEEP_UP_S)
                await self._session.keep_up()
                if self._session.running != was_running:
                    was_running = self._session.running
                    self._guided_since_s = self._timing.now_s()
                    self._on_change()
                if self.guided and self._guide_s() > GUIDE_S:
                    self.stop()
            self.ending = True
            if self._paused_s is not None:
                await self.pause()
            self._on_change()
            self.outcome = await self._session.outcome(analysed=not self.guided)
            self.trouble = self.outcome.trouble
            if self.guided and self.outcome.assessment is not None:
                held = await asyncio.to_thread(
                    load_recordings, self._store, self.outcome.assessment.id
                )
                self.calibrations = await asyncio.to_thread(calibrate, held)
        except AnkletError as error:
            self.trouble = str(error)
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
        if self._session.trouble:
            return self._session.trouble
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

    async def _exclude(
        self, from_s: float, to_s: float, why: str, side: Side | None = None
    ) -> None:
        if self.assessment_id is None:
            return
        unix_s = self._timing.unix_s() - self._timing.now_s()
        span = (from_s + unix_s, to_s + unix_s)
        await asyncio.to_thread(
            set_aside_between, self._store, self.assessment_id, *span, why, side
        )


def settings_of(choice: Choice) -> Settings:
    """Return how a visit's recordings are analysed."""
    return Settings(
        block_deg=choice.block_deg if choice.setup != "table" else None,
        involved=choice.person.involved,
        protocol=choice.protocol,
    )


def _assessment_of(choice: Choice) -> NewAssessment:
    return NewAssessment(
        choice.person.code, now(), choice.protocol.name, choice.key, choice.protocol.kind
    )


def _calibration_of(choice: Choice) -> NewAssessment:
    return NewAssessment(choice.person.code, now(), CALIBRATION, {})


def now() -> datetime:
    """Return this moment, in this computer's time zone."""
    return datetime.now().astimezone().replace(microsecond=0)
