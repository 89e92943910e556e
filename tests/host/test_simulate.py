"""The simulator is what the analysis is validated on: its own physics is checked here first."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt
from scipy.spatial.transform import Rotation

from anklet.model import Placement, Samples
from anklet.packets import SATURATED, concatenate, decode
from anklet.simulate import (
    Body,
    HeelLift,
    LegAbility,
    Movement,
    SensorErrors,
    simulate_leg,
    simulate_person,
    to_packets,
)
from anklet.simulate.sensors import nominal_mount

G = 9.81
PURE = SensorErrors(gyro_noise_deg_s=0.0, acc_noise_m_s2=0.0)
FLAT = Body(valgus_share=0.0, valgus_noise_deg=0.0)
SQUAT = Movement(reps=3)


def pure_leg(movement, side="left", body=FLAT, seed=3):
    return simulate_leg(side, movement, seed=seed, errors={"shank": PURE, "foot": PURE}, body=body)


def integrated(samples: Samples) -> Rotation:
    """Sensor to earth: gravity's direction over the first 2 s, then the gyroscope alone."""
    n = 208
    up = samples.acc_m_s2[:n].mean(axis=0)
    turns = 0.5 * (samples.gyr_rad_s[1:] + samples.gyr_rad_s[:-1])
    turns *= np.diff(samples.t_s)[:, None]
    steps = Rotation.from_rotvec(turns)
    found = [Rotation.align_vectors([[0, 0, 1.0]], [up])[0]]
    # gravity is a mean: it belongs to the mean posture of those 2 s, not to the first sample
    chain = [Rotation.identity()]
    for k in range(len(steps)):
        chain.append(chain[-1] * steps[k])
    relative = Rotation.concatenate(chain)
    found = found[0] * relative[:n].mean().inv()
    return found * relative


def pitch_deg(samples: Samples, axis) -> np.ndarray:
    """Turn about the axis since quiet standing, from gravity in the plane across it."""
    up = integrated(samples).inv().apply([0, 0, 1.0])
    zero = samples.acc_m_s2[:208].mean(axis=0)
    e1 = zero - zero @ axis * axis
    e1 /= np.linalg.norm(e1)
    e2 = np.cross(axis, e1)
    return -np.degrees(np.unwrap(np.arctan2(up @ e2, up @ e1)))


def between_deg(a, b) -> float:
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)))


def in_sets(leg, t_s) -> np.ndarray:
    return np.any([(t_s >= a) & (t_s <= b) for a, b in leg.sets_s], axis=0)


def rebuilt_error_deg(leg, *, foot_deg=None) -> np.ndarray:
    """Ankle angle from the sensors' own gyroscopes minus the truth, over the sets."""
    samples = leg.recordings["shank"].samples
    t_s, rebuilt = samples.t_s, pitch_deg(samples, leg.axes["shank"])
    if foot_deg is None:
        foot = leg.recordings["foot"].samples
        foot_deg = np.interp(t_s, foot.t_s, pitch_deg(foot, leg.axes["foot"]))
    error = rebuilt + foot_deg - np.interp(t_s, leg.trace.t_s, leg.trace.deg)
    return error[in_sets(leg, t_s)]


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_planted_angle_follows_from_the_shank_alone(side):
    leg = pure_leg(SQUAT, side)
    error = rebuilt_error_deg(leg, foot_deg=-SQUAT.block_deg)
    assert np.abs(error - error.mean()).max() < 0.1
    assert abs(error.mean()) < 0.25  # zero: 2 s of sway here, the whole standing in the truth


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("kind", ["split_squat", "lunge", "heel_rise"])
def test_the_paired_angle_follows_from_both_sensors(kind, side):
    error = rebuilt_error_deg(pure_leg(Movement(kind, reps=3), side))
    assert np.abs(error - error.mean()).max() < 0.1
    assert abs(error.mean()) < 0.25


def test_movement_out_of_the_plane_costs_little():
    error = rebuilt_error_deg(pure_leg(SQUAT, body=Body()))
    assert np.abs(error - error.mean()).max() < 0.5


