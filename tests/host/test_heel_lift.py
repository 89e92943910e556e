"""Heels that leave the ground, the rear leg of a split squat, and the height of heel rises."""

from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from anklet.analysis import Settings, analyze
from anklet.errors import DataError
from anklet.exchange.analysis_json import analysis_to_dict, schema
from anklet.measures.lifts import owned_lifts, set_aside_lifted
from anklet.measures.metrics import measure_rep
from anklet.measures.reps import Excursion
from anklet.model import Samples
from anklet.simulate import Body, HeelLift, Movement, SensorErrors, simulate_leg
from trials import ODD
from validation import contact


def lifted_set(at, seed=5, **lift):
    movement = Movement(reps=5, heel_lift=HeelLift(at=at, chance=0.5, **lift))
    return simulate_leg("left", movement, seed=seed, segments=("shank",))


def measured(leg, **how):
    return analyze(list(leg.recordings.values()), Settings(block_deg=20.0, **how)).legs["left"]


@pytest.fixture(scope="module")
def with_lifts(full):
    return contact.reps(60 if full else 6, 0, **contact.LIFTED[contact.TARGET])


def test_heel_lifts_are_found(with_lifts):
    """At least 95 % of those of 10 deg or more that take 0.8 s at most each way."""
    lifted = [rep for rep in with_lifts if rep.lift]
    assert len(lifted) >= 15
    assert np.mean([rep.marked for rep in lifted]) >= 0.95
    assert np.mean([rep.right_peak for rep in lifted]) >= 0.95


def test_reps_beside_heel_lifts_are_not_marked(with_lifts):
    flat = [rep for rep in with_lifts if not rep.lift]
    assert len(flat) >= 15
    assert np.mean([not rep.marked for rep in flat]) >= 0.95


@pytest.mark.parametrize("condition", contact.UNLIFTED)
def test_reps_without_a_lift_are_not_marked(full, condition):
    seen = contact.reps(60 if full else 2, 2000, **contact.UNLIFTED[condition])
    assert len(seen) >= 10
    assert np.mean([not rep.marked for rep in seen]) >= 0.95


@pytest.mark.parametrize("at", ["df", "pf"])
@pytest.mark.parametrize("relative", [False, True])
def test_the_peak_inside_a_lift_is_not_measured_and_the_other_one_stands(at, relative):
    leg = lifted_set(at)
    found = measured(leg, relative=relative)
    truth = [rep.lift for rep in leg.reps]
    assert at in truth
    assert None in truth
    assert [r.df_valid for r in found.reps] == [lift != "df" for lift in truth]
    assert [r.pf_valid for r in found.reps] == [lift != "pf" for lift in truth]
    where = {"df": "at the DF peak", "pf": "at the PF end"}
    for rep, lift in zip(found.reps, truth, strict=True):
        reasons = (f"the heel left the ground {where[lift]}",) if lift else ()
        assert rep.reasons == reasons
        assert (rep.rom_deg is None) == bool(lift)
        if not relative:
            assert (rep.df_peak_deg is None) == (lift == "df")
            assert (rep.pf_peak_deg is None) == (lift == "pf")
    (done,) = found.sets
    if not relative:
        assert getattr(done, f"{at}_peak_deg").n == truth.count(None)


def test_peaks_that_stand_beside_a_lift_are_right():
    for at, other in (("df", "pf_peak_deg"), ("pf", "df_peak_deg")):
        leg = lifted_set(at)
        for rep, true in zip(measured(leg).reps, leg.reps, strict=True):
            assert getattr(rep, other) == pytest.approx(getattr(true, other), abs=1.0)


def test_the_trace_is_empty_while_the_heel_is_up():
    leg = lifted_set("pf", pitch_deg=(25.0, 25.0))
    found = measured(leg)
    t_s = found.trace.t_s
    true_deg = np.interp(t_s, leg.trace.t_s, leg.trace.deg)
    error_deg = found.trace.deg - true_deg
    lifted = next(rep for rep in leg.reps if rep.lift)
    up = np.abs(t_s - lifted.pf_time_s) < 0.1
    assert np.isnan(found.trace.deg[up]).all()
    assert np.nanmax(np.abs(error_deg)) < 5.0  # the foot pitches by 25 deg where it is empty


def test_a_lift_in_a_set_with_a_gap_is_found():
    leg = lifted_set("df")
    shank = leg.recordings["shank"]
    s = shank.samples
    flat = next(rep for rep in leg.reps if not rep.lift)
    keep = np.abs(s.t_s - flat.start_s) > 0.2
    holed = replace(shank, samples=Samples(s.t_s[keep], s.acc_m_s2[keep], s.gyr_rad_s[keep]))
    found = analyze([holed], Settings(block_deg=20.0)).legs["left"]
    assert ["heel" in "".join(r.reasons) for r in found.reps] == [bool(r.lift) for r in leg.reps]


RATE_HZ = 10.0
HILL = np.concatenate([np.linspace(-20, 20, 41), np.linspace(20, -20, 41)[1:], np.full(19, -20.0)])
HILL_REP = Excursion(2, 78, 40, 80, 80)


