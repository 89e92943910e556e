"""The figures that real recordings must reach, through the command line."""

import numpy as np
import pytest

from realdata import recordings, validate


def test_orientation_against_an_optical_reference(realdata, tmp_path):
    errors = validate.broad_rmse_deg(realdata, tmp_path)
    assert len(errors) == 8
    assert np.mean(list(errors.values())) <= 0.36


def test_ankle_angle_against_an_optical_reference(realdata, tmp_path):
    errors = validate.walk_rmse_deg(realdata, tmp_path)
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
    for name, options in recordings.gait(realdata, tmp_path):
        code, said = validate.anklet("analyze", *options[:2], "--relative", "--mount", "unknown")
        assert code == 1, name
        assert "did not stay planted" in said, name


def test_walking_is_no_calibration(realdata, tmp_path):
    for name, options in recordings.gait(realdata, tmp_path):
        place = options[0].removeprefix("--")
        code, said = validate.anklet(
            "analyze", *options[:2], "--relative", "--calibration", f"{place}={options[1]}"
        )
        assert code == 1, name
        assert "no quiet standing" in said or "is not calibrated, since" in said, name


def test_the_page_is_current(realdata):
    page = validate.PAGE.read_text()
    assert validate.put(page, "real recordings", validate.real_tables(realdata)) == page


@pytest.mark.parametrize("what", ["simulated sets", "real recordings"])
def test_the_page_holds_its_tables(what):
    part = validate.PAGE.read_text().split(f"<!-- {what} -->")[1].split("<!-- end")[0]
    assert part.count("|") > 20
