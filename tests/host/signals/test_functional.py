"""The guided half-minute: any mount calibrated, poor ones refused, sets left what they are."""

import dataclasses
import re

import numpy as np
import pytest

from anklet.analysis import Settings, analyze, calibrate
from anklet.errors import AnkletError, CalibrationError, UsageError
from anklet.model import Placement, Recording, Samples
from anklet.signals.block import measure_block
from anklet.simulate import GuidedHalfMinute, Movement, SensorErrors, simulate_leg
from trials import rms
from validation.calibration import TARGET_DEG, any_mount, by_mount, recorded, worn

LEFT = Placement("left", "shank")


def mounted(seed, *segments):
    rng = np.random.default_rng(seed)
    return worn(seed, {s: any_mount(rng, s) for s in segments})


def half_minute(seed=2, segments=("shank",), standing_s=5.0, errors=None, **guided):
    movement = Movement(
        kind="calibration", standing_s=standing_s, guided=GuidedHalfMinute(**guided)
    )
    return recorded(movement, seed, errors or mounted(seed, *segments))


def calibrated(leg):
    return calibrate(list(leg.recordings.values()))


def off_deg(calibration, axis):
    return np.degrees(np.arccos(np.clip(np.dot(calibration.axis_xyz, axis), -1, 1)))


@pytest.mark.parametrize("segments", [("shank",), ("foot",), ("shank", "foot")])
def test_axis_and_sign_of_any_mount(segments):
    for seed in range(4):
        leg = half_minute(seed, segments)
        for placement, found in calibrated(leg).items():
            assert off_deg(found, leg.axes[placement.segment]) < 6, seed
            assert found.quality == "good", found.reasons
            assert found.source == "recording"
            assert abs(found.drift_deg) < 2
            assert found.sign_from == (
                "knee_bend" if placement.segment == "shank" else "heel_raise"
            )


@pytest.mark.parametrize("segments", [("shank",), ("shank", "foot")])
def test_df_peaks_in_any_mount(full, segments):
    """The target is 0.7 deg; what is left is sway in standing and the accelerometer's offset."""
    errors = by_mount(range(100 if full else 8), segments)
    assert rms(np.concatenate(errors)) <= 0.5
    within = sum(abs(e.mean()) <= TARGET_DEG for e in errors)
    assert within >= (90 if full else 6)


@pytest.mark.parametrize(
    ("guided", "says"),
    [
        ({"bend_deg": 7.0}, "too small .* deg.; bend the knees again, further and with the heels"),
        ({"bend_s": 0.3}, "too quick; bend the knees again, slower and with the heels down"),
        ({"bends": 1}, "1 knee bends were seen .*2 are needed.*bend the knees again, slowly"),
        ({"bends": 0}, "no knee bends were seen"),
        ({"drift_deg": 9.0}, "9 deg from where it stood at the beginning, so the strap has slip"),
    ],
)
def test_a_poor_one_is_refused_with_what_to_do(guided, says):
    with pytest.raises(CalibrationError, match=says):
        calibrated(half_minute(**guided))


def test_heels_that_come_up_are_seen_by_the_foot():
    with pytest.raises(CalibrationError, match="done with the heel coming up; bend the knees"):
        calibrated(half_minute(segments=("shank", "foot"), bend_heel_deg=14.0))


def test_a_foot_needs_heel_raises():
    with pytest.raises(CalibrationError, match=r"heel raises 2 were too small.*rise onto the"):
        calibrated(half_minute(segments=("shank", "foot"), raise_deg=10.0))
    with pytest.raises(CalibrationError, match="no heel raises were seen"):
        calibrated(half_minute(segments=("foot",), raises=0))


def test_heel_raises_are_no_knee_bends_to_a_shank_alone():
    with pytest.raises(CalibrationError, match="no knee bends"):
        calibrated(half_minute(bends=0, raises=5))
    with pytest.raises(CalibrationError, match=r"knee bends \d were done with the heel coming up"):
        calibrated(half_minute(bends=0, raises=5, raise_lean_deg=20.0))
    leg = half_minute(raise_lean_deg=20.0)
    assert off_deg(calibrated(leg)[LEFT], leg.axes["shank"]) < 6


def test_no_standing_is_refused():
    with pytest.raises(CalibrationError, match="no quiet standing"):
        calibrated(unquiet())


def unquiet():
    """The movements without the standing around them."""
    leg = half_minute()
    recording = leg.recordings["shank"]
    s = recording.samples
    keep = (s.t_s > 5.5) & (s.t_s < 17.0)
    cut = Samples(s.t_s[keep], s.acc_m_s2[keep], s.gyr_rad_s[keep])
    return dataclasses.replace(
        leg, recordings={"shank": dataclasses.replace(recording, samples=cut)}
    )


