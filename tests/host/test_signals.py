"""Still spans, orientation, axis, angle and steps, each against a known truth."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from anklet.errors import CalibrationError
from anklet.model import Placement, Samples
from anklet.signals.angle import pitch_deg, settled, smooth
from anklet.signals.calibration import (
    assume_signs,
    check_upright,
    check_zero,
    find_axis,
    nominal_axis,
    principal_axis,
)
from anklet.signals.contact import stepping
from anklet.signals.orientation import at_rows, orient
from anklet.signals.still import quiet_nodes, runs, still_spans
from anklet.signals.timebase import to_uniform
from anklet.simulate import Movement, SensorErrors, simulate_leg

RATE_HZ = 104.0


def all_still(u):
    return tuple(still_spans(u, quiet_nodes(u)))


def turning(angle_deg, axis, bias_deg_s=0.0, seed=0):
    """A sensor that turns about a horizontal axis of its own, standing upright (x up) at zero."""
    axis = np.asarray(axis, float)
    turns = Rotation.from_rotvec(np.radians(angle_deg)[:, None] * axis)
    to_earth = Rotation.from_euler("y", -90, degrees=True) * turns
    rng = np.random.default_rng(seed)
    n = len(angle_deg)
    acc = to_earth.apply(np.tile([0, 0, 9.81], (n, 1)), inverse=True) + rng.normal(0, 0.01, (n, 3))
    rate = np.gradient(np.radians(angle_deg)) * RATE_HZ
    gyr = rate[:, None] * axis + np.radians(bias_deg_s) + rng.normal(0, 1e-3, (n, 3))
    return Samples(np.arange(n) / RATE_HZ, acc, gyr)


def bends(n=4, deg=30.0, still_s=5.0, period_s=3.0):
    """Stand, bend n times, stand: the angle in deg."""
    t = np.arange(round(n * period_s * RATE_HZ)) / RATE_HZ
    wave = deg * (1 - np.cos(2 * np.pi * t / period_s)) / 2
    still = np.zeros(round(still_s * RATE_HZ))
    return np.concatenate([still, wave, still])


@pytest.mark.parametrize("bias_deg_s", [0.0, 1.0, 3.0, 8.0])
def test_angle_of_a_turning_sensor_whatever_the_gyro_bias(bias_deg_s):
    true = bends()
    axis = np.array([0, 0.6, 0.8])
    u = to_uniform(turning(true, axis, bias_deg_s))
    found = orient(u)
    still = all_still(u)
    deg = pitch_deg(found.up, found.up[still[0].span].mean(axis=0), axis)
    assert np.degrees(found.bias_rad_s[0]) == pytest.approx([bias_deg_s] * 3, abs=0.1)
    assert deg == pytest.approx(true, abs=0.35)


def test_still_spans_are_the_still_ones():
    u = to_uniform(turning(bends(), [0, 0, 1.0]))
    spans = [s.span for s in all_still(u)]
    assert len(spans) == 2
    assert spans[0].start == 0
    assert spans[0].stop == pytest.approx(5 * RATE_HZ, abs=0.6 * RATE_HZ)
    assert spans[1].stop == len(u.measured)


def test_slow_turning_is_not_still():
    u = to_uniform(turning(np.arange(1040) / RATE_HZ * 4.0, [0, 0, 1.0]))
    assert all_still(u) == ()


def test_three_seconds_are_enough_and_less_is_not():
    def spans(seconds):
        wave = bends(2, still_s=0)
        true = np.concatenate([wave, np.zeros(round(seconds * RATE_HZ)), wave])
        return all_still(to_uniform(turning(true, [0, 0, 1.0])))

    assert len(spans(3.1)) == 1
    assert spans(2.0) == ()


def test_orientation_at_the_inputs_own_times():
    true = bends()
    held = turning(true, [0, 0, 1.0])
    keep = np.r_[0:700, 760 : len(true)]
    lossy = Samples(held.t_s[keep], held.acc_m_s2[keep], held.gyr_rad_s[keep])
    u = to_uniform(lossy)
    quat = at_rows(orient(u), u)
    assert quat.shape == (len(keep), 4)
    assert np.linalg.norm(quat, axis=1) == pytest.approx(np.ones(len(keep)))
    up = Rotation.from_quat(quat[:, [1, 2, 3, 0]]).apply([0, 0, 1], inverse=True)
    truth = Rotation.from_rotvec(np.radians(true[keep])[:, None] * [0, 0, 1.0])
    expected = truth.apply([1.0, 0, 0], inverse=True)
    assert np.degrees(np.arccos(np.clip((up * expected).sum(axis=1), -1, 1))).max() < 1.5


def test_principal_axis_and_its_share():
    rng = np.random.default_rng(2)
    axis = np.array([0.1, 0.2, 1.0]) / np.linalg.norm([0.1, 0.2, 1.0])
    rates = rng.normal(0, 1, 2000)[:, None] * axis + rng.normal(0, 0.1, (2000, 3))
    found, share = principal_axis(rates, None)
    assert abs(found @ axis) > 0.999
    assert 0.95 < share < 1
    up = np.array([1.0, 0, 0])
    flat, _ = principal_axis(rates, up)
    assert flat @ up == pytest.approx(0, abs=1e-12)


def axis_of(placement, true_axis, deg, mount="nominal", **options):
    u = to_uniform(turning(deg, true_axis))
    found = orient(u)
    still = all_still(u)
    zero_up = found.up[still[0].span].mean(axis=0)
    gyr = smooth(u.gyr_rad_s - found.bias_rad_s, u)
    how = {"constrained": True, "cue": True, "assume_sign": False} | options
    return find_axis(placement, "f.csv", gyr, found.up, zero_up, mount, **how)


LEFT_SHANK = Placement("left", "shank")


@pytest.mark.parametrize("twist_deg", [-14, 0, 14])
def test_axis_and_sign_from_the_nominal_mount(twist_deg):
    twist = np.radians(twist_deg)
    true_axis = np.array([0, np.sin(twist), np.cos(twist)])
    found = axis_of(LEFT_SHANK, true_axis, bends())
    assert found.xyz @ true_axis > np.cos(np.radians(0.5))
    assert (found.axis_from, found.sign_from) == ("movement", "nominal")
    assert found.misalignment_deg == pytest.approx(abs(twist_deg), abs=0.5)
    assert found.explained > 0.99


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_sign_from_knee_bends_in_an_unknown_mount(sign):
    true_axis = sign * np.array([0, 0.6, 0.8])
    found = axis_of(LEFT_SHANK, true_axis, bends(), "unknown")
    assert found.xyz @ true_axis > 0.999
    assert found.sign_from == "knee_bend"


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_sign_from_heel_raises(sign):
    true_axis = sign * np.array([0, 0.6, 0.8])
    found = axis_of(Placement("left", "foot"), true_axis, bends(deg=-30), "unknown")
    assert found.xyz @ true_axis > 0.999
    assert found.sign_from == "heel_raise"


def test_swinging_both_ways_is_no_cue():
    both = np.concatenate([bends(3, 25), bends(3, -25)])
    with pytest.raises(CalibrationError, match=r"f\.csv.*which way is forward"):
        axis_of(LEFT_SHANK, [0, 0, 1.0], both, "unknown")
    assert (
        axis_of(LEFT_SHANK, [0, 0, 1.0], both, "unknown", assume_sign=True).sign_from == "assumed"
    )


def test_too_little_movement_gives_the_nominal_axis_or_a_refusal():
    found = axis_of(LEFT_SHANK, [0, 0, 1.0], bends(deg=4))
    assert (found.axis_from, found.explained) == ("nominal", None)
    with pytest.raises(CalibrationError, match=r"f\.csv.*too little"):
        axis_of(LEFT_SHANK, [0, 0, 1.0], bends(deg=4), "unknown")


def test_an_axis_far_from_nominal_is_refused():
    with pytest.raises(CalibrationError, match=r"f\.csv.*deg away"):
        axis_of(LEFT_SHANK, [0, 1.0, 0.05], bends())


def test_movement_about_no_axis_is_refused():
    rng = np.random.default_rng(3)
    up = np.array([1.0, 0, 0])
    ups = Rotation.from_rotvec(rng.normal(0, 0.3, (500, 3))).apply(up)
    with pytest.raises(CalibrationError, match="no clear axis"):
        find_axis(
            LEFT_SHANK, "f.csv", rng.normal(0, 1, (500, 3)), ups, up, "nominal",
            constrained=True, cue=True, assume_sign=False,
        )  # fmt: skip


def test_zero_that_is_not_standing_is_refused():
    with pytest.raises(CalibrationError, match=r"f\.csv.*not quiet standing"):
        check_upright(LEFT_SHANK, "f.csv", np.array([0, 0, 1.0]))
    with pytest.raises(CalibrationError, match=r"f\.csv.*vertical"):
        check_zero(
            Placement("left", "foot"), "f.csv", np.array([0, 0.9, 0.3]), np.array([0, 1.0, 0])
        )


@pytest.mark.parametrize("flips", [(1, 1), (1, -1), (-1, 1), (-1, -1)])
def test_assumed_signs_of_a_swinging_leg(flips):
    """A leg that swings as one: both signs come out right however they were guessed first."""
    t = np.arange(2000) / 100
    swing = np.where(np.sin(t * 6) > 0.6, -5.0, 1.5)
    z = np.array([0, 0, 1.0])
    base = axis_of(
        LEFT_SHANK, z, np.concatenate([bends(3, 25), bends(3, -25)]), "unknown", assume_sign=True
    )
    from dataclasses import replace

    shank, foot = assume_signs(
        replace(base, xyz=flips[0] * z), replace(base, xyz=flips[1] * z),
        swing[:, None] * z, -swing[:, None] * z,
    )  # fmt: skip
    assert np.array_equal(shank.xyz, z)
    assert np.array_equal(foot.xyz, z)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("segment", ["shank", "foot"])
def test_nominal_axis_is_the_simulators(side, segment):
    none = {segment: SensorErrors()}
    leg = simulate_leg(side, Movement(kind="stand"), seed=0, segments=(segment,), errors=none)
    assert nominal_axis(Placement(side, segment)) == pytest.approx(leg.axes[segment], abs=1e-12)


def test_pitch_about_an_axis():
    axis = np.array([0, 0.6, 0.8])
    turns = Rotation.from_rotvec(np.radians([-170, -20, 0, 35, 170])[:, None] * axis)
    up = turns.apply([1.0, 0, 0], inverse=True)
    assert pitch_deg(up, np.array([1.0, 0, 0]), axis) == pytest.approx([-170, -20, 0, 35, 170])


def test_low_pass_keeps_movement_and_phase_and_drops_shake():
    t = np.arange(1040) / RATE_HZ
    u = to_uniform(turning(np.zeros(1040), [0, 0, 1.0]))
    slow, fast = np.sin(2 * np.pi * t), np.sin(2 * np.pi * 25 * t)
    assert smooth(slow, u)[100:-100] == pytest.approx(slow[100:-100], abs=0.002)
    assert np.abs(smooth(fast, u)[100:-100]).max() < 0.01
    half = smooth(np.sin(2 * np.pi * 6 * t), u)[200:-200]
    assert np.abs(half).max() == pytest.approx(0.5, abs=0.02)
    quick = np.sin(2 * np.pi * 3 * t)
    assert smooth(quick, u)[200:-200] == pytest.approx(quick[200:-200], abs=0.006)


def test_short_stretches_give_no_angle():
    held = turning(bends(), [0, 0, 1.0])
    keep = np.r_[0:600, 650:700, 760 : len(held.t_s)]
    u = to_uniform(Samples(held.t_s[keep], held.acc_m_s2[keep], held.gyr_rad_s[keep]))
    assert len(u.stretches) == 3
    assert not settled(u)[600:760].any()
    assert settled(u)[760:].all()


@pytest.mark.parametrize("seed", range(5))
def test_steps_are_seen_and_reps_are_not(seed):
    leg = simulate_leg("left", Movement(reps=5, tempo_s=(1.0, 0.8)), seed=seed, segments=("shank",))
    u = to_uniform(leg.recordings["shank"].samples)
    found = orient(u)
    mask = stepping(u, found, found.up[all_still(u)[0].span].mean(axis=0), "shank")
    spans = [(u.t_s[a], u.t_s[b - 1]) for a, b in runs(mask)]
    planted = leg.sets_s[0]
    assert len(spans) == 2
    assert spans[0][0] < planted[0] + 0.1
    assert planted[0] - 1.5 < spans[0][0]
    assert planted[1] - 0.3 < spans[1][0] < planted[1] + 1.5
