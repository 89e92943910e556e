"""An accelerometer's offset and matrix from six faces, each held still with one axis up or down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from anklet.errors import CalibrationError
from anklet.model import Floats

Face = Literal["x up", "x down", "y up", "y down", "z up", "z down"]

FACES: tuple[Face, ...] = ("z up", "z down", "x up", "x down", "y up", "y down")
"""In the order that is handiest: the lid first, then the arrow, then the sides."""
GRAVITY_M_S2 = 9.80665
MG = GRAVITY_M_S2 / 1000
HOLD_S = 3.0
"""Noise of a LSM6DSOX (0.1 mg/sqrt(Hz)) over so long a mean: 0.06 mg."""
STILL_GYR_DEG_S = 0.6
STILL_ACC_M_S2 = 0.15
"""RMS about the mean on a table: noise of the worst chip is a third of it, a hand's tremor more."""
MEAN_GYR_DEG_S = 12.0
"""The worst zero-rate level of an IMU; a slow turn by hand that is faster is a movement."""
MAX_TILT_DEG = 15.0
"""A face lies on a table; what is further off is an edge, or a hand."""
MAX_RESIDUAL_MG = 15.0
"""A face 1 deg off the others is off by 17 mg; an accelerometer's own non-linearity by 3."""
_AXES = "xyz"


@dataclass(frozen=True, eq=False)
class StillFace:
    """One face: means over a still span, before any calibration.

    Parameters
    ----------
    acc_m_s2, gyr_rad_s : (3,) array
        Sensor frame.
    """

    acc_m_s2: Floats
    gyr_rad_s: Floats


@dataclass(frozen=True, eq=False)
class SixFace:
    """What six faces tell: calibrated = matrix @ (measured - offset).

    Parameters
    ----------
    acc_offset_m_s2 : (3,) array
    acc_matrix : (3, 3) array
    gyr_bias_rad_s : (3,) array
    residual_mg : float
        RMS over the faces of what the fit leaves, as a length, mg.
    worst : str
        The face that fits least.
    worst_mg : float
    """

    acc_offset_m_s2: Floats
    acc_matrix: Floats
    gyr_bias_rad_s: Floats
    residual_mg: float
    worst: Face
    worst_mg: float

    def apply(self, acc_m_s2: Floats) -> Floats:
        """Return calibrated accelerations, (n, 3) in m/s2."""
        return (acc_m_s2 - self.acc_offset_m_s2) @ self.acc_matrix.T


def direction(face: Face) -> Floats:
    """(3,) array: the upward vertical of a face, unit vector in the sensor frame."""
    up = np.zeros(3)
    up[_AXES.index(face[0])] = 1.0 if face.endswith("up") else -1.0
    return up


def still_face(acc_m_s2: Floats, gyr_rad_s: Floats) -> tuple[Face | None, str]:
    """Tell which face a span shows.

    Parameters
    ----------
    acc_m_s2, gyr_rad_s : (n, 3) array
        At least `HOLD_S` of them.

    Returns
    -------
    face : str or None
        None when it moves or lies on an edge.
    why : str
        Then, in a few words.
    """
    turning_deg_s = np.degrees(np.sqrt(np.var(gyr_rad_s, axis=0).sum()))
    shaking_m_s2 = np.sqrt(np.var(acc_m_s2, axis=0).sum())
    drift_deg_s = np.degrees(np.abs(gyr_rad_s.mean(axis=0)).max())
    if (
        turning_deg_s > STILL_GYR_DEG_S
        or shaking_m_s2 > STILL_ACC_M_S2
        or drift_deg_s > MEAN_GYR_DEG_S
    ):
        return None, "it moves"
    up = acc_m_s2.mean(axis=0)
    up = up / max(float(np.linalg.norm(up)), 1e-9)
    face = max(FACES, key=lambda f: float(direction(f) @ up))
    if float(direction(face) @ up) < np.cos(np.radians(MAX_TILT_DEG)):
        return None, "it does not lie on one of its faces"
    return face, ""


def fit_six_faces(faces: Mapping[Face, StillFace | Sequence[StillFace]]) -> SixFace:
    """Fit offset and matrix by least squares, so that each face shows gravity along its axis.

    The faces of the box define the axes: with the box's faces square to each other and the table
    level, also the chip's skew in the box is taken out. Scale and offset suffer from a table that
    is not level in the second order only (1 deg: 0.15 mg).

    Parameters
    ----------
    faces : mapping of face to StillFace, or several of them
        All six.

    Raises
    ------
    CalibrationError
        When faces are missing, or do not fit each other.
    """
    absent = [face for face in FACES if face not in faces]
    if absent:
        raise CalibrationError(
            f"The calibration lacks {len(absent)} of 6 faces ({', '.join(absent)}); lay the sensor "
            "still on each of them."
        )
    held: list[tuple[Face, StillFace]] = [
        (face, one) for face in FACES for one in _list(faces[face])
    ]
    measured = np.array([one.acc_m_s2 for _, one in held])
    wanted = GRAVITY_M_S2 * np.array([direction(face) for face, _ in held])
    design = np.column_stack([measured, np.ones(len(held))])
    least = np.linalg.lstsq(design, wanted)
    solved: Floats = np.asarray(least[0], np.float64)
    if least[2] < design.shape[1]:
        raise CalibrationError(
            "The six faces show the same acceleration; the accelerometer was not measuring, so "
            "restart the sensor and calibrate again."
        )
    matrix = solved[:3].T
    off_mg: Floats = np.sqrt(((design @ solved - wanted) ** 2).sum(axis=1)) / MG
    k = int(np.argmax(off_mg))
    worst, worst_mg = held[k][0], float(off_mg[k])
    if worst_mg > MAX_RESIDUAL_MG:
        raise CalibrationError(
            f"The six faces do not fit each other ({worst} is {worst_mg:.0f} mg off, at most "
            f"{MAX_RESIDUAL_MG:.0f} may be); calibrate again on a level table, with the sensor "
            "against the same flat surface each time."
        )
    offset: Floats = -np.asarray(np.linalg.solve(matrix, solved[3]), np.float64)
    return SixFace(
        acc_offset_m_s2=offset,
        acc_matrix=matrix,
        gyr_bias_rad_s=np.mean([one.gyr_rad_s for _, one in held], axis=0),
        residual_mg=float(np.sqrt(np.mean(off_mg**2))),
        worst=worst,
        worst_mg=worst_mg,
    )


def _list(faces: StillFace | Sequence[StillFace]) -> Sequence[StillFace]:
    return [faces] if isinstance(faces, StillFace) else faces
