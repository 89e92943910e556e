"""``anklet record``: a set, live from the sensors."""

import asyncio
import dataclasses
import math
import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from anklet.analysis import Settings
from anklet.cli.live_view import View
from anklet.cli.persons import NewVisit, new_assessment, person_of
from anklet.cli.reach import reach
from anklet.cli.show import say, show_analysis
from anklet.errors import DataError, SensorError, UsageError
from anklet.sensor.finding import link_to, placement_of, refuse_double
from anklet.sensor.keys import OwnerKeys
from anklet.sensor.link import Found, Link
from anklet.sensor.reports import StreamReport
from anklet.sensor.simulated_person import simulated_links
from anklet.sensor.timing import Timing
from anklet.store import CALIBRATION, Person, Store, default_url
from anklet.visits import NewAssessment
from anklet.visits.deleting import open_store
from anklet.visits.live_session import LiveSession
from anklet.visits.session_views import Outcome
from anklet.visits.side_order import keep_order, next_order

TIMING = Timing()
REFRESH_S = 0.2


@dataclass(frozen=True)
class How:
    """Which sensors, and for how long (s)."""

    sensors: tuple[str, ...]
    simulated: bool
    duration_s: float | None
    search_s: float
    random_order: bool = False


def run(url: str | None, visit: NewVisit, settings: Settings, how: How) -> None:
    """Record, analyse, print what was measured and what became of each stream."""
    new = new_assessment(visit, settings, random_order=how.random_order, simulated=how.simulated)
    if new.protocol == CALIBRATION:
        raise UsageError("A calibration is recorded with --calibrate; leave --protocol out.")
    with open_store(url or default_url()) as store:
        person = person_of(store, visit)
        order = None
        if how.random_order:
            order = next_order(store, person.code, new.protocol, new.at)
            say(f"Side order of this visit: {order[0]} leg first, then {order[1]}.")
        whole = dataclasses.replace(settings, involved=person.involved)
        outcome, left = asyncio.run(_record(store, person, new, whole, how))
        if order and outcome.assessment:
            keep_order(store, outcome.assessment.id, order)
        visits = {v.id: v.at for v in store.visits(person.code)} if outcome.assessment else {}
    if outcome.analysis:
        show_analysis(outcome.analysis)
        say("")
    for report in outcome.reports:
        say(sentence(report))
    if outcome.assessment is None:
        raise DataError(outcome.trouble)
    at = visits[outcome.assessment.visit_id].astimezone()
    kept = f"the visit of {person.code} on {at:%Y-%m-%d %H:%M}"
    if left:
        say(f"Left at once. What came is kept as {kept}; anklet pull fetches the rest.")
        raise KeyboardInterrupt
    if outcome.trouble:
        raise DataError(f"The recording is kept as {kept}, but not analysed: {outcome.trouble}")
    say(f"\nKept as {kept}.")


def sentence(report: StreamReport) -> str:
    """Return what became of a stream, with the quality of its link and clock."""
    told = f"{report} {100 * report.quality:.0f} % came by themselves"
    if report.reconnects:
        again = "reconnection" if report.reconnects == 1 else "reconnections"
        told += f", {report.reconnects} {again}"
    if report.clock is not None:
        told += f"; clock within {1000 * report.clock.residual_s:.1f} ms"
    return told + "."


@dataclass
class Stopper:
    """Ctrl-C: the first ends the recording, the second leaves at once."""

    session: LiveSession
    presses: int = 0
    leaving: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    @contextmanager
    def listening(self) -> Generator[None]:
        """Take Ctrl-C while the context lasts."""
        loop = asyncio.get_running_loop()

        def pressed(_number: int, _frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._pressed)

        before = signal.signal(signal.SIGINT, pressed)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _pressed(self) -> None:
        self.presses += 1
        if self.presses == 1:
            self.session.stop()
        else:
            self.leaving.append(asyncio.ensure_future(self.session.leave()))


async def _record(
    store: Store, person: Person, new: NewAssessment, settings: Settings, how: How
) -> tuple[Outcome, bool]:
    sensors = await links(how)
    session = LiveSession(store, person, new, settings, sensors, keys=OwnerKeys(), timing=TIMING)
    stopper, view = Stopper(session), View(session, TIMING)
    with stopper.listening(), view:
        session.start()
        since_s: float | None = None
        while not session.over:
            await TIMING.sleep(REFRESH_S)
            session.catch_up()
            await session.keep_up()
            if since_s is None and session.running:
                since_s = TIMING.now_s()
            if since_s is not None and TIMING.now_s() - since_s >= (how.duration_s or math.inf):
                session.stop()
            view.show(ending=stopper.presses > 0)
        left = stopper.presses > 1
        outcome = await session.outcome(analysed=not left)
    return outcome, left


async def links(how: How, *, calibration: bool = False) -> list[Link]:
    """Reach the sensors; simulated ones do sets, or a calibration."""
    if how.simulated:
        boot = round(TIMING.unix_s())
        made = simulated_links(timing=TIMING, calibration=calibration, from_now=True, boot=boot)
        return list(made)
    found, _ = await reach(how.sensors, how.search_s)
    found = _usable(found, named=bool(how.sensors))
    refuse_double(found)
    return [link_to(each) for each in found]


def _usable(found: list[Found], *, named: bool) -> list[Found]:
    """Those that have a place; of several in reach those that are free."""
    placed = [f for f in found if f.kind == "usb" or placement_of(f) is not None]
    if named or not placed:
        for f in found:
            if placement_of(f) is None:
                raise SensorError(
                    f"{f.name} has no side and segment yet; say them with anklet setup --side "
                    "--segment.",
                    "placement",
                )
    return [f for f in placed if named or not f.taken]
