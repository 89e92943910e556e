"""Calibrations of a visit: kept with their recordings, used by what is recorded after."""

import dataclasses
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from anklet.analysis import Settings
from anklet.errors import CalibrationError
from anklet.exchange.analysis_json import calibration_from_dict, calibration_to_dict
from anklet.model import Placement
from anklet.simulate import GuidedHalfMinute, Movement, simulate_leg, to_packets
from anklet.store import CALIBRATION, Store
from anklet.visits import (
    NewAssessment,
    keep_calibration,
    keep_streams,
    recompute,
    refresh_calibrations,
)
from anklet.visits.calibrating import calibrations_for, calibrations_now
from validation.calibration import any_mount, worn

AT = datetime(2026, 9, 1, 18, 0, tzinfo=UTC)
UNKNOWN = Settings(block_deg=20, mount="unknown")
LEFT = Placement("left", "shank")


@pytest.fixture
def store(tmp_path):
    with Store.open(str(tmp_path / "visits.sqlite")) as opened:
        opened.add_person("K-1")
        yield opened


def mounted(seed):
    return worn(seed, {"shank": any_mount(np.random.default_rng(seed), "shank")})


def packets(movement, errors, stream, side="left"):
    leg = simulate_leg(side, movement, seed=stream, segments=("shank",), errors=errors)
    recording = leg.recordings["shank"]
    sensor = f"sensor-{side}"
    data = to_packets(recording, stream=stream, sensor_id=sensor, unix_s=AT.timestamp())
    return leg, {recording.placement: (sensor, data)}


def a_calibration(store, errors, stream, side="left", **guided):
    """Record one, as a session does, and keep it."""
    movement = Movement(kind="calibration", guided=GuidedHalfMinute(**guided))
    _, streams = packets(movement, errors, stream, side)
    visits = store.visits("K-1")
    visit = visits[0].id if visits else store.add_visit("K-1", AT)
    added = store.add_assessment(visit, "active", CALIBRATION, {})
    for placement, (sensor, data) in streams.items():
        store.put_packets(sensor, data)
        store.add_recording_stream(added, sensor, stream, placement, str(placement))
    assessment = next(a for a in store.assessments(visit) if a.id == added)
    return assessment, keep_calibration(store, assessment)


def a_set(store, errors, stream, side="left", settings=UNKNOWN, key=None):
    leg, streams = packets(Movement(reps=4, standing_s=4.0), errors, stream, side)
    new = NewAssessment("K-1", AT, "split_squat", key or {"block_deg": 20})
    return leg, keep_streams(store, new, streams, settings)


def test_a_calibration_survives_json():
    with_all = calibrated()
    assert calibration_from_dict(calibration_to_dict(with_all) | {"recording": 3}) == with_all


def calibrated():
    from anklet.analysis import calibrate

    leg = simulate_leg("left", Movement(kind="calibration"), seed=1, segments=("shank",))
    return calibrate([leg.recordings["shank"]])[LEFT]


def test_a_set_of_the_visit_uses_it_and_is_computed_again_alike(store):
    errors = mounted(2)
    a_calibration(store, errors, 11)
    leg, analysis = a_set(store, errors, 12)
    calibration = analysis.legs["left"].calibration["shank"]
    assert (calibration.source, calibration.quality) == ("recording", "good")
    for rep, truth in zip(analysis.legs["left"].reps, leg.reps, strict=True):
        assert rep.df_peak_deg == pytest.approx(truth.df_peak_deg, abs=1.3)
    (assessment,) = (a for a in store.assessments(1) if a.protocol == "split_squat")
    kept = store.calibrations(1)
    refresh_calibrations(store, 1)
    assert store.calibrations(1) == kept
    again, _ = recompute(store, assessment)
    assert again.legs["left"].calibration == analysis.legs["left"].calibration


def test_each_set_uses_the_one_before_it(store):
    first, second = mounted(3), mounted(4)
    before, _ = a_calibration(store, first, 21)
    a_set(store, first, 22)
    _, known = a_calibration(store, second, 23)
    _, later = a_set(store, second, 24, key={"block_deg": 20, "footwear": "shoe"})
    assert later.legs["left"].calibration["shank"].axis_xyz == known[LEFT].axis_xyz
    sets = [a for a in store.assessments(before.visit_id) if a.protocol == "split_squat"]
    used = [calibrations_for(store, a)[LEFT].axis_xyz for a in sets]
    assert used[0] != used[1] == known[LEFT].axis_xyz
    assert calibrations_now(store, before.visit_id)[LEFT] == known[LEFT]


def test_the_other_leg_of_a_set_may_be_calibrated_later(store):
    left, right = mounted(5), mounted(6)
    a_calibration(store, left, 31)
    a_set(store, left, 32)
    a_calibration(store, right, 33, "right")
    _, both = a_set(store, right, 34, "right")
    assert {leg.calibration["shank"].source for leg in both.legs.values()} == {"recording"}


def test_one_that_is_not_accepted_is_not_used(store):
    errors = mounted(7)
    with pytest.raises(CalibrationError, match="too small"):
        a_calibration(store, errors, 41, bend_deg=7.0)
    assert store.calibrations(1) == []
    _, analysis = a_set(store, errors, 42)
    assert analysis.legs["left"].calibration["shank"].source == "set"


def test_a_strap_put_on_anew_does_not_lose_the_set(store):
    a_calibration(store, mounted(8), 51)
    turned = dataclasses.replace(mounted(8)["shank"], misalignment_deg=(0.0, 0.0, 0.0))
    _, analysis = a_set(store, {"shank": turned}, 52, settings=Settings(block_deg=20))
    assert analysis.legs["left"].calibration["shank"].source == "set"
    assert analysis.notes[0].startswith("The visit's calibration is not used: ")


def test_another_visit_knows_nothing_of_it(store):
    errors = mounted(9)
    a_calibration(store, errors, 61)
    _, streams = packets(Movement(reps=4), errors, 62)
    new = NewAssessment("K-1", AT + timedelta(days=7), "split_squat", {"block_deg": 20})
    analysis = keep_streams(store, new, streams, UNKNOWN)
    assert analysis.legs["left"].calibration["shank"].source == "set"
