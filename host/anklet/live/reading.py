"""One sensor's packets in order, in SI units: what is late is dropped, what is missing is a gap."""

import math
from collections import deque
from typing import NamedTuple

import numpy as np

from anklet.errors import UsageError
from anklet.model import Floats
from anklet.packets import QUAT_ONE, SCALES, Packet

MAX_BRIDGE_S = 0.15
"""Filters run on over a gap this long (two lost packets); after a longer one they start anew."""
QUAT_TOLERANCE = 0.02
"""A quaternion whose length is further from 1 is not one; rounding to counts costs under 1e-4."""
MAX_PERIOD_S = 0.1
"""Slower than 10 Hz nothing here works; no sensor of ours goes below 26 Hz."""
PAST_STREAMS = 8
"""Streams whose stragglers are still known as such."""

_COUNT = np.dtype("<i2")
_WORTH = {code: np.repeat([scale.acc_m_s2, scale.gyr_rad_s], 3) for code, scale in SCALES.items()}


class Reading(NamedTuple):
    """A packet's samples, (n,) or (n, 3) arrays, and their means, (3,).

    ``t_s`` is on the leg's clock; ``to_earth`` is (n, 3, 3), sensor to earth, and ``up`` the upward
    vertical in the sensor frame. Where a sample's orientation is none these two are NaN, and the
    reading is not ``whole``. ``gap_s`` is the time from the sample before (a period when nothing is
    missing, infinite at the first of a stream).
    """

    t_s: Floats
    acc_m_s2: Floats
    gyr_rad_s: Floats
    to_earth: Floats
    up: Floats
    mean_acc_m_s2: Floats
    mean_gyr_rad_s: Floats
    mean_up: Floats
    whole: bool
    period_s: float
    gap_s: float

    @property
    def joined(self) -> bool:
        """What came before is near enough for filters to run on."""
        return self.gap_s <= MAX_BRIDGE_S


class Reader:
    """Puts the packets of one sensor in order, across its restarts."""

    def __init__(self) -> None:
        self._stream: int | None = None
        self._past: deque[int] = deque(maxlen=PAST_STREAMS)
        self._seq = -1
        self._end_us = 0
        self._end_s = -math.inf
        self._shift_s = 0.0

    def read(self, packet: Packet, host_s: float | None) -> Reading | None:
        """Return a packet's samples, or None when it is late, a note, or unusable.

        Parameters
        ----------
        packet : Packet
        host_s : float or None
            Time of its first sample on the leg's clock; None: the sensor's own clock, which goes on
            where it was when the sensor restarts.

        Raises
        ------
        UsageError
            When ``host_s`` is not a finite number.
        """
        if host_s is not None and not math.isfinite(host_s):
            raise UsageError("A packet's time on the common clock must be a finite number.")
        if packet.stream in self._past or (
            packet.stream == self._stream and packet.seq <= self._seq
        ):
            return None
        fresh = packet.stream != self._stream
        if fresh:
            if self._stream is not None:
                self._past.append(self._stream)
            self._stream = packet.stream
        self._seq = packet.seq
        period_s = packet.period_us * 1e-6
        n = len(packet.samples)
        if not n or packet.scale not in SCALES or not 0 < period_s <= MAX_PERIOD_S:
            return None
        gap_s = math.inf if fresh else (packet.time_us - self._end_us) * 1e-6
        if gap_s <= 0:
            gap_s = math.inf
        t0_s = self._start_s(packet, host_s, period_s)
        if t0_s <= self._end_s - MAX_BRIDGE_S:
            gap_s = math.inf  # the clock was set back
        self._end_us = packet.time_us + (n - 1) * packet.period_us
        self._end_s = t0_s + (n - 1) * period_s
        counts = np.ascontiguousarray(packet.samples).view(_COUNT).reshape(n, -1).astype(float)
        moved = counts[:, :6] * _WORTH[packet.scale]
        mean = np.add.reduce(moved) / n
        to_earth, whole = _rotations(counts[:, 6:])
        up = to_earth[:, 2]
        return Reading(
            t0_s + period_s * np.arange(n, dtype=float),
            moved[:, :3],
            moved[:, 3:],
            to_earth,
            up,
            mean[:3],
            mean[3:],
            np.add.reduce(up) / n,
            whole,
            period_s,
            gap_s,
        )

    def _start_s(self, packet: Packet, host_s: float | None, period_s: float) -> float:
        if host_s is not None:
            return host_s
        t0_s = packet.time_us * 1e-6 + self._shift_s
        if t0_s <= self._end_s:
            self._shift_s += self._end_s + period_s - t0_s
            t0_s = self._end_s + period_s
        return t0_s


def _products() -> Floats:
    """(16, 10) array: from products of a quaternion's parts to those of its rotation.

    One product for a packet: a fifth of the time of the nine sums one by one. The columns are the
    rotation matrix less identity, by rows, times the squared length; and the squared length.
    """
    w, x, y, z = range(4)
    sums = [
        [(y, y, -2), (z, z, -2)],
        [(x, y, 2), (w, z, -2)],
        [(x, z, 2), (w, y, 2)],
        [(x, y, 2), (w, z, 2)],
        [(x, x, -2), (z, z, -2)],
        [(y, z, 2), (w, x, -2)],
        [(x, z, 2), (w, y, -2)],
        [(y, z, 2), (w, x, 2)],
        [(x, x, -2), (y, y, -2)],
        [(w, w, 1), (x, x, 1), (y, y, 1), (z, z, 1)],
    ]
    out = np.zeros((16, len(sums)))
    for column, terms in enumerate(sums):
        for a, b, factor in terms:
            out[4 * a + b, column] = factor
    return out


_PRODUCTS = _products()
_IDENTITY = np.eye(3).reshape(-1)


def _rotations(quat: Floats) -> tuple[Floats, bool]:
    """(n, 3, 3) rotation matrices of quaternions in counts, and whether each was one."""
    pairs = (quat[:, :, None] * quat[:, None, :]).reshape(-1, 16) @ _PRODUCTS
    squared = pairs[:, 9]
    ok = [abs(math.sqrt(s) - QUAT_ONE) <= QUAT_TOLERANCE * QUAT_ONE for s in squared.tolist()]
    whole = all(ok)
    if not whole:
        squared = np.where(ok, squared, np.nan)
    return (pairs[:, :9] / squared[:, None] + _IDENTITY).reshape(-1, 3, 3), whole
