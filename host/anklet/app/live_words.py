"""What the live page says beside the angle: reps, tempo, furthest point, signal."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from anklet.app.aside import Aside
from anklet.app.live_feed import LiveFeed
from anklet.app.texts import _
from anklet.live import LiveState
from anklet.live.judge import LiveRep
from anklet.measures.sentences import number
from anklet.model import Floats, Protocol, Side
from anklet.sensor.link import State
from anklet.visits.session_views import SensorView


def leg_words(
    side: Side, state: LiveState, aside: Aside, protocol: Protocol, feed: LiveFeed, hint: str
) -> dict[str, Any]:
    """Return a leg's counts and what it should do now, as plain JSON."""
    zero_s = feed.zero_s(side)
    reps = aside.counted(side, state.reps)
    before = [held for held in state.sets if aside.counted(side, held)]
    spans = [(rep.start_s - zero_s, rep.end_s - zero_s) for rep in reps]
    least = f" / {protocol.reps[1]}" if protocol.reps else ""
    sets = f" {_('of')} {protocol.sets[1]}" if protocol.sets else ""
    return {
        "count": f"{len(reps)}{least}",
        "set": f"{_('set')} {len(before) + 1}{sets}",
        "phase": state.phase or "",
        "hint": hint,
        "tempo": _tempo(spans, *feed.lately(side), pf_first=protocol.direction == "pf_first"),
        "peak": _peak(reps, pf_first=protocol.direction == "pf_first"),
        "spans": spans,
    }


def _peak(reps: Sequence[LiveRep], *, pf_first: bool) -> str:
    """How far the last rep went."""
    if not reps:
        return ""
    last = reps[-1]
    return f"{number(last.pf_peak_deg if pf_first else last.df_peak_deg, 0, sign=True)}°"


def _tempo(
    spans: Sequence[tuple[float, float]], t_s: Floats, deg: Floats, *, pf_first: bool
) -> str:
    """Seconds to the far end of the last rep, and back."""
    if not spans:
        return ""
    start_s, end_s = spans[-1]
    inside = (t_s >= start_s) & (t_s <= end_s) & np.isfinite(deg)
    if not inside.any():
        return ""
    far = np.argmin if pf_first else np.argmax
    far_s = float(t_s[inside][far(deg[inside])])
    return f"{far_s - start_s:.1f} / {end_s - far_s:.1f} s"


def signal_words(sensors: Sequence[SensorView]) -> str:
    """Return how the radio is, over all sensors."""
    lost = sum(view.lost for view in sensors)
    behind = sum(view.behind for view in sensors)
    if not sensors:
        return _("looking for the sensors")
    if any(view.state in (State.SEARCHING, State.CONNECTING) for view in sensors):
        return _("connecting")
    quality = (
        _("signal good") if behind < 20 else _("catching up, {n} packets behind").format(n=behind)
    )
    battery = [view.battery for view in sensors if view.battery is not None]
    charge = f", {_('battery')} {min(battery)} %" if battery else ""
    return f"{quality}, {lost} {_('lost')}{charge}"
