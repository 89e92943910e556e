"""The first step: which sensor is worn where."""

from functools import partial

from anklet.app.kit import button, choice, table, tag, text
from anklet.app.texts import _
from anklet.app.visit_run import VisitRun
from anklet.model import Placement
from anklet.sensor.link import Found

NOBODY = ""


def build(run: VisitRun) -> None:
    """Add the step's content."""
    with tag("section", "columns"):
        with tag("div", "panel stack"):
            text(_("Put the sensors on"), "h2")
            with tag("ul", "stack"):
                for sentence in (*run.choice.protocol.wear, run.choice.protocol.position):
                    text(sentence, "li")
            if run.choice.moved:
                text(
                    _(
                        "One set of sensors: put it on the {side} leg first; you will be told when "
                        "to move it."
                    ).format(side=run.choice.order[0]),
                    "p",
                    "muted",
                )
        with tag("div", "panel stack"):
            if run.choice.simulated:
                text(_("Simulated sensors"), "h2")
                text(_("They are on a simulated person, who does what the steps ask for."), "p")
                table(
                    (_("Sensor"), _("Worn"), _("Signal")),
                    [
                        (_("simulated {k}").format(k=k), f"{place}", _("simulated"))
                        for k, place in enumerate(run.sensors.needed(), 1)
                    ],
                    caption=_("Simulated sensors"),
                )
            else:
                _real(run)
            button(
                _("Next: calibrate") if len(run.steps) > 3 else _("Next"),
                partial(run.go_on, run.at),
                "main",
                disabled=not run.sensors.ready,
            )


def _real(run: VisitRun) -> None:
    with tag("div", "row between"):
        text(_("Sensors near you"), "h2")
        button(
            _("Look again") if run.sensors.heard else _("Look for sensors"),
            run.look,
            disabled=bool(run.busy),
        )
    if run.busy:
        text(run.busy, "p", "muted", role="status")
        return
    found = run.sensors.heard.found if run.sensors.heard else ()
    if run.sensors.heard is None:
        text(
            _(
                "Wake a sensor by pressing its button once: its light flashes every three "
                "seconds. Then look for it."
            ),
            "p",
        )
        return
    if not found:
        text(
            _(
                "None is found. Press the sensor's button once and keep it within a few metres; "
                "one that another computer holds does not show. Without any, begin a visit with "
                "simulated sensors."
            ),
            "p",
        )
        return
    table(
        (_("Sensor"), _("Worn"), _("Battery"), _("Signal")),
        [(f.name, _worn(f), _percent(f.battery), _signal(f)) for f in found],
        caption=_("Sensors near you"),
    )
    for place in run.sensors.needed():
        options = {NOBODY: _("choose"), **{f.address: f.name for f in found}}
        held = run.sensors.worn.get(place)
        choice(
            str(place).capitalize(),
            options,
            held.address if held else NOBODY,
            _chooser(run, place, found),
        )


def _chooser(run: VisitRun, place: Placement, found: tuple[Found, ...]):
    def chosen(address: str) -> None:
        run.sensors.wear(place, next((f for f in found if f.address == address), None))
        run.changed()

    return chosen


def _worn(found: Found) -> str:
    return f"{found.side} {found.segment}" if found.side and found.segment else "–"


def _percent(battery: int | None) -> str:
    return "–" if battery is None else f"{battery} %"


def _signal(found: Found) -> str:
    if found.rssi is None:
        return _("cable") if found.kind == "usb" else "–"
    return _("weak") if found.rssi < -80 else _("good")
