"""What commands say of a person and a visit."""

from dataclasses import dataclass
from datetime import date, datetime

from anklet.analysis import Settings
from anklet.errors import DataError, UsageError
from anklet.model import Side
from anklet.store import SIMULATED, Person, Store, check_person_code
from anklet.visits import NewAssessment
from anklet.visits.side_order import RANDOM


@dataclass(frozen=True)
class NewVisit:
    """What a command says of a visit."""

    person_code: str
    at: datetime | None
    footwear: str | None
    involved: Side | None
    injured_on: date | None


def person_of(store: Store, visit: NewVisit) -> Person:
    """The person, perhaps not kept yet; what is said of a known one must agree."""
    check_person_code(visit.person_code)
    known = {p.code: p for p in store.people()}.get(visit.person_code)
    if known is None:
        return Person(visit.person_code, visit.involved, visit.injured_on)
    if visit.involved and visit.involved != known.involved:
        raise DataError(
            f"{known.code} is kept with involved side {known.involved or 'none'}, not "
            f"{visit.involved}; leave --involved out, or use another code."
        )
    return known


def new_assessment(
    visit: NewVisit, settings: Settings, *, random_order: bool = False, simulated: bool = False
) -> NewAssessment:
    """Return the assessment that a visit's options make, with its comparability key.

    Raises
    ------
    UsageError
        When the protocol has no place for what was said.
    """
    protocol = settings.protocol
    if protocol is None:
        raise UsageError("Say what is done with --protocol.")
    if visit.footwear and "footwear" not in protocol.key:
        raise UsageError(f"{protocol.title} does not depend on footwear; leave --footwear out.")
    if random_order and not protocol.one_leg:
        raise UsageError(
            f"{protocol.title} is done with both legs at once; leave --random-side-order out."
        )
    values = {
        "block_deg": settings.block_deg or 0.0,
        "knee": protocol.knee,
        "footwear": visit.footwear,
    }
    key: dict[str, float | str | None] = {field: values[field] for field in protocol.key}
    if random_order:
        key["side_order"] = RANDOM
    if simulated:
        key[SIMULATED] = True
    return NewAssessment(visit.person_code, time_of(visit), protocol.name, key, protocol.kind)


def time_of(visit: NewVisit) -> datetime:
    """Return when a visit was, in this computer's time zone; now when it does not say."""
    return (visit.at or datetime.now().replace(microsecond=0)).astimezone()
