"""A sensor's clock against the host's, from echoes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog
from scipy.stats import theilslopes

from anklet.errors import DataError
from anklet.model import Floats

MAX_SKEW = 200e-6
"""Crystals of microcontrollers are within 10 to 50 ppm, two of them within 100; twice that."""
MIN_SPAN_S = 20.0
"""Over less, a skew would be the jitter of the echoes rather than the crystals'."""
SAME_SKEW = 4.0
"""Times the wait of the quicker tenth: the two ways may differ by so much over the span. More, and
the connection's interval changed meanwhile, which bends the way back."""
LEAST_WAIT_S = 0.001
MOST_PAIRED = 500
"""Echoes for Theil-Sen's slope, which looks at each pair."""
MIN_ECHOES = 8
"""Fewer say nothing of how late the quickest of them was."""


class Echo(NamedTuple):
    """A message to a sensor and its reply.

    ``host_s`` is when the host handed it over, ``sensor_us`` when the sensor got it, ``back_s``
    when the reply was here. Of several with one ``back_s`` the last was replied to, and its reply
    told of the others.
    """

    host_s: float
    sensor_us: int
    back_s: float


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
    early. Sent at random moments, some wait hardly at all: they tell the offset, not a mean and not
    the middle of a round trip, whose way back waits differently (NTP's estimate is wrong by half a
    connection interval). Their skew is that of the line that no echo crosses (a linear programme).
    The reply leaves at the event after and nearly always waits as long, which tells nothing of the
    offset, but the skew better than the few quick messages do (Theil-Sen's slope).

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
    host_s = np.array([e.host_s for e in echoes], np.float64)
    back_s = np.array([e.back_s for e in echoes], np.float64)
    middle_us, middle_s = int(np.median(sensor_us)), float(np.median(host_s))
    since_s = np.asarray((sensor_us - middle_us) * 1e-6, np.float64)
    most = MAX_SKEW if np.ptp(host_s) >= MIN_SPAN_S else 0.0
    skew = -_lowest_slope(since_s, since_s - (host_s - middle_s), most, name)
    waited_s = _waits(since_s, host_s - middle_s, skew)
    skew_back = _slope_back(since_s, back_s - middle_s)
    if most and abs(skew_back - skew) * np.ptp(since_s) <= SAME_SKEW * max(
        _quick(waited_s), LEAST_WAIT_S
    ):
        skew = skew_back
        waited_s = _waits(since_s, host_s - middle_s, skew)
    latest_s = float(np.max(host_s - middle_s - (1 + skew) * since_s))
    return ClockFit(
        sensor_us=middle_us,
        host_s=middle_s + latest_s,
        host_per_sensor=1 + skew,
        residual_s=_quick(waited_s),
        echoes=len(echoes),
    )


def _lowest_slope(x_s: Floats, y_s: Floats, most: float, name: str) -> float:
    """Slope of the highest line that no point lies under, within +-most."""
    line = linprog(
        [-len(x_s), -x_s.sum()],
        A_ub=np.column_stack([np.ones(len(x_s)), x_s]),
        b_ub=y_s,
        bounds=[(None, None), (-most, most)],
    )
    if line.x is None:
        raise DataError(f"{name}: its clock echoes fit no clock ({line.message}).")
    return float(line.x[1])


def _slope_back(since_s: Floats, back_s: Floats) -> float:
    """Slope of the way back, of the echoes that were replied to themselves."""
    order = np.argsort(since_s)
    replied = order[np.append(np.diff(back_s[order]) > 0, True)]
    some = replied[:: 1 + len(replied) // MOST_PAIRED]
    if len(some) < MIN_ECHOES:
        return math.inf
    return float(theilslopes((back_s - since_s)[some], since_s[some])[0])


def _waits(since_s: Floats, host_s: Floats, skew: float) -> Floats:
    """How much later than the quickest each message arrived, sorted, s."""
    arrived_s = (1 + skew) * since_s - host_s
    return np.sort(arrived_s - arrived_s.min())


def _quick(waited_s: Floats) -> float:
    return float(waited_s[max(1, len(waited_s) // 10)])
