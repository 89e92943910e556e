"""Recordings, and their text, for the tests of exchange."""

import numpy as np
import pytest

from anklet.errors import DataError
from anklet.model import Samples

G = 9.80665
HEADER = "t_s,ax_m_s2,ay_m_s2,az_m_s2,gx_rad_s,gy_rad_s,gz_rad_s"


def movement(seconds=20.0, rate_hz=104.0, peak_deg=30.0, period_s=4.0, still_s=5.0, seed=1):
    """A shank that tilts about its z axis, as a sensor of some noise and bias feels it."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    phase = np.clip(t - still_s, 0, None) * 2 * np.pi / period_s
    angle = np.radians(peak_deg) * (1 - np.cos(phase)) / 2
    acc = G * np.column_stack([np.cos(angle), np.sin(angle), 0 * t])
    gyr = np.column_stack([0 * t, 0 * t, -np.gradient(angle, t)])
    gyr += np.array([0.01, -0.01, 0.017])
    return Samples(t, acc + rng.normal(0, 0.03, acc.shape), gyr + rng.normal(0, 2e-3, gyr.shape))


def text(samples, header=HEADER, sep=","):
    table = np.column_stack([samples.t_s, samples.acc_m_s2, samples.gyr_rad_s])
    return "\n".join([header, *(sep.join(map(repr, row)) for row in table.tolist()), ""])


def changed(samples, **changes):
    fields = {k: getattr(samples, k).copy() for k in ("t_s", "acc_m_s2", "gyr_rad_s")}
    return Samples(**{**fields, **changes})


def same(a, b, tolerance=0.0):
    for name in ("t_s", "acc_m_s2", "gyr_rad_s"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=0, atol=tolerance)


def refusal(act, *args):
    with pytest.raises(DataError) as caught:
        act(*args)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message
