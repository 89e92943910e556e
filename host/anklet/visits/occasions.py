"""Which visit and assessment of a person a new recording belongs to."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TypeVar

from anklet.model import Placement, Side
from anklet.store import Assessment, Person, Store
from anklet.visits.keeping import NewAssessment

OCCASION = timedelta(hours=2)
"""Sets this near each other are of one visit: longer than any session, shorter than half a day."""
TOGETHER_S = 60.0
"""Sensors started by hand, one after the other, are of one set."""

T = TypeVar("T")


def ensure_person(store: Store, person: Person) -> None:
    """Add a person where the store doesn't know the code."""
    if all(known.code != person.code for known in store.people()):
        store.add_person(person.code, person.involved, person.injured_on)


def open_assessment(store: Store, new: NewAssessment, placements: Collection[Placement]) -> int:
    """Return the assessment that recordings belong to, added where there is none.

    The visit is the person's nearest within `OCCASION`, else a new one. In it, an analysed
    assessment of the same comparability key takes the recordings where it lacks their legs (legs
    recorded one after the other are compared; with the latest take of a leg that was done again); a
    leg that all have already is another assessment.

    Parameters
    ----------
    store : Store
    new : NewAssessment
    placements : collection of Placement
        Of recordings that were made together.
    """
    visit_id = _visit(store, new)
    sides: set[Side] = {placement.side for placement in placements}
    for assessment in reversed(store.assessments(visit_id)):
        alike = assessment.key_text == new.key_text and assessment.left_out_why is None
        if alike and _lacks(store, assessment, sides):
            return assessment.id
    return store.add_assessment(visit_id, new.kind, new.protocol, new.key)


def _visit(store: Store, new: NewAssessment) -> int:
    near = visit_near(store, new)
    return store.add_visit(new.person_code, new.at.astimezone()) if near is None else near


def visit_near(store: Store, new: NewAssessment) -> int | None:
    """Return the person's visit nearest in time within `OCCASION`, None without one."""
    at = new.at.astimezone()
    known = any(person.code == new.person_code for person in store.people())
    visits = store.visits(new.person_code) if known else []
    near = [v for v in visits if abs(v.at - at) <= OCCASION]
    return min(near, key=lambda v: abs(v.at - at)).id if near else None


def _lacks(store: Store, assessment: Assessment, sides: Collection[Side]) -> bool:
    if store.latest_result(assessment.id) is None:
        return False
    return all(r.placement.side not in sides for r in store.recordings(assessment.id))


def together(
    spans: Sequence[tuple[T, Placement, float, float]],
) -> list[list[tuple[T, Placement, float, float]]]:
    """Sort recordings into those made together, by time.

    Parameters
    ----------
    spans : sequence of (anything, Placement, start in s, end in s)

    Returns
    -------
    list of lists
        Of each, every placement occurs once at most, and every member overlaps the first, or began
        within `TOGETHER_S` of it.
    """
    groups: list[list[tuple[T, Placement, float, float]]] = []
    for span in sorted(spans, key=lambda s: s[2]):
        _, placement, start_s, _ = span
        for group in groups:
            first = group[0]
            near = start_s <= max(first[3], first[2] + TOGETHER_S)
            if near and all(other[1] != placement for other in group):
                group.append(span)
                break
        else:
            groups.append([span])
    return groups
