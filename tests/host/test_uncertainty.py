"""Intervals and their named parts, against arithmetic done by hand: nothing is counted twice."""

import math
from dataclasses import replace

import pytest
from report_samples import leg
from scipy.stats import t as student

from anklet.measures.metrics import summarize
from anklet.measures.norms import BORROWED_SEM, Sem, borrowed_sem
from anklet.measures.uncertainty import (
    REP_SD_DEG,
    SENSOR_SD_DEG,
    ZERO_SD_DEG,
    estimate,
    leg_estimates,
    quantile,
)
from anklet.model import MEASURES

SEM = Sem(1.5, "borrowed: a test")
NAMES = ["sensor", "calibration and zero", "rep-to-rep", "day-to-day"]


def reps(n, sd, mean=25.0):
    """A summary with exactly this SD."""
    wave = [1.0, -1.0] * (n // 2)
    scale = sd * math.sqrt((n - 1) / n)
    return summarize([mean + scale * w for w in wave])


def parts_of(interval):
    return {p.name: p.sd_deg for p in interval.parts}


def squared(interval):
    return sum(p.sd_deg**2 for p in interval.parts)


def test_the_long_run_has_all_parts_and_is_the_sem_and_not_more():
    found = estimate(reps(10, 2.0), SEM)
    assert [p.name for p in found.long_run.parts] == NAMES
    assert all(p.source for p in found.long_run.parts)
    assert squared(found.long_run) == pytest.approx(1.5**2)
    assert found.long_run.half_deg == pytest.approx(1.959964 * 1.5)
    held = parts_of(found.long_run)
    within = 0.25**2 + 0.35**2 + 2.0**2 / 10
    assert held["day-to-day"] == pytest.approx(math.sqrt(1.5**2 - within))


def test_scatter_beyond_what_the_sem_holds_comes_on_top_once():
    found = estimate(reps(10, 6.0), SEM)
    within = 0.25**2 + 0.35**2 + 6.0**2 / 10
    assert squared(found.long_run) == pytest.approx(1.5**2 / 2 + within)


def test_today_is_the_reps_the_zero_and_the_sensor_and_no_other_day():
    found = estimate(reps(8, 2.0), SEM)
    parts = parts_of(found.today)
    assert list(parts) == NAMES[:3]
    assert parts["rep-to-rep"] == pytest.approx(2.0 / math.sqrt(8))
    fixed = 1.959964 * math.hypot(0.25, 0.35)
    assert found.today.half_deg == pytest.approx(
        math.hypot(student.ppf(0.975, 7) * 2.0 / math.sqrt(8), fixed)
    )
    assert found.today.half_deg < found.long_run.half_deg


def test_both_ends_share_the_zero_and_the_range_lacks_it():
    ends = [estimate(reps(8, 1.0), SEM, measure=m) for m in MEASURES]
    zeros = [parts_of(e.long_run)["calibration and zero"] for e in ends]
    assert zeros == [ZERO_SD_DEG["standing"], ZERO_SD_DEG["standing"], 0.0]
    held = estimate(reps(8, 1.0), SEM, zero="neutral")
    assert parts_of(held.today)["calibration and zero"] == ZERO_SD_DEG["neutral"]


def test_one_rep_has_no_day_of_its_own_and_counts_as_scattered():
    found = estimate(summarize([25.0]), SEM)
    assert found.today is None
    assert parts_of(found.long_run)["rep-to-rep"] == REP_SD_DEG
    assert found.long_run.half_deg > 1.959964 * 1.5
    assert estimate(summarize([None]), SEM) is None


def test_an_own_sem_takes_students_quantile():
    own = Sem(1.5, "own, 12 visits", within_deg=0.7, dof=10)
    assert quantile(own) == pytest.approx(student.ppf(0.975, 10))
    found = estimate(reps(10, 1.0), own)
    assert found.long_run.half_deg == pytest.approx(quantile(own) * 1.5)


def test_a_leg_is_estimated_over_all_its_sets():
    both = leg("left", 27.0)
    found = leg_estimates(both, BORROWED_SEM)
    values = [r.df_peak_deg for r in both.reps if r.df_peak_deg is not None]
    assert found["df_peak_deg"].n == len(values) == 19
    assert found["df_peak_deg"].value_deg == pytest.approx(sum(values) / 19)
    assert leg_estimates(replace(both, sets=()), BORROWED_SEM) == dict.fromkeys(MEASURES)
    relative = leg_estimates(leg("left", 27.0, zero="none"), BORROWED_SEM)
    assert relative["df_peak_deg"] is None
    assert relative["rom_deg"].n == 19


@pytest.mark.parametrize(
    ("protocol", "deg", "words"),
    [
        ("knee_to_wall_bent", 1.5, "Konor"),
        ("split_squat", 1.5, "assumed equal here"),
        ("active_table", 2.5, "Krause"),
        ("heel_rise", 2.5, "assumed"),
        ("somebody's own", 1.5, "assumed equal here"),
        (None, 1.5, "assumed equal here"),
    ],
)
def test_a_borrowed_sem_goes_with_the_protocol_and_says_what_is_assumed(protocol, deg, words):
    sems = borrowed_sem(protocol)
    assert sems["df_peak_deg"].deg == deg
    assert words in sems["df_peak_deg"].source
    assert sems["rom_deg"].deg == pytest.approx(deg * math.sqrt(2))
    for sem in sems.values():
        assert sem.source.startswith("borrowed: ")
    for measure in ("pf_peak_deg", "rom_deg"):
        assert "assumed" in sems[measure].source


def test_the_sensors_part_of_a_range_is_both_ends_together():
    ends = math.hypot(SENSOR_SD_DEG["df_peak_deg"], SENSOR_SD_DEG["pf_peak_deg"])
    assert SENSOR_SD_DEG["rom_deg"] == pytest.approx(ends, rel=0.05)
