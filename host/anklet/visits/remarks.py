"""Pain, tags, markers, who measured: what is said of an assessment, kept as events."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from anklet.errors import UsageError
from anklet.model import Side
from anklet.store import Event, Store
from anklet.visits.streams import axis_start_unix_s

When = Literal["before", "after"]
MOST_PAIN = 10
"""Numeric rating scale: 0 no pain, 10 the worst imaginable."""
MAX_TAG, MAX_MARKER, MAX_WHO = 40, 200, 20


@dataclass(frozen=True)
class Marker:
    """A moment that somebody marked; ``t_s`` on the clock of the assessment's recordings."""

    t_s: float
    text: str = ""


@dataclass(frozen=True)
class Pain:
    """Scores from 0 to 10; None where nothing was said."""

    before: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class Remarks:
    """What was said of one assessment; the latest word counts.

    ``pain`` is by leg; what was said of no leg in particular is under None.
    """

    pain: Mapping[Side | None, Pain] = field(default_factory=dict[Side | None, Pain])
    tags: tuple[str, ...] = ()
    markers: tuple[Marker, ...] = ()
    measured_by: str = ""

    def pain_of(self, side: Side) -> Pain:
        """Return what was said of a leg, or else of both."""
        own, both = self.pain.get(side, Pain()), self.pain.get(None, Pain())
        return Pain(
            both.before if own.before is None else own.before,
            both.after if own.after is None else own.after,
        )

    @property
    def pain_words(self) -> str:
        """Pain in words, as "left 2 before, 3 after"; empty where nothing was said."""
        legs = sorted(self.pain.items(), key=lambda said: said[0] or "")
        return "; ".join(_pain_words(side, pain) for side, pain in legs if pain != Pain())


NOTHING = Remarks()


def keep_pain(
    store: Store, assessment_id: int, when: When, score: int | None, side: Side | None = None
) -> None:
    """Keep a pain score before or after an assessment, of one leg or of no one in particular.

    None takes back what was said.

    Raises
    ------
    UsageError
        When it is no whole number from 0 to 10.
    """
    if when not in get_args(When):
        raise UsageError(f"Pain is told before or after, not {when}.")
    if score is not None and (type(score) is not int or not 0 <= score <= MOST_PAIN):
        raise UsageError(f"Pain is a whole number from 0 to {MOST_PAIN}, not {score}.")
    store.put_events(assessment_id, [Event("pain", 0.0, {"when": when, "score": score}, side)])


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


def keep_marker(
    store: Store, assessment_id: int, t_s: float, text: str = "", side: Side | None = None
) -> None:
    """Mark a moment, on the clock of the assessment's recordings, of one leg or of both.

    Raises
    ------
    UsageError
        When the time is no number, or the text longer than 200 characters.
    """
    if not math.isfinite(t_s):
        raise UsageError("A marker needs its time in s.")
    data = {"text": _words(text, MAX_MARKER, "A marker's text")} if text.strip() else {}
    store.put_events(assessment_id, [Event("marker", t_s, data, side)])


def mark_moment(store: Store, assessment_id: int, side: Side | None, unix_s: float) -> bool:
    """Mark a moment of the computer's clock; False where nothing is recorded yet."""
    start_s = axis_start_unix_s(store, assessment_id)
    if start_s is None:
        return False
    keep_marker(store, assessment_id, unix_s - start_s, side=side)
    return True


def keep_measured_by(store: Store, assessment_id: int, who: str) -> None:
    """Keep who measured, as initials or a code.

    Raises
    ------
    UsageError
        When it is empty or longer than 20 characters.
    """
    words = _words(who, MAX_WHO, "Who measured")
    store.put_events(assessment_id, [Event("tag", 0.0, {"measured_by": words})])


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
    pain: dict[Side | None, Pain] = {}
    tags: dict[str, str] = {}
    markers: list[Marker] = []
    measured_by = ""
    for event in events:
        if event.kind == "pain":
            said = {event.data["when"]: event.data["score"]}
            pain[event.side] = replace(pain.get(event.side, Pain()), **said)
        elif event.kind == "marker":
            markers.append(Marker(event.t_s, event.data.get("text", "")))
        elif "measured_by" in event.data:
            measured_by = event.data["measured_by"]
        elif "text" in event.data:  # the side order is kept as a tag without a text
            text = event.data["text"]
            tags.pop(same_tag(text), None)
            if not event.data.get("removed"):
                tags[same_tag(text)] = text
    ordered = tuple(sorted(markers, key=lambda marker: marker.t_s))
    return Remarks(pain, tuple(tags.values()), ordered, measured_by)


def _pain_words(side: Side | None, pain: Pain) -> str:
    said = {"before": pain.before, "after": pain.after}
    scores = ", ".join(f"{score} {when}" for when, score in said.items() if score is not None)
    return f"{side} {scores}" if side else scores


def _words(text: str, most: int, what: str) -> str:
    words = " ".join(text.split())
    if not 1 <= len(words) <= most:
        raise UsageError(f"{what} has 1 to {most} characters, not {len(words)}.")
    return words
