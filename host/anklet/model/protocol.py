"""What an assessment is, as data: a protocol, and the values that may be entered with it."""

from dataclasses import dataclass
from typing import Literal

from anklet.model.words import Direction, Kind, Knee, Measure, Setup, Zero

Field = Literal["block_deg", "knee", "footwear"]
"""What of an assessment may differ from one time to the next, and then must not be mixed."""
ResultName = Literal[
    "df_peak_deg",
    "pf_peak_deg",
    "rom_deg",
    "reps",
    "fade",
    "holds",
    "sway",
    "zero_drift",
    "knee_to_wall",
    "tibial_lean",
    "heel_rise",
    "calibration",
]
EntryName = Literal["knee_to_wall_cm", "tibial_lean_deg"]
Ends = Literal["peak", "hold"]


@dataclass(frozen=True)
class Entry:
    """A value that is measured otherwise and entered; it must lie from ``low`` to ``high``."""

    title: str
    low: float
    high: float


ENTRIES: dict[EntryName, Entry] = {
    "knee_to_wall_cm": Entry("distance from the great toe to the wall", 0.0, 40.0),
    "tibial_lean_deg": Entry(
        "lean of the tibia in standing, with the sensor or an inclinometer held along its crest, "
        "knee forward positive",
        -30.0,
        30.0,
    ),
}
"""Bounds are those of a slip of the keyboard, not of what is normal."""
MASS_KG = 20.0, 300.0
"""Bounds of a body mass, likewise."""


@dataclass(frozen=True)
class Protocol:
    """An assessment: what is worn and done, and how it is read.

    Parameters
    ----------
    name, title : str
    kind : str
        static (held), passive (an examiner moves the foot) or active.
    setups : tuple of str
        The set-ups that it may be measured in.
    wear, steps : tuple of str
        Sentences for the person: what to wear where, and what to do, in order.
    position : str
        How one stands, sits or lies.
    zero : str
        What 0 deg is: quiet standing, or the neutral that an examiner holds.
    results : tuple of str
        What it gives.
    direction : str or None
        What a rep does first; None: there are no reps.
    primary : str or None
        The measure that carries the verdict.
    ends : str
        Where a rep's ends are read: at its peaks, or where they are held.
    knee : str or None
        Straight or bent.
    reps, sets : (int, int) or None
        Least and most; None where it is not said (until fatigue).
    rest_s, hold_s : float or None
        Rest between sets; how long an end, or the posture, is held.
    one_leg : bool
        The legs are done one at a time.
    key : tuple of str
        The fields of the comparability key that may differ under this name.
    enter : tuple of str
        Values that may be entered, of `ENTRIES`.
    sem : str or None
        Name of the borrowed standard error of measurement (`anklet.measures.norms`).
    """

    name: str
    title: str
    kind: Kind
    setups: tuple[Setup, ...]
    wear: tuple[str, ...]
    position: str
    steps: tuple[str, ...]
    zero: Zero
    results: tuple[ResultName, ...]
    direction: Direction | None = None
    primary: Measure | None = None
    ends: Ends = "peak"
    knee: Knee | None = None
    reps: tuple[int, int] | None = None
    sets: tuple[int, int] | None = None
    rest_s: float | None = None
    hold_s: float | None = None
    one_leg: bool = True
    key: tuple[Field, ...] = ()
    enter: tuple[EntryName, ...] = ()
    sem: str | None = None