@pytest.mark.parametrize(
    ("lift", "rise_m", "said", "df", "pf"),
    [
        ((10, 25), 0.01, "on the way out", True, True),
        ((35, 50), 0.01, "at the DF peak", False, True),
        ((52, 64), 0.005, "on the way back", True, True),
        ((52, 64), 0.03, "on the way back", True, False),
        ((82, 95), 0.01, "at the PF end", True, False),
        ((35, 90), 0.02, "at the DF peak", False, False),
    ],
)
def test_what_stands_follows_from_where_the_heel_is_up(lift, rise_m, said, df, pf):
    rep = measure_rep(
        HILL, RATE_HZ, 0.0, HILL_REP, far_is_df=True, has_zero=True,
        saturated=np.zeros(100, bool), off_plane_deg=None,
    )  # fmt: skip
    rise = np.zeros(100)
    rise[slice(*lift)] = rise_m
    held = set_aside_lifted(rep, HILL_REP, HILL, rise, [lift])
    assert held.reasons == (f"the heel left the ground {said}",)
    assert (held.df_valid, held.pf_valid) == (df, pf)
    assert held.rom_deg == (rep.rom_deg if df and pf else None)


def test_a_lift_belongs_to_the_rep_that_it_overlaps_most():
    reps = [Excursion(0, 40, 20, 45, 45), Excursion(60, 100, 80, 105, 105)]
    assert owned_lifts([(42, 63), (58, 70), (110, 130)], reps) == [
        [(42, 63)],
        [(58, 70), (110, 130)],
    ]
    assert owned_lifts([(0, 5)], [Excursion(10, 40, 20, 45, 45)]) == [[]]


def together(kinds, seeds, **how):
    recordings = []
    for side, kind, seed in zip(("left", "right"), kinds, seeds, strict=True):
        rng = np.random.default_rng(seed)
        errors = {"shank": SensorErrors.random(rng, misalignment_deg=10.0)}
        leg = simulate_leg(
            side, Movement(kind=kind, reps=6, **ODD), seed=seed, segments=("shank",),
            errors=errors, body=Body.random(rng),
        )  # fmt: skip
        recordings += leg.recordings.values()
    return analyze(recordings, Settings(**how))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("front", ["left", "right"])
def test_only_the_front_leg_of_a_split_squat_has_a_set(front, seed):
    kinds = ("split_squat", "rear_leg") if front == "left" else ("rear_leg", "split_squat")
    result = together(kinds, (seed, seed), block_deg=20.0)
    rear = "right" if front == "left" else "left"
    assert len(result.legs[front].reps) == 6
    assert result.legs[rear].sets == ()
    assert np.isnan(result.legs[rear].trace.deg).all()
    assert result.comparison is None
    assert any(f"only the {front} leg has sets" in note for note in result.notes)


def test_where_nothing_tells_the_front_leg_it_refuses():
    with pytest.raises(DataError, match="nothing tells which leg is in front"):
        together(("split_squat", "rear_leg"), (1, 1), relative=True)


@pytest.mark.parametrize("how", [{"block_deg": 20.0}, {"relative": True}])
def test_sets_that_overlap_by_accident_are_both_kept(how):
    result = together(("split_squat", "split_squat"), (1, 2), **how)
    assert [len(leg.reps) for leg in result.legs.values()] == [6, 6]
    assert not any("same" in note for note in result.notes)
    assert result.comparison is not None


def test_heights_of_heel_rises_lie_in_their_interval(full):
    sets = 100 if full else 8
    seen = [contact.one_heel_set(seed) for seed in range(sets)]
    known = [s for s in seen if s is not None]
    assert len(known) >= 0.9 * sets
    assert np.mean([s.covered for s in known]) >= (0.93 if full else 0.75)
    assert np.sqrt(np.mean([s.error_share**2 for s in known])) < 0.06


def heel_set(reps, **how):
    leg = simulate_leg("left", Movement(kind="heel_rise", reps=reps, block_deg=0.0), seed=2)
    return analyze(list(leg.recordings.values()), Settings(**how)), leg


def test_work_only_with_a_body_mass():
    without, _ = heel_set(5)
    (held,) = without.legs["left"].sets
    assert held.heel_rise.work is None
    analysis, leg = heel_set(5, mass_kg=70.0)
    jsonschema.validate(analysis_to_dict(analysis), schema())
    (held,) = analysis.legs["left"].sets
    rise = held.heel_rise
    assert rise.reps == len(rise.heights_m) == 5
    assert rise.total.value_m == pytest.approx(sum(rise.heights_m))
    assert rise.total.value_m == pytest.approx(sum(r.rise_m for r in leg.reps), rel=0.1)
    assert rise.work.value_j == pytest.approx(70 * 9.80665 * rise.total.value_m)
    assert rise.work.low_j < rise.work.value_j < rise.work.high_j
    half = (rise.mean.high_m - rise.mean.low_m) / 2
    assert half == pytest.approx(1.96 * np.sqrt(sum(p**2 for p in rise.parts_m.values())))


def test_without_an_honest_interval_there_is_no_height():
    analysis, _ = heel_set(2, direction="pf_first")
    (held,) = analysis.legs["left"].sets
    assert (held.heel_rise.reps, held.heel_rise.mean, held.heel_rise.total) == (2, None, None)
    assert held.heel_rise.heights_m == (None, None)
    jsonschema.validate(analysis_to_dict(analysis), schema())


def test_other_movements_have_no_heel_rises():
    leg = simulate_leg("left", Movement(reps=4), seed=1)
    (held,) = analyze(list(leg.recordings.values())).legs["left"].sets
    assert held.heel_rise is None
