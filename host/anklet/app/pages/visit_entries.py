"""Values of an assessment that no sensor measures: typed in, and analysed with at once."""

from collections.abc import Callable
from functools import partial
from typing import Any

from anklet.analysis import Settings
from anklet.app.desk import in_thread
from anklet.app.kit import as_number, field, tag
from anklet.app.texts import _
from anklet.app.visit_run import VisitRun
from anklet.model import ENTRIES, EntryName, Side
from anklet.visits.summaries import Looked, enter, weigh


def build(run: VisitRun, found: Looked, how: Settings) -> None:
    """Add a field for each value that the protocol lets enter, for each leg that was measured."""
    protocol = how.protocol
    if protocol is None or not (protocol.enter or "heel_rise" in protocol.results):
        return
    name = found.assessment.id
    with tag("div", "fields"):
        for entry in protocol.enter:
            for side in found.analysis.legs:
                _field(
                    run,
                    _label(entry, side),
                    how.entered.get(side, {}).get(entry),
                    partial(enter, run.store, name, side, entry),
                    hint=ENTRIES[entry].title.partition(", ")[2],
                )
        if "heel_rise" in protocol.results:
            _field(run, _("Body mass, kg"), how.mass_kg, partial(weigh, run.store, name))


def _label(entry: EntryName, side: Side) -> str:
    what, unit = ENTRIES[entry].title.partition(", ")[0], entry.rpartition("_")[2]
    return f"{side.capitalize()}: {what}, {unit}"


def _field(
    run: VisitRun,
    label: str,
    value: float | None,
    keep: Callable[[float | None], Any],
    hint: str = "",
) -> None:
    async def keeping(told: str) -> None:
        try:
            entered = as_number(told, label)
        except ValueError as error:
            run.trouble = str(error)
        else:
            _none, run.trouble = await in_thread(keep, entered)
        run.changed()

    shown = "" if value is None else f"{value:g}"
    field(label, keeping, shown, on="change", hint=hint, inputmode="decimal")
