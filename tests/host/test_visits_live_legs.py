"""Live legs that catch up now and then, against such that take packet by packet."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from anklet.analysis import Settings
from anklet.model import SEGMENTS, SIDES, Placement
from anklet.packets import decode
from anklet.sensor.greeting import Identity
from anklet.sensor.sink import Exchange
from anklet.simulate import LegAbility, Movement, simulate_person, to_packets
from anklet.visits.live_legs import LiveLegs

ECHO_EVERY = 8


@dataclass
class Watched:
    """Legs, and all that they told."""

    placements: list[Placement]
    t_s: dict = field(default_factory=lambda: {side: [] for side in SIDES})
    deg: dict = field(default_factory=lambda: {side: [] for side in SIDES})

    def __post_init__(self):
        self.legs = LiveLegs(self.placements, Settings(block_deg=20), {}, self.take)

    def take(self, side, state):
        self.t_s[side].append(state.t_s)
        self.deg[side].append(state.deg)


def arrivals(segments):
    """(identity, packet) of both legs in order of time, with the identities' placements."""
    told = []
    movement = Movement(kind="split_squat", reps=5)
    abilities = {side: LegAbility() for side in SIDES}
    legs = simulate_person(movement, abilities, seed=3, segments=segments, together=True)
    for side, leg in legs.items():
        for k, (segment, recording) in enumerate(leg.recordings.items()):
            who = Identity(f"{side}-{segment}", "b", "f", "", side, segment, False)
            for data in to_packets(recording, stream=k + 1, sensor_id="s", unix_s=0.0):
                told.append((who, decode(data)))
    return sorted(told, key=lambda pair: pair[1].time_us)


@pytest.mark.parametrize("segments", [("shank",), SEGMENTS])
def test_catching_up_later_changes_nothing(segments):
    placements = [Placement(side, s) for side in SIDES for s in segments]
    at_once, later = Watched(placements), Watched(placements)
    for n, (who, packet) in enumerate(arrivals(segments)):
        if n % ECHO_EVERY < len(placements):
            sent_us = packet.time_us + 1000 * (n % 7)
            echo = Exchange(packet.stream, sent_us, packet.time_us, sent_us + 20_000)
            at_once.legs.echo(who, echo)
            later.legs.echo(who, echo)
        at_once.legs.push(who, packet)
        later.legs.push(who, packet)
        at_once.legs.catch_up()
        if n % 5 == 0:
            later.legs.catch_up()
    later.legs.catch_up()
    assert later.legs.hints == at_once.legs.hints
    for side in SIDES:
        deg = np.concatenate(at_once.deg[side])
        assert np.isfinite(deg).sum() > 1000
        assert np.array_equal(np.concatenate(later.t_s[side]), np.concatenate(at_once.t_s[side]))
        assert np.array_equal(np.concatenate(later.deg[side]), deg, equal_nan=True)
        assert later.legs.states[side].reps == at_once.legs.states[side].reps
        assert len(at_once.legs.states[side].reps) >= 4
