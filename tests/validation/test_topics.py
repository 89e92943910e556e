"""The validation's own means: peers get what they need, and errors do what they are said to."""

import numpy as np
import pytest

from anklet.simulate import Movement, simulate_leg
from trials import rms
from validation import sensitivity
from validation.error_sources import SOURCES, turned
from validation.peer_filters import PEERS, prepared
from validation.peer_sets import case, held_errors_deg
from validation.peers import SQUAT
from validation.score import between_deg, up_of

RATE_HZ = 104.0


@pytest.fixture(scope="module")
def rocking():
    """A sensor that rocks by 30 deg about y: angular rate, specific force, upward vertical."""
    t_s = np.arange(round(20 * RATE_HZ)) / RATE_HZ
    turning = np.clip(t_s - 10, 0, None)
    angle = np.radians(15) * (1 - np.cos(2 * np.pi * 0.4 * turning))
    rate = np.radians(15) * 2 * np.pi * 0.4 * np.sin(2 * np.pi * 0.4 * turning)
    up = np.column_stack([-np.sin(angle), 0 * angle, np.cos(angle)])
    return np.column_stack([0 * rate, rate, 0 * rate]), 9.81 * up, up


@pytest.mark.parametrize("peer", PEERS, ids=lambda p: p.name)
def test_every_filter_follows_a_slow_turn(peer, rocking):
    gyr, acc, up = rocking
    assert rms(between_deg(peer.plain(gyr, acc, RATE_HZ), up)) < 1.0
    for run in peer.tuned.values():
        tuned = run(prepared(gyr, slice(0, 1000)), acc, RATE_HZ)
        assert rms(between_deg(tuned, up)[2 * 104 :]) < 1.5


def test_prepared_rates_have_no_offset_and_lie_in_their_intervals(rocking):
    gyr, _, up = rocking
    ready = prepared(gyr + 0.02, slice(0, 1000))
    assert np.abs(ready[:1000]).max() < 1e-12
    true = np.arctan2(-up[:, 0], up[:, 2])
    late, aligned = (np.cumsum(rate[:, 1]) / RATE_HZ - true for rate in (gyr, ready))
    assert np.abs(aligned).max() < 1e-4 < 2e-3 < np.abs(late).max()


def test_the_angle_between_verticals_is_broads_inclination_error():
    rng = np.random.default_rng(1)
    one, two = (q / np.linalg.norm(q, axis=1)[:, None] for q in rng.normal(size=(2, 50, 4)))
    w = (one * two).sum(axis=1)
    z = one[:, 3] * two[:, 0] - one[:, 0] * two[:, 3]
    z += one[:, 2] * two[:, 1] - one[:, 1] * two[:, 2]
    formula = np.degrees(2 * np.arccos(np.clip(np.hypot(w, z), 0, 1)))
    assert between_deg(up_of(one), up_of(two)) == pytest.approx(formula, abs=1e-5)


def test_a_case_scores_anklets_own_angle_as_the_analysis_does():
    c = case(SQUAT, 2)
    assert len(c.peak_errors_deg(c.sensor.up)) == 8
    peaks, whole = c.errors_deg(c.sensor.up)
    assert peaks < 0.4
    assert whole < 0.4


def test_holds_are_found_and_read():
    phone, ours = held_errors_deg(range(2))
    assert len(phone) == len(ours) >= 6
    assert rms(phone) < 1.0


@pytest.mark.parametrize(
    ("name", "df", "pf"),
    [
        ("block angle wrong", 2.0, 2.0),
        ("zero: stance not the usual", 2.0, 2.0),
        ("heel lift that is not seen", 5.0, 0.0),
        ("gyroscope offset", 0.0, 0.0),
    ],
)
def test_an_error_has_the_effect_that_geometry_says(name, df, pf):
    (source,) = [s for s in SOURCES if s.name == name]
    effect = sensitivity.effect(source, source.bad, 2)
    assert effect.refused == 0
    assert np.abs(effect.by["df"]) == pytest.approx(df, abs=0.25)
    assert np.abs(effect.by["pf"]) == pytest.approx(pf, abs=0.25)


def test_legs_that_share_an_error_differ_little():
    (block,) = [s for s in SOURCES if s.legs == "both"]
    assert np.abs(sensitivity.effect(block, block.bad, 2).by["difference"]).max() < 0.05


def test_a_turned_sensor_reads_its_turn():
    truth = simulate_leg("left", Movement(kind="stand"), seed=1, segments=("shank",))
    before = truth.recordings["shank"]
    after = turned(before, truth, lambda t_s, _: np.where(t_s > 2.5, 3.0, 0.0))
    late = before.samples.t_s > 3
    tilt = between_deg(*(r.samples.acc_m_s2[late] for r in (before, after)))
    assert tilt == pytest.approx(3.0, abs=0.1)
