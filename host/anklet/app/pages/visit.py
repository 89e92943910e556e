"""A visit, step by step: sensors, calibration, each leg, summary."""

from functools import partial

from nicegui import ui

from anklet.app.choice import Kind, Step
from anklet.app.desk import Desk, in_thread
from anklet.app.frame import frame, notice
from anklet.app.kit import button, link, tag, text
from anklet.app.pages import visit_live, visit_sensors, visit_summary
from anklet.app.texts import _
from anklet.app.visit_run import VisitRun
from anklet.measures.sentences import number


def add_to(desk: Desk) -> None:
    """Add the page."""

    @ui.page("/visit")
    async def visit() -> None:
        with frame(desk, _("Visit"), "visit"):
            page = _Visit(desk)
            await page.load()
            page.steps()
            desk.changed.subscribe(page.again)


class _Visit:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._looked: list[tuple[visit_summary.Drawn | None, str]] = []
        self._asked = 0

    async def load(self) -> None:
        """Look at what was recorded and draw it, where the summary is on; the last look counts."""
        self._asked += 1
        run, asked = self._desk.run, self._asked
        looked: list[tuple[visit_summary.Drawn | None, str]] = []
        if run is not None and run.step.kind is Kind.SUMMARY:
            looked = [
                await in_thread(
                    visit_summary.draw, self._desk.store, run.choice.person, assessment_id
                )
                for assessment_id in reversed(run.assessment_ids)
            ]
        if asked == self._asked:
            self._looked = looked

    async def again(self) -> None:
        await self.load()
        self.steps.refresh()

    @ui.refreshable_method
    def steps(self) -> None:
        run = self._desk.run
        if run is None:
            text(_("No visit is open"), "h1")
            text(_("Choose a person, and begin one there."), "p")
            link(_("To all people"), "/", "button main")
            return
        _head(run)
        _steps(run)
        notice(run.trouble)
        if run.step.kind is Kind.SENSORS:
            visit_sensors.build(run)
        elif run.step.kind is Kind.SUMMARY:
            visit_summary.build(self._desk, run, self._looked)
        else:
            visit_live.build(run)


def _head(run: VisitRun) -> None:
    chosen = run.choice
    with tag("div", "row between end"):
        with tag("div"):
            text(chosen.person.code, "h1")
            block = f" · {_('block')} {number(chosen.block_deg, 0)}°" if chosen.block_deg else ""
            text(f"{chosen.protocol.title}{block}", "p", "muted")
        with tag("div", "row"):
            button(
                _("Back"),
                partial(run.go, run.at - 1),
                "quiet",
                data_key="ArrowLeft",
                disabled=run.recorded or run.at == 0,
            )
            button(
                _("Next"),
                partial(run.go_on, run.at),
                data_key="ArrowRight",
                disabled=run.recorded or run.at + 1 == len(run.steps),
            )


def _steps(run: VisitRun) -> None:
    with tag("ol", "steps", aria_label=_("Steps")):
        for k, step in enumerate(run.steps):
            current = {"aria_current": "step"} if k == run.at else {}
            text(step_name(run, step), "li", "done" if k < run.at else "", **current)


def step_name(run: VisitRun, step: Step) -> str:
    """Return what a step is called."""
    sides = " + ".join(s.capitalize() for s in step.sides)
    if step.kind is Kind.LEG:
        return sides
    if step.kind is Kind.CALIBRATE:
        return (
            _("Calibrate {sides}").format(sides=sides.lower())
            if run.choice.moved
            else _("Calibrate")
        )
    return {Kind.SENSORS: _("Sensors"), Kind.SUMMARY: _("Summary")}[step.kind]
