"""The whole offline pipeline on simulated people: accuracy, counts, refusals, frozen numbers."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from anklet.analysis import ALGORITHM, Settings, analyze
from anklet.errors import CalibrationError, DataError, UsageError
from anklet.exchange.analysis_json import analysis_to_dict
from anklet.model import Placement, Recording, Samples
from anklet.simulate import LegAbility, Movement, SensorErrors, simulate_leg, simulate_person
from trials import ODD, SETUPS, rms, run

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="module")
def accurate(full):
    """Trials of each set-up: 40 sets of the first two with --full, a tenth otherwise."""
    sets = 40 if full else 8
    return {s: [run(s, seed, **ODD) for seed in range(sets)] for s in ("planted", "paired")}


@pytest.mark.parametrize("setup", ["planted", "paired"])
def test_ankle_angle_over_the_set(accurate, setup):
    errors = [t.rmse_deg for t in accurate[setup]]
    assert np.median(errors) <= 0.5
    assert max(errors) <= 0.9
    assert min(t.covered for t in accurate[setup]) > 0.9


@pytest.mark.parametrize("setup", ["planted", "paired"])
def test_df_peak_of_each_rep(accurate, setup):
    assert rms(np.concatenate([t.df_error_deg for t in accurate[setup]])) <= 0.6


@pytest.mark.parametrize("setup", SETUPS)
def test_every_rep_is_counted(full, setup):
    for seed in range(1000, 1200 if full else 1020):
        trial = run(setup, seed, **ODD)
        assert trial.found_reps == trial.true_reps, f"seed {seed}"


@pytest.mark.parametrize("tempo_s", [(0.7, 0.6), (4.0, 3.0)])
def test_fast_and_slow_reps(tempo_s):
    for seed in range(4):
        trial = run("planted", seed, tempo_s=tempo_s)
        assert trial.found_reps == trial.true_reps
        assert trial.rmse_deg < 0.9


@pytest.mark.parametrize("setup", ["planted", "paired"])
@pytest.mark.parametrize("step_kind", ["slow", "in_place", "placed"])
def test_other_ways_onto_the_block(setup, step_kind):
    for seed in range(4):
        trial = run(setup, seed, step_kind=step_kind, sets=2, rest_s=20.0)
        assert trial.found_reps == trial.true_reps, f"seed {seed}"
        assert trial.rmse_deg < 0.9


@pytest.mark.parametrize("setup", ["planted", "paired"])
@pytest.mark.parametrize("step_kind", ["quick", "placed"])
def test_a_stiff_ankle(setup, step_kind):
    """14 deg of range on a block of 20 deg: still reps that go to dorsiflexion first."""
    for seed in range(3):
        stiff = Movement(reps=6, start_lean_deg=-4.0, step_kind=step_kind)
        leg = simulate_leg(
            "left", stiff, LegAbility(df_deg=-10.0), seed=seed,
            segments=("shank",) if setup == "planted" else ("shank", "foot"),
        )  # fmt: skip
        found = analyze(list(leg.recordings.values()), Settings(block_deg=20)).legs["left"]
        assert len(found.reps) == 6
        assert found.sets[0].direction == "df_first"


def test_lost_packets_cost_little():
    for seed in range(4):
        leg = simulate_leg(
            "left", Movement(reps=6), seed=seed, segments=("shank",),
            errors={"shank": SensorErrors.random(np.random.default_rng(seed), lost=0.05)},
        )  # fmt: skip
        found = analyze(list(leg.recordings.values()), Settings(block_deg=20)).legs["left"]
        assert len(found.reps) == 6
        assert found.lost_samples > 50
        pairs = [(r, t) for r, t in zip(found.reps, leg.reps, strict=True) if r.df_valid]
        assert len(pairs) >= 4
        assert all(abs(r.df_peak_deg - t.df_peak_deg) < 1.5 for r, t in pairs)


def test_the_sides_differ_by_what_they_differ():
    people = simulate_person(
        Movement(reps=8, sets=2, start_lean_deg=-8.0),
        {"left": LegAbility(df_deg=27), "right": LegAbility(df_deg=17)},
        seed=11,
        segments=("shank",),
    )
    recordings = [r for leg in people.values() for r in leg.recordings.values()]
    result = analyze(recordings, Settings(block_deg=20, involved="right"))
    assert [len(s.reps) for s in result.legs["left"].sets] == [8, 8]
    truth = np.mean([r.df_peak_deg for r in people["right"].reps]) - np.mean(
        [r.df_peak_deg for r in people["left"].reps]
    )
    d = result.comparison.measures["df_peak_deg"]
    assert d.difference_deg == pytest.approx(truth, abs=0.8)
    assert d.verdict == "beyond measurement error"
    assert result.comparison.primary == "df_peak_deg"


def test_reps_of_both_legs_at_once_are_pointed_out():
    recordings = [
        r for side in ("left", "right") for r in leg_of(side=side, seed=4).recordings.values()
    ]
    notes = analyze(recordings, Settings(block_deg=20)).notes
    assert any("same time" in note for note in notes)


def test_knee_bends_before_the_step_onto_the_block_are_not_its_reps():
    squats = leg_of(seed=8, errors={"shank": SensorErrors()})
    bends = simulate_leg(
        "left",
        Movement(kind="lunge", reps=2, block_deg=0.0),
        seed=8,
        segments=("shank",),
        errors={"shank": SensorErrors()},
    )
    one, two = bends.recordings["shank"].samples, squats.recordings["shank"].samples
    later = Samples(
        np.concatenate([one.t_s, two.t_s + one.t_s[-1] + 0.01]),
        np.concatenate([one.acc_m_s2, two.acc_m_s2]),
        np.concatenate([one.gyr_rad_s, two.gyr_rad_s]),
    )
    leg = analyze(
        [Recording(Placement("left", "shank"), later, "both")], Settings(block_deg=20)
    ).legs["left"]
    assert len(leg.reps) == 5
    assert leg.reps[0].start_s > one.t_s[-1]


@pytest.mark.parametrize("tempo_s", [(0.5, 0.4), (3.0, 2.0)])
def test_heel_rises_are_not_steps(tempo_s):
    leg = leg_of(kind="heel_rise", block_deg=0.0, segments=("shank", "foot"), tempo_s=tempo_s)
    found = analyze(list(leg.recordings.values())).legs["left"]
    assert len(found.reps) == len(leg.reps)


def leg_of(kind="split_squat", side="left", segments=("shank",), seed=3, errors=None, **movement):
    what = Movement(kind=kind, reps=5, **movement)
    return simulate_leg(side, what, seed=seed, segments=segments, errors=errors)


def recordings_of(**options):
    return list(leg_of(**options).recordings.values())


def test_each_setup_names_itself():
    def leg(settings=None, **options):
        return analyze(recordings_of(**options), settings).legs["left"]

    planted = leg(Settings(block_deg=20))
    assert (planted.setup, planted.zero, planted.sets[0].direction) == (
        "planted",
        "standing",
        "df_first",
    )
    heel = leg(kind="heel_rise", segments=("shank", "foot"))
    assert (heel.setup, heel.sets[0].direction) == ("paired", "pf_first")
    table = leg(kind="table", segments=("foot",))
    assert (table.setup, table.zero, table.sets[0].direction) == ("table", "neutral", "both")


def test_relative_gives_ranges_only():
    held = recordings_of()
    with_zero = analyze(held, Settings(block_deg=20)).legs["left"]
    without = analyze(held, Settings(relative=True)).legs["left"]
    assert without.zero == "none"
    assert without.calibration["shank"].zero_s is None
    assert np.nanmedian(without.trace.deg) == pytest.approx(0, abs=1e-9)
    assert [r.df_peak_deg for r in without.reps] == [None] * 5
    ranges = [r.rom_deg for r in with_zero.reps]
    assert [r.rom_deg for r in without.reps] == pytest.approx(ranges, abs=1.0)


def test_any_mount_when_it_is_said_to_be_unknown():
    turned = dataclasses.replace(SensorErrors(), misalignment_deg=(100.0, 80.0, -120.0))
    leg = leg_of(kind="lunge", block_deg=0.0, errors={"shank": turned})
    found = analyze(list(leg.recordings.values()), Settings(mount="unknown")).legs["left"]
    assert found.calibration["shank"].sign_from == "knee_bend"
    assert found.calibration["shank"].axis_xyz @ leg.axes["shank"] > 0.998
    for rep, true in zip(found.reps, leg.reps, strict=True):
        assert rep.df_peak_deg == pytest.approx(true.df_peak_deg, abs=0.8)
    with pytest.raises(CalibrationError, match="not quiet standing"):
        analyze(list(leg.recordings.values()))


def cut(recording, keep):
    s = recording.samples
    return Recording(
        recording.placement,
        Samples(s.t_s[keep], s.acc_m_s2[keep], s.gyr_rad_s[keep]),
        recording.name,
    )


def test_without_quiet_standing_it_refuses_and_names_the_way_out():
    (held,) = recordings_of()
    late = cut(held, (held.samples.t_s > 6.0) & (held.samples.t_s < 20))
    with pytest.raises(CalibrationError, match=r"simulated left shank.*quiet standing.*--relative"):
        analyze([late], Settings(block_deg=20))


def test_movement_before_the_standing_is_not_a_rep():
    shank = recordings_of()[0].samples
    t_s = np.concatenate([shank.t_s - shank.t_s[0], shank.t_s + 40])
    both = Samples(t_s, np.tile(shank.acc_m_s2, (2, 1)), np.tile(shank.gyr_rad_s, (2, 1)))
    moving = both.t_s > 6.0
    late = Samples(both.t_s[moving], both.acc_m_s2[moving], both.gyr_rad_s[moving])
    leg = analyze(
        [Recording(Placement("left", "shank"), late, "two")], Settings(block_deg=20)
    ).legs["left"]
    assert len(leg.reps) == 5
    assert leg.reps[0].start_s > leg.calibration["shank"].zero_s[1]


def test_a_gap_in_a_rep_is_a_gap():
    leg = leg_of(errors={"shank": SensorErrors(wobble_deg=0.2)})
    (held,) = leg.recordings.values()
    peak_s = leg.reps[2].df_time_s
    holed = cut(held, np.abs(held.samples.t_s - peak_s) > 0.3)
    found = analyze([holed], Settings(block_deg=20)).legs["left"]
    assert len(found.reps) == 5
    assert [r.df_valid for r in found.reps] == [True, True, False, True, True]
    assert all(r.pf_valid for r in found.reps)
    t_s = found.trace.t_s
    assert np.isnan(found.trace.deg[np.abs(t_s - peak_s) < 0.25]).all()


def test_shank_alone_refuses_walking():
    rng = np.random.default_rng(0)
    n = 3000
    t_s = np.arange(n) / 104
    stand = t_s < 5
    swing = np.where(stand, 0, 30 * np.sin(2 * np.pi * 0.9 * t_s))
    rate = np.gradient(np.radians(swing)) * 104
    up = np.column_stack([np.cos(np.radians(swing)), np.sin(np.radians(swing)), 0 * t_s])
    push = np.where(stand, 0, 9 * np.sin(2 * np.pi * 0.9 * t_s))
    acc = 9.81 * up + np.column_stack([0 * t_s, push, 0 * t_s]) + rng.normal(0, 0.02, (n, 3))
    gyr = np.column_stack([0 * t_s, 0 * t_s, -rate]) + rng.normal(0, 2e-3, (n, 3))
    walk = Recording(Placement("left", "shank"), Samples(t_s, acc, gyr), "walk.csv")
    with pytest.raises(DataError, match=r"walk\.csv.*did not stay planted.*foot sensor"):
        analyze([walk])


def test_a_mostly_saturated_recording_is_refused():
    (held,) = recordings_of()
    s = held.samples
    mask = np.zeros(len(s.t_s), bool)
    mask[::20] = True
    clipped = Recording(held.placement, dataclasses.replace(s, saturated=mask), "clipped.csv")
    with pytest.raises(DataError, match=r"clipped\.csv: 5 % .* limit"):
        analyze([clipped])


def test_sensors_of_a_leg_must_overlap():
    shank, foot = recordings_of(segments=("shank", "foot"))
    later = dataclasses.replace(foot.samples, t_s=foot.samples.t_s + 1000)
    with pytest.raises(DataError, match=r"later\.csv overlap for 0\.0 s only"):
        analyze([shank, Recording(foot.placement, later, "later.csv")])


def test_usage():
    (foot,) = recordings_of(kind="table", segments=("foot",))
    with pytest.raises(UsageError, match="block angle"):
        analyze([foot], Settings(block_deg=20))
    with pytest.raises(UsageError, match="at least one"):
        analyze([])
    with pytest.raises(UsageError, match="Two recordings"):
        analyze([foot, foot])


@pytest.mark.parametrize("kind", ["split_squat", "lunge"])
def test_the_other_sides_file_is_noticed(kind):
    for seed in range(4):
        (held,) = recordings_of(kind=kind, block_deg=0.0, seed=seed)
        swapped = Recording(Placement("right", "shank"), held.samples, "swapped.csv")
        with pytest.raises(CalibrationError, match=r"swapped\.csv.*lean far back.*other side"):
            analyze([swapped])


def test_a_recording_that_ends_inside_a_rep():
    leg = leg_of(seed=6)
    (held,) = leg.recordings.values()
    last = leg.reps[-1]
    short = cut(held, held.samples.t_s < 0.3 * last.df_time_s + 0.7 * last.end_s)
    found = analyze([short], Settings(block_deg=20)).legs["left"].reps[-1]
    assert (found.df_valid, found.pf_valid) == (True, False)
    assert "ends inside the rep" in found.reasons[0]


def test_swapped_sensors_are_noticed():
    """Shank and foot files exchanged must not pass as an ankle angle."""
    shank, foot = recordings_of(segments=("shank", "foot"))
    with pytest.raises(CalibrationError):
        analyze(
            [
                Recording(shank.placement, foot.samples, "a.csv"),
                Recording(foot.placement, shank.samples, "b.csv"),
            ]
        )


def golden_recordings():
    with np.load(GOLDEN / "frozen_input.npz") as held:
        return [
            Recording(
                Placement(side, segment),
                Samples(
                    held[f"{side}_{segment}_t_us"] * 1e-6,
                    held[f"{side}_{segment}_acc"] * 0.488e-3 * 9.80665,
                    np.radians(held[f"{side}_{segment}_gyr"] * 70e-3),
                ),
                f"{side} {segment}",
            )
            for side, segment in (
                ("left", "shank"),
                ("left", "foot"),
                ("right", "shank"),
                ("right", "foot"),
            )
        ]


def numbers(value, path=""):
    """Every number and word of a result by its path."""
    if isinstance(value, dict):
        return {
            k: v for name, held in value.items() for k, v in numbers(held, f"{path}/{name}").items()
        }
    if isinstance(value, list):
        return {
            k: v for n, held in enumerate(value) for k, v in numbers(held, f"{path}/{n}").items()
        }
    return {path: value}


def test_frozen_results():
    """Numbers that change for the same input need a higher ALGORITHM and a line in CHANGELOG.md.

    Then write the new ones: ``python tests/golden/freeze.py``.
    """
    frozen = json.loads((GOLDEN / "frozen_results.json").read_text())
    assert frozen["algorithm"] == ALGORITHM, "freeze the results of the new ALGORITHM"
    now = numbers(analysis_to_dict(analyze(golden_recordings(), Settings(involved="right"))))
    then = numbers(frozen)
    assert now.keys() == then.keys()
    for path, value in then.items():
        if isinstance(value, float):
            assert now[path] == pytest.approx(value, abs=2e-3), f"{path}: raise ALGORITHM"
        else:
            assert now[path] == value, f"{path}: raise ALGORITHM"
