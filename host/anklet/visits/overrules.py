"""What was said of reps: kept by time, applied whenever an assessment is analysed."""

import math
from collections.abc import Sequence

from anklet.errors import UsageError
from anklet.model import Overrule, Side
from anklet.store import Event, Store
from anklet.visits.streams import axis_start_unix_s

PAUSED, DONE_AGAIN = "paused", "done again"
MAX_WHY = 200
DAY_S = 86_400.0
"""Longer than any recording."""


def keep_overrule(store: Store, assessment_id: int, said: Overrule) -> None:
    """Keep what was said of a span of an assessment; it counts from the next analysis on.

    Parameters
    ----------
    store : Store
    assessment_id : int
    said : Overrule
        Its times are on the axis of the assessment's recordings as they are now.

    Raises
    ------
    UsageError
        When the span or the reason cannot be used.
    """
    if not (math.isfinite(said.start_s) and math.isfinite(said.end_s)):
        raise UsageError("A span to overrule needs two times in s.")
    if said.start_s > said.end_s:
        raise UsageError(
            f"A span to overrule cannot end ({said.end_s:g} s) before it starts "
            f"({said.start_s:g} s)."
        )
    why = " ".join(said.why.split())
    if not 1 <= len(why) <= MAX_WHY:
        raise UsageError(f"Say why the reps are overruled, in 1 to {MAX_WHY} characters.")
    data = {"from_s": said.start_s, "to_s": said.end_s, "counts": said.counts, "why": why}
    data["axis_unix_s"] = axis_start_unix_s(store, assessment_id)
    store.put_events(assessment_id, [Event("overrule", said.start_s, data, said.side)])


def set_aside_between(
    store: Store,
    assessment_id: int,
    from_unix_s: float,
    to_unix_s: float,
    why: str,
    side: Side | None = None,
) -> bool:
    """Set aside what is recorded between two moments, as by a pause or a set that is redone.

    Returns
    -------
    bool
        False where nothing is kept, since nothing is recorded yet that could be set aside.
    """
    start_s = axis_start_unix_s(store, assessment_id)
    if start_s is None:
        return False
    said = Overrule(side, from_unix_s - start_s, to_unix_s - start_s, counts=False, why=why)
    keep_overrule(store, assessment_id, said)
    return True


def set_aside_from(
    store: Store,
    assessment_id: int,
    sides: Sequence[Side],
    from_unix_s: float,
    why: str,
    over: bool = False,
) -> bool:
    """Set aside what is recorded of legs from a moment on, as a pause does; or say that it is over.

    Kept at the pause's beginning, so that whatever ends the program keeps the pause; of those legs
    alone, since others may be recorded into the assessment later.

    Returns
    -------
    bool
        False where nothing is kept, since nothing is recorded yet.
    """
    start_s = axis_start_unix_s(store, assessment_id)
    if start_s is None:
        return False
    begun_s = from_unix_s - start_s
    counts = None if over else False
    for side in sides:
        keep_overrule(store, assessment_id, Overrule(side, begun_s, begun_s + DAY_S, counts, why))
    return True


def overrules(store: Store, assessment_id: int) -> tuple[Overrule, ...]:
    """Return what was said, in that order, on the axis of the recordings as they are now.

    Streams that came later and began earlier move that axis; what was said moves along.
    """
    events = store.said(assessment_id, "overrule")
    now_s = axis_start_unix_s(store, assessment_id) if events else None
    return tuple(_overrule(event, now_s) for event in events)


def _overrule(event: Event, axis_unix_s: float | None) -> Overrule:
    said_s = event.data.get("axis_unix_s")
    ahead_s = 0.0 if said_s is None or axis_unix_s is None else said_s - axis_unix_s
    return Overrule(
        event.side,
        event.data["from_s"] + ahead_s,
        event.data["to_s"] + ahead_s,
        event.data["counts"],
        event.data["why"],
    )
