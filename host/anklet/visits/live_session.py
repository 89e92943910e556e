"""A recording session: sensors into a visit, and what each leg does meanwhile."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from anklet.analysis import Settings, check_fits
from anklet.errors import AnkletError, SensorError, UsageError
from anklet.model import Analysis, Placement
from anklet.packets import Packet
from anklet.sensor.capture import Capture
from anklet.sensor.device import Device
from anklet.sensor.greeting import Identity, KeyRing
from anklet.sensor.link import Link
from anklet.sensor.reports import StreamReport
from anklet.sensor.sink import Exchange
from anklet.sensor.talk import end_stream
from anklet.sensor.timing import Timing
from anklet.store import Assessment, Person, Store
from anklet.visits.analysing import analyze_assessment
from anklet.visits.calibrating import calibrations_now
from anklet.visits.keeping import NewAssessment, keep_result, with_entered
from anklet.visits.live_legs import LiveLegs, OnState
from anklet.visits.occasions import visit_near
from anklet.visits.registering import StreamRegister
from anklet.visits.session_views import Outcome, SensorView, view_of
from anklet.visits.sink import StoreSink

BATTERY_S = 30.0
"""Between two looks at the sensors' batteries."""


class LiveSession:
    """Records from sensors into an assessment, and counts along.

    Parameters
    ----------
    store : Store
    person : Person
        Added where the store doesn't know the code.
    new : NewAssessment
    settings : Settings
        Of the analysis at the end; the live view uses block and mount.
    links : sequence of Link
        One a sensor.
    keys : KeyRing, optional
    timing : Timing, optional
    on_state : callable, optional
        Told what each leg does whenever its angle is new, in `catch_up`.
    instead_of : int, optional
        The assessment whose sets of the same legs are done again: they count no longer.

    Attributes
    ----------
    assessment_id : int or None
        None before every sensor has said where it is worn.
    """

    def __init__(
        self,
        store: Store,
        person: Person,
        new: NewAssessment,
        settings: Settings,
        links: Sequence[Link],
        *,
        keys: KeyRing | None = None,
        timing: Timing | None = None,
        on_state: OnState | None = None,
        instead_of: int | None = None,
    ) -> None:
        self._on_state = on_state
        self._store, self._person, self._settings = store, person, settings
        self._links = links
        self._keys: KeyRing = {} if keys is None else keys
        self._timing = timing or Timing()
        self._sink = StoreSink(store, self._timing)
        self._capture = Capture(
            links,
            self._sink,
            keys=keys,
            on_packet=self._on_packet,
            on_echo=self._on_echo,
            timing=self._timing,
        )
        self._task: asyncio.Task[list[StreamReport]] | None = None
        self._until = asyncio.Event()
        self._register_of_streams = StreamRegister(store, person, new, instead_of)
        self._calibrations = calibrations_now(store, visit_near(store, new))
        self._refused: SensorError | None = None
        self._battery: dict[str, int | None] = {}
        self._asked_s = -BATTERY_S
        self._asking: asyncio.Task[None] | None = None
        self._registering: asyncio.Task[None] | None = None
        self._not_registered = ""
        self.legs: LiveLegs | None = None

    @property
    def over(self) -> bool:
        """Whether everything has ended, by itself or because it was told to."""
        return self._task is not None and self._task.done()

    @property
    def running(self) -> bool:
        """Whether every sensor was reached and its stream started."""
        return all(r.reached.is_set() for r in self._recorders)

    @property
    def trouble(self) -> str:
        """What keeps the store from writing now, empty when nothing does."""
        return self._capture.trouble or self._not_registered

    @property
    def assessment_id(self) -> int | None:
        """The assessment that the recordings belong to, None before a stream is kept."""
        return self._register_of_streams.assessment_id

    def unix_s(self, host_s: float) -> float:
        """Return a moment of the clock that live reps have, in s since 1970."""
        return host_s + self._sink.unix_offset_us * 1e-6

    def start(self) -> None:
        """Begin; `keep_up` is to be awaited, and `catch_up` called, now and then."""
        self._task = asyncio.ensure_future(self._capture.run(self._until))

    def stop(self) -> None:
        """End the streams; what is missing is fetched before it is `over`."""
        self._until.set()
        if self._task is not None and not self.running:
            self._task.cancel()  # it still waits for a sensor

    async def leave(self) -> None:
        """End at once; what is not here yet stays on the sensors."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def sensors(self) -> list[SensorView]:
        """Return each sensor now."""
        return [view_of(recorder, self._battery) for recorder in self._capture.recorders]

    def catch_up(self) -> None:
        """Bring the legs up to the packets that came."""
        if self.legs is not None:
            self.legs.catch_up()

    async def keep_up(self) -> None:
        """See to it that new streams are registered, and batteries asked for; waits for neither."""
        if self._registering is None or self._registering.done():
            self._registering = asyncio.ensure_future(self._try_to_register())
        now_s = self._timing.now_s()
        if now_s - self._asked_s >= BATTERY_S and any(r.identity for r in self._recorders):
            self._asked_s = now_s
            self._asking = asyncio.ensure_future(self._ask_batteries())

    async def register(self) -> None:
        """Say in the store which streams belong to the assessment, when it is `over`.

        Raises
        ------
        AnkletError
            When the store cannot.
        """
        if self._registering is not None:
            await self._registering
        await self._register()

    async def outcome(self, *, analysed: bool = True) -> Outcome:
        """Say what became of it, when it is `over`.

        Raises
        ------
        AnkletError
            When it could not be begun: a sensor was not reached, or must not be recorded.
        """
        self.catch_up()
        if self._asking is not None:
            self._asking.cancel()
        await self.register()
        error: BaseException | None = self._refused
        if error is None and self._task is not None and not self._task.cancelled():
            error = self._task.exception()
        if error is not None:
            await self._end_streams()
            raise error
        reports = tuple(self._capture.reports)
        if self.assessment_id is None:
            await self._end_streams()
            return Outcome(None, reports, None, "No sensor was reached, so nothing was recorded.")
        assessment = await asyncio.to_thread(self._store.assessment, self.assessment_id)
        if not analysed:
            return Outcome(assessment, reports, None, "")
        try:
            analysis = await asyncio.to_thread(self._analyze, assessment)
        except AnkletError as why:
            return Outcome(assessment, reports, None, str(why))
        return Outcome(assessment, reports, analysis, "")

    @property
    def _recorders(self) -> Sequence[Device]:
        return self._capture.recorders

    def _analyze(self, assessment: Assessment) -> Analysis:
        how = replace(self._settings, involved=self._person.involved)
        how = with_entered(self._store, assessment.id, how)
        analysis = analyze_assessment(self._store, assessment, how)
        keep_result(self._store, assessment, analysis, how)
        return analysis

    async def _try_to_register(self) -> None:
        """Without an end to the recording where the store cannot; it is tried again."""
        try:
            await self._register()
        except (AnkletError, OSError) as error:
            self._not_registered = str(error)
        else:
            self._not_registered = ""

    async def _register(self) -> None:
        """Say in the store which streams belong to the assessment, once all sensors are known."""
        placed = self._placed()
        if placed is None or self._refused is not None:
            return
        fresh = self._register_of_streams.fresh(self._recorders, placed)
        if not fresh:
            return
        try:
            await asyncio.to_thread(self._register_of_streams.keep, fresh, set(placed.values()))
        except SensorError as error:
            self._refused = error
            self.stop()

    def _placed(self) -> Mapping[str, Placement] | None:
        """Where every sensor is worn, None before all have said so; refuses what cannot be."""
        placed: dict[str, Placement] = {}
        for recorder in self._recorders:
            who = recorder.identity
            if who is None:
                return None
            if not (who.side and who.segment):
                self._refuse(f"{who} has no side and segment yet; say them with anklet setup.")
                return None
            placement = Placement(who.side, who.segment)
            if placement in placed.values():
                self._refuse(
                    f"Two sensors are set up as the {placement}; name one with --sensor, or give "
                    "the other its place with anklet setup."
                )
                return None
            placed[who.sensor_id] = placement
        if self.legs is None:
            try:
                check_fits(self._settings, list(placed.values()))
            except UsageError as error:
                self._refuse(str(error))
                return None
            self.legs = LiveLegs(
                list(placed.values()), self._settings, self._calibrations, self._on_state
            )
        return placed

    def _refuse(self, why: str) -> None:
        if self._refused is None:
            self._refused = SensorError(why[:1].upper() + why[1:], "placement")
            self.stop()

    async def _end_streams(self) -> None:
        """Sensors that were reached go on otherwise, until their batteries are empty."""
        for link, recorder in zip(self._links, self._recorders, strict=True):
            if recorder.reached.is_set():
                await end_stream(link, self._keys, self._timing)

    def _on_packet(self, identity: Identity, packet: Packet, _host_s: float) -> None:
        if self.legs is not None:
            self.legs.push(identity, packet)

    def _on_echo(self, identity: Identity, echo: Exchange) -> None:
        if self.legs is not None:
            self.legs.echo(identity, echo)

    async def _ask_batteries(self) -> None:
        for recorder in self._recorders:
            if recorder.identity is None:
                continue
            try:
                told = (await recorder.request("status")).body.get("battery")
            except SensorError:
                continue
            self._battery[recorder.identity.sensor_id] = told if isinstance(told, int) else None
