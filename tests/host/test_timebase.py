"""Samples on a uniform grid: nothing shifted, nothing hidden, gaps stay gaps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anklet.errors import DataError
from anklet.model import Samples
from anklet.signals.timebase import MAX_BRIDGE_S, to_uniform


def samples(t_s):
    """A signal whose value is known at any time."""
    t_s = np.asarray(t_s, float)
    acc = np.column_stack([np.sin(t_s), np.cos(t_s), t_s])
    return Samples(t_s, acc, 2 * acc)


def test_regular_samples_are_taken_as_they_are():
    given_ = samples(5 + np.arange(500) / 104)
    u = to_uniform(given_)
    assert u.rate_hz == pytest.approx(104, abs=1e-9)
    assert u.t0_s == pytest.approx(5, abs=1e-9)
    assert np.array_equal(u.acc_m_s2, given_.acc_m_s2)
    assert np.array_equal(u.rows, np.arange(500))
    assert u.measured.all()
    assert u.stretches == (slice(0, 500),)


@pytest.mark.parametrize("digits", [3, 6])
def test_times_rounded_in_a_file_do_not_resample(digits):
    given_ = samples(np.round(np.arange(2000) / 104, digits))
    u = to_uniform(given_)
    assert np.array_equal(u.acc_m_s2, given_.acc_m_s2)
    assert u.rate_hz == pytest.approx(104, rel=2e-5)


def test_a_short_gap_is_bridged_and_marked():
    keep = np.r_[0:100, 106:300]
    u = to_uniform(samples((np.arange(300) / 104)[keep]))
    assert np.array_equal(np.flatnonzero(~u.measured), np.arange(100, 106))
    assert u.stretches == (slice(0, 300),)
    assert u.acc_m_s2[103, 2] == pytest.approx(103 / 104)


def test_a_long_gap_splits():
    keep = np.r_[0:100, 140:300]
    u = to_uniform(samples((np.arange(300) / 104)[keep]))
    assert u.stretches == (slice(0, 100), slice(140, 300))
    assert not u.measured[100:140].any()


def test_jitter_is_interpolated():
    rng = np.random.default_rng(1)
    t_s = np.cumsum(rng.uniform(0.004, 0.016, 3000))
    u = to_uniform(samples(t_s))
    inside = slice(5, -5)
    assert u.acc_m_s2[inside, 2] == pytest.approx(u.t_s[inside], abs=1e-9)
    assert u.acc_m_s2[inside, 0] == pytest.approx(np.sin(u.t_s[inside]), abs=1e-3)


def test_saturated_samples_are_carried_over():
    plain = samples(np.arange(200) / 104)
    mask = np.zeros(200, bool)
    mask[50] = True
    u = to_uniform(Samples(plain.t_s, plain.acc_m_s2, plain.gyr_rad_s, mask))
    assert np.flatnonzero(u.saturated).tolist() == [50]


@pytest.mark.parametrize("t_s", [[0.0], [0, 0.01, 0.01], [0, 0.02, 0.01]])
def test_times_must_increase(t_s):
    with pytest.raises(DataError, match=r"left\.csv.*increase"):
        to_uniform(samples(t_s), "left.csv")


def test_days_in_one_file_are_refused():
    with pytest.raises(DataError, match="split"):
        to_uniform(samples([0, 0.01, 0.02, 0.03, 100_000]))


@settings(max_examples=60, deadline=None)
@given(
    rate_hz=st.floats(25, 400),
    start_s=st.floats(-1e4, 1e4),
    lost=st.sets(st.integers(1, 398), max_size=150),
)
def test_property_every_sample_keeps_its_time_and_value(rate_hz, start_s, lost):
    """Whatever is lost: kept samples sit on nodes at their own times, lost ones are marked."""
    kept = np.array([k for k in range(400) if k not in lost])
    t_s = start_s + kept / rate_hz
    held = samples(t_s)
    u = to_uniform(held)
    nodes = np.round(u.rows).astype(int)
    assert u.rows == pytest.approx(nodes, abs=0.3)
    assert u.t_s[nodes] == pytest.approx(t_s, abs=0.3 / rate_hz)
    covered = np.zeros(len(u.measured), bool)
    for part in u.stretches:
        covered[part] = True
    assert covered[nodes].all()
    gaps = np.diff(t_s)
    assert len(u.stretches) == 1 + np.sum(gaps > MAX_BRIDGE_S)
    if u.measured.sum() == len(t_s):
        assert u.acc_m_s2[u.measured] == pytest.approx(held.acc_m_s2)
