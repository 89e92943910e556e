"""Reps, sets and their numbers from angles that are known exactly."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anklet.measures.metrics import log_dimensionless_jerk, measure_rep, summarize
from anklet.measures.reps import find_reps, tell_direction
from anklet.measures.sets import into_sets, planted_nodes, reps_between_steps

RATE_HZ = 100.0


def path(*points):
    """An angle through (deg, seconds) points with smooth transitions; the first gives the start."""
    parts = [np.full(round(points[0][1] * RATE_HZ), points[0][0], float)]
    at = points[0][0]
    for deg, seconds in points[1:]:
        s = np.linspace(0, 1, round(seconds * RATE_HZ) + 1)[1:]
        parts.append(at + (deg - at) * s**3 * (10 - 15 * s + 6 * s**2))
        at = deg
    return np.concatenate(parts)


def squats(peaks, start=-28.0, out_s=2.0, back_s=1.5, hold_s=0.5):
    points = [(start, 3.0)]
    for peak in peaks:
        points += [(peak, out_s), (peak, 0.2), (start, back_s), (start, hold_s)]
    return path(*points, (start, 2.0))


def measured(x, rep, **options):
    how = {"far_is_df": True, "has_zero": True, "saturated": np.zeros(len(x), bool)} | options
    return measure_rep(x, RATE_HZ, 0.0, rep, off_plane_deg=None, **how)


def test_each_rep_with_its_peaks_and_times():
    x = squats([20, 15, 24])
    reps = find_reps(x, RATE_HZ, "df_first")
    held = [measured(x, r) for r in reps]
    assert [round(r.df_peak_deg, 6) for r in held] == [20, 15, 24]
    assert [r.pf_peak_deg for r in held] == pytest.approx([-28] * 3, abs=1e-6)
    assert [r.rom_deg for r in held] == pytest.approx([48, 43, 52], abs=1e-6)
    first = held[0]
    # a band of 10 % of 48 deg: a minimum jerk has covered 10 % after 0.247 of its time
    assert first.start_s == pytest.approx(3 + 2.0 * 0.247, abs=0.02)
    assert first.end_s == pytest.approx(3 + 2.2 + 1.5 * (1 - 0.247), abs=0.02)
    assert first.df_time_s == pytest.approx(5.0, abs=0.2)
    assert first.peak_rate_deg_s == pytest.approx(1.875 * 48 / 1.5, rel=0.01)
    assert first.valid
    assert first.reasons == ()


def test_a_hesitation_is_not_a_rep():
    x = path(
        (0, 2), (15, 1), (15, 0.8), (30, 1), (0, 1.5),
        (0, 0.5), (16, 1), (12, 0.5), (28, 1), (14, 0.8), (14, 0.5), (0, 1), (0, 2),
    )  # fmt: skip
    assert len(find_reps(x, RATE_HZ, "df_first")) == 2


def test_half_reps_count_and_small_shifts_do_not():
    assert len(find_reps(squats([20, -2, 20, 0, 20]), RATE_HZ, "df_first")) == 5
    assert len(find_reps(squats([20, -20, 20, -22, 20]), RATE_HZ, "df_first")) == 3
    assert find_reps(squats([-24, -25]), RATE_HZ, "df_first") == ()


def test_pauses_make_no_difference():
    x = path((0, 3), (30, 2), (30, 4), (0, 2), (0, 5), (30, 2), (0, 2), (0, 3))
    assert len(find_reps(x, RATE_HZ, "df_first")) == 2


def test_heel_rises_peak_in_plantarflexion():
    x = -squats([35, 30, 33], start=0.0)
    reps = [measured(x, r, far_is_df=False) for r in find_reps(x, RATE_HZ, "pf_first")]
    assert [r.pf_peak_deg for r in reps] == pytest.approx([-35, -30, -33], abs=1e-6)
    assert [r.df_peak_deg for r in reps] == pytest.approx([0, 0, 0], abs=1e-6)


@pytest.mark.parametrize("mirrored", [False, True])
def test_table_reps_go_both_ways(mirrored):
    points = [(0, 3)]
    for df, pf in ((14, -35), (12, -38), (15, -30)):
        points += [(df, 1), (pf, 2), (0, 1), (0, 0.5)]
    x = path(*points, (0, 2))
    if mirrored:
        x = x[::-1]
    reps = [measured(x, r) for r in find_reps(x, RATE_HZ, "both")]
    peaks = [(round(r.df_peak_deg, 3), round(r.pf_peak_deg, 3)) for r in reps]
    assert sorted(peaks) == sorted([(14, -35), (12, -38), (15, -30)])
    assert all(r.start_s < r.df_time_s < r.end_s for r in reps)
    assert all(r.start_s < r.pf_time_s < r.end_s for r in reps)


@pytest.mark.parametrize(("df", "pf"), [(25, -4), (20, 0), (4, -45), (0, -30)])
def test_table_reps_with_one_small_side(df, pf):
    points = [(0, 3)]
    for _ in range(5):
        points += [(df, 1), (pf, 2), (0, 1), (0, 0.5)]
    x = path(*points, (0, 2))
    reps = [measured(x, r) for r in find_reps(x, RATE_HZ, "both")]
    assert [round(r.df_peak_deg) for r in reps] == [df] * 5
    assert [round(r.pf_peak_deg) for r in reps] == [pf] * 5


def test_standing_between_sets_is_no_rep():
    x = np.concatenate(
        [squats([20, 22]), path((-28, 0.1), (0, 2), (0, 20), (-28, 2)), squats([21, 20])]
    )
    none = np.zeros(len(x), bool)
    reps = reps_between_steps(x, RATE_HZ, "df_first", none)
    assert [len(s) for s in into_sets(reps, RATE_HZ)] == [2, 2]


def test_the_direction_shows_in_the_resting_posture():
    assert tell_direction(squats([20, 22]), RATE_HZ) == "df_first"
    assert tell_direction(-squats([35, 30], start=0), RATE_HZ) == "pf_first"
    both = path((0, 3), (14, 1), (-35, 2), (0, 1), (13, 1), (-33, 2), (0, 1), (0, 2))
    assert tell_direction(both, RATE_HZ) == "both"


@settings(max_examples=100, deadline=None)
@given(
    peaks=st.lists(st.floats(12, 30), min_size=1, max_size=15),
    seed=st.integers(0, 2**20),
    sway_deg=st.floats(0, 0.5),
)
def test_property_every_rep_is_found_once(peaks, seed, sway_deg):
    """Uneven reps with any tempo, pauses and sway: exact count, ordered, no overlap, true peaks."""
    rng = np.random.default_rng(seed)
    points, tops = [(0.0, 3.0)], []
    for peak in peaks:
        out, back, hold = rng.uniform(0.6, 3, 3)
        points += [(peak, out), (peak, rng.uniform(0, 2)), (0.0, back), (0.0, hold)]
        tops.append(peak)
    x = path(*points, (0.0, 2.0))
    t = np.arange(len(x)) / RATE_HZ
    x = x + sway_deg * np.sin(2 * np.pi * rng.uniform(0.2, 0.8) * t + rng.uniform(0, 6))
    reps = find_reps(x, RATE_HZ, "df_first")
    assert len(reps) == len(peaks)
    for rep in reps:
        assert rep.start < rep.df < rep.end <= rep.last
    for one, two in pairwise(reps):
        assert one.end <= two.start
    assert [x[r.df] for r in reps] == pytest.approx(tops, abs=2 * sway_deg + 1e-6)


@settings(max_examples=100, deadline=None)
@given(
    values=st.lists(st.floats(-90, 90) | st.just(float("nan")), max_size=400),
    direction=st.sampled_from(["df_first", "pf_first", "both"]),
)
def test_property_any_angle_at_all(values, direction):
    """Noise, gaps, nothing: reps lie inside, in order, with finite peaks or a reason."""
    x = np.array(values, float)
    reps = find_reps(x, RATE_HZ, direction) if len(x) else ()
    for rep in reps:
        assert 0 <= rep.start <= rep.end < len(x)
        assert 0 <= min(rep.df, rep.pf) <= max(rep.df, rep.pf) < len(x)
        held = measured(x, rep)
        for value, valid in ((held.df_peak_deg, held.df_valid), (held.pf_peak_deg, held.pf_valid)):
            assert (value is not None and np.isfinite(value)) == valid
        assert held.valid or held.reasons


def test_a_gap_at_the_peak_takes_only_that_peak():
    x = squats([20, 22, 24])
    rep = find_reps(x, RATE_HZ, "df_first")[1]
    holed = x.copy()
    holed[rep.df - 30 : rep.df + 30] = np.nan
    held = measured(holed, rep)
    assert (held.df_valid, held.pf_valid) == (False, True)
    assert (held.df_peak_deg, held.rom_deg) == (None, None)
    assert held.pf_peak_deg == pytest.approx(-28, abs=0.1)
    assert held.reasons == ("a gap may hide the DF peak",)


def test_a_gap_on_the_way_takes_nothing():
    x = squats([20, 22, 24])
    rep = find_reps(x, RATE_HZ, "df_first")[1]
    holed = x.copy()
    half_way = (rep.start + rep.df) // 2
    holed[half_way - 3 : half_way + 3] = np.nan
    assert measured(holed, rep).valid


def test_saturation_takes_the_rep():
    x = squats([20, 22])
    rep = find_reps(x, RATE_HZ, "df_first")[0]
    saturated = np.zeros(len(x), bool)
    saturated[rep.start + 5] = True
    held = measured(x, rep, saturated=saturated)
    assert not held.df_valid
    assert held.reasons == ("a sensor was at its limit",)


def test_without_a_zero_only_the_range_is_given():
    x = squats([20])
    held = measured(x, find_reps(x, RATE_HZ, "df_first")[0], has_zero=False)
    assert (held.df_peak_deg, held.pf_peak_deg) == (None, None)
    assert held.rom_deg == pytest.approx(48)


def test_an_impossible_angle_is_no_rep():
    x = squats([100.0], start=0.0)
    assert not measured(x, find_reps(x, RATE_HZ, "df_first")[0]).valid


def test_a_long_rest_starts_a_set():
    one = squats([20, 22])
    x = np.concatenate([one, np.full(1200, -28.0), squats([21])])
    reps = find_reps(x, RATE_HZ, "df_first")
    assert [len(s) for s in into_sets(reps, RATE_HZ)] == [2, 1]
    near = np.concatenate([one, np.full(800, -28.0), squats([21])])
    assert [len(s) for s in into_sets(find_reps(near, RATE_HZ, "df_first"), RATE_HZ)] == [3]


def steps_and_squats():
    step_on = path((0, 4), (35, 0.45), (-8, 0.45))
    step_off = path((-8, 0.01), (30, 0.45), (0, 0.45), (0, 3))
    reps = squats([28, 25, 27, 30], start=-8.0)
    return np.concatenate([step_on, reps, step_off]), len(step_on), len(step_on) + len(reps)


def test_steps_are_not_reps_whether_their_travel_was_seen_or_not():
    x, first, last = steps_and_squats()
    seen = np.zeros(len(x), bool)
    seen[first - 95 : first] = seen[last : last + 95] = True
    for travelling in (seen, np.zeros(len(x), bool)):
        reps = reps_between_steps(x, RATE_HZ, "df_first", travelling)
        assert len(reps) == 4
        assert all(first < r.start < r.end < last for r in reps)


def test_what_is_planted_reaches_from_step_to_step():
    x, first, last = steps_and_squats()
    seen = np.zeros(len(x), bool)
    seen[first - 95 : first] = seen[last : last + 95] = True
    sets = into_sets(reps_between_steps(x, RATE_HZ, "df_first", seen), RATE_HZ)
    mask = planted_nodes(x, sets, seen)
    assert np.flatnonzero(mask)[[0, -1]] == pytest.approx([first, last - 1], abs=2)
    assert mask[first:last].all()


def test_summary():
    s = summarize([20.0, None, 24.0, 22.0, 30.0])
    assert (s.median, s.mean, s.n) == (23.0, 24.0, 4)
    assert s.sd == pytest.approx(np.std([20, 24, 22, 30], ddof=1))
    assert s.best3 == pytest.approx(76 / 3)
    assert s.fade_per_rep == pytest.approx(np.polyfit([0, 2, 3, 4], [20, 24, 22, 30], 1)[0])
    assert summarize([-30.0, -35.0, -20.0, -40.0], best_is_high=False).best3 == -35.0
    assert summarize([5.0]) == summarize([5.0, None])
    assert summarize([5.0]).sd is None
    assert summarize([None]).mean is None


def test_smoothness_of_a_minimum_jerk_movement():
    """For minimum jerk, T^3 / v_peak^2 times the integral of (d2v/dt2)^2 is 720 / 1.875^2."""
    s = np.linspace(0, 1, 2001)
    rate = 30 * s**2 * (1 - s) ** 2
    assert log_dimensionless_jerk(rate, 2000.0) == pytest.approx(-np.log(720 / 1.875**2), abs=0.01)
    shaky = rate + 0.1 * np.sin(40 * s)
    assert log_dimensionless_jerk(shaky, 2000.0) < log_dimensionless_jerk(rate, 2000.0)
