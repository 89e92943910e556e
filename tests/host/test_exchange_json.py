import json
import math
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from anklet.exchange.analysis_json import analysis_to_dict, dump_json, schema
from anklet.model import (
    Analysis,
    Calibration,
    Comparison,
    Difference,
    Leg,
    Rep,
    RepSet,
    Summary,
    Trace,
)


def example():
    rep = Rep(
        start_s=1.0,
        end_s=4.0,
        df_time_s=2.5,
        pf_time_s=4.0,
        df_peak_deg=np.float64(24.5),
        pf_peak_deg=-3.0,
        rom_deg=27.5,
        df_valid=True,
        pf_valid=True,
        reasons=(),
        out_s=1.5,
        back_s=1.5,
        dwell_s=0.2,
        peak_rate_deg_s=40.0,
        smoothness=-4.0,
        plane_deviation_deg=math.nan,
    )
    lifted = replace(
        rep, pf_peak_deg=None, rom_deg=None, pf_valid=False, reasons=("the heel lifted",)
    )
    df = Summary(24.5, 24.5, 0.0, 2, 24.5, 0.0)
    one = Summary(-3.0, -3.0, None, 1)
    none = Summary(None, None, None, 0)
    sets = (RepSet(1.0, 8.0, "df_first", (rep, lifted), df, one, replace(one, median=27.5)),)
    calibration = Calibration(
        axis_xyz=(0.0, 0.0, 1.0),
        axis_from="movement",
        sign_from="nominal",
        explained_variance=0.99,
        stillness_deg_s=0.2,
        misalignment_deg=4.0,
        zero_s=(0.0, 3.0),
        gyro_bias_rad_s=(0.01, 0.0, 0.0),
    )
    bare = replace(
        calibration,
        axis_from="nominal",
        explained_variance=None,
        stillness_deg_s=None,
        misalignment_deg=None,
        zero_s=None,
    )
    trace = Trace(0.0, 104.0, np.zeros(9))
    legs = {
        "left": Leg("left", "planted", "standing", {"shank": calibration}, sets, trace, 832, 4),
        "right": Leg(
            "right",
            "paired",
            "none",
            {"shank": calibration, "foot": bare},
            (RepSet(1.0, 8.0, "pf_first", (), none, none, none),),
            trace,
            np.int64(832),
            0,
        ),
    }
    difference = Difference(-3.9, -8.4, 0.6, None, "Within measurement error.", 1.6, "borrowed")
    measures = {"df_peak_deg": difference, "pf_peak_deg": None, "rom_deg": None}
    return Analysis(1, legs, Comparison("left", "df_peak_deg", measures), 20.0, ("A note.",))


def valid(value):
    jsonschema.Draft202012Validator(schema()).validate(value)


def test_the_schema_is_a_schema_with_a_description_of_every_field():
    jsonschema.Draft202012Validator.check_schema(schema())

    def properties(node):
        if isinstance(node, dict):
            if "if" in node:
                return
            yield from node.get("properties", {}).items()
            for value in node.values():
                yield from properties(value)
        elif isinstance(node, list):
            for value in node:
                yield from properties(value)

    found = list(properties(schema()))
    assert len(found) > 50
    sides_and_segments = {"left", "right", "shank", "foot"}
    lacking = [k for k, v in found if "description" not in v and k not in sides_and_segments]
    assert lacking == []


def test_analysis_json_keeps_the_contract():
    out = analysis_to_dict(example())
    valid(out)
    assert json.loads(json.dumps(out, allow_nan=False)) == out
    assert json.loads(dump_json(out)) == out
    assert out["schema"] == "anklet.analysis/1"
    always = {"schema", "algorithm", "block_deg", "legs", "comparison", "notes"}
    assert set(out) == always | {"protocol", "entered", "knee_to_wall"}
    left = out["legs"]["left"]
    assert left["calibration"]["shank"]["zero_s"] == [0.0, 3.0]
    assert (left["samples"], left["lost_samples"]) == (832, 4)
    first, second = left["sets"][0]["reps"]
    assert type(first["df_peak_deg"]) is float
    assert first["plane_deviation_deg"] is None
    assert (first["valid"], second["valid"]) == (True, False)
    assert second["df_peak_deg"] == 24.5
    assert second["rom_deg"] is None
    assert second["reasons"] == ["the heel lifted"]
    assert left["sets"][0]["df_peak_deg"] == {
        "median": 24.5, "mean": 24.5, "sd": 0.0, "n": 2, "best3": 24.5, "fade_per_rep": 0.0,
    }  # fmt: skip
    assert out["legs"]["right"]["calibration"]["foot"]["zero_s"] is None
    assert type(out["legs"]["right"]["samples"]) is int
    assert out["comparison"]["measures"]["pf_peak_deg"] is None
    assert out["comparison"]["measures"]["df_peak_deg"]["lsi_percent"] is None


def test_one_leg_has_no_comparison():
    both = example()
    out = analysis_to_dict(replace(both, legs={"left": both.legs["left"]}, comparison=None))
    valid(out)
    assert out["comparison"] is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda out: out.update(schema="anklet.analysis/2"),
        lambda out: out.pop("comparison"),
        lambda out: out["legs"].clear(),
        lambda out: out["legs"]["left"].update(setup="standing"),
        lambda out: out["legs"]["left"]["sets"][0]["reps"][0].pop("df_valid"),
        lambda out: out["legs"]["left"]["sets"][0]["reps"][1].update(pf_peak_deg=-3.0),
        lambda out: out["legs"]["left"]["sets"][0]["reps"][1].update(rom_deg=20.0),
        lambda out: out["legs"]["left"]["sets"][0]["rom_deg"].update(n=1.5),
        lambda out: out["comparison"].update(primary="lean_deg"),
    ],
)
def test_the_schema_refuses_what_breaks_the_contract(spoil):
    out = analysis_to_dict(example())
    spoil(out)
    with pytest.raises(jsonschema.ValidationError):
        valid(out)


def test_dump_json_writes_null_for_nan_and_plain_numbers():
    value = {"a": np.float32(1.5), "b": np.array([1.0, np.inf]), "c": (np.nan, np.bool_(True))}
    assert json.loads(dump_json(value)) == {"a": 1.5, "b": [1.0, None], "c": [None, True]}
