"""An examiner moves a foot on the table, end by end, and holds it there."""

import numpy as np

from anklet.simulate.movement import Movement, Plan, phase
from anklet.simulate.person import LegAbility

PUSH_DEG = 3.0
"""Largest last push beyond the end that is then held: it is no part of the held end."""
TREMOR_DEG, TREMOR_S = 0.3, 0.75
"""A foot in a hand is never quite still (SD, and how often it moves)."""


def plan_passive(m: Movement, ability: LegAbility, rng: np.random.Generator) -> Plan:
    """Lay out a session: neutral held, then both ends reached and held in each rep, neutral again.

    Of the movement ``reps``, ``tempo_s``, ``tempo_spread``, ``scatter_deg``, ``hesitation``,
    ``hold_s`` and ``standing_s`` (of neutral) count.
    """
    p = Plan()
    p.go(m.standing_s)
    first = p.nodes
    p.go(rng.uniform(0.8, 2.0))
    for _ in range(m.reps):
        begin = p.nodes
        for end, slower in ((ability.df_free_deg, 1.0), (ability.pf_deg, 2.0)):
            held = end + rng.normal(0, m.scatter_deg)
            pushed = held + rng.uniform(0, PUSH_DEG) * np.sign(end)
            phase(p, m, rng, slower * m.tempo_s[0], (0.0, pushed))
            p.go(0.5, 0.0, held)
            _hold(p, m.hold_s, held, rng)
        phase(p, m, rng, m.tempo_s[1], (0.0, 0.0))
        p.reps.append((begin, p.nodes))
        p.go(rng.uniform(0.5, 2.0))
    p.planted.append((first, p.nodes))
    p.go(3.0)
    return p


def _hold(p: Plan, seconds: float, held: float, rng: np.random.Generator) -> None:
    first = p.nodes
    for _ in range(max(1, round(seconds / TREMOR_S))):
        p.go(TREMOR_S, 0.0, held + rng.normal(0, TREMOR_DEG))
    p.holds.append((first, p.nodes))