def test_on_the_table_the_foot_turns_by_the_ankle_angle_though_the_leg_is_rolled_out():
    leg = pure_leg(Movement("table", reps=2), body=replace(FLAT, toe_out_deg=25.0))
    foot, shank = leg.recordings["foot"].samples, leg.recordings["shank"].samples
    turned = np.cumsum(foot.gyr_rad_s @ leg.axes["foot"]) / PURE.rate_hz
    truth = np.interp(foot.t_s, leg.trace.t_s, leg.trace.deg)
    assert np.abs(np.degrees(turned) - truth).max() < 0.3
    assert np.abs(shank.gyr_rad_s).max() < 1e-3
    assert [r.df_time_s < r.pf_time_s for r in leg.reps] == [True, True]


@pytest.mark.parametrize("segment", ["shank", "foot"])
def test_standing_still_a_sensor_feels_gravity(segment):
    leg = pure_leg(SQUAT)
    acc = leg.recordings[segment].samples.acc_m_s2[:400]
    assert np.linalg.norm(acc, axis=1) == pytest.approx(G, abs=0.05)
    up = np.array({"shank": [1.0, 0, 0], "foot": [0, 0, 1.0]}[segment])
    assert between_deg(acc.mean(axis=0), up) < Body().rest_lean_deg + 0.5


@pytest.mark.parametrize("segment", ["shank", "foot"])
def test_the_gyroscope_integrates_to_the_orientation(segment):
    samples = pure_leg(SQUAT).recordings[segment].samples
    up = integrated(samples)[-200:].inv().apply([0, 0, 1.0]).mean(axis=0)
    felt = samples.acc_m_s2[-200:].mean(axis=0)
    assert between_deg(up, felt) < 0.3


def lever(leg):
    """Fit f - g = alpha x r + omega x (omega x r) over the set: r (3,) m, its residual m/s2."""
    samples = leg.recordings["shank"].samples
    low = butter(2, 8, fs=PURE.rate_hz, output="sos")
    w = sosfiltfilt(low, samples.gyr_rad_s, axis=0)
    alpha = np.gradient(w, 1 / PURE.rate_hz, axis=0)
    up = integrated(samples).inv().apply([0, 0, G])
    y = sosfiltfilt(low, samples.acc_m_s2 - up, axis=0)
    eye = np.eye(3)
    of_r = [np.cross(alpha, e) + np.cross(w, np.cross(w, e)) for e in eye]
    held = in_sets(leg, samples.t_s)
    a = np.stack(of_r, axis=-1)[held]
    r, *_ = np.linalg.lstsq(a.reshape(-1, 3), y[held].reshape(-1), rcond=None)
    return r, float(np.sqrt(np.mean((y[held] - a @ r) ** 2)))


def test_planted_the_shank_sensor_turns_about_a_fixed_ankle():
    r_m, left_m_s2 = lever(pure_leg(Movement(reps=4, tempo_s=(1.0, 0.8))))
    forward_m, outward_m, up_m = Body().shank_sensor_m
    # the lever along the turning axis shows only through movement out of the plane
    assert r_m[0] == pytest.approx(up_m, abs=0.01)
    assert r_m[1] == pytest.approx(forward_m, abs=0.01)
    assert outward_m > 0
    assert left_m_s2 < 0.03


def test_a_heel_rise_lifts_the_ankle_which_no_fixed_pivot_explains():
    leg = pure_leg(Movement("heel_rise", reps=3, tempo_s=(1.0, 0.8)))
    _, left_m_s2 = lever(leg)
    assert left_m_s2 > 0.06  # twice what a planted foot is allowed at this tempo
    samples = leg.recordings["shank"].samples
    rep = leg.reps[0]
    first, top = np.searchsorted(samples.t_s, [rep.start_s, rep.pf_time_s])
    force = integrated(samples).apply(samples.acc_m_s2)[:, 2] - G
    rise_m = (np.cumsum(np.cumsum(force[first:top])) / PURE.rate_hz**2)[-1]
    assert 0.04 < rise_m < 0.09


