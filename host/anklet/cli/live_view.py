"""The terminal's live view of a recording: on a terminal redrawn, else plain lines."""

import math
from types import TracebackType
from typing import Self

from rich.console import Group
from rich.live import Live
from rich.markup import escape
from rich.text import Text

from anklet.cli.sensors import plain
from anklet.cli.show import number, out, plain_table, say
from anklet.live import LiveState
from anklet.model import Side
from anklet.sensor.link import State
from anklet.sensor.timing import Timing
from anklet.visits.live_session import LiveSession
from anklet.visits.session_views import SensorView

LINE_S = 5.0
"""Between two lines where nothing is redrawn."""
STATES = {
    State.SEARCHING: "searching",
    State.CONNECTING: "connecting",
    State.STREAMING: "streaming",
    State.REPAIRING: "catching up",
    State.LOST: "link lost, records on its own",
    State.DONE: "done",
}
BAR_DEG, BAR_WIDTH = (-40.0, 40.0), 32


class View:
    """What a user sees while a session records.

    Parameters
    ----------
    session : LiveSession
    timing : Timing
    """

    def __init__(self, session: LiveSession, timing: Timing) -> None:
        self._session = session
        self._timing = timing
        self._live = Live(console=out, auto_refresh=False, transient=True)
        self._said: dict[str, str] = {}
        self._line_s = -math.inf
        self._redraws = out.is_terminal

    def __enter__(self) -> Self:
        """Begin."""
        if self._redraws:
            self._live.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Take the view away."""
        if self._redraws:
            self._live.stop()

    def show(self, *, ending: bool) -> None:
        """Show what is now."""
        if self._redraws:
            self._live.update(self._table(ending=ending), refresh=True)
        else:
            self._lines()

    def _table(self, *, ending: bool) -> Group:
        legs = plain_table("Recording", "leg")
        for name in ("angle", "", "reps", "phase"):
            legs.add_column(name, min_width=8 if name else BAR_WIDTH)
        states, hints = self._legs()
        for side, state in states.items():
            legs.add_row(
                side,
                f"{number(state.angle_deg)}°",
                _bar(state.angle_deg),
                reps(state),
                hints.get(side) or str(state.phase or ""),
            )
        sensors = plain_table("Sensors", "sensor")
        for name in ("state", "packets", "missing", "battery"):
            sensors.add_column(name)
        for view in self._session.sensors():
            sensors.add_row(
                escape(plain(view.name)),
                STATES[view.state],
                str(view.packets),
                missing(view),
                "–" if view.battery is None else f"{view.battery} %",
            )
        foot = "Ending: fetching what is missing. Ctrl-C leaves at once."
        return Group(
            legs,
            Text(),
            sensors,
            Text(self._session.trouble, style="bold red"),
            Text(foot if ending else "Ctrl-C ends the recording.", style="dim"),
        )

    def _lines(self) -> None:
        for view in self._session.sensors():
            told = f"{plain(view.name)}: {STATES[view.state]}"
            if view.state is State.LOST and view.trouble:
                told += f" ({view.trouble})"
            self._news(view.name, told)
        self._news("store", self._session.trouble)
        states, hints = self._legs()
        for side, hint in hints.items():
            self._news(side, f"{side}: {hint}" if hint else f"{side}: ready")
        now_s = self._timing.now_s()
        if states and now_s - self._line_s >= LINE_S:
            self._line_s = now_s
            say("; ".join(f"{side} {_angle(s)}, {reps(s)}" for side, s in states.items()))

    def _news(self, about: str, told: str) -> None:
        if self._said.get(about, "") != told:
            self._said[about] = told
            if told:
                say(told)

    def _legs(self) -> tuple[dict[Side, LiveState], dict[Side, str]]:
        legs = self._session.legs
        return ({}, {}) if legs is None else (dict(legs.states), dict(legs.hints))


def reps(state: LiveState) -> str:
    """Return the count of the set that runs, and of the sets before."""
    before = f" (set {len(state.sets) + 1})" if state.sets else ""
    return f"{len(state.reps)} reps{before}"


def missing(view: SensorView) -> str:
    """Return how many packets are not here, and how many never will be."""
    lost = f", {view.lost} lost" if view.lost else ""
    return f"{view.behind}{lost}"


def _angle(state: LiveState) -> str:
    return f"{number(state.angle_deg)} deg"


def _bar(angle_deg: float | None) -> str:
    """A ruler from plantarflexion to dorsiflexion with a mark at the angle."""
    if angle_deg is None:
        return "·" * BAR_WIDTH
    low, high = BAR_DEG
    at = round((min(max(angle_deg, low), high) - low) / (high - low) * (BAR_WIDTH - 1))
    marks = ["·"] * BAR_WIDTH
    marks[BAR_WIDTH // 2] = "|"
    marks[at] = "█"
    return "".join(marks)
