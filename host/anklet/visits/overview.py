"""Everybody at a glance: when last seen, when due, and how the sides differ lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median

from anklet.model import Measure
from anklet.store import Person, RecentCourse, Store


@dataclass(frozen=True)
class PersonOverview:
    """One person in the list of all.

    Parameters
    ----------
    person : Person
    visits : int
        How many there are.
    last_visit_at : datetime or None
        In local time.
    weeks_since_injury : float or None
        Today; None where no date of the injury is kept, or it lies ahead.
    usual_days : float or None
        Median of the waits between the latest visits; None below two days with a visit.
    next_due : date or None
        The usual wait after the last visit.
    key_text, primary : str or None
        What the differences are of: key and primary measure of the latest comparison.
    differences_deg : tuple of (date, float)
        Involved minus uninvolved (left minus right where neither is), earliest first.
    """

    person: Person
    visits: int
    last_visit_at: datetime | None
    weeks_since_injury: float | None
    usual_days: float | None
    next_due: date | None
    key_text: str | None
    primary: Measure | None
    differences_deg: tuple[tuple[date, float], ...]


def overview(store: Store, today: date) -> list[PersonOverview]:
    """Return everybody, by code; a few queries however many visits there are.

    Parameters
    ----------
    store : Store
    today : date
        Weeks since the injury are counted to it.
    """
    return [_person(course, today) for course in store.recent_courses()]


def _person(course: RecentCourse, today: date) -> PersonOverview:
    person = course.person
    local = [at.astimezone() for at in course.recent_at]
    usual_days = _usual_days([at.date() for at in local])
    since = (today - person.injured_on).days if person.injured_on else -1
    sign = -1 if person.involved == "right" else 1
    return PersonOverview(
        person=person,
        visits=course.visits,
        last_visit_at=local[-1] if local else None,
        weeks_since_injury=since / 7 if since >= 0 else None,
        usual_days=usual_days,
        next_due=local[-1].date() + timedelta(days=round(usual_days)) if usual_days else None,
        key_text=course.key_text,
        primary=course.primary,
        differences_deg=tuple(
            (at.astimezone().date(), sign * deg) for at, deg in course.left_minus_right_deg
        ),
    )


def _usual_days(days: Sequence[date]) -> float | None:
    seen = sorted(set(days))
    waits = [(after - before).days for before, after in pairwise(seen)]
    return float(median(waits)) if waits else None
