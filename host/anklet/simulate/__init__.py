"""A person doing ankle exercises with sensors on, and the truth about it.

Rigid segments in a world with gravity: what a sensor would measure follows from where it is and how
it turns, so that a step, a heel rise and a squat differ as they do in life. Used by the demo and
by the tests; its assumptions are listed in ``docs/validation.md``.
"""

from anklet.simulate.guided import GuidedHalfMinute
from anklet.simulate.lifts import HeelLift
from anklet.simulate.movement import Movement
from anklet.simulate.person import Body, LegAbility
from anklet.simulate.sensors import SensorErrors
from anklet.simulate.session import SimulatedLeg, TruthRep, simulate_leg, simulate_person
from anklet.simulate.stream import to_packets

__all__ = [
    "Body",
    "GuidedHalfMinute",
    "HeelLift",
    "LegAbility",
    "Movement",
    "SensorErrors",
    "SimulatedLeg",
    "TruthRep",
    "simulate_leg",
    "simulate_person",
    "to_packets",
]
