"""A sensor's clock against the host's, from echoes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog

from anklet.errors import DataError
from anklet.model import Floats

MAX_SKEW = 200e-6
"""Crystals of microcontrollers are within 10 to 50 ppm, two of them within 100; twice that."""
MIN_SPAN_S = 20.0
"""Over less, a skew would be the jitter of the echoes rather than the crystals'."""
MIN_ECHOES = 8
"""Fewer say nothing of how late the quickest of them was."""


class Echo(NamedTuple):
    """A message to a sensor: when the host handed it over, and when the sensor got it."""

    host_s: float
    sensor_us: int


@dataclass(frozen=True)
class ClockFit:
    """A straight line from a sensor's clock to the host's.

    Parameters
    ----------
    sensor_us : int
        Sensor time of reference.
    host_s : float
        Host time at that moment.
    host_per_sensor : float
        Seconds of the host's clock in one of the sensor's.
    residual_s : float
        How far the quicker tenth of the echoes lies behind the line, s: what the mapping may be
        off by, apart from a delay that every echo has.
    echoes : int
        Number of echoes behind it.
    """

    sensor_us: int
    host_s: float
    host_per_sensor: float
    residual_s: float
    echoes: int

    def to_host_s(self, sensor_us: ArrayLike) -> Floats:
        """Return the host times of sensor times, (n,) in us to (n,) in s."""
        since_s = (np.asarray(sensor_us, np.int64) - self.sensor_us) * 1e-6
        return np.asarray(self.host_s + since_s * self.host_per_sensor, np.float64)


def fit_clock(echoes: Sequence[Echo], name: str = "The sensor") -> ClockFit:
    """Fit a sensor's clock by the echoes that waited least.

    Over Bluetooth LE a message waits for the next connection event, up to an interval, and is never
    early. Sent at random moments, some wait hardly at all: offset and skew are of the highest line
    that no echo crosses (a linear programme), not of a mean, and not of the middle of a round trip,
    whose way back waits differently (NTP's estimate is wrong by half a connection interval).

    Parameters
    ----------
    echoes : sequence of Echo
        Over one boot of the sensor, sent at random moments.
    name : str
        What messages call the sensor.

    Raises
    ------
    DataError
        When there are too few echoes.
    """
    if len(echoes) < MIN_ECHOES:
        raise DataError(
            f"{name} answered {len(echoes)} clock echoes; at least {MIN_ECHOES} are needed to put "
            "it on one time axis with the others. Keep it in reach for some seconds."
        )
    sensor_us = np.array([e.sensor_us for e in echoes], np.int64)
    host_s = np.array([e.host_s for e in echoes])
    middle_us, middle_s = int(np.median(sensor_us)), float(np.median(host_s))
    since_s = host_s - middle_s
    ahead_s = (sensor_us - middle_us) * 1e-6 - since_s
    skew = MAX_SKEW if np.ptp(host_s) >= MIN_SPAN_S else 0.0
    n = len(echoes)
    line = linprog(
        [-n, -since_s.sum()],
        A_ub=np.column_stack([np.ones(n), since_s]),
        b_ub=ahead_s,
        bounds=[(None, None), (-skew, skew)],
    )
    if line.x is None:
        raise DataError(f"{name}: its clock echoes fit no clock ({line.message}).")
    offset_s, slope = line.x
    behind_s = np.sort(ahead_s - offset_s - slope * since_s)
    # sensor - middle_us = offset + (1 + slope)(host - middle_s), solved for the host
    return ClockFit(
        sensor_us=middle_us,
        host_s=float(middle_s - offset_s / (1 + slope)),
        host_per_sensor=float(1 / (1 + slope)),
        residual_s=float(behind_s[max(1, n // 10)]),
        echoes=n,
    )
