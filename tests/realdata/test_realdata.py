"""The figures that real recordings must reach, through the command line."""

import numpy as np

from trials import rms
from validation import realdata as validate
from validation import walk


def test_orientation_against_an_optical_reference(realdata, tmp_path):
    errors = validate.broad_errors_deg(realdata, tmp_path)
    assert len(errors) == 8
    assert np.mean([rms(error) for error in errors.values()]) <= 0.36


def test_ankle_angle_against_an_optical_reference(realdata, tmp_path):
    errors = walk.walk_rmse_deg(realdata, tmp_path)
    assert errors["left, ankle + foot"] <= 2.8


def test_gait_is_refused_and_plausible_when_relative(realdata, tmp_path):
    rows = validate.gait_rows(realdata, tmp_path)
    assert len(rows) == 7
    for name, refusal, ranges in rows:
        assert "NOT REFUSED" not in refusal, name
        assert "FAILED" not in ranges, name
        for degrees in (float(part.split()[1]) for part in ranges.split(", ")):
            assert 8 <= degrees <= 45, name


def test_walking_with_a_shank_sensor_alone_is_refused(realdata, tmp_path):
    assert validate.shank_alone(realdata, tmp_path) == (7, 7)


def test_a_shank_sensor_follows_the_ankle_while_the_foot_is_flat(realdata):
    for part in walk.walk_parts(realdata):
        assert part.windows >= 6
        assert part.planted_deg <= 2.8, part.name
