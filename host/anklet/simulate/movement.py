"""What a leg does: keyframes with smooth (minimum-jerk) transitions between them."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from anklet.model import Floats
from anklet.simulate.guided import GuidedHalfMinute, guide
from anklet.simulate.lifts import HeelLift, LiftEnd
from anklet.simulate.person import LegAbility

Kind = Literal[
    "split_squat",
    "rear_leg",
    "lunge",
    "heel_rise",
    "table",
    "passive_table",
    "stand",
    "calibration",
]
ON_TABLE: tuple[Kind, ...] = ("table", "passive_table")
StepKind = Literal["quick", "slow", "in_place", "placed"]
FINE_HZ = 416.0
"""Rate that movements are computed at: four times the sensors'."""
REAR_KNEE_DEG, REAR_HEEL_DEG = (30.0, 45.0), (0.0, 20.0)
"""In a rear leg's rep the knee drops: its shank leans on, and its heel rises, by this much."""


@dataclass(frozen=True)
class Movement:
    """An exercise.

    Parameters
    ----------
    kind : str
        split_squat (on a block), rear_leg (of a split squat, up on its toes; with the front leg's
        seed and movement they are one), lunge (knee to wall), heel_rise, table (foot in the air, DF
        then PF), passive_table (an examiner moves the foot, see `anklet.simulate.passive`), stand,
        or calibration (the guided half-minute alone).
    reps, sets : int
    rest_s : float
        Standing still between sets.
    block_deg : float
        Angle of the block, heel high positive (split squat).
    start_lean_deg : float or None
        Lean of the shank in the split stance; drawn from -15 to -4 when None.
    tempo_s : (float, float)
        Time to the far end of a rep and back.
    tempo_spread, uneven : float
        Each phase takes up to this share more or less; each rep reaches this share less, at most.
    scatter_deg : float
        SD of the far end from rep to rep.
    hesitation, pause : float
        Probability, a rep, of stopping or turning back (by up to 15 %) half-way, and of staying at
        either end for up to 3 s.
    steps : bool
        The foot steps onto the block before the first rep and off after the last.
    step_kind : str
        quick, slow (over 3 s, with a stop in the air), in_place (no travel) or placed (the heel is
        let down onto the block in 3 s).
    standing_s, after_s : float
        Quiet standing before and after.
    hold_s : float
        How long the far end of a rep is held.
    fade : float
        Share of the reach that is lost from the first rep to the last: fatigue.
    sway_deg : float
        RMS sway of the shank.
    heel_lift : HeelLift or None
        Heels that come up in a split squat or lunge.
    guided : GuidedHalfMinute or None
        Done after that standing, before the exercise.
    """

    kind: Kind = "split_squat"
    reps: int = 8
    sets: int = 1
    rest_s: float = 30.0
    block_deg: float = 20.0
    start_lean_deg: float | None = None
    tempo_s: tuple[float, float] = (2.0, 1.5)
    tempo_spread: float = 0.2
    uneven: float = 0.0
    scatter_deg: float = 1.2
    hesitation: float = 0.0
    pause: float = 0.0
    steps: bool = True
    step_kind: StepKind = "quick"
    standing_s: float = 5.0
    hold_s: float = 0.0
    fade: float = 0.0
    sway_deg: float = 0.35
    heel_lift: HeelLift | None = None
    after_s: float = 3.0
    guided: GuidedHalfMinute | None = None


@dataclass
class Track:
    """One quantity over time, built from keyframes."""

    value: float = 0.0
    parts: list[Floats] = field(default_factory=list["Floats"])

    def to(self, value: float, nodes: int) -> None:
        """Go to a value in so many nodes, with no speed at either end (Flash and Hogan 1985)."""
        s = np.arange(1, nodes + 1) / max(nodes, 1)
        self.parts.append(self.value + (value - self.value) * s**3 * (10 - 15 * s + 6 * s**2))
        self.value = value

    def bump(self, height: float, nodes: int) -> None:
        """Rise by a height and come back."""
        s = np.arange(1, nodes + 1) / max(nodes, 1)
        self.parts.append(self.value + height * 64 * (s * (1 - s)) ** 3)


