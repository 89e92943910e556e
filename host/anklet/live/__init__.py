"""Packets to ankle angle and rep count, now: the causal twin of `anklet.analysis`, without scipy.

``packets -> standing still, axis -> segment pitch -> ankle angle -> steps left out -> reps``

Every constant that decides something has the offline value; a test compares them.
"""

from anklet.live.judge import LiveRep
from anklet.live.leg import LiveLeg, LiveState, Status
from anklet.live.pitch import LAG_S
from anklet.live.reps import Phase

__all__ = ["LAG_S", "LiveLeg", "LiveRep", "LiveState", "Phase", "Status"]
