"""What a person's page shows of the course: loaded in one go, in a thread."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from anklet.app.texts import _
from anklet.measures.sentences import change_sentence, consistency_sentence, number
from anklet.model import MEASURES, Measure, Trend, Who
from anklet.store import CALIBRATION, Assessment, Person, Store, Visit, VisitSummary
from anklet.visits import Standing, leading_measure, standing, trends
from anklet.visits.filtering import filtered_summaries, tags_of
from anklet.visits.remarks import NOTHING, Remarks, remarks_of

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
    lacking: bool = False
    """A leg was recorded that the result lacks, as when the app was killed meanwhile."""


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
    chosen = filtered_summaries(store, person.code, shown, tags=[tag] if tag else [])
    said = remarks_of(store, person.code)
    open_ones = [o for o in store.unanalysed(person.code) if o[1].protocol != CALIBRATION]
    days = {v.at.astimezone().date() for v in everything}
    days |= {visit.at.astimezone().date() for visit, _ in open_ones}
    stands = standing(chosen)
    recorded = store.recorded_sides(person.code)
    return Course(
        keys=keys,
        key=shown,
        primary=leading_measure(of_key),
        trends=trends(chosen, person.involved) if chosen else {},
        days=sorted(days),
        visits=[
            *(_open_row(visit, held) for visit, held in reversed(open_ones)),
            *(
                _row(v, said.get(v.assessment.id, NOTHING), recorded.get(v.assessment.id, set()))
                for v in reversed(everything)
            ),
        ],
        tags=tags_of(store, person.code),
        sentences=_sentences(stands, person),
        attendance=_attendance(sorted(days)),
    )


def _sentences(stands: Standing | None, person: Person) -> list[str]:
    if stands is None:
        return []
    changed = [change_sentence(stands.change, person.involved)] if stands.change else []
    steady = [consistency_sentence(stands.consistency)] if stands.consistency else []
    return changed + steady


def key_words(key: str) -> str:
    """Return a comparability key as a person says it."""
    parts = json.loads(key)
    name = str(parts.pop("protocol")).replace("_", " ")
    parts.pop("kind", None)
    block = parts.pop("block_deg", None)
    words = [name, *([f"block {block:g} deg"] if block else [])]
    rest = (k.replace("_", " ") + ("" if v is True else f" {v}") for k, v in parts.items())
    return ", ".join([*words, *rest])


def _open_row(visit: Visit, held: Assessment) -> VisitRow:
    return VisitRow(
        held.id,
        _day(visit.at),
        key_words(held.key_text),
        "",
        "",
        _("not analysed"),
        "",
        analysed=False,
    )


def _row(v: VisitSummary, said: Remarks, recorded: set[str]) -> VisitRow:
    measure: Measure = v.summary["primary"] or MEASURES[0]
    legs = v.summary["legs"]
    sides = {
        side: number(legs[side]["measures"][measure]["mean"]) if side in legs else "–"
        for side in ("left", "right")
    }
    differences: Mapping[str, Any] = v.summary["differences"] or {}
    return VisitRow(
        assessment_id=v.assessment.id,
        day=_day(v.at),
        assessment=key_words(v.assessment.key_text),
        left=sides["left"],
        right=sides["right"],
        difference=_difference(differences.get(measure)),
        tags=", ".join(said.tags),
        analysed=True,
        lacking=not recorded <= set(legs),
    )


def _day(at: datetime) -> str:
    local = at.astimezone()
    return f"{local.day} {local:%b %Y}"


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
