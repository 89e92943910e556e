"""Samples on a uniform grid, where a gap is marked and stays a gap."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from anklet.errors import DataError
from anklet.model import Bools, Floats, Samples

MAX_BRIDGE_S = 0.15
"""Longest gap that is interpolated (and still marked as not measured): two lost packets. The
error of a straight line through the angular rate grows with the cube of the gap; at 0.15 s it is
about 0.05 deg in a squat. Longer gaps split the grid into stretches of their own."""
MAX_SPAN_S = 12 * 3600.0
"""A file that spans more than this is several files (a grid of it would not fit in memory)."""
GRID_TOLERANCE = 0.25
"""Samples within this share of a period of the fitted grid are taken as they are."""


@dataclass(frozen=True, eq=False)
class Uniform:
    """Samples on a uniform grid.

    Parameters
    ----------
    t0_s, rate_hz : float
        Time of the first node and rate of the grid, on the clock of the samples.
    acc_m_s2, gyr_rad_s : (n, 3) array
        Sensor frame; interpolated in bridged gaps, zero in longer ones.
    measured : (n,) bool array
        False in every gap, bridged or not.
    saturated : (n,) bool array
        True where a channel was at its limit.
    stretches : tuple of slice
        The parts without a long gap; nothing may be integrated from one to the next.
    rows : (m,) array
        Position of each input sample on the grid, in nodes (whole numbers unless resampled).
    """

    t0_s: float
    rate_hz: float
    acc_m_s2: Floats
    gyr_rad_s: Floats
    measured: Bools
    saturated: Bools
    stretches: tuple[slice, ...]
    rows: Floats

    @cached_property
    def t_s(self) -> Floats:
        """(n,) array, read-only: time of each node, s."""
        t_s = self.t0_s + np.arange(len(self.measured)) / self.rate_hz
        t_s.flags.writeable = False
        return t_s


def to_uniform(samples: Samples, name: str = "The recording") -> Uniform:
    """Put samples on the uniform grid that fits their own times best.

    Where every sample lies on that grid (a sensor's own clock) values are taken over unchanged;
    where not (times with jitter) they are interpolated linearly.

    Parameters
    ----------
    samples : Samples
        Strictly increasing times.
    name : str
        What messages call the recording.

    Raises
    ------
    DataError
        With fewer than two samples, unsorted times, or a span over :data:`MAX_SPAN_S`.
    """
    t_s = np.asarray(samples.t_s, float)
    steps_s = np.diff(t_s)
    if len(t_s) < 2 or not np.all(steps_s > 0):
        raise DataError(f"{name}: times must increase from each sample to the next.")
    if t_s[-1] - t_s[0] > MAX_SPAN_S:
        raise DataError(
            f"{name} spans {(t_s[-1] - t_s[0]) / 3600:.1f} h; split it into one file a session "
            f"(at most {MAX_SPAN_S / 3600:.0f} h)."
        )
    node = _nodes(steps_s)
    slope, start = _line(node, t_s)
    rows = (t_s - start) / slope
    on_grid = bool(np.all(np.abs(rows - node) < GRID_TOLERANCE))
    if on_grid:
        rows = node.astype(float)
    else:
        start, rows = t_s[0], (t_s - t_s[0]) / slope
    n = int(np.floor(rows[-1] + 1e-9)) + 1
    measured, stretches = _gaps(rows, n, slope, on_grid)
    acc, gyr = (
        _on_nodes(rows, np.asarray(x, float), measured, on_grid)
        for x in (samples.acc_m_s2, samples.gyr_rad_s)
    )
    saturated = np.zeros(n, bool)
    if samples.saturated is not None:
        saturated[np.minimum(np.round(rows[samples.saturated]).astype(int), n - 1)] = True
    return Uniform(float(start), 1 / slope, acc, gyr, measured, saturated, stretches, rows)


def _nodes(steps_s: Floats) -> NDArray[np.int64]:
    """Number the samples by the period that most steps agree on, leaving out what is missing."""
    median = np.median(steps_s)
    period = steps_s[steps_s < 1.5 * median].mean()
    steps = np.maximum(1, np.round(steps_s / float(period))).astype(np.int64)
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(steps)])


def _line(node: NDArray[np.int64], t_s: Floats) -> tuple[float, float]:
    """Least-squares period and start."""
    x, y = node - node.mean(), t_s - t_s[0]
    slope = float(np.sum(x * (y - y.mean())) / np.sum(x * x))
    return slope, float(t_s[0] + y.mean() - slope * node.mean())


def _gaps(rows: Floats, n: int, period_s: float, on_grid: bool) -> tuple[Bools, tuple[slice, ...]]:
    """Mark the nodes that no sample is near, and split where too many are missing in a row."""
    measured = np.zeros(n, bool)
    if on_grid:
        measured[rows.astype(int)] = True
    else:
        at = np.arange(n)
        after = np.clip(np.searchsorted(rows, at), 1, len(rows) - 1)
        measured = rows[after] - rows[after - 1] < 2.0
    breaks = np.flatnonzero(np.diff(rows) * period_s > MAX_BRIDGE_S)
    starts = [0, *np.ceil(rows[breaks + 1] - 1e-9).astype(int)]
    ends = [*(np.floor(rows[breaks] + 1e-9).astype(int) + 1), n]
    return measured, tuple(
        slice(int(a), int(b)) for a, b in zip(starts, ends, strict=True) if b > a
    )


def _on_nodes(rows: Floats, signal: Floats, measured: Bools, on_grid: bool) -> Floats:
    """Values on every node; straight lines across what is missing."""
    if on_grid and measured.all():
        return np.ascontiguousarray(signal)
    values = np.zeros((len(measured), signal.shape[1]))
    holes = np.arange(len(measured))
    if on_grid:
        values[rows.astype(int)] = signal
        holes = np.flatnonzero(~measured)
    for channel in range(signal.shape[1]):
        values[holes, channel] = np.interp(holes, rows, signal[:, channel])
    return values
