"""What a person's page shows of the course: loaded in one go, in a thread."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from anklet.app.texts import _
from anklet.measures.sentences import number
from anklet.model import MEASURES, Measure, Trend, Who
from anklet.store import Person, Store, VisitSummary
from anklet.visits import trends

WEEKS_SHOWN = 16


@dataclass(frozen=True)
class VisitRow:
    """One assessment in the list of visits."""

    assessment_id: int
    day: str
    assessment: str
    left: str
    right: str
    difference: str
    tags: str
    analysed: bool


@dataclass(frozen=True, eq=False)
class Course:
    """A person's course.

    Parameters
    ----------
    keys : dict of str to str
        Comparability keys, and each in words.
    key : str
        The one that is shown.
    primary : str
        The measure that carries the verdict.
    trends : dict
        By measure and leg or difference.
    days : list of date
        With a visit.
    visits : list of VisitRow
        Newest first, of every key.
    tags : list of str
        That a visit of this key has.
    sentences : list of str
        What else can be told of the course.
    attendance : str
    """

    keys: dict[str, str]
    key: str
    primary: Measure
    trends: Mapping[Measure, Mapping[Who, Trend]]
    days: list[date]
    visits: list[VisitRow]
    tags: list[str]
    sentences: list[str]
    attendance: str

    def titles(self, measure: Measure) -> dict[str, str]:
        """Return what to say of each dot of the trend's figure, by its id in it."""
        said: dict[str, str] = {}
        for who, t in self.trends.get(measure, {}).items():
            for k, p in enumerate(t.points):
                day = date.fromordinal(int(p.day))
                said[f"visit-{who}-{k}"] = (
                    f"{day.day} {day:%b %Y}: {number(p.value_deg, sign=who == 'difference')} "
                    f"± {number(p.half_deg)} deg"
                )
        return said


def load_course(store: Store, person: Person, key: str | None, tag: str) -> Course:
    """Read a person's course.

    Parameters
    ----------
    key : str or None
        Comparability key; the one with the most visits where None.
    tag : str
        Only visits that carry it; empty for all.

    Raises
    ------
    StoreError
    """
    counted = store.keys(person.code)
    keys = {k.key_text: key_words(k.key_text) for k in counted}
    shown = key if key in keys else next(iter(keys), "")
    everything = store.summaries(person.code)
    of_key = [v for v in everything if v.assessment.key_text == shown]
    tags = sorted({t for v in of_key for t in v.summary.get("tags", [])})
    chosen = [v for v in of_key if not tag or tag in v.summary.get("tags", [])]
    primary = next((v.summary["primary"] for v in reversed(of_key) if v.summary["primary"]), None)
    days = sorted({v.at.astimezone().date() for v in everything})
    return Course(
        keys=keys,
        key=shown,
        primary=primary or "df_peak_deg",
        trends=trends(chosen, person.involved) if chosen else {},
        days=days,
        visits=[_row(v) for v in reversed(everything)],
        tags=tags,
        sentences=[],
        attendance=_attendance(days),
    )


def key_words(key: str) -> str:
    """Return a comparability key as a person says it."""
    parts = json.loads(key)
    name = str(parts.pop("protocol")).replace("_", " ")
    parts.pop("kind", None)
    block = parts.pop("block_deg", None)
    words = [name, *([f"block {block:g} deg"] if block else [])]
    return ", ".join([*words, *(f"{k.replace('_', ' ')} {v}" for k, v in parts.items())])


def _row(v: VisitSummary) -> VisitRow:
    measure: Measure = v.summary["primary"] or MEASURES[0]
    legs = v.summary["legs"]
    sides = {
        side: number(legs[side]["measures"][measure]["mean"]) if side in legs else "–"
        for side in ("left", "right")
    }
    differences: Mapping[str, Any] = v.summary["differences"] or {}
    at = v.at.astimezone()
    return VisitRow(
        assessment_id=v.assessment.id,
        day=f"{at.day} {at:%b %Y}",
        assessment=key_words(v.assessment.key_text),
        left=sides["left"],
        right=sides["right"],
        difference=_difference(differences.get(measure)),
        tags=", ".join(v.summary.get("tags", [])),
        analysed=True,
    )


def _difference(found: Mapping[str, float] | None) -> str:
    if found is None:
        return "–"
    low, high = number(found["low_deg"], sign=True), number(found["high_deg"], sign=True)
    return f"{number(found['difference_deg'], sign=True)} ({low} to {high})"


def _attendance(days: list[date]) -> str:
    recent = [d for d in days if (date.today() - d).days < 7 * WEEKS_SHOWN]
    if not recent:
        return _("No visit in the last {n} weeks.").format(n=WEEKS_SHOWN)
    weeks = len({d.isocalendar()[:2] for d in recent})
    return _("A visit in {seen} of the last {n} weeks.").format(seen=weeks, n=WEEKS_SHOWN)