def test_a_fair_one_says_why():
    (found,) = calibrated(half_minute(bend_deg=13.0, uneven=0.1, drift_deg=4.5)).values()
    assert found.quality == "fair"
    assert any("small" in reason for reason in found.reasons)
    assert any("last standing" in reason for reason in found.reasons)
    assert found.drift_deg == pytest.approx(4.5, abs=1.5)


@pytest.mark.parametrize("segments", [("shank",), ("shank", "foot")])
@pytest.mark.parametrize("kind", ["split_squat", "lunge", "heel_rise"])
def test_at_the_beginning_of_the_set(segments, kind):
    """Used, and its bends and raises are not reps."""
    if kind == "heel_rise" and len(segments) == 1:
        return
    for seed in range(2):
        block_deg = 20.0 if kind == "split_squat" else 0.0
        movement = Movement(kind=kind, reps=5, block_deg=block_deg, guided=GuidedHalfMinute())
        leg = recorded(movement, seed, mounted(seed, *segments))
        how = Settings(block_deg=block_deg if len(segments) == 1 else None)
        found = analyze(list(leg.recordings.values()), how).legs["left" if seed == 0 else "right"]
        assert len(found.reps) == 5
        for segment, c in found.calibration.items():
            assert (c.source, c.quality) == ("beginning", "good")
            assert off_deg(c, leg.axes[segment]) < 6
        for rep, truth in zip(found.reps, leg.reps, strict=True):
            assert rep.df_peak_deg == pytest.approx(truth.df_peak_deg, abs=1.3)


@pytest.mark.parametrize("kind", ["split_squat", "lunge", "heel_rise"])
def test_a_few_reps_are_no_calibration(kind):
    for seed in range(2):
        movement = Movement(kind=kind, reps=3, sets=2, block_deg=20.0 * (kind == "split_squat"))
        leg = simulate_leg("left", movement, seed=seed)
        found = analyze(list(leg.recordings.values())).legs["left"]
        assert [len(s.reps) for s in found.sets] == [3, 3]
        assert all(c.source == "set" and c.quality is None for c in found.calibration.values())


def test_a_poor_one_at_the_beginning_is_said_and_left_out():
    errors = {"shank": SensorErrors()}
    movement = Movement(reps=5, guided=GuidedHalfMinute(bend_deg=8.0, uneven=0.05))
    leg = recorded(movement, 2, errors)
    result = analyze(list(leg.recordings.values()), Settings(block_deg=20))
    assert len(result.legs["left"].reps) == 5
    assert result.legs["left"].calibration["shank"].source == "set"
    assert any("at the beginning is not used: " in note for note in result.notes)


class TestFromAnotherRecording:
    def test_a_set_without_standing_has_its_zero_from_there(self):
        errors = mounted(4, "shank")
        known = calibrated(half_minute(4, errors=errors))
        leg = recorded(Movement(reps=4, standing_s=1.0), 4, errors)
        found = analyze(list(leg.recordings.values()), Settings(block_deg=20), known)
        assert len(found.legs["left"].reps) == 4
        assert found.legs["left"].zero == "standing"
        for rep, truth in zip(found.legs["left"].reps, leg.reps, strict=True):
            # the truth counts from the sway of one second
            assert rep.df_peak_deg == pytest.approx(truth.df_peak_deg, abs=2.0)

    def test_a_sensor_without_recording(self):
        known = calibrated(half_minute())
        leg = simulate_leg("right", Movement(reps=3), seed=1, segments=("shank",))
        with pytest.raises(UsageError, match="left shank was given, but no recording of it"):
            analyze(list(leg.recordings.values()), Settings(block_deg=20), known)

    def test_the_other_sides(self):
        """Worn as told on both legs, gravity is the same and only the movement tells."""
        (one,) = calibrated(half_minute(2, errors={"shank": SensorErrors()})).values()
        leg = recorded(Movement(reps=3), 3, {"shank": SensorErrors()})
        with pytest.raises(CalibrationError, match="is it the other side's calibration"):
            analyze(
                list(leg.recordings.values()),
                Settings(block_deg=20),
                {Placement("right", "shank"): one},
            )

    @pytest.mark.parametrize(
        ("turn", "says"),
        [
            ((0.0, 25.0, 0.0), "was moved since its calibration .gravity is"),
            ((0.0, 8.0, 0.0), "tilts . deg sideways against its calibration"),
            ((0.0, 0.0, 9.0), "first stood .\\d+ deg from the zero of its calibration"),
            ((20.0, 0.0, 0.0), "moved about an axis \\d+ deg from that of its calibration"),
        ],
    )
    def test_a_sensor_that_was_moved_is_noticed(self, turn, says):
        known = calibrated(half_minute(2, errors={"shank": SensorErrors()}))
        leg = recorded(Movement(reps=4), 2, {"shank": SensorErrors(misalignment_deg=turn)})
        try:
            result = analyze(list(leg.recordings.values()), Settings(block_deg=20), known)
            said = " ".join(result.notes)
            assert result.legs["left"].calibration["shank"].moved_deg is not None
        except AnkletError as error:
            said = str(error)
        assert re.search(says, said), said

    def test_one_that_was_not_moved_says_nothing(self):
        for seed in range(3):
            errors = mounted(seed, "shank")
            known = calibrated(half_minute(seed, errors=errors))
            leg = recorded(Movement(reps=4), seed, errors)
            result = analyze(list(leg.recordings.values()), Settings(block_deg=20), known)
            assert result.notes == ()
            (side,) = result.legs
            assert result.legs[side].calibration["shank"].moved_deg < 2


