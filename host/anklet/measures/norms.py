"""Figures from the literature, each with its source. The only place that holds them."""

from dataclasses import dataclass

from anklet.model import Measure

NORMS = 1
"""Rises when a figure here changes; part of every result's provenance."""


@dataclass(frozen=True)
class Sem:
    """A standard error of measurement in deg between visits, and where it comes from."""

    deg: float
    source: str


_LUNGE = "borrowed: weight-bearing lunge (Konor 2012, Powden 2015)"

BORROWED_SEM: dict[Measure, Sem] = {
    "df_peak_deg": Sem(1.5, _LUNGE),
    "pf_peak_deg": Sem(1.5, _LUNGE + ", assumed equal at this end"),
    "rom_deg": Sem(2.1, _LUNGE + ", both ends assumed independent"),
}
"""Weight-bearing lunge: SEM 1.3-1.7 deg, MDC95 3.7-4.7 deg (Konor et al., Int J Sports Phys Ther
7:279, 2012, within session; Powden et al., Man Ther 20:524, 2015, review). No figure is known for
the plantarflexed end of a squat, nor for its range: 1.5 deg, and 1.5 deg x sqrt 2. All contain the
rep noise of the studies' protocols: it is not added a second time."""

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

KNEE_TO_WALL_ACCEPTED_PERCENT = 10.0
KNEE_TO_WALL_SOURCE = "Green 2022"
"""Asymmetry of the knee-to-wall *distance* that expert clinicians accept at return to play after
calf strain: at most 10 % (Green et al., Sports Med Open 8:10, 2022, table 4; interviews with 20
experts, of the distance in cm and not of an angle)."""
