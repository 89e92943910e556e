"""Differences, indices and trends against arithmetic done by hand, and their error rates."""

import math

import numpy as np
import pytest

from anklet.measures.compare import BEYOND, WITHIN, change, consistency, difference
from anklet.measures.metrics import summarize
from anklet.measures.norms import BORROWED_SEM, Sem
from anklet.measures.sentences import change_sentence, consistency_sentence
from anklet.measures.trend import confidence_of, fit_trend, own_sem, runs, theil_sen

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


def test_scattered_reps_widen_the_interval_by_what_the_sem_does_not_hold():
    d = difference(*legs(30.0, 36.0, n=8, sd=6.0), SEM)
    within = 6.0**2 * 8 / 7 / 8 + 0.25**2 + 0.35**2
    own = math.sqrt(1.5**2 / 2 + within)
    assert d.half_deg == pytest.approx(1.959964 * math.sqrt(2) * own)
    assert [p.name for p in d.parts][-1] == "day-to-day"
    assert math.hypot(*(p.sd_deg for p in d.parts)) == pytest.approx(math.sqrt(2) * own)


def test_an_own_sem_widens_by_students_quantile():
    own = Sem(1.5, "own, 12 visits", within_deg=0.7, dof=10)
    d = difference(*legs(30.0, 36.0), own)
    assert d.half_deg == pytest.approx(2.228139 * math.sqrt(2) * 1.5)
    assert (d.sem_dof, d.sem_source) == (10, "own, 12 visits")


def test_index_only_where_it_means_something():
    """Equal legs with an SEM of 1.5 deg: 90-111 % at 40 deg, but 75-133 % at 15 deg."""
    equal = difference(*legs(40.0, 40.0), SEM)
    assert equal.lsi_percent == pytest.approx(100)
    assert equal.lsi_half_percent == pytest.approx(100 * 1.959964 * math.sqrt(2) * 1.5 / 40)
    assert difference(*legs(15.0, 15.0), SEM).lsi_percent is None
    assert difference(*legs(36.0, 40.0), SEM).lsi_percent == pytest.approx(90)
    assert difference(*legs(-3.0, 40.0), SEM).lsi_percent is None
    assert difference(*legs(-36.0, -40.0), SEM).lsi_percent == pytest.approx(90)


def test_a_change_of_a_difference_needs_twice_the_sem():
    before, after = difference(*legs(30.0, 36.0), SEM), difference(*legs(34.0, 36.0), SEM)
    found = change(before, after, "df_peak_deg")
    assert found.change_deg == pytest.approx(4.0)
    assert (found.high_deg - found.low_deg) / 2 == pytest.approx(1.959964 * 2 * 1.5)
    assert found.verdict == WITHIN
    said = change_sentence(found, "right")
    assert said.startswith("Since the visit before, right minus left changed by +4.0 deg")
    assert "\u00b15.9 deg for a change of a difference" in said
    assert change(before, difference(*legs(37.0, 36.0), SEM), "df_peak_deg").verdict == BEYOND


@pytest.mark.parametrize(
    ("differences", "visits", "same", "less", "chance"),
    [
        ([-3.0] * 8, 8, 8, "left", 2 / 256),
        ([-3.0] * 7 + [1.0], 8, 7, "left", 2 * 9 / 256),
        ([2.0, 2.0, 0.0, 2.0, 2.0], 4, 4, "right", 2 / 16),
        ([1.0, -1.0, 1.0, -1.0], 4, 2, None, 1.0),
        ([-1.0] * 3 + [1.0] * 10, 10, 10, "right", 2 / 1024),
    ],
)
def test_the_direction_of_a_difference_is_counted(differences, visits, same, less, chance):
    found = consistency(differences, "df_peak_deg")
    assert (found.visits, found.same, found.less) == (visits, same, less)
    assert found.chance == pytest.approx(chance)


def test_the_direction_is_said_plainly():
    said = consistency_sentence(consistency([-3.0] * 7 + [1.0], "df_peak_deg"))
    assert said == (
        "On 7 of the last 8 visits with both legs left had less dorsiflexion than right; equal "
        "legs would be as one-sided in 7 of 100 such rows of visits."
    )
    deeper = consistency_sentence(consistency([-3.0] * 10, "pf_peak_deg"))
    assert deeper.startswith("On all of the last 10 visits with both legs right had less plantar")
    assert "in fewer than 1 of 100" in deeper
    even = consistency_sentence(consistency([1.0, -1.0, 1.0, -1.0], "rom_deg"))
    assert "each leg reached less range equally often" in even
    assert consistency([-3.0, -2.0], "df_peak_deg") is None


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
    return fit_trend("df_peak_deg", [7.0 * k for k in range(len(values))], values, SEM)


def test_slope_a_week():
    t = weekly([10.0 + 0.5 * k for k in range(12)])
    assert t.slope_deg_week == pytest.approx(0.5)
    assert t.mdc_deg == pytest.approx(1.959964 * math.sqrt(2) * 1.5)
    assert t.points[0].half_deg == pytest.approx(1.959964 * 1.5)
    assert t.verdict.startswith("Rising beyond measurement error")
    assert weekly([10.0 - 0.5 * k for k in range(12)]).verdict.startswith("Falling")


