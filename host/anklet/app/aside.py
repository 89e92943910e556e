"""What does not count of a set that runs: pauses, and sets that are done again."""

import math
from collections.abc import Mapping, Sequence

from anklet.live import LiveState
from anklet.live.judge import LiveRep
from anklet.model import Side

States = Mapping[Side, LiveState]


class Aside:
    """Spans on each leg's live clock; a leg that has no angle yet has nothing to set aside."""

    def __init__(self) -> None:
        self._spans: dict[Side, list[tuple[float, float]]] = {}

    def pause(self, states: States) -> None:
        """Set aside what comes."""
        for side, state in states.items():
            self.add(side, _now_s(state), math.inf)

    def go_on(self, states: States) -> None:
        """Let count what comes."""
        for side, state in states.items():
            spans = self._spans.get(side, [])
            self._spans[side] = [(a, min(b, _now_s(state))) for a, b in spans]

    def add(self, side: Side, from_s: float, to_s: float) -> None:
        """Set a span aside."""
        self._spans.setdefault(side, []).append((from_s, to_s))

    def counted(self, side: Side, reps: Sequence[LiveRep]) -> list[LiveRep]:
        """Return the reps that count: whose middle lies in no such span."""
        spans = self._spans.get(side, [])
        return [r for r in reps if not any(a <= (r.start_s + r.end_s) / 2 <= b for a, b in spans)]


def _now_s(state: LiveState) -> float:
    return float(state.t_s[-1]) if len(state.t_s) else -math.inf
