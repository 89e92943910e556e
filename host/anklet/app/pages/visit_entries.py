"""Values of an assessment that no sensor measures: typed in, and analysed with at once."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from anklet.app.desk import in_thread
from anklet.app.kit import as_number, field, tag
from anklet.app.texts import _
from anklet.app.visit_run import VisitRun
from anklet.model import ENTRIES, SIDES, EntryName, Side
from anklet.visits.summaries import Looked, enter, weigh


def build(run: VisitRun, found: Looked) -> None:
    """Add a field for each value that the protocol lets enter, for each leg that has any."""
    how, protocol = found.how, found.how.protocol
    if protocol is None or not (protocol.enter or "heel_rise" in protocol.results):
        return
    name = found.assessment.id
    with tag("div", "fields"):
        for entry in protocol.enter:
            for side in _sides(found):
                _field(
                    run,
                    _label(entry, side),
                    how.entered.get(side, {}).get(entry),
                    partial(enter, run.store, name, side, entry),
                    key=f"{name} {side} {entry}",
                    hint=ENTRIES[entry].title.partition(", ")[2],
                )
        if "heel_rise" in protocol.results:
            _field(
                run,
                _("Body mass, kg"),
                how.mass_kg,
                partial(_weigh, run, name),
                key=f"{name} mass",
            )


def _sides(found: Looked) -> list[Side]:
    """The legs that were measured, or have a value."""
    return [s for s in SIDES if s in found.analysis.legs or s in found.how.entered]


def _weigh(run: VisitRun, assessment_id: int, mass_kg: float | None) -> None:
    """Say the body mass, of what the visit records from now on as well."""
    weigh(run.store, assessment_id, mass_kg)
    run.choice = replace(run.choice, mass_kg=mass_kg)


def _label(entry: EntryName, side: Side) -> str:
    what, unit = ENTRIES[entry].title.partition(", ")[0], entry.rpartition("_")[2]
    return f"{side.capitalize()}: {what}, {unit}"


def _field(
    run: VisitRun,
    label: str,
    value: float | None,
    keep: Callable[[float | None], Any],
    *,
    key: str,
    hint: str = "",
) -> None:
    async def keeping(told: str) -> None:
        try:
            entered = as_number(told, label)
        except ValueError as error:
            run.trouble = str(error)
        else:
            async with run.ruling:
                _none, run.trouble = await in_thread(keep, entered)
        run.changed()

    shown = "" if value is None else f"{value:g}"
    field(label, keeping, shown, on="change", hint=hint, inputmode="decimal", data_key=key)
