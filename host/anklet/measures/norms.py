"""Figures from the literature, each with its source. The only place that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from anklet.model import Measure

NORMS = 2
"""Rises when a figure here changes; part of every result's provenance."""

WITHIN_SHARE = 0.5
"""Share of a borrowed SEM's variance that is taken to come from within a visit (reps, zero,
instrument). The studies do not tell it apart: an SEM within one session is all of it, one between
days holds the days too. With half of it five reps of SD 2 deg add nothing to the lunge's SEM, as
three of SD 1.7 deg do; fewer reps, or more scattered ones, widen the interval
(``tests/validation/coverage.py`` shows how well that holds)."""


@dataclass(frozen=True)
class Sem:
    """A standard error of measurement: the SD of a leg's value from visit to visit.

    Parameters
    ----------
    deg : float
        All that makes a visit's value miss the person's long-run value: days, zero, reps, sensor.
    source : str
        Where it comes from: "borrowed: ...", or "own, 14 visits".
    within_deg : float or None
        The part of it that comes from within a visit; `WITHIN_SHARE` of its variance where None.
    dof : int or None
        Degrees of freedom of an own SEM; None of a borrowed one, which counts as known.
    """

    deg: float
    source: str
    within_deg: float | None = None
    dof: int | None = None

    @property
    def contained_deg(self) -> float:
        """The within-visit error that it contains already, deg."""
        return WITHIN_SHARE**0.5 * self.deg if self.within_deg is None else self.within_deg


def _both_ends(df: Sem, pf: Sem) -> Mapping[Measure, Sem]:
    """Add the range, whose SEM no study of the protocol gives."""
    rom = Sem((df.deg**2 + pf.deg**2) ** 0.5, f"{df.source}; both ends assumed independent")
    return MappingProxyType({"df_peak_deg": df, "pf_peak_deg": pf, "rom_deg": rom})


_LUNGE = "borrowed: weight-bearing lunge (Konor 2012, Powden 2015)"
_TABLE = "borrowed: goniometer on the table (Krause 2011)"

WEIGHT_BEARING_LUNGE = _both_ends(
    Sem(1.5, _LUNGE), Sem(1.5, f"{_LUNGE}, assumed equal at this end")
)
"""Konor, Morton, Eckerson, Grindstaff (Int J Sports Phys Ther 7:279-287, 2012): SEM 1.3-1.4 deg and
MDC95 3.7-3.8 deg for the mean of three trials with an inclinometer, within one session. Powden,
Hoch, Hoch (Man Ther 20:524-532, 2015, a review): MDC95 4.6-4.7 deg, an SEM of 1.7 deg. Between days
it is assumed to be the same. No figure is known for the plantarflexed end nor for the range."""

TABLE = _both_ends(Sem(2.5, _TABLE), Sem(2.5, f"{_TABLE}, assumed equal at this end"))
"""Krause, Cloud, Forster, Schrank, Hollman (J Sport Rehabil 20:333-344, 2011): MDC95 6-8 deg for
active and passive dorsiflexion, knee straight and bent, which is an SEM of 2.2-2.9 deg."""

HEEL_RISE = _both_ends(
    Sem(2.5, f"{_TABLE}, assumed equal in a heel rise"),
    Sem(2.5, f"{_TABLE}, assumed equal in a heel rise"),
)
"""No figure is known for the peak angle of a heel rise (studies give counts and heights)."""

BORROWED_SEM = _both_ends(
    Sem(1.5, f"{_LUNGE}, assumed equal here"), Sem(1.5, f"{_LUNGE}, assumed equal here")
)
"""The split squat, for which no study is known: foot, load and end of range are a lunge's. Also
where no protocol is named, or one that nothing is known of."""

_BY_NAME: Mapping[str, Mapping[Measure, Sem]] = {
    "weight_bearing_lunge": WEIGHT_BEARING_LUNGE,
    "knee_to_wall": WEIGHT_BEARING_LUNGE,
    "lunge": WEIGHT_BEARING_LUNGE,
    "split_squat": BORROWED_SEM,
    "passive_table": TABLE,
    "active_table": TABLE,
    "table": TABLE,
    "heel_rise": HEEL_RISE,
}


def borrowed_sem(protocol: str | None) -> Mapping[Measure, Sem]:
    """Return the SEM of each measure on a protocol.

    Parameters
    ----------
    protocol : str or None
        Its name; the longest known beginning of it counts (``knee_to_wall_bent``), and
        `BORROWED_SEM` where there is none.
    """
    known = [name for name in _BY_NAME if (protocol or "").startswith(name)]
    return _BY_NAME[max(known, key=len)] if known else BORROWED_SEM


Z_95 = 1.959964
"""Half-width of a 95 % interval in standard errors."""

LSI_MAX_HALF_WIDTH = 12.0
"""A limb symmetry index is shown only where its 95 % half-width is at most this (percent points):
equal legs with an SEM of 1.5 deg range over 90-111 % at 40 deg but 75-133 % at 15 deg."""

MIN_VISITS_VERDICT = 6
MIN_VISITS_TELL = 10
"""Fewer visits than these give no trend verdict, or "not yet able to tell"."""

TREND_CONFIDENCE = 0.98
"""A course is looked at again at every visit, so its slope's interval is wider than 95 %."""
TREND_LOOKS, TREND_SPENDING = 12, 5
"""Up to this many visits the interval has `TREND_CONFIDENCE`; then what it leaves out falls with
this power of their number. Chosen on simulated courses (``tests/validation/coverage.py``): looked
at every week, a flat one is called a change in at most 5 % by twelve weeks, and by two years."""

OWN_SEM_DOF = 10
"""The person's own SEM takes the literature's place from this many degrees of freedom on (twelve
visits): Student's quantile is then 2.2, and such an SEM is within a third of the truth in six cases
of seven."""

KNEE_TO_WALL_ACCEPTED_PERCENT = 10.0
KNEE_TO_WALL_SOURCE = "Green 2022"
"""Asymmetry of the knee-to-wall *distance* that expert clinicians accept at return to play after
calf strain: at most 10 % (Green et al., Sports Med Open 8:10, 2022, table 4; interviews with 20
experts, of the distance in cm and not of an angle)."""