@pytest.mark.parametrize(("block_deg", "kind"), [(0.0, "lunge"), (20.0, "split_squat")])
def test_zero_drift_of_a_set(block_deg, kind):
    """The last standing against the first, on the floor; a stance on the block tells none."""
    errors = {"shank": SensorErrors()}
    leg = recorded(Movement(kind=kind, reps=3, block_deg=block_deg, after_s=6.0), 6, errors)
    first = analyze(list(leg.recordings.values()), Settings(block_deg=block_deg))
    assert abs(first.legs["left"].calibration["shank"].drift_deg) < 2
    s = leg.recordings["shank"].samples
    keep = s.t_s < leg.sets_s[0][1] - 0.5
    cut = Samples(s.t_s[keep], s.acc_m_s2[keep], s.gyr_rad_s[keep])
    early = analyze([Recording(LEFT, cut, "cut")], Settings(block_deg=block_deg)).legs["left"]
    assert early.calibration["shank"].drift_deg is None


class TestBlock:
    def lying(self, *spans, offset_mg=(0.0, 0.0, 0.0)):
        """A sensor lying still: (slope deg, direction of the arrow against the slope, s) each."""
        rng = np.random.default_rng(0)
        acc = []
        for slope_deg, aim_deg, seconds in spans:
            slope, aim = np.radians([slope_deg, aim_deg])
            up = [-np.sin(slope) * np.cos(aim), np.sin(slope) * np.sin(aim), np.cos(slope)]
            acc += [np.array(up) * 9.81 + np.array(offset_mg) * 9.80665e-3] * round(seconds * 104)
        acc = np.array(acc) + rng.normal(0, 0.012, (len(acc), 3))
        gyr = rng.normal(0, 0.001, acc.shape)
        return Samples(np.arange(len(acc)) / 104, acc, gyr)

    @pytest.mark.parametrize("aim_deg", [0, 20, -35])
    @pytest.mark.parametrize("slope_deg", [-15, 10, 20, 30])
    def test_against_the_floor_whichever_way_it_points(self, slope_deg, aim_deg):
        lay = self.lying((0, 0, 5), (slope_deg, aim_deg, 5), offset_mg=(15, -10, 5))
        block = measure_block(lay, "it")
        assert block.against_floor
        assert block.deg == pytest.approx(slope_deg, abs=block.error_deg + 0.05)
        assert block.error_deg < 0.5

    def test_which_end_is_high_is_that_of_a_foot_standing_on_it(self):
        leg = simulate_leg("left", Movement(block_deg=20.0), seed=3, segments=("foot",))
        assert measure_block(leg.recordings["foot"].samples, "it").deg == pytest.approx(20, abs=1)

    def test_on_the_block_alone(self):
        block = measure_block(self.lying((20, 0, 5)), "it")
        assert not block.against_floor
        assert block.deg == pytest.approx(20, abs=0.1)
        assert block.error_deg == pytest.approx(0.9)

    @pytest.mark.parametrize(
        ("spans", "says"),
        [
            ([(0, 0, 1)], "did not lie still"),
            ([(0, 0, 5), (60, 0, 5)], "more than any block"),
            ([(0, 0, 5), (20, 80, 5)], "point it to the toes"),
            ([(90, 0, 5), (20, 0, 5)], "lay it on the level floor first, lid up"),
        ],
    )
    def test_what_is_no_block(self, spans, says):
        with pytest.raises(AnkletError, match=says):
            measure_block(self.lying(*spans), "it")

    def test_a_foot_sensor_measures_it_and_a_disagreement_is_flagged(self):
        leg = simulate_leg("left", Movement(reps=4, block_deg=20.0), seed=3)
        recordings = list(leg.recordings.values())
        result = analyze(recordings, Settings(block_deg=20))
        assert result.legs["left"].block_measured_deg == pytest.approx(20, abs=1.5)
        assert result.notes == ()
        (note,) = analyze(recordings, Settings(block_deg=14)).notes
        assert "stood on 20 deg by its own sensor, not on the given 14 deg" in note
        alone = analyze([leg.recordings["shank"]], Settings(block_deg=20))
        assert alone.legs["left"].block_measured_deg is None
