"""What commands say of a person and a visit."""

from dataclasses import dataclass
from datetime import date, datetime

from anklet.analysis import Settings
from anklet.errors import DataError
from anklet.model import Side
from anklet.store import Person, Store, check_person_code


@dataclass(frozen=True)
class NewVisit:
    """What a command says of a visit."""

    person_code: str
    at: datetime | None
    protocol: str
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


def key_of(visit: NewVisit, settings: Settings) -> dict[str, float | str | None]:
    """Return what a visit says of the comparability key."""
    return {"block_deg": settings.block_deg or 0.0, "footwear": visit.footwear}


def time_of(visit: NewVisit) -> datetime:
    """Return when a visit was, in this computer's time zone; now when it does not say."""
    return (visit.at or datetime.now().replace(microsecond=0)).astimezone()
