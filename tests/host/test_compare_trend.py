"""Differences, indices and trends against arithmetic done by hand, and their error rates."""

import math

import numpy as np
import pytest

from anklet.measures.compare import BEYOND, WITHIN, difference
from anklet.measures.metrics import summarize
from anklet.measures.norms import BORROWED_SEM, Sem
from anklet.measures.trend import fit_trend

SEM = Sem(1.5, "test")


def legs(one, other, n=8, sd=1.0):
    wave = sd * np.resize([1.0, -1.0], n)
    return summarize(list(one + wave)), summarize(list(other + wave))


def test_difference_and_its_interval():
    d = difference(*legs(30.0, 36.0), SEM)
    half = 1.959964 * math.sqrt(2) * 1.5
    assert d.difference_deg == pytest.approx(-6)
    assert (d.low_deg, d.high_deg) == pytest.approx((-6 - half, -6 + half))
    assert d.verdict == BEYOND
    assert difference(*legs(33.0, 36.0), SEM).verdict == WITHIN


def test_scattered_reps_widen_the_interval():
    d = difference(*legs(30.0, 36.0, n=4, sd=6.0), SEM)
    own = 6.0 * math.sqrt(4 / 3) / 2
    assert d.high_deg - d.low_deg == pytest.approx(2 * 1.959964 * math.sqrt(2) * own)


def test_index_only_where_it_means_something():
    """Equal legs with an SEM of 1.5 deg: 90-111 % at 40 deg, but 75-133 % at 15 deg."""
    assert difference(*legs(40.0, 40.0), SEM).lsi_percent == pytest.approx(100)
    assert difference(*legs(15.0, 15.0), SEM).lsi_percent is None
    assert difference(*legs(36.0, 40.0), SEM).lsi_percent == pytest.approx(90)
    assert difference(*legs(-3.0, 40.0), SEM).lsi_percent is None
    assert difference(*legs(-36.0, -40.0), SEM).lsi_percent == pytest.approx(90)


def test_nothing_to_compare():
    assert difference(summarize([None]), summarize([1.0]), SEM) is None


def test_equal_legs_are_rarely_called_different():
    """At the assumed SEM: 5 % of 2000, within three binomial standard errors."""
    rng = np.random.default_rng(5)
    called = 0
    for _ in range(2000):
        one, other = rng.normal(30, 1.5, 2)
        called += difference(*legs(one, other, sd=0.5), SEM).verdict == BEYOND
    assert called / 2000 == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 2000))


def test_borrowed_figures_name_their_source():
    for sem in BORROWED_SEM.values():
        assert 1 < sem.deg < 3
        assert sem.source.startswith("borrowed")


def weekly(values):
    return fit_trend("df_peak_deg", [7.0 * k for k in range(len(values))], values, 1.5)


def test_slope_a_week():
    t = weekly([10.0 + 0.5 * k for k in range(12)])
    assert t.slope_deg_week == pytest.approx(0.5)
    assert t.mdc_deg == pytest.approx(1.959964 * math.sqrt(2) * 1.5)
    assert t.points[0].half_deg == pytest.approx(1.959964 * 1.5)
    assert t.verdict.startswith("Rising beyond measurement error")
    assert weekly([10.0 - 0.5 * k for k in range(12)]).verdict.startswith("Falling")


def test_a_gap_in_attendance_does_not_bend_the_slope():
    days = [0.0, 7, 14, 70, 77, 84, 91, 98, 105, 112]
    t = fit_trend("df_peak_deg", days, [d / 7 for d in days], 1.5)
    assert t.slope_deg_week == pytest.approx(1.0)


def test_one_bad_visit_does_not_carry_the_slope():
    values = [10.0 + 0.5 * k for k in range(12)]
    values[3] = 40.0
    assert weekly(values).slope_deg_week == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize(
    ("visits", "words"),
    [(1, "No verdict"), (5, "No verdict"), (6, "Not yet able to tell"), (9, "Not yet able")],
)
def test_few_visits_tell_little(visits, words):
    assert weekly([10.0 + k for k in range(visits)]).verdict.startswith(words)


def test_a_flat_course_is_never_called_unchanged():
    rng = np.random.default_rng(6)
    t = weekly(list(rng.normal(20, 1.5, 12)))
    assert "within measurement error" in t.verdict
    assert "no change" not in t.verdict.lower()


def test_flat_courses_are_rarely_called_a_change():
    """98 % interval at 12 visits: at most 2 % and three binomial standard errors of 1000."""
    rng = np.random.default_rng(7)
    called = sum("beyond" in weekly(list(rng.normal(20, 1.5, 12))).verdict for _ in range(1000))
    assert called / 1000 <= 0.02 + 3 * math.sqrt(0.02 * 0.98 / 1000)


def test_no_visit_is_an_error():
    with pytest.raises(ValueError, match="at least one visit"):
        fit_trend("df_peak_deg", [], [], 1.5)
