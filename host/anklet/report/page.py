"""The report: one self-contained HTML page that asks nothing of the network and runs no script."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from anklet.measures.compare import shown_measure
from anklet.measures.findings import findings, gap_sentence
from anklet.measures.sentences import number, subject_and_other
from anklet.model import MEASURE_NAMES, Analysis, Gap, Leg, Measure, Side, Trend
from anklet.report import words
from anklet.report.figures import overlay, trace
from anklet.report.leg import leg_drawing
from anklet.report.numbers import legs
from anklet.report.sides import sides
from anklet.report.style import svg
from anklet.report.trends import PARTS, Part, trend


@dataclass(frozen=True, eq=False)
class ReportPage:
    """Everything that a report says. Only ``analysis`` must be there; what is empty is left out.

    Parameters
    ----------
    analysis : Analysis
        The visit's result.
    person_code : str
        Pseudonym; a name never belongs here.
    involved : str, optional
        Involved side; where there is a comparison, its own counts.
    injured_on, visit_on : date, optional
        Day of the injury and of the visit.
    protocol, footwear, measured_by, pain, tags : str
        As free text.
    simulated : bool
        Nobody was measured: the sensors were simulated.
    block_deg : float, optional
        Block under the foot; the analysis's own where not given.
    trends : mapping
        By measure or ``difference``, then by ``left``, ``right`` or ``difference``.
    gaps : tuple of Gap
        Active against passive at this visit.
    course : tuple of str
        Sentences about this visit among the others: change and direction of the difference.
    software_version, provenance, notes : str
        What made the numbers, from what, and anything to add. The analysis's own notes follow.
    every_rep : bool
        Add the second page: the trace of each set, and each rep's numbers.
    """

    analysis: Analysis
    person_code: str = ""
    involved: Side | None = None
    injured_on: date | None = None
    visit_on: date | None = None
    protocol: str = ""
    block_deg: float | None = None
    footwear: str = ""
    measured_by: str = ""
    pain: str = ""
    tags: str = ""
    simulated: bool = False
    trends: Mapping[str, Mapping[str, Trend]] = field(default_factory=dict[str, dict[str, Trend]])
    gaps: tuple[Gap, ...] = ()
    course: tuple[str, ...] = ()
    software_version: str = ""
    provenance: str = ""
    notes: str = ""
    every_rep: bool = True


def render_report(page: ReportPage) -> str:
    """Return the report as one HTML document; page 1 prints on one A4 or Letter sheet."""
    environment = Environment(
        loader=PackageLoader("anklet", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    return environment.get_template("page.html").render(_content(page))


def _content(page: ReportPage) -> dict[str, Any]:
    analysis = page.analysis
    measure = shown_measure(analysis)
    comparison = analysis.comparison
    involved = comparison.involved if comparison else page.involved
    measured = legs(analysis)
    block_deg = analysis.block_deg if page.block_deg is None else page.block_deg
    if all(leg.setup == "table" for leg in measured):
        block_deg = None
    subject, other = subject_and_other(involved)
    figures = _Figures(
        page, measure, involved, block_deg or 0.0, [leg for leg in measured if leg.reps]
    )
    return {
        "page": page,
        "visit": _day(page.visit_on) if page.visit_on else "",
        "facts": _facts(page, involved, block_deg),
        "verdict": words.verdict_sentence(analysis),
        "measure": MEASURE_NAMES[measure],
        "legs": [(leg, leg.side == involved) for leg in measured],
        "compared": comparison is not None,
        "subject": subject,
        "other": other,
        "figures": figures,
        "rows": words.rows(analysis) if any(leg.reps for leg in measured) else [],
        "setups": words.setups(measured),
        "words": words,
        "findings": findings(analysis),
        "gaps": [gap_sentence(gap) for gap in page.gaps],
        "relative": any(leg.zero == "none" for leg in measured),
        "traces": figures.traces() if page.every_rep else [],
    }


def _facts(
    page: ReportPage, involved: Side | None, block_deg: float | None
) -> list[tuple[str, str]]:
    since = words.weeks_since(page.injured_on, page.visit_on)
    injured = _day(page.injured_on) if page.injured_on else ""
    facts = [
        ("Visit", _day(page.visit_on) if page.visit_on else ""),
        ("Involved side", f"{involved} \u25cf" if involved else ""),
        ("Injury", f"{injured}, {since}" if since else injured),
        ("Protocol", page.protocol or (page.analysis.protocol or "").replace("_", " ")),
        ("Block", _block(block_deg)),
        ("Footwear", page.footwear),
        ("Measured by", page.measured_by),
        ("Pain, 0 to 10", page.pain),
        ("Tags", page.tags),
    ]
    return [(name, text) for name, text in facts if text]


def _block(block_deg: float | None) -> str:
    if block_deg is None:
        return ""
    return f"{number(block_deg, 0)} deg" if block_deg else "none, flat"


def _day(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


@dataclass(frozen=True, eq=False)
class _Figures:
    """The figures of one page as SVG, each made where the template asks for it."""

    page: ReportPage
    measure: Measure
    involved: Side | None
    block_deg: float
    with_reps: list[Leg]

    @property
    def trends(self) -> dict[Part, Trend]:
        own, difference = (self.page.trends.get(m, {}) for m in (self.measure, "difference"))
        found = {**difference, **own}
        return {part: found[part] for part in PARTS if part in found and found[part].points}

    @property
    def measured(self) -> bool:
        return any(leg.estimates.get(self.measure) for leg in self.with_reps)

    def drawings(self) -> list[Markup]:
        if self.measure == "rom_deg":
            return []
        return [
            Markup(leg_drawing(mean.value_deg, self.block_deg, leg.side))
            for leg in self.with_reps
            if (mean := leg.estimates.get(self.measure))
        ]

    def sides(self) -> Markup:
        figure = sides(self.page.analysis, self.measure)
        return Markup(
            svg(figure, "sides", f"each rep's {MEASURE_NAMES[self.measure]}, side by side")
        )

    def overlay(self) -> Markup:
        figure = overlay(self.with_reps, block_deg=self.block_deg, involved=self.involved)
        return Markup(svg(figure, "overlay", "every rep over its own time"))

    def trend(self) -> Markup:
        figure = trend(
            self.trends,
            label=MEASURE_NAMES[self.measure],
            injured_on=self.page.injured_on,
            involved=self.involved,
        )
        return Markup(svg(figure, "trend", f"{MEASURE_NAMES[self.measure]} over the visits"))

    def first_traces(self) -> list[Markup]:
        return [self._trace(leg, 1, "first", (4.8, 1.45)) for leg in self.with_reps]

    def traces(self) -> list[tuple[Leg, int, Markup]]:
        return [
            (leg, count, self._trace(leg, count, "each", (7.3, 1.75)))
            for leg in self.with_reps
            for count in range(1, len(leg.sets) + 1)
        ]

    def _trace(self, leg: Leg, count: int, name: str, size_in: tuple[float, float]) -> Markup:
        title = f"set {count} of {len(leg.sets)}"
        figure = trace(
            leg,
            leg.sets[count - 1],
            title=title,
            block_deg=self.block_deg,
            involved=self.involved,
            size_in=size_in,
        )
        return Markup(svg(figure, f"{name}-{leg.side}-{count}", f"{leg.side} leg, {title}"))
