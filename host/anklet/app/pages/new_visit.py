"""The form that begins a visit."""

from typing import Any

from nicegui import ui

from anklet.app.choice import MAX_BLOCK_DEG, Choice, now
from anklet.app.desk import Desk
from anklet.app.frame import notice
from anklet.app.kit import as_number, check, choice, field, link, tag, text
from anklet.app.texts import _
from anklet.errors import AnkletError
from anklet.model import Protocol, Setup, Side
from anklet.protocols import every_protocol
from anklet.store import Person
from anklet.visits.remarks import MAX_WHO
from anklet.visits.side_order import RANDOM, next_order

SETUPS: dict[Setup, str] = {
    "planted": _("on the shank"),
    "paired": _("on shank and foot"),
    "table": _("on the foot, at the table"),
}
ORDERS = {
    "left": _("left first"),
    "right": _("right first"),
    RANDOM: _("drawn at random, balanced over the visits"),
}
MAX_TARGET_DEG = 90.0


class NewVisitForm:
    """Choices before a visit; everything has a default that is right most of the time."""

    def __init__(self, desk: Desk, person: Person) -> None:
        self._desk, self._person = desk, person
        self._protocols: dict[str, Protocol] = {}
        self._trouble = ""
        self._asked = False
        try:
            self._protocols = {
                p.name: p for p, _file in every_protocol() if p.name != "calibration"
            }
        except AnkletError as error:
            self._trouble = str(error)
        self._name = (
            "split_squat" if "split_squat" in self._protocols else next(iter(self._protocols), "")
        )
        self._values: dict[str, Any] = {
            "block": "20",
            "footwear": "",
            "measured_by": desk.measured_by,
            "setup": "",
            "order": "left",
            "low": "",
            "high": "",
            "moved": False,
            "simulated": False,
        }

    def build(self) -> None:
        """Add the form to the page."""
        with tag("section", "panel stack", id="new-visit", aria_label=_("New visit")):
            text(_("New visit"), "h2")
            self._form()

    @ui.refreshable_method
    def _form(self) -> None:
        notice(self._trouble)
        protocol = self._protocols.get(self._name)
        if protocol is None:
            return
        with tag("form", "stack") as form:
            form.on("submit", self._begin, js_handler="(e) => { e.preventDefault(); emit(); }")
            with tag("div", "fields"):
                choice(
                    _("Assessment"),
                    {n: p.title for n, p in self._protocols.items()},
                    self._name,
                    self._choose,
                )
                if len(protocol.setups) > 1:
                    choice(
                        _("Sensors"),
                        {s: SETUPS[s] for s in protocol.setups},
                        self._setup(protocol),
                        self._set("setup"),
                    )
                if "block_deg" in protocol.key:
                    field(
                        _("Block, deg (heel high)"),
                        self._set("block"),
                        self._values["block"],
                        kind="number",
                        min=-MAX_BLOCK_DEG,
                        max=MAX_BLOCK_DEG,
                        step="any",
                    )
                if "footwear" in protocol.key:
                    field(
                        _("Footwear"), self._set("footwear"), self._values["footwear"], maxlength=40
                    )
                if protocol.one_leg:
                    choice(
                        _("Order of the legs"), ORDERS, self._values["order"], self._set("order")
                    )
                field(
                    _("Measured by (initials)"),
                    self._set("measured_by"),
                    self._values["measured_by"],
                    maxlength=MAX_WHO,
                )
                field(
                    _("Target from, deg"),
                    self._set("low"),
                    self._values["low"],
                    kind="number",
                    step="any",
                )
                field(
                    _("to, deg"), self._set("high"), self._values["high"], kind="number", step="any"
                )
            if protocol.one_leg:
                check(
                    _("One set of sensors, moved from leg to leg"),
                    self._values["moved"],
                    self._set("moved"),
                )
            check(
                _("Simulated sensors (to try it without hardware)"),
                self._values["simulated"],
                self._set("simulated"),
            )
            if self._asked:
                self._open_visit()
            else:
                text(_("Begin"), "button", "main", type="submit")

    def _open_visit(self) -> None:
        """Ask what becomes of the visit that is open."""
        run = self._desk.run
        if run is None:
            return
        with tag("div", "stack", role="alert"):
            text(
                _("A visit of {code} is open and not at its end. What it recorded is kept.").format(
                    code=run.choice.person.code
                ),
                "p",
                "error",
            )
            with tag("div", "row"):
                link(_("Go on with it"), "/visit", "button")
                text(_("End it, and begin this one"), "button", "main", type="submit")

    def _choose(self, name: str) -> None:
        self._name = name
        self._values["setup"] = ""
        self._form.refresh()

    def _set(self, name: str) -> Any:
        def set_value(value: Any) -> None:
            self._values[name] = value

        return set_value

    def _setup(self, protocol: Protocol) -> Setup:
        chosen = self._values["setup"]
        return chosen if chosen in protocol.setups else protocol.setups[0]

    def _begin(self) -> None:
        if self._desk.run is not None and self._desk.run.recorded:
            self._trouble = _("A visit is being recorded; end it first.")
            self._form.refresh()
            return
        try:
            chosen = self._chosen(self._protocols[self._name])
        except ValueError as error:
            self._trouble = str(error)
            self._form.refresh()
            return
        if self._desk.run is not None and self._desk.run.unfinished and not self._asked:
            self._asked, self._trouble = True, ""
            self._form.refresh()
            return
        self._desk.measured_by = chosen.measured_by
        self._desk.begin(chosen)
        ui.navigate.to("/visit")

    def _chosen(self, protocol: Protocol) -> Choice:
        block_deg = (
            as_number(self._values["block"], _("The block's angle"))
            if "block_deg" in protocol.key
            else 0.0
        )
        if block_deg is None:
            raise ValueError(_("Write the block's angle; 0 for a flat floor."))
        if abs(block_deg) > MAX_BLOCK_DEG:
            raise ValueError(
                _("The block's angle must be from -45 to 45 deg; heel high is positive.")
            )
        low, high = (
            as_number(self._values["low"], _("The target")),
            as_number(self._values["high"], _("The target")),
        )
        if (low is None) != (high is None) or (
            low is not None and high is not None and low >= high
        ):
            raise ValueError(_("A target needs a lower and a higher end."))
        if any(end is not None and abs(end) > MAX_TARGET_DEG for end in (low, high)):
            raise ValueError(_("A target lies between -90 and 90 deg."))
        order: tuple[Side, Side] = ("left", "right")
        if self._values["order"] == RANDOM:
            order = next_order(self._desk.store, self._person.code, protocol.name, now())
        elif self._values["order"] == "right":
            order = ("right", "left")
        return Choice(
            person=self._person,
            protocol=protocol,
            block_deg=block_deg,
            footwear=self._values["footwear"] if "footwear" in protocol.key else "",
            measured_by=self._values["measured_by"].strip(),
            setup=self._setup(protocol),
            order=order,
            random_order=self._values["order"] == RANDOM,
            moved=bool(self._values["moved"]) and protocol.one_leg,
            simulated=bool(self._values["simulated"]),
            target_deg=None if low is None or high is None else (low, high),
        )