@dataclass
class Plan:
    """A leg's movement at `FINE_HZ`, under construction.

    ``lean`` and ``foot`` are the segments' pitches in deg, ``forward`` and ``up`` the toe joint's
    place in m. ``reps`` holds first and last node of each rep, ``planted`` those of each set,
    ``holds`` those of each end that was held, ``lifts`` where each rep's heel leaves the ground.
    """

    lean: Track = field(default_factory=Track)
    foot: Track = field(default_factory=Track)
    forward: Track = field(default_factory=Track)
    up: Track = field(default_factory=Track)
    nodes: int = 0
    reps: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    planted: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    landings: list[int] = field(default_factory=list[int])
    holds: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    lifts: list[LiftEnd | None] = field(default_factory=list["LiftEnd | None"])

    def go(
        self,
        seconds: float,
        lean: float | None = None,
        foot: float | None = None,
        forward: float | None = None,
        lift: float = 0.0,
    ) -> None:
        """Move to these values together; None stays."""
        nodes = max(1, round(seconds * FINE_HZ))
        self.lean.to(self.lean.value if lean is None else lean, nodes)
        self.foot.to(self.foot.value if foot is None else foot, nodes)
        self.forward.to(self.forward.value if forward is None else forward, nodes)
        self.up.bump(lift, nodes)
        self.nodes += nodes

    def hold(self, seconds: float) -> None:
        """Stay, and remember where."""
        first = self.nodes
        self.go(seconds)
        self.holds.append((first, self.nodes))

    def step(
        self, rng: np.random.Generator, kind: StepKind, lean: float, foot: float, forward: float
    ) -> None:
        """Take a step: the foot travels, the knee swings forward and back, and it lands."""
        swing = max(self.lean.value, lean) + rng.uniform(20, 40)
        tipped = min(self.foot.value, foot) - rng.uniform(0, 15)
        lift, seconds = rng.uniform(0.08, 0.12), rng.uniform(0.7, 1.1)
        if kind == "placed":
            self.go(3.0, lean, foot)
        elif kind == "slow":
            self.go(1.0, swing - 15, tipped)
            self.go(1.2, lean - 5, foot + 10, forward, lift)
            self.go(0.8, lean, foot)
        elif kind == "in_place":
            self.go(0.5 * seconds, swing - 15, tipped, lift=0.06)
            self.go(0.5 * seconds, lean, foot)
        else:
            nodes = round(seconds * FINE_HZ)
            half = nodes // 2
            self.lean.to(swing, half)
            self.lean.to(lean, nodes - half)
            self.foot.to(tipped, half)
            self.foot.to(foot, nodes - half)
            self.forward.to(forward, nodes)
            self.up.bump(lift, nodes)
            self.nodes += nodes
        self.landings.append(self.nodes)


def plan(movement: Movement, ability: LegAbility, rng: np.random.Generator) -> Plan:
    """Lay out a whole session: standing, steps, reps with their irregularities, standing."""
    p = Plan()
    p.go(movement.standing_s)
    alone = movement.kind == "calibration"
    if movement.guided or alone:
        guide(p, movement.guided or GuidedHalfMinute(), rng)
    if movement.kind == "stand" or alone:
        return p
    for k in range(movement.sets):
        if k:
            p.go(movement.rest_s)
        _set(p, movement, ability, rng)
    p.go(movement.after_s)
    return p