@pytest.mark.parametrize("at", ["df", "pf"])
def test_a_lifted_heel_turns_the_foot_about_its_toes_where_the_shank_cannot_see_it(at):
    lift = HeelLift(at=at, chance=1.0, pitch_deg=(20.0, 20.0), lean_share=(0.0, 0.0))
    plain, lifted = (
        pure_leg(replace(SQUAT, heel_lift=held, scatter_deg=0.0, tempo_spread=0.0))
        for held in (None, lift)
    )
    assert [rep.lift for rep in plain.reps] == [None] * 3
    assert [rep.lift for rep in lifted.reps] == [at] * 3
    assert {round(rep.rise_m, 3) for rep in plain.reps} == {0.0}
    for one in lifted.reps:
        assert 0.02 < one.rise_m < 0.04  # 0.13 m of foot by 20 deg, on a block of 20 deg
        low = -30.0 if at == "df" else -50.0  # split stance, and 20 deg less
        assert one.pf_peak_deg == pytest.approx(low, abs=7.0)
    foot = lifted.recordings["foot"].samples
    axis = lifted.axes["foot"]
    inside = in_sets(lifted, foot.t_s)
    assert np.ptp(pitch_deg(foot, axis)[inside]) == pytest.approx(20.0, abs=3.0)


def test_heels_lift_as_often_and_as_far_as_told():
    lift = HeelLift(chance=0.5, pitch_deg=(10.0, 30.0))
    reps = [
        rep
        for seed in range(10)
        for rep in pure_leg(Movement(reps=10, heel_lift=lift), seed=seed).reps
    ]
    assert 30 < sum(rep.lift is not None for rep in reps) < 70
    assert {rep.lift for rep in reps} == {None, "df", "pf"}
    assert all((rep.rise_m > 0.005) == (rep.lift is not None) for rep in reps)


def test_a_rear_leg_moves_with_the_front_one_and_stands_on_its_toes():
    front, rear = (pure_leg(Movement(kind=kind, reps=3)) for kind in ("split_squat", "rear_leg"))
    assert [r.start_s for r in rear.reps] == [r.start_s for r in front.reps]
    assert [r.end_s for r in rear.reps] == [r.end_s for r in front.reps]
    shank, foot = (rear.recordings[s].samples for s in ("shank", "foot"))
    inside = in_sets(rear, shank.t_s)
    lean = pitch_deg(shank, rear.axes["shank"])[inside]
    assert lean.min() > 15.0
    assert lean.max() > lean.min() + 25.0
    assert pitch_deg(foot, rear.axes["foot"])[inside].max() < -25.0


def test_legs_drawn_at_random_differ_within_what_legs_are():
    drawn = [Body.random(np.random.default_rng(seed)) for seed in range(50)]
    assert all(0.10 <= b.toe_m <= 0.16 and 0.06 <= b.ankle_height_m <= 0.10 for b in drawn)
    assert all(0.08 <= b.shank_sensor_m[2] <= 0.25 for b in drawn)
    assert len({b.toe_m for b in drawn}) == 50


def test_skin_slides_with_the_lean():
    still, sliding = (
        pure_leg(SQUAT, body=replace(FLAT, skin_slide_m=slide)).recordings["shank"].samples
        for slide in (0.0, 0.01)
    )
    off = np.abs(still.acc_m_s2 - sliding.acc_m_s2).max(axis=1)
    assert off[still.t_s < 4.5].max() < 0.02
    assert off.max() > 0.03


def test_stepping_onto_the_block_carries_the_foot_forward():
    leg = pure_leg(SQUAT)
    samples = leg.recordings["foot"].samples
    start, end = SQUAT.standing_s, leg.sets_s[0][0] + 0.5
    part = (samples.t_s > start - 0.2) & (samples.t_s < end)
    force = integrated(samples).apply(samples.acc_m_s2) - [0, 0, G]
    moved_m = np.linalg.norm(force[part].cumsum(axis=0).sum(axis=0)[:2]) / PURE.rate_hz**2
    assert 0.15 < moved_m < 0.45


def test_the_axes_of_a_nominal_mount_are_mirrored_between_legs():
    for side, out in (("left", 1.0), ("right", -1.0)):
        leg = pure_leg(Movement("stand"), side)
        assert leg.axes["shank"] == pytest.approx(np.array([0, 0, out]))
        assert leg.axes["foot"] == pytest.approx(np.array([0, -1.0, 0]))
        lid = nominal_mount(Placement(side, "shank")).apply([0, 0, 1.0])
        assert lid == pytest.approx(np.array([0, out, 0]))


