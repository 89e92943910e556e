"""What is measured: calibrations, reps, sets, legs and their comparison."""

from dataclasses import dataclass, field

import numpy as np

from anklet.model.assessed import Hold, KneeToWall, Static
from anklet.model.heel import HeelRise
from anklet.model.protocol import EntryName
from anklet.model.uncertainty import Estimate, Part
from anklet.model.words import (
    AxisFrom,
    CalibrationSource,
    Direction,
    Floats,
    Measure,
    Quality,
    Segment,
    Setup,
    Side,
    SignFrom,
    Zero,
)


@dataclass(frozen=True)
class Calibration:
    """What ties one sensor to its body segment, with its quality.

    Parameters
    ----------
    axis_xyz : 3 floats
        The leg's medio-lateral axis as a unit vector in the sensor frame; a positive turn about it
        is dorsiflexion of that segment (knee forward, toes up).
    axis_from, sign_from : str
        How the axis and its sign were found.
    explained_variance : float or None
        Share of the movement's squared rate along the axis, 0..1; None for a nominal axis.
    stillness_deg_s : float or None
        RMS angular rate about its mean over the zero span.
    misalignment_deg : float or None
        Angle between the axis and the nominal mount's; None where the mount is unknown and there
        was no guided half-minute.
    zero_s : (float, float) or None
        The still span that zero was taken from, on the clock of its own recording (``source``); of
        a guided half-minute the first of the two.
    gyro_bias_rad_s : 3 floats
        Mean angular rate over the zero span, sensor frame (the filter's estimate without one).
    up_xyz : 3 floats or None
        The upward vertical at zero, unit vector in the sensor frame (relative: the mean).
    source : str
        "set": from the set itself; "beginning": from a guided half-minute before the set, in the
        same recording; "recording": from one of its own.
    quality : str or None
        Of a guided half-minute, with ``reasons`` where it is not good (a poor one is refused).
    drift_deg : float or None
        Pitch of the last quiet standing on the flat floor against zero, this recording's; None
        where there is no such standing.
    moved_deg : float or None
        With a calibration from another recording: angle between the vertical in this recording's
        first still span and at zero; None without such a span.
    """

    axis_xyz: tuple[float, float, float]
    axis_from: AxisFrom
    sign_from: SignFrom
    explained_variance: float | None
    stillness_deg_s: float | None
    misalignment_deg: float | None
    zero_s: tuple[float, float] | None
    gyro_bias_rad_s: tuple[float, float, float]
    up_xyz: tuple[float, float, float] | None = None
    source: CalibrationSource = "set"
    quality: Quality | None = None
    reasons: tuple[str, ...] = ()
    drift_deg: float | None = None
    moved_deg: float | None = None


@dataclass(frozen=True, eq=False)
class Trace:
    """A leg's ankle angle on a uniform grid.

    Parameters
    ----------
    t0_s, rate_hz : float
        Time of the first value and the rate; the clock is that of the recordings.
    deg : (n,) array
        Ankle angle in deg; NaN in gaps and where it is not measured.
    """

    t0_s: float
    rate_hz: float
    deg: Floats

    @property
    def t_s(self) -> Floats:
        """(n,) array: time of each value, s."""
        return self.t0_s + np.arange(len(self.deg)) / self.rate_hz


@dataclass(frozen=True)
class Rep:
    """One repetition: when, how far, how, and whether each peak stands.

    ``df_peak_deg``, ``pf_peak_deg`` and ``rom_deg`` are None where not measured (see ``reasons``),
    and the peaks are None where there is no zero. Formulas: :mod:`anklet.measures.metrics`.
    """

    start_s: float
    end_s: float
    df_time_s: float
    pf_time_s: float
    df_peak_deg: float | None
    pf_peak_deg: float | None
    rom_deg: float | None
    df_valid: bool
    pf_valid: bool
    reasons: tuple[str, ...]
    out_s: float
    back_s: float
    dwell_s: float
    peak_rate_deg_s: float
    smoothness: float | None
    plane_deviation_deg: float | None

    @property
    def valid(self) -> bool:
        """Both peaks stand."""
        return self.df_valid and self.pf_valid


@dataclass(frozen=True)
class Summary:
    """A quantity over the valid reps of a set (or of several sets)."""

    median: float | None
    mean: float | None
    sd: float | None
    n: int
    best3: float | None = None
    fade_per_rep: float | None = None


@dataclass(frozen=True)
class RepSet:
    """Reps without a long rest between them, their summaries, and the heights of heel rises."""

    start_s: float
    end_s: float
    direction: Direction
    reps: tuple[Rep, ...]
    df_peak_deg: Summary
    pf_peak_deg: Summary
    rom_deg: Summary
    heel_rise: HeelRise | None = None


@dataclass(frozen=True, eq=False)
class Leg:
    """Everything that was measured of one leg.

    ``estimates`` are the means over all its sets, with their intervals; None without a valid rep.
    ``block_measured_deg`` is the slope under the planted foot (heel high positive) that a foot
    sensor saw at the reps' starts and ends; None without one.
    """

    side: Side
    setup: Setup
    zero: Zero
    calibration: dict[Segment, Calibration]
    sets: tuple[RepSet, ...]
    trace: Trace
    samples: int
    lost_samples: int
    block_measured_deg: float | None = None
    holds: tuple[Hold, ...] = ()
    static: Static | None = None
    estimates: dict[Measure, Estimate | None] = field(
        default_factory=dict["Measure", "Estimate | None"]
    )

    @property
    def reps(self) -> tuple[Rep, ...]:
        """All reps of all sets."""
        return tuple(rep for s in self.sets for rep in s.reps)


@dataclass(frozen=True)
class Difference:
    """Involved minus uninvolved (left minus right where neither is marked), one quantity.

    Parameters
    ----------
    difference_deg, low_deg, high_deg : float
        With the 95 % interval for the person's long-run difference on this protocol.
    lsi_percent, lsi_half_percent : float or None
        Limb symmetry index, 100 x involved / uninvolved, and half of its own 95 % interval; None
        where that is over 12 points.
    verdict : str
        Within or beyond measurement error.
    sem_deg, sem_source : float, str
        Standard error of measurement of one leg's value, and where it comes from.
    sem_dof : int or None
        Its degrees of freedom, where it is the person's own.
    parts : tuple of Part
        Of the difference's error: both legs' together.
    """

    difference_deg: float
    low_deg: float
    high_deg: float
    lsi_percent: float | None
    verdict: str
    sem_deg: float
    sem_source: str
    lsi_half_percent: float | None = None
    sem_dof: int | None = None
    parts: tuple[Part, ...] = ()

    @property
    def half_deg(self) -> float:
        """Half of the interval: the zone that the measurement cannot tell from nothing, deg."""
        return (self.high_deg - self.low_deg) / 2


@dataclass(frozen=True)
class Comparison:
    """Left against right. ``primary`` is the one measure that carries the verdict."""

    involved: Side | None
    primary: Measure
    measures: dict[Measure, Difference | None]


@dataclass(frozen=True, eq=False)
class Analysis:
    """The result of one call: each leg, and their comparison where both have sets.

    ``protocol`` names what was done, where it was said; ``entered`` holds what was measured
    otherwise and entered with it, by side.
    """

    algorithm: int
    legs: dict[Side, Leg]
    comparison: Comparison | None
    block_deg: float
    notes: tuple[str, ...]
    protocol: str | None = None
    entered: dict[Side, dict[EntryName, float]] = field(
        default_factory=dict[Side, dict[EntryName, float]]
    )
    knee_to_wall: KneeToWall | None = None
