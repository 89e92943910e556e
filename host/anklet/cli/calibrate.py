"""``anklet record --calibrate``: the guided half-minute, told step by step, accepted or redone."""

import asyncio

from anklet.analysis import Settings, calibrate
from anklet.cli import record
from anklet.cli.persons import NewVisit, person_of, time_of
from anklet.cli.record import REFRESH_S, How, Stopper, sentence
from anklet.cli.show import out, say, show_calibrations
from anklet.errors import AnkletError, DataError
from anklet.model import Calibration, Placement
from anklet.sensor.keys import OwnerKeys
from anklet.store import CALIBRATION, Person, Store, default_url
from anklet.visits import NewAssessment, keep_calibration, load_recordings
from anklet.visits.calibrating import GUIDE, GUIDE_S
from anklet.visits.live_session import LiveSession
from anklet.visits.session_views import Outcome


def run(url: str | None, visit: NewVisit, how: How) -> None:
    """Record the guided half-minute until one is accepted; keep it for the visit."""
    with Store.open(url or default_url()) as store:
        person = person_of(store, visit)
        new = NewAssessment(person.code, time_of(visit), CALIBRATION, {})
        while not _once(store, person, new, how):
            say("\nOnce more.")


def _once(store: Store, person: Person, new: NewAssessment, how: How) -> bool:
    """Record one; return whether it was accepted, False to do it again."""
    outcome, left = asyncio.run(_guide(store, person, new, how))
    for report in outcome.reports:
        say(sentence(report))
    if left:
        raise KeyboardInterrupt
    if outcome.assessment is None:
        raise DataError(outcome.trouble)
    try:
        found = calibrate(load_recordings(store, outcome.assessment.id))
    except AnkletError as error:
        if not _asked(f"Not accepted: {error}\nDo it again?"):
            raise DataError(f"The calibration is not accepted: {error}") from error
        return False
    show_calibrations(found)
    if not _good(found) and _asked("It can be used, but is not good. Do it again?"):
        return False
    keep_calibration(store, outcome.assessment)
    say(f"Accepted: what this visit of {person.code} records from now on uses it.")
    return True


async def _guide(
    store: Store, person: Person, new: NewAssessment, how: How
) -> tuple[Outcome, bool]:
    timing = record.TIMING
    links = await record.links(how, calibration=True)
    session = LiveSession(store, person, new, Settings(), links, keys=OwnerKeys(), timing=timing)
    stopper = Stopper(session)
    begun_s: float | None = None
    told = 0
    with stopper.listening():
        session.start()
        while not session.over:
            await timing.sleep(REFRESH_S)
            session.catch_up()
            await session.keep_up()
            if begun_s is None and session.running:
                begun_s = timing.now_s()
            since_s = timing.now_s() - begun_s if begun_s is not None else -1.0
            while told < len(GUIDE) and since_s >= GUIDE[told][0]:
                say(GUIDE[told][1])
                told += 1
            if since_s >= GUIDE_S:
                session.stop()
        left = stopper.presses > 1
        return await session.outcome(analysed=False), left


def _good(found: dict[Placement, Calibration]) -> bool:
    return all(c.quality == "good" for c in found.values())


def _asked(question: str) -> bool:
    """Ask on a terminal, Enter means yes; elsewhere nobody is there to do it again."""
    if not out.is_terminal:
        return False
    return out.input(f"{question} [Y/n] ", markup=False).strip().lower() in ("", "y", "yes")
