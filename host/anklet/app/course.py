"""What a person's page shows of the course: loaded in one go, in a thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from anklet.app.adherence import WEEKS, weeks_with_visit
from anklet.app.key_words import block_of, block_words, key_words
from anklet.app.texts import _
from anklet.measures.sentences import between, change_sentence, consistency_sentence, number
from anklet.model import MEASURE_NAMES, Difference, Measure, Side, Trend, Who
from anklet.report import dots, svg, trend
from anklet.store import CALIBRATION, SIMULATED, Assessment, Measured, Person, Store, Visit
from anklet.visits.filtering import names_of, with_tags
from anklet.visits.remarks import tags_said
from anklet.visits.series import Followed

VISITS_SHOWN = 25
"""In the list at a time."""


@dataclass(frozen=True)
class View:
    """What somebody wants to see of a course.

    Parameters
    ----------
    key : str
        Comparability key; the one with the most visits, not simulated, where empty.
    block : str
        Only keys with this block, deg; empty for all.
    tag : str
        Only visits that carry it, in what is fitted; empty for all.
    measure : str or None
        The one that carries the verdict where None.
    newer : int
        Visits that are newer than those in the list.
    """

    key: str = ""
    block: str = ""
    tag: str = ""
    measure: Measure | None = None
    newer: int = 0


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


@dataclass(frozen=True)
class LeftOutRow:
    """An assessment that does not count, and why."""

    assessment_id: int
    day: str
    assessment: str
    why: str


@dataclass(frozen=True, eq=False)
class Course:
    """A person's course, as far as it is looked at.

    Parameters
    ----------
    keys, blocks : dict of str to str
        Comparability keys, and blocks that they have, each in words.
    key : str
        The one that is shown.
    measure : str
        What is shown of it.
    followed : Followed
        It, over the visits that are fitted.
    days : list of date
        With a visit, of the last weeks.
    visits : list of VisitRow
        Of every key, newest first, as many as are listed at a time.
    newer, count : int
        Visits that are newer than these, and in all.
    left_out : list of LeftOutRow
        Newest first.
    tags : list of str
        That a visit has.
    sentences : list of str
        What else can be told of the course.
    attendance : str
    """

    keys: Mapping[str, str]
    blocks: Mapping[str, str]
    key: str
    measure: Measure
    followed: Followed
    days: Sequence[date]
    visits: Sequence[VisitRow]
    newer: int
    count: int
    left_out: Sequence[LeftOutRow]
    tags: Sequence[str]
    sentences: Sequence[str]
    attendance: str


@dataclass(frozen=True)
class Drawing:
    """A course's figure.

    Parameters
    ----------
    svg : str
        Empty where no visit has a rep that stands.
    verdicts : dict of str to str
        By leg or difference.
    whole : bool
        Every visit is drawn.
    """

    svg: str
    verdicts: Mapping[Who, str]
    whole: bool


def load_course(store: Store, person: Person, view: View) -> Course:
    """Read a person's course.

    Raises
    ------
    StoreError
    """
    code, involved = person.code, person.involved
    counted = sorted(store.keys(code), key=lambda k: SIMULATED in k.key)
    keys = [k.key_text for k in counted]
    blocks = {
        block_of(key): block_words(block_of(key))
        for key in sorted(keys, key=lambda k: float(block_of(k)))
    }
    keys = [key for key in keys if view.block in ("", block_of(key))]
    key = view.key if view.key in keys else next(iter(keys), "")
    leading: Measure = store.leading_measure(code, key) or "df_peak_deg"
    measure = view.measure or leading
    rows = store.measured(code, measure)
    said = tags_said(store, code)
    unanalysed = [o for o in store.unanalysed(code) if o[1].protocol != CALIBRATION]
    listed = [*reversed(unanalysed), *reversed(rows)][view.newer : view.newer + VISITS_SHOWN]
    courses = {
        one: Followed([row for row in rows if row.key_text == one], measure)
        for one in {key, *(row.key_text for row in listed if isinstance(row, Measured))}
    }
    course = courses[key]
    if view.tag:
        course = course.of(with_tags(said, [view.tag]))
    led = course
    if measure != leading:
        held = {row.assessment_id for row in course.rows}
        led = Followed(store.measured(code, leading), leading).of(held)
    days = _recent_days([*(visit.at for visit, _held in unanalysed), *(row.at for row in rows)])
    return Course(
        keys={key: key_words(key) for key in keys},
        blocks=blocks,
        key=key,
        measure=measure,
        followed=course,
        days=days,
        visits=_rows(store, listed, courses, involved, said),
        newer=view.newer,
        count=len(unanalysed) + len(rows),
        left_out=[_left_out_row(*one) for one in reversed(store.left_out(code))],
        tags=names_of(said),
        sentences=_sentences(led, involved),
        attendance=_attendance(days),
    )


def draw_course(course: Course, person: Person) -> Drawing:
    """Fit the trends and draw them; it takes a while."""
    what, trends = MEASURE_NAMES[course.measure], course.followed.trends(person.involved)
    if not trends:
        return Drawing("", {}, whole=True)
    drawing = trend(
        trends,
        label=what,
        injured_on=person.injured_on,
        involved=person.involved,
        size_in=(9.2, 2.6),
        to_point_at=True,
    )
    label = _("the course of {what}").format(what=what)
    return Drawing(
        svg(drawing, "course", label, _titles(trends)),
        {who: t.verdict for who, t in trends.items()},
        all(len(dots(t)) == len(t.points) for t in trends.values()),
    )


def _titles(trends: Mapping[Who, Trend]) -> dict[str, str]:
    """What to say of each dot, by its id in the figure."""
    said: dict[str, str] = {}
    for who, t in trends.items():
        for k in dots(t):
            p = t.points[k]
            day = date.fromordinal(int(p.day))
            said[f"visit-{who}-{k}"] = (
                f"{day.day} {day:%b %Y}: {number(p.value_deg, sign=who == 'difference')} "
                f"± {number(p.half_deg)} deg"
            )
    return said


def _sentences(course: Followed, involved: Side | None) -> list[str]:
    change, steady = course.change(involved), course.consistency()
    return [
        *([change_sentence(change, involved)] if change else []),
        *([consistency_sentence(steady)] if steady else []),
    ]


def _rows(
    store: Store,
    listed: Sequence[Measured | tuple[Visit, Assessment]],
    courses: Mapping[str, Followed],
    involved: Side | None,
    said: Mapping[int, Sequence[str]],
) -> list[VisitRow]:
    """The visits in words, each with what its own report says of the difference."""
    analysed = [row.assessment_id for row in listed if isinstance(row, Measured)]
    recorded = store.recorded_sides(analysed)
    return [
        VisitRow(
            assessment_id=row.assessment_id,
            day=_day(row.at),
            assessment=key_words(row.key_text),
            left=number(row.leg("left").mean),
            right=number(row.leg("right").mean),
            difference=_difference(courses[row.key_text].difference(row, involved)),
            tags=", ".join(said.get(row.assessment_id, ())),
            analysed=True,
            lacking=any(
                row.leg(side).zero is None for side in recorded.get(row.assessment_id, set())
            ),
        )
        if isinstance(row, Measured)
        else _open_row(*row)
        for row in listed
    ]


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


def _left_out_row(visit: Visit, held: Assessment) -> LeftOutRow:
    return LeftOutRow(held.id, _day(visit.at), key_words(held.key_text), held.left_out_why or "")


def _day(at: datetime) -> str:
    local = at.astimezone()
    return f"{local.day} {local:%b %Y}"


def _difference(found: Difference | None) -> str:
    if found is None:
        return "–"
    low_to_high = between(found.low_deg, found.high_deg, sign=True)
    return f"{number(found.difference_deg, sign=True)} ({low_to_high})"


def _recent_days(at: Sequence[datetime]) -> list[date]:
    """Every day with a visit in the weeks that are looked at."""
    earliest = datetime.now(UTC) - timedelta(weeks=WEEKS)
    return sorted({one.astimezone().date() for one in at if one >= earliest})


def _attendance(days: Sequence[date]) -> str:
    weeks = sum(n > 0 for _monday, n in weeks_with_visit(days, date.today()))
    if not weeks:
        return _("No visit in the last {n} weeks.").format(n=WEEKS)
    return _("A visit in {seen} of the last {n} weeks.").format(seen=weeks, n=WEEKS)
