"""Pain, tags and markers: what a person says of an assessment, kept as events."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from anklet.errors import UsageError
from anklet.store import Event, Store

When = Literal["before", "after"]
MOST_PAIN = 10
"""Numeric rating scale: 0 no pain, 10 the worst imaginable."""
MAX_TAG, MAX_MARKER = 40, 200


@dataclass(frozen=True)
class Marker:
    """A moment that somebody marked; ``t_s`` on the clock of the assessment's recordings."""

    t_s: float
    text: str = ""


@dataclass(frozen=True)
class Remarks:
    """What was said of one assessment; of pain the latest word, None where nothing was said."""

    pain_before: int | None = None
    pain_after: int | None = None
    tags: tuple[str, ...] = ()
    markers: tuple[Marker, ...] = field(default=())


NOTHING = Remarks()


def keep_pain(store: Store, assessment_id: int, when: When, score: int) -> None:
    """Keep a pain score before or after an assessment.

    Raises
    ------
    UsageError
        When it is no whole number from 0 to 10.
    """
    if when not in get_args(When):
        raise UsageError(f"Pain is told before or after, not {when}.")
    if type(score) is not int or not 0 <= score <= MOST_PAIN:
        raise UsageError(f"Pain is a whole number from 0 to {MOST_PAIN}, not {score}.")
    store.put_events(assessment_id, [Event("pain", 0.0, {"when": when, "score": score})])


def keep_tag(store: Store, assessment_id: int, text: str, *, removed: bool = False) -> None:
    """Put a tag on an assessment, or take it off.

    Raises
    ------
    UsageError
        When the tag is empty or longer than 40 characters.
    """
    data: dict[str, object] = {"text": _words(text, MAX_TAG, "A tag")}
    if removed:
        data["removed"] = True
    store.put_events(assessment_id, [Event("tag", 0.0, data)])


def keep_marker(store: Store, assessment_id: int, t_s: float, text: str = "") -> None:
    """Mark a moment, on the clock of the assessment's recordings.

    Raises
    ------
    UsageError
        When the time is no number, or the text longer than 200 characters.
    """
    if not math.isfinite(t_s):
        raise UsageError("A marker needs its time in s.")
    data = {"text": _words(text, MAX_MARKER, "A marker's text")} if text.strip() else {}
    store.put_events(assessment_id, [Event("marker", t_s, data)])


def remarks(store: Store, assessment_id: int) -> Remarks:
    """Return what was said of an assessment."""
    return _gathered(store.said(assessment_id, "pain", "tag", "marker"))


def remarks_of(store: Store, person_code: str) -> dict[int, Remarks]:
    """Return what was said of a person's assessments, by assessment id, in one query."""
    said = store.said_of(person_code, "pain", "tag", "marker")
    return {number: _gathered(events) for number, events in said.items()}


def tags_said(store: Store, person_code: str) -> dict[int, tuple[str, ...]]:
    """Return the tags of a person's assessments, by assessment id, in one query."""
    said = store.said_of(person_code, "tag", saying="text")
    return {number: tags for number, events in said.items() if (tags := _gathered(events).tags)}


def same_tag(tag: str) -> str:
    """Return what tags that mean the same have in common: capitals and spaces don't matter."""
    return " ".join(tag.split()).casefold()


def _gathered(events: Sequence[Event]) -> Remarks:
    pain: dict[str, int] = {}
    tags: dict[str, str] = {}
    markers: list[Marker] = []
    for event in events:
        if event.kind == "pain":
            pain[event.data["when"]] = event.data["score"]
        elif event.kind == "marker":
            markers.append(Marker(event.t_s, event.data.get("text", "")))
        elif "text" in event.data:  # the side order is kept as a tag without a text
            text = event.data["text"]
            tags.pop(same_tag(text), None)
            if not event.data.get("removed"):
                tags[same_tag(text)] = text
    ordered = tuple(sorted(markers, key=lambda marker: marker.t_s))
    return Remarks(pain.get("before"), pain.get("after"), tuple(tags.values()), ordered)


def _words(text: str, most: int, what: str) -> str:
    words = " ".join(text.split())
    if not 1 <= len(words) <= most:
        raise UsageError(f"{what} has 1 to {most} characters, not {len(words)}.")
    return words
