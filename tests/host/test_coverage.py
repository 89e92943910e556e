"""Whether the intervals hold, on visits and courses with known truth; see validation/coverage.py.

Bounds are binomial: a share p of n is allowed three standard errors, sqrt(p (1 - p) / n).
"""

import math

import pytest

from anklet.measures.norms import BORROWED_SEM
from anklet.measures.uncertainty import EACH_REP_SD_DEG, SENSOR_SD_DEG, ZERO_SD_DEG
from anklet.model import MEASURES
from validation.coverage import (
    FACTORS,
    called_a_change,
    fitted,
    model,
    own_coverage,
    tally,
)


def most(share, n):
    """The largest share of n that a true one may show."""
    return share + 3 * math.sqrt(share * (1 - share) / n)


@pytest.fixture
def visits(full):
    return 1000 if full else 100


@pytest.fixture(params=MEASURES)
def measure(request):
    return request.param


def test_intervals_hold_at_the_assumed_sem(measure, visits):
    how = model(measure, BORROWED_SEM[measure].deg)
    t = tally(measure, visits, how, 0.0, MEASURES.index(measure))
    for share in (t.difference, t.long_run, t.today):
        assert share >= 0.95 - (most(0.05, visits) - 0.05)
    assert t.difference <= 0.97 + (most(0.03, visits) - 0.03)
    assert t.called <= most(0.05, visits)


def test_a_true_difference_of_8_deg_is_found(visits):
    t = tally("df_peak_deg", visits, model("df_peak_deg", 1.5), 8.0, 11)
    assert t.called >= 0.9 - (most(0.1, visits) - 0.1)


def test_the_smaller_and_the_larger_true_sem_are_told_apart_by_coverage(visits):
    small, _, large = (
        tally("df_peak_deg", visits, model("df_peak_deg", f * 1.5), 0.0, 0).difference
        for f in FACTORS
    )
    assert small > 0.97
    assert large < 0.93


def test_today_holds_with_few_and_with_scattered_reps(visits):
    for reps, rep_sd in ((3, 2.0), (10, 4.0)):
        how = model("df_peak_deg", 2.5, reps=reps, rep_sd_deg=rep_sd)
        assert tally("df_peak_deg", visits, how, 0.0, 21).today >= 1 - most(0.05, visits)


@pytest.mark.parametrize("factor", FACTORS)
def test_the_difference_holds_where_the_own_sem_takes_over(factor, full):
    n = 400 if full else 60
    for visits in (12, 20) if full else (12,):
        assert own_coverage(factor, visits, n, visits) >= 1 - most(0.05, n)


def test_a_flat_course_is_rarely_called_a_change_and_a_steady_one_is_found(visits):
    assert called_a_change(0.0, 12, visits, 1.5, 0) <= most(0.05, visits)
    assert called_a_change(1.0, 12, visits, 1.5, 1) >= 1 - most(0.1, visits)


def test_the_figures_of_the_budget_are_those_of_the_simulated_sets(full):
    """Sensor and zero: not below what sets with known truth show, and not twice above."""
    for setup in ("planted", "paired") if full else ("planted",):
        f = fitted(setup, 40 if full else 6)
        slack = 1.15 if full else 1.5  # an SD of so few sets
        assert f.end_deg <= slack * SENSOR_SD_DEG["df_peak_deg"]
        assert f.range_deg <= slack * SENSOR_SD_DEG["rom_deg"]
        assert f.zero_deg <= slack * ZERO_SD_DEG["standing"]
        assert f.each_rep_deg <= slack * EACH_REP_SD_DEG
        assert f.end_deg >= SENSOR_SD_DEG["df_peak_deg"] / 3
        assert f.covered >= (0.9 if full else 0.75)
