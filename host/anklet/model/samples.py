"""What a sensor measured, and where it sat."""

from dataclasses import dataclass

from anklet.model.words import Bools, Floats, Segment, Side


@dataclass(frozen=True)
class Placement:
    """Where a sensor sits: side x segment."""

    side: Side
    segment: Segment

    def __str__(self) -> str:
        return f"{self.side} {self.segment}"


@dataclass(frozen=True, eq=False)
class Samples:
    """One sensor's samples, as they were taken.

    Parameters
    ----------
    t_s : (n,) array
        Time of each sample in s, strictly increasing; one clock for all sensors of a call.
    acc_m_s2, gyr_rad_s : (n, 3) array
        Specific force in m/s2 and angular rate in rad/s, sensor frame.
    saturated : (n,) bool array, optional
        True where any channel was at its limit.
    """

    t_s: Floats
    acc_m_s2: Floats
    gyr_rad_s: Floats
    saturated: Bools | None = None


@dataclass(frozen=True, eq=False)
class Recording:
    """Samples, where the sensor sat, and the name that messages call them by (a file, a sensor)."""

    placement: Placement
    samples: Samples
    name: str
