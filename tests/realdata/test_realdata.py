"""The figures that real recordings must reach, through the command line."""

import numpy as np
import pytest

from realdata import recordings
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


def shanks_alone(realdata, tmp_path):
    """Name and options of every shank recording of gait."""
    for name, options in recordings.gait(realdata, tmp_path):
        pairs = zip(options[::2], options[1::2], strict=True)
        yield from ((name, [o, file]) for o, file in pairs if o.endswith("shank"))
    for name, held in recordings.walks(realdata):
        for sensor in ("ankle", "shank"):
            file = tmp_path / f"{name}-{sensor}.csv"
            recordings.write_csv(file, held["t"], held[f"{sensor}_acc"], held[f"{sensor}_gyr"])
            yield name, [f"--{name.removeprefix('walk_')}-shank", str(file)]


@pytest.mark.parametrize("relative", [[], ["--relative"]])
@pytest.mark.parametrize("mount", ["nominal", "unknown"])
def test_gait_with_a_shank_sensor_alone_is_not_planted(realdata, tmp_path, relative, mount):
    """Whatever else is wrong with it (no standing, no known mount), this is what it is told."""
    seen = 0
    for name, options in shanks_alone(realdata, tmp_path):
        code, said = validate.anklet("analyze", *options, *relative, "--mount", mount)
        assert code == 1, name
        assert "did not stay planted" in said, name
        seen += 1
    assert seen >= 15


def test_a_shank_sensor_follows_the_ankle_while_the_foot_is_flat(realdata):
    for part in walk.walk_parts(realdata):
        assert part.windows >= 6
        assert part.planted_deg <= 2.8, part.name


def test_walking_is_no_calibration(realdata, tmp_path):
    for name, options in recordings.gait(realdata, tmp_path):
        place = options[0].removeprefix("--")
        code, said = validate.anklet(
            "analyze", *options[:2], "--relative", "--calibration", f"{place}={options[1]}"
        )
        assert code == 1, name
        assert "no quiet standing" in said or "is not calibrated, since" in said, name
