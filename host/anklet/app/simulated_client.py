"""A simulated person for trying the app: sensors that behave as real ones, legs that do as told."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from anklet.app.choice import Choice
from anklet.model import SEGMENTS, SIDES, Placement, Protocol, Segment, Side
from anklet.sensor.link import Link
from anklet.sensor.simulated_person import links_on_legs
from anklet.sensor.timing import Timing
from anklet.simulate import LegAbility, Movement, SensorErrors, SimulatedLeg, simulate_leg

ABLE = LegAbility(df_deg=26.0, pf_deg=-40.0)
LESS_ABLE = LegAbility(df_deg=20.0, pf_deg=-31.0)
MOUNT_OFF_DEG = 12.0


class SimulatedClient:
    """Somebody who wears simulated sensors, a little askew, through one visit.

    Parameters
    ----------
    choice : Choice
    seed : int
        Everything random follows from it, but the numbers of streams.
    timing : Timing
    """

    def __init__(self, choice: Choice, seed: int, timing: Timing) -> None:
        rng = np.random.default_rng(seed)
        weak: Side = choice.person.involved or "right"
        self._choice, self._timing = choice, timing
        self._seed = seed
        self._taken = 0
        self._abilities = {s: LESS_ABLE if s == weak else ABLE for s in SIDES}
        self._errors = {
            Placement(side, segment): SensorErrors.random(rng, misalignment_deg=MOUNT_OFF_DEG)
            for side in SIDES
            for segment in SEGMENTS
        }

    def links(self, sides: Sequence[Side], *, guided: bool) -> list[Link]:
        """Return links to the sensors of some legs, which begin to move when they are started.

        Parameters
        ----------
        sides : sequence of str
        guided : bool
            They do the calibration, else the protocol.
        """
        self._taken += 1
        movement = GUIDED if guided else movement_for(self._choice.protocol, self._choice.block_deg)
        placements = self._choice.placements(tuple(sides))
        legs: dict[Side, SimulatedLeg] = {
            side: self._leg(side, movement, placements) for side in sides
        }
        seed, boot = self._seed + self._taken, secrets.randbits(31)
        return list(
            links_on_legs(
                legs, placements, seed=seed, timing=self._timing, boot=boot, repeats=not guided
            )
        )

    def _leg(self, side: Side, movement: Movement, placements: Sequence[Placement]) -> SimulatedLeg:
        worn: tuple[Segment, ...] = tuple(p.segment for p in placements if p.side == side)
        errors: dict[Segment, SensorErrors] = {
            s: replace(self._errors[Placement(side, s)], start_s=0.0) for s in worn
        }
        seed = 100 * self._seed + 10 * self._taken + SIDES.index(side)
        return simulate_leg(
            side, movement, self._abilities[side], seed=seed, segments=worn, errors=errors
        )


GUIDED = Movement(kind="calibration")


def movement_for(protocol: Protocol, block_deg: float) -> Movement:
    """Return what a simulated person does when asked for an assessment."""
    reps = protocol.reps[0] if protocol.reps else 8
    if protocol.direction is None:
        return Movement(kind="stand", standing_s=40.0, reps=0)
    if protocol.kind == "passive":
        return Movement(kind="passive_table", reps=reps, hold_s=protocol.hold_s or 2.0)
    if protocol.direction == "both":
        return Movement(kind="table", reps=reps)
    if protocol.direction == "pf_first":
        return Movement(kind="heel_rise", reps=reps, block_deg=0.0)
    kind = "split_squat" if "block_deg" in protocol.key else "lunge"
    return Movement(kind=kind, reps=reps, block_deg=block_deg, hold_s=protocol.hold_s or 0.0)