def test_a_gap_in_attendance_does_not_bend_the_slope():
    days = [0.0, 7, 14, 70, 77, 84, 91, 98, 105, 112]
    t = fit_trend("df_peak_deg", days, [d / 7 for d in days], SEM)
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
        fit_trend("df_peak_deg", [], [], SEM)


def test_two_visits_a_day_count_once():
    days = [7.0 * k + part for k in range(6) for part in (0.4, 0.7)]
    t = fit_trend("df_peak_deg", days, [20.0 + k % 2 for k in range(12)], SEM)
    assert [p.value_deg for p in t.points] == [20.5] * 6
    assert t.slope_deg_week == 0
    assert t.verdict.startswith("Not yet able to tell (6 of 10 visits)")


def test_a_gap_as_long_as_a_course_begins_another():
    days = [7.0 * k for k in range(12)] + [400 + 7.0 * k for k in range(7)]
    values = [20.0] * 12 + [10.0] * 7
    t = fit_trend("df_peak_deg", days, values, SEM)
    assert len(t.points) == 19
    assert (t.from_day, t.baseline_deg, t.slope_deg_week) == (400.0, 10.0, 0.0)
    assert t.verdict == "Not yet able to tell (7 of 10 visits since the long gap)."
    quarterly = fit_trend("df_peak_deg", [91.0 * k for k in range(12)], [20.0] * 12, SEM)
    assert quarterly.from_day == 0.0


def test_the_slopes_interval_is_exact_in_small_samples():
    """Its ranks at ten visits, by counting: 2 x P(at most 9 of 45 pairs fall) is 0.0167."""
    day, value = np.arange(10.0) * 7, np.random.default_rng(8).normal(size=10)
    fit = theil_sen(day, value, 0.98)
    pairs = sorted((value[j] - value[i]) / (j - i) for i in range(10) for j in range(i + 1, 10))
    assert (fit.low_deg_week, fit.high_deg_week) == pytest.approx((pairs[9], pairs[35]))
    assert fit.deg_week == pytest.approx(np.median(pairs))


def test_long_courses_are_looked_at_more_strictly():
    assert confidence_of(10) == confidence_of(12) == pytest.approx(0.98)
    assert confidence_of(24) == pytest.approx(1 - 0.02 / 32)
    t = weekly([20.0 + 0.1 * (k % 5) for k in range(24)])
    assert "99.9 % interval" in t.verdict


def test_own_sem_is_the_scatter_about_the_trend():
    """Residuals of +-2 about a slope of one: their sum of squares over n - 2."""
    days = [7.0 * k for k in range(14)]
    values = [k + 2.0 * (-1) ** k for k in range(14)]
    own = own_sem(days, values, [0.5] * 14, 10)
    fit = theil_sen(np.array(days), np.array(values), 0.98)
    residual = np.array(values) - fit.at_start_deg - fit.deg_week * np.arange(14)
    assert own.deg == pytest.approx(math.sqrt(np.sum(residual**2) / 12))
    assert own.deg == pytest.approx(2.0 * math.sqrt(14 / 12), rel=0.05)
    assert (own.dof, own.source, own.within_deg) == (12, "own, 14 visits", pytest.approx(0.5))
    assert own_sem(days[:11], values[:11], [0.5] * 11, 10) is None
    assert own_sem([], [], [], 10) is None


def test_own_sem_is_never_below_what_a_visit_itself_can_tell():
    own = own_sem([7.0 * k for k in range(14)], [20.0] * 14, [0.7] * 14, 10)
    assert own.deg == pytest.approx(0.7)


def test_own_sem_begins_again_after_a_long_gap():
    days = [7.0 * k for k in range(14)] + [400 + 7.0 * k for k in range(5)]
    assert own_sem(days, [20.0] * 19, [0.7] * 19, 10) is None


def test_a_course_of_many_days_is_fitted_by_runs():
    """Means of equally many days; up to the bound nothing changes, above it hardly anything."""
    assert list(runs(np.arange(200.0))) == list(range(200))
    few = runs(np.arange(403.0))
    assert len(few) == 134
    assert list(few[:2]) == [1.5, 5.0]
    rng = np.random.default_rng(9)
    day = np.arange(600.0)
    value = 20 + 0.05 * day / 7 + rng.normal(0, 2, 600)
    fit = theil_sen(day, value, 0.95)
    one, other = np.triu_indices(600, 1)
    every = np.median(7 * (value[other] - value[one]) / (day[other] - day[one]))
    assert fit.low_deg_week <= 0.05 <= fit.high_deg_week
    assert fit.deg_week == pytest.approx(every, abs=(fit.high_deg_week - fit.low_deg_week) / 8)


def test_intervals_of_runs_hold_what_they_claim():
    """95 % of 500 flat courses of two years of days, within three binomial standard errors."""
    rng = np.random.default_rng(10)
    day = np.arange(730.0)
    fits = [theil_sen(day, rng.normal(0, 2, 730), 0.95) for _ in range(500)]
    held = np.mean([fit.low_deg_week <= 0 <= fit.high_deg_week for fit in fits])
    assert held == pytest.approx(0.95, abs=3 * math.sqrt(0.05 * 0.95 / 500))


def test_ten_thousand_days_still_have_a_confidence_that_can_be_said():
    t = fit_trend("df_peak_deg", np.arange(10_000.0), np.full(10_000, 20.0), SEM)
    assert "99.9 % interval" in t.verdict
    assert len(t.points) == 10_000
