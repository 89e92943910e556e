import json

import numpy as np
import pytest
from exchange_samples import HEADER, G, changed, movement, refusal, same, text

from anklet.errors import UsageError
from anklet.exchange.columns import (
    ANKLET,
    ColumnMap,
    load_map,
    maker_map,
    maker_maps,
    map_from_dict,
    map_to_dict,
)
from anklet.exchange.csv_in import parse_samples
from anklet.model import Samples


def test_xsens_dot_file_with_preamble_and_wrapped_clock():
    samples = movement(2.0, 60.0)
    ticks = (np.round(samples.t_s * 1e6).astype(int) + 2**32 - 700_000) % 2**32
    lines = ["sep=,", "DeviceTag:,1", "FilterProfile:,General", "© Movella", ""]
    lines.append("PacketCounter,SampleTimeFine,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z,Status")
    for k, tick in enumerate(ticks):
        row = [*samples.acc_m_s2[k].tolist(), *np.degrees(samples.gyr_rad_s[k]).tolist()]
        lines.append(",".join(map(repr, [k, int(tick), *row, 0])))
    back = parse_samples("\n".join(lines).encode("cp1252"), "dot.csv", maker_map("xsens-dot"))
    np.testing.assert_allclose(back.samples.t_s - back.samples.t_s[0], samples.t_s, atol=1.1e-6)
    np.testing.assert_allclose(back.samples.gyr_rad_s, samples.gyr_rad_s, atol=1e-12)


@pytest.mark.parametrize("sep", [",", "\t", ";"])
def test_shimmer_file_with_device_name_and_units(sep):
    samples = movement(2.0, 102.4)
    names = ["Timestamp_Unix_CAL", *(f"Accel_LN_{a}_CAL" for a in "XYZ")]
    names += [f"Gyro_{a}_CAL" for a in "XYZ"]
    head = [f"sep={sep}", sep.join(f"Shimmer_8665_{n}" for n in names) + sep]
    head.append(sep.join(["ms", *["m/(s^2)"] * 3, *["deg/s"] * 3]) + sep)
    table = [1.6e12 + samples.t_s * 1e3, *samples.acc_m_s2.T, *np.degrees(samples.gyr_rad_s.T)]
    rows = [sep.join(map(repr, row)) + sep for row in np.column_stack(table).tolist()]
    back = parse_samples("\n".join([*head, *rows]).encode(), "s.csv", maker_map("shimmer3"))
    np.testing.assert_allclose(back.samples.t_s - 1.6e9, samples.t_s, atol=1e-6)
    np.testing.assert_allclose(back.samples.acc_m_s2, samples.acc_m_s2, atol=1e-12)
    rows[4] = rows[4].replace(sep, f"{sep}x", 1)
    message = refusal(
        parse_samples, "\n".join([*head, *rows]).encode(), "s.csv", maker_map("shimmer3")
    )
    assert "s.csv, line 8, column Shimmer_8665_Accel_LN_X_CAL" in message


def test_map_units_axes_and_files_without_time():
    samples = movement(2.0, 100.0)
    turned = Samples(
        samples.t_s,
        samples.acc_m_s2[:, [1, 0, 2]] * [-1, 1, 1] / G * 1000,
        np.degrees(samples.gyr_rad_s[:, [1, 0, 2]] * [-1, 1, 1]) * 1000,
    )
    columns = ColumnMap(
        acc=ANKLET.acc,
        gyr=ANKLET.gyr,
        t_unit="index",
        rate_hz=100.0,
        acc_unit="mg",
        gyr_unit="mdeg_s",
        axes=("+y", "-x", "+z"),
    )
    same(parse_samples(text(turned).encode(), "a", columns).samples, samples, 1e-9)


def test_ticks():
    columns = ColumnMap(
        acc=ANKLET.acc, gyr=ANKLET.gyr, t="t_s", t_unit="ticks", per_second=10_000.0
    )
    samples = movement(2.0, 100.0)
    ticks = changed(samples, t_s=np.round(samples.t_s * 10_000))
    same(parse_samples(text(ticks).encode(), "a", columns).samples, samples, 1e-9)


def test_ambiguous_column_is_refused():
    columns = ColumnMap(acc=ANKLET.acc, gyr=ANKLET.gyr, t="t*")
    data = text(movement(2.0), HEADER + ",t2").encode()
    assert "2 columns are called t* (t_s, t2)" in refusal(parse_samples, data, "a", columns)


@pytest.mark.parametrize("name", maker_maps())
def test_every_ready_made_map_survives_json(name):
    columns = maker_map(name)
    assert map_from_dict(json.loads(json.dumps(map_to_dict(columns)))) == columns


def test_map_files(tmp_path):
    (tmp_path / "m.json").write_text(json.dumps(map_to_dict(maker_map("x-io"))))
    assert load_map(tmp_path / "m.json") == maker_map("x-io")
    (tmp_path / "m.toml").write_text('acc = ["a", "b", "c"]\ngyr = ["d", "e", "f"]\nt = "t"\n')
    assert load_map(tmp_path / "m.toml").names == ("t", "a", "b", "c", "d", "e", "f")
    (tmp_path / "bad.toml").write_text("= no")
    assert "bad.toml is no TOML" in refusal(load_map, tmp_path / "bad.toml")
    with pytest.raises(UsageError, match="xsens-dot"):
        maker_map("nobody")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"colour": 1}, "unknown colour"),
        ({"acc": ["a", "b"]}, "acc must be three names"),
        ({"axes": ["+x", "+y", "-z"]}, "no rotation"),
        ({"axes": ["+x", "+x", "+z"]}, "no rotation"),
        ({"axes": ["+x", "+y", "up"]}, "axis 'up'"),
        ({"t_unit": "hours"}, "t_unit is 'hours'"),
        ({"t_unit": "ticks"}, "needs per_second"),
        ({"t_unit": "index"}, "needs rate_hz"),
        ({"t": None}, "needs t"),
        ({"units_rows": 1.5}, "units_rows must be a number"),
        ({"rate_hz": "fast"}, "rate_hz must be a number"),
        ({"gyr_unit": 3}, "gyr_unit must be text"),
        ({"gyr_unit": None}, "gyr_unit is None"),
    ],
)
def test_bad_maps(change, why):
    values = {"t": "t", "acc": ["a", "b", "c"], "gyr": ["d", "e", "f"], **change}
    with pytest.raises(UsageError, match=why):
        map_from_dict(values, "m.toml")
    with pytest.raises(UsageError, match="gyr is missing"):
        map_from_dict({"t": "t", "acc": ["a", "b", "c"]}, "m.toml")