@pytest.mark.parametrize("kind", ["split_squat", "lunge", "heel_rise", "table"])
def test_the_truth_of_each_rep_lies_on_the_true_trace(kind):
    movement = Movement(
        kind, reps=7, sets=2, uneven=0.4, tempo_spread=0.4, hesitation=0.5, pause=0.5
    )
    leg = simulate_leg("right", movement, seed=8, start_s=1000.0)
    t_s, deg = leg.trace.t_s, leg.trace.deg
    assert len(leg.reps) == 14
    assert all(a.end_s <= b.start_s for a, b in zip(leg.reps, leg.reps[1:], strict=False))
    for rep in leg.reps:
        inside = deg[(t_s >= rep.start_s) & (t_s <= rep.end_s)]
        assert rep.df_peak_deg == pytest.approx(inside.max(), abs=0.05)
        assert np.interp(rep.pf_time_s, t_s, deg) == pytest.approx(rep.pf_peak_deg, abs=0.05)
        assert rep.start_s <= rep.df_time_s <= rep.end_s
        assert rep.start_s <= rep.pf_time_s <= rep.end_s
        assert any(a <= rep.start_s and rep.end_s <= b for a, b in leg.sets_s)
        assert rep.rom_deg > 10
    standing = deg[t_s < t_s[0] + movement.standing_s]
    assert standing.mean() == pytest.approx(0, abs=0.02)


def test_the_same_seed_gives_the_same_session_and_another_another():
    one, same, other = (simulate_leg("left", SQUAT, seed=s) for s in (5, 5, 6))
    for segment, recording in one.recordings.items():
        assert np.array_equal(recording.samples.acc_m_s2, same.recordings[segment].samples.acc_m_s2)
    assert one.reps == same.reps
    assert one.reps != other.reps


def test_legs_differ_as_they_were_told_and_follow_one_another_on_one_clock():
    abilities = {"left": LegAbility(df_deg=30.0), "right": LegAbility(df_deg=20.0)}
    legs = simulate_person(Movement(reps=6), abilities, seed=1)
    left, right = (np.mean([r.df_peak_deg for r in legs[s].reps]) for s in ("left", "right"))
    assert left - right == pytest.approx(10, abs=2.5)
    assert (
        legs["right"].recordings["shank"].samples.t_s[0]
        > legs["left"].recordings["shank"].samples.t_s[-1]
    )


def test_sensor_errors_show_as_what_they_are():
    errors = replace(
        PURE,
        misalignment_deg=(9.0, 0.0, 12.0),
        gyro_bias_deg_s=(1.0, -2.0, 0.5),
        acc_bias_mg=(50.0, 0.0, 0.0),
    )
    still = Movement("stand", standing_s=20.0)
    straight = pure_leg(still)
    bent = simulate_leg("left", still, seed=3, errors={"shank": errors}, body=FLAT)
    turn = between_deg(bent.axes["shank"], straight.axes["shank"])
    assert turn == pytest.approx(9.0, abs=0.2)  # about z, the axis itself, nothing is lost
    gyr = np.degrees(bent.recordings["shank"].samples.gyr_rad_s.mean(axis=0))
    assert gyr == pytest.approx(np.array([1.0, -2.0, 0.5]), abs=0.1)
    up = bent.recordings["shank"].samples.acc_m_s2.mean(axis=0) - [0.05 * 9.80665, 0, 0]
    assert np.linalg.norm(up) == pytest.approx(G, abs=0.01)


def test_random_sensors_stay_within_what_was_asked():
    rng = np.random.default_rng(0)
    drawn = [SensorErrors.random(rng) for _ in range(100)]
    assert 12 < max(np.linalg.norm(e.misalignment_deg) for e in drawn) <= 15
    assert 0.9 < max(np.abs(e.gyro_bias_deg_s).max() for e in drawn) <= 1
    assert all(103.5 < e.rate_hz < 104.5 and abs(e.skew_ppm) <= 50 for e in drawn)


def test_wobble_turns_the_sensor_in_a_step_but_not_in_quiet_standing():
    wobbly = replace(PURE, wobble_deg=0.5)
    plain, shaken = (
        simulate_leg("left", SQUAT, seed=3, errors={"shank": e}, body=FLAT)
        .recordings["shank"]
        .samples
        for e in (PURE, wobbly)
    )
    off_deg_s = np.degrees(np.abs(shaken.gyr_rad_s - plain.gyr_rad_s)).max(axis=1)
    standing = plain.t_s < SQUAT.standing_s - 0.1
    assert off_deg_s[standing].max() < 2
    assert off_deg_s.max() > 20


