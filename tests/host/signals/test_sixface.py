"""The six-face calibration: better than 2 mg, and refusals."""

import numpy as np
import pytest

from anklet.errors import CalibrationError
from anklet.signals.sixface import (
    FACES,
    GRAVITY_M_S2,
    MG,
    StillFace,
    direction,
    fit_six_faces,
    still_face,
)

NOISE_M_S2 = 0.02


def sensor(seed):
    """A sensor's errors: offset up to 60 mg, scale 2 %, skew 1 deg."""
    rng = np.random.default_rng(seed)
    matrix = np.eye(3) + np.diag(rng.uniform(-0.02, 0.02, 3)) + rng.uniform(-0.017, 0.017, (3, 3))
    return rng, np.linalg.inv(matrix), rng.uniform(-60, 60, 3) * MG


def samples(rng, distort, offset, up, n=312):
    acc = GRAVITY_M_S2 * distort @ up + offset + rng.normal(0, NOISE_M_S2, (n, 3))
    return acc, rng.normal(0.01, 0.002, (n, 3))


def faces(rng, distort, offset, tilt_deg=0.0):
    held = {}
    for face in FACES:
        up = direction(face) + np.radians(tilt_deg) * rng.normal(0, 1, 3)
        acc, gyr = samples(rng, distort, offset, up / np.linalg.norm(up))
        assert still_face(acc, gyr) == (face, "")
        held[face] = StillFace(acc.mean(axis=0), gyr.mean(axis=0))
    return held


def rms_mg(fit, rng, distort, offset):
    up = rng.normal(0, 1, (200, 3))
    up /= np.linalg.norm(up, axis=1)[:, None]
    measured = GRAVITY_M_S2 * up @ distort.T + offset
    off = fit.apply(measured) - GRAVITY_M_S2 * up
    return float(np.sqrt((off**2).sum(axis=1).mean())) / MG


@pytest.mark.parametrize("seed", range(20))
def test_better_than_two_mg(seed):
    rng, distort, offset = sensor(seed)
    fit = fit_six_faces(faces(rng, distort, offset))
    assert rms_mg(fit, rng, distort, offset) < 2
    assert fit.residual_mg < 1
    np.testing.assert_allclose(fit.gyr_bias_rad_s, 0.01, atol=2e-4)


def test_a_table_that_is_not_level_shows_in_the_residual():
    rng, distort, offset = sensor(1)
    fit = fit_six_faces(faces(rng, distort, offset, tilt_deg=0.3))
    assert 1 < fit.residual_mg < fit.worst_mg < 15


def test_a_face_that_is_missing_is_named():
    rng, distort, offset = sensor(1)
    held = faces(rng, distort, offset)
    del held["x down"], held["y up"]
    with pytest.raises(CalibrationError, match=r"lacks 2 of 6 faces \(x down, y up\)"):
        fit_six_faces(held)


def test_a_face_that_was_held_askew_is_refused():
    rng, distort, offset = sensor(1)
    held = faces(rng, distort, offset)
    askew = direction("x up") + np.array([0, 0.2, 0])
    acc, gyr = samples(rng, distort, offset, askew / np.linalg.norm(askew))
    held["x up"] = StillFace(acc.mean(axis=0), gyr.mean(axis=0))
    with pytest.raises(CalibrationError, match=r"do not fit each other.*level table"):
        fit_six_faces(held)


def test_nothing_measured_is_refused():
    nothing = StillFace(np.zeros(3), np.zeros(3))
    with pytest.raises(CalibrationError, match="not measuring"):
        fit_six_faces(dict.fromkeys(FACES, nothing))


def test_a_span_that_moves_or_lies_on_an_edge_is_no_face():
    rng, distort, offset = sensor(2)
    acc, gyr = samples(rng, distort, offset, direction("z up"))
    shaken = acc + 0.5 * np.sin(np.arange(len(acc)) / 5)[:, None]
    turned = gyr + np.radians(2) * np.sin(np.arange(len(acc)) / 9)[:, None]
    assert still_face(shaken, gyr) == (None, "it moves")
    assert still_face(acc, turned) == (None, "it moves")
    assert still_face(acc, gyr + 1) == (None, "it moves")
    edge, gyr = samples(rng, distort, offset, np.array([0, 0.7071, 0.7071]))
    assert still_face(edge, gyr) == (None, "it does not lie on one of its faces")