def _set(p: Plan, m: Movement, ability: LegAbility, rng: np.random.Generator) -> None:
    start_lean, flat = 0.0, 0.0
    step_m = rng.uniform(0.2, 0.35)
    on_block, on_toes = m.kind == "split_squat", m.kind == "rear_leg"
    rear = rng.spawn(1)[0]  # not from rng: with one seed front and rear move together
    if on_block or on_toes:
        drawn = rng.uniform(-15, -4)
        start_lean = drawn if m.start_lean_deg is None else m.start_lean_deg
        flat = -m.block_deg
        if on_toes:
            start_lean, flat, step_m = rear.uniform(20, 40), -rear.uniform(30, 50), -step_m
        if m.steps:
            p.step(rng, m.step_kind, start_lean, flat, p.forward.value + step_m)
        else:
            p.go(1.5, start_lean, flat)
    first = p.nodes
    p.go(rng.uniform(0.8, 2.0))
    for k in range(m.reps):
        begin = p.nodes
        share = (1 - rng.uniform(0, m.uneven)) * (1 - m.fade * k / max(m.reps - 1, 1))
        scatter = rng.normal(0, m.scatter_deg)
        if m.kind == "heel_rise":
            _out_and_back(p, m, rng, (3.0, ability.pf_deg * share + scatter - 3.0), (0.0, 0.0))
        elif m.kind == "table":
            phase(p, m, rng, 0.6 * m.tempo_s[0], (0.0, ability.df_free_deg * share))
            _out_and_back(p, m, rng, (0.0, ability.pf_deg * share + scatter), (0.0, 0.0))
        else:
            top = start_lean + (rng.normal(0, 1.0) if on_block or on_toes else 0.0)
            far, deep = ability.df_deg * share + scatter - flat, flat
            if on_toes:
                far = start_lean + rear.uniform(*REAR_KNEE_DEG) * share
                deep = flat - rear.uniform(*REAR_HEEL_DEG) * share
            lifted = m.heel_lift.end(rng) if m.heel_lift else None
            _out_and_back(p, m, rng, (far, deep), (top, flat), lifted)
            p.lifts.append(lifted)
        p.reps.append((begin, p.nodes))
        p.go(rng.uniform(0.05, 0.5) + _stay(m, rng))
    p.planted.append((first, p.nodes))
    if (on_block or on_toes) and m.steps:
        p.step(rng, m.step_kind, 0.0, 0.0, p.forward.value - step_m)
    else:
        p.go(1.5, 0.0, 0.0)


def _out_and_back(
    p: Plan,
    m: Movement,
    rng: np.random.Generator,
    far: tuple[float, float],
    home: tuple[float, float],
    lifted: LiftEnd | None = None,
) -> None:
    phase(p, m, rng, m.tempo_s[0], far)
    p.go(rng.uniform(0.05, 0.3) + _stay(m, rng))
    if m.hold_s:
        p.hold(m.hold_s)
    if lifted == "df":
        _lift(p, m, rng, lifted)
    phase(p, m, rng, m.tempo_s[1], home)
    if lifted == "pf":
        _lift(p, m, rng, lifted)


def _lift(p: Plan, m: Movement, rng: np.random.Generator, end: LiftEnd) -> None:
    """Raise the heel about the toe joint and put it down again."""
    if m.heel_lift is None:
        return
    lean, foot = p.lean.value, p.foot.value
    pitch, up_s, held_s, down_s, along = m.heel_lift.drawn(end, rng)
    p.go(up_s, lean + along, foot - pitch)
    p.go(held_s)
    p.go(down_s, lean, foot)


def phase(
    p: Plan, m: Movement, rng: np.random.Generator, seconds: float, to: tuple[float, float]
) -> None:
    """Go to a (lean, foot) posture, perhaps with a hesitation half-way."""
    seconds *= 1 + rng.uniform(-m.tempo_spread, m.tempo_spread)
    if rng.random() < m.hesitation:
        start, end = np.array([p.lean.value, p.foot.value]), np.array(to)
        share = rng.uniform(0.4, 0.6)
        p.go(seconds * share, *(start + share * (end - start)))
        back = share - rng.uniform(0, 0.15)
        p.go(rng.uniform(0.2, 0.8), *(start + back * (end - start)))
        seconds *= 1 - back
    p.go(seconds, *to)


def _stay(m: Movement, rng: np.random.Generator) -> float:
    return rng.uniform(0.5, 3.0) if rng.random() < m.pause else 0.0