def test_beyond_its_range_a_sensor_saturates_and_says_so():
    errors = replace(PURE, acc_bias_mg=(20_000.0, 0.0, 0.0))
    leg = simulate_leg("left", Movement("stand"), seed=1, errors={"shank": errors})
    samples = leg.recordings["shank"].samples
    assert samples.saturated.all()
    assert samples.acc_m_s2.max() == pytest.approx(16 * 9.80665, rel=1e-3)


def test_lost_packets_are_holes_of_whole_packets():
    leg = simulate_leg("left", SQUAT, seed=2, errors={"shank": replace(PURE, lost=0.05)})
    t_s = leg.recordings["shank"].samples.t_s
    missing = np.round(np.diff(t_s) * PURE.rate_hz).astype(int) - 1
    holes = missing[missing > 0]
    assert len(holes)
    assert not np.any(holes % 6)
    assert 0.02 < holes.sum() / (len(t_s) + holes.sum()) < 0.09


def test_sensors_start_run_and_stamp_time_on_their_own():
    late = replace(PURE, start_s=0.7, rate_hz=103.6, skew_ppm=50.0)
    leg = simulate_leg("left", SQUAT, seed=3, errors={"shank": PURE, "foot": late})
    shank, foot = (leg.recordings[s].samples.t_s for s in ("shank", "foot"))
    assert foot[0] - shank[0] == pytest.approx(0.7, abs=1e-3)
    assert np.diff(foot).mean() == pytest.approx(1.00005 / 103.6, rel=1e-7)


def decoded_stream(samples_lost=0.0):
    errors = SensorErrors.random(np.random.default_rng(4), lost=samples_lost)
    leg = simulate_leg("right", Movement(reps=2), seed=4, errors={"shank": errors, "foot": errors})
    recording = leg.recordings["shank"]
    return recording, to_packets(recording, stream=77, sensor_id="simulated-1", unix_s=1.7e9)


def test_packets_carry_the_recording_bit_for_bit():
    recording, data = decoded_stream()
    packets = [decode(d) for d in data]
    assert [p.seq for p in packets] == list(range(len(packets)))
    block = concatenate(packets)
    samples = recording.samples
    assert block.acc_m_s2 == pytest.approx(samples.acc_m_s2, abs=1e-9)
    assert block.gyr_rad_s == pytest.approx(samples.gyr_rad_s, abs=1e-9)
    since_s = (block.t_us - block.t_us[0]) * 1e-6
    assert since_s == pytest.approx(samples.t_s - samples.t_s[0], abs=1e-5)
    assert np.linalg.norm(block.quat, axis=1) == pytest.approx(1, abs=1e-3)
    felt = Rotation.from_quat(block.quat, scalar_first=True).apply(block.acc_m_s2)
    assert felt[300:500].mean(axis=0) == pytest.approx(np.array([0, 0, G]), abs=0.3)


def test_a_stream_opens_with_what_it_is_and_ends_with_a_note():
    recording, data = decoded_stream()
    packets = [decode(d) for d in data]
    opening = {}
    for packet in packets:
        if packet.note is None:
            break
        opening |= packet.note
    assert opening["sensor"] == "simulated-1"
    assert (opening["side"], opening["segment"]) == ("right", "shank")
    assert opening["unix_us"] == round((1.7e9 + recording.samples.t_s[0]) * 1e6)
    assert opening["fw"] == "simulated"
    assert packets[-1].note == {"end": packets[-1].seq}


def test_lost_packets_are_missing_sequence_numbers():
    recording, data = decoded_stream(samples_lost=0.05)
    packets = [decode(d) for d in data]
    block = concatenate(packets)
    assert np.diff([p.seq for p in packets]).max() > 1
    since_s = (block.t_us - block.t_us[0]) * 1e-6
    assert since_s == pytest.approx(recording.samples.t_s - recording.samples.t_s[0], abs=1e-5)


def test_saturation_travels_in_the_flags():
    errors = replace(PURE, acc_bias_mg=(20_000.0, 0.0, 0.0))
    leg = simulate_leg("left", Movement("stand"), seed=1, errors={"shank": errors})
    data = to_packets(leg.recordings["shank"], stream=1, sensor_id="s", unix_s=0.0)
    assert (concatenate([decode(d) for d in data]).flags & SATURATED).all()
