"""The shank sensor's height, twice integrated, and what it is made of.

While the foot is flat the sensor turns about an ankle that stays where it is, so its height follows
from its tilt: ``up . r``, with r the lever from ankle to sensor and up the vertical, both in the
sensor frame. The vertical part of the specific force, twice integrated, is that height, plus the
ankle's own rise, plus the accelerometer's offsets and a slow wander. Integrating only between
moments at which the foot is known to stand is the idea of zero-velocity updates (Foxlin 2005,
doi:10.1109/MCG.2005.140).

Only the vertical is used: a tilt error of 0.5 deg turns 0.09 m/s2 of gravity into the horizontal,
as much as a slow heel rise has, but takes 0.0004 m/s2 from the vertical.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import BSpline

from anklet.model import Bools, Floats
from anklet.signals.sixface import GRAVITY_M_S2
from anklet.signals.still import runs
from anklet.signals.timebase import Uniform

ENOUGH_HZ = 13.0
"""Heights are fitted at about this rate."""
MIN_PIECE_S = 3.0
"""Nothing can be told of shorter pieces."""
HEIGHT_M = 0.003
"""Scatter of heights about the fit."""
WANDER_M_S2, WANDER_KNOT_S = 0.002, 5.0
"""How much the vertical force wanders beyond the offsets, and the knots of the cubic
spline that it is. A heel that rises by 20 mm in 2 s has ten times as much."""
LEVER_M, LEVER_SPREAD_M = 0.14, 0.06
"""Ankle joint to the sensor, up the leg: just above the ankle bone to mid-shank."""
OFFSET_M_S2, SCALE = 0.1, 0.005
"""Offset and scale error of an accelerometer's axis, one SD each: a supported IMU's zero-g level is
20 to 40 mg off at most, less after the six-face calibration."""


@dataclass(frozen=True, eq=False)
class Piece:
    """A piece without a gap, averaged over every so many nodes.

    Parameters
    ----------
    nodes : slice
        The nodes that were averaged.
    up : (m, 3) array
        The upward vertical, sensor frame.
    force : (m,) array
        Vertical specific force, m/s2.
    dt_s : float
        Spacing of the means.
    every : int
    """

    nodes: slice
    up: Floats
    force: Floats
    dt_s: float
    every: int

    def of_nodes(self, x: Floats) -> Floats:
        """(m,) array: means of a quantity that is given on the nodes, (n,)."""
        return x[self.nodes].reshape(len(self.force), self.every).mean(axis=1)

    def on_nodes(self, means: Floats) -> Floats:
        """Values on the nodes of the piece from its means, (m,)."""
        node = np.arange(len(means) * self.every)
        return np.interp(node, (np.arange(len(means)) + 0.5) * self.every - 0.5, means)


def pieces(uniform: Uniform, up: Floats, wanted: Bools) -> list[Piece]:
    """Cut the wanted nodes, (n,) of them, into pieces without a gap; ``up`` is (n, 3)."""
    every = max(1, round(uniform.rate_hz / ENOUGH_HZ))
    found: list[Piece] = []
    for part in uniform.stretches:
        for start, stop in runs(wanted[part]):
            count = (stop - start) // every
            if count * every < MIN_PIECE_S * uniform.rate_hz:
                continue
            nodes = slice(part.start + start, part.start + start + count * every)
            vertical = np.einsum("ij,ij->i", up[nodes], uniform.acc_m_s2[nodes])
            found.append(
                Piece(
                    nodes,
                    up[nodes].reshape(count, every, 3).mean(axis=1),
                    vertical.reshape(count, every).mean(axis=1),
                    every / uniform.rate_hz,
                    every,
                )
            )
    return found


def known_lever(zero_up: Floats) -> tuple[Floats, Floats]:
    """What is expected of lever, offsets and scale errors, and its spread, (9,) each."""
    expected = np.concatenate([LEVER_M * zero_up, np.zeros(6)])
    return expected, np.repeat([LEVER_SPREAD_M, OFFSET_M_S2, SCALE], 3)


def offset_columns(up: Floats) -> Floats:
    """(m, 6) array: what offsets, and scale errors, of each axis add to the vertical force."""
    columns = np.hstack([up, GRAVITY_M_S2 * up**2])
    return columns - columns.mean(axis=0)


def height_columns(piece: Piece) -> tuple[Floats, Floats]:
    """What the sensor's height is made of, but for the ankle's rise.

    Returns
    -------
    columns : (m, 9 + k) array
        For a lever of 1 m along each axis, offsets and scale errors of each, then the wander, and
        the unknown place, speed and mean force.
    spread : (k,) array
        What the last k may be.
    """
    n, dt_s = len(piece.force), piece.dt_s
    spans = max(1, round(n * dt_s / WANDER_KNOT_S))
    knots = np.concatenate([np.zeros(3), np.linspace(0, n, spans + 1), np.full(3, n)])
    splines = BSpline.design_matrix(np.arange(n) + 0.5, knots, 3).toarray()
    offsets = _twice_integrated(offset_columns(piece.up), dt_s)
    free = _free(n)
    columns = np.hstack([piece.up, offsets, _twice_integrated(splines, dt_s), free])
    return columns, np.concatenate([np.full(splines.shape[1], WANDER_M_S2), np.full(3, np.inf)])


def integrated_height(piece: Piece) -> Floats:
    """(m,) array: the sensor's height in m but for a parabola, from its vertical force."""
    height = _twice_integrated(piece.force[:, None], piece.dt_s)[:, 0]
    free = _free(len(height))
    return height - free @ np.linalg.lstsq(free, height)[0]


def solve(a: Floats, y: Floats, weight: Floats, expected: Floats, spread: Floats) -> Floats:
    """Weighted least squares with a normal prior on each unknown.

    Parameters
    ----------
    a, y, weight : (m, k), (m,) and (m,) arrays
        In units of their scatter.
    expected, spread : (k,) array
        Mean and SD of the unknowns; an infinite SD leaves one free.

    Returns
    -------
    (k,) array
    """
    weighted = a * weight[:, None]
    normal = weighted.T @ a + np.diag(1 / spread**2)
    return np.asarray(np.linalg.solve(normal, weighted.T @ y + expected / spread**2), float)


def _free(n: int) -> Floats:
    at = np.linspace(-1, 1, n)[:, None]
    return np.hstack([at**0, at, at**2])


def _twice_integrated(x: Floats, dt_s: float) -> Floats:
    """(m, k) array whose second differences are x to the fourth order (Numerov's method)."""
    sums = np.cumsum(np.cumsum(x, axis=0), axis=0)
    before = np.concatenate([np.zeros_like(x[:1]), sums[:-1]])
    return (before + x / 12) * dt_s**2
