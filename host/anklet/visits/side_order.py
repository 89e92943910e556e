"""Which leg goes first: at random, and balanced over a person's visits."""

import hashlib
import itertools
from collections.abc import Iterator
from datetime import datetime

import numpy as np

from anklet.model import Side
from anklet.store import Event, Store
from anklet.visits.occasions import OCCASION

RANDOM = "random"
"""What the comparability key says of the side order: how it was chosen, not how it fell."""
BLOCKS = (2, 4)
"""Sizes of the permuted blocks, drawn at random themselves: after any visit neither leg has gone
first more than twice as often above the other, and the last visit of a block is not foreseen."""


def next_order(store: Store, person_code: str, protocol: str, at: datetime) -> tuple[Side, Side]:
    """Return the order of the legs for a visit: the first leg, then the other.

    It follows from the person's code, the protocol and how many earlier visits had a random order,
    so that asking again (or a recording that failed) does not draw again.

    Parameters
    ----------
    store : Store
    person_code, protocol : str
    at : datetime
        Of the visit; visits within `OCCASION` of it are the same one.
    """
    known = any(p.code == person_code for p in store.people())
    earlier = sum(
        visit.at < at.astimezone() - OCCASION
        and any(
            a.protocol == protocol and a.key.get("side_order") == RANDOM
            for a in store.assessments(visit.id)
        )
        for visit in (store.visits(person_code) if known else [])
    )
    first = next(itertools.islice(firsts(person_code, protocol), earlier, None))
    return (first, "right" if first == "left" else "left")


def firsts(person_code: str, protocol: str) -> Iterator[Side]:
    """Yield the leg that goes first at each visit, in permuted blocks, without end."""
    seed = hashlib.sha256(f"{person_code}\n{protocol}".encode()).digest()
    rng = np.random.default_rng(list(seed))
    while True:
        half = int(rng.choice(BLOCKS)) // 2
        block: list[Side] = ["left", "right"] * half
        yield from (block[k] for k in rng.permutation(2 * half))


def keep_order(store: Store, assessment_id: int, order: tuple[Side, Side]) -> None:
    """Say in the store how the order fell."""
    store.put_events(assessment_id, [Event("tag", 0.0, {"side_order": list(order)})])
