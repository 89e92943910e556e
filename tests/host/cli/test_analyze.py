"""``analyze`` and ``orient`` as told: numbers near the truth, files as the contract says."""

import json
import os
import subprocess
import sys

import jsonschema
import numpy as np
import pytest
from cli_helpers import columns_of, moved, numbers, process, without

from anklet.exchange.analysis_json import schema
from anklet.exchange.csv_out import write_samples
from anklet.simulate import LegAbility, Movement, simulate_leg

NEAR_DEG = 2.0


def analyzed(works, *arguments):
    result = json.loads(works("analyze", *arguments, "--json", "-"))
    jsonschema.validate(result, schema())
    return result


def peaks(leg, name):
    return [rep[name] for s in leg["sets"] for rep in s["reps"]]


def assert_near_truth(leg, truth):
    for name in ("df_peak_deg", "pf_peak_deg"):
        expected = [getattr(rep, name) for rep in truth]
        np.testing.assert_allclose(peaks(leg, name), expected, atol=NEAR_DEG)


def both_shanks(simulated):
    return (
        *("--left-shank", simulated.path("squat", "left")),
        *("--right-shank", simulated.path("squat", "right")),
        *("--block-deg", "20"),
    )


def test_planted_both_legs(works, simulated):
    result = analyzed(works, *both_shanks(simulated), "--involved", "right")
    for side in ("left", "right"):
        leg = result["legs"][side]
        assert (leg["setup"], leg["zero"]) == ("planted", "standing")
        assert_near_truth(leg, simulated.reps("squat", side))
    compared = result["comparison"]
    assert (compared["involved"], compared["primary"]) == ("right", "df_peak_deg")
    df = compared["measures"]["df_peak_deg"]
    assert df["difference_deg"] == pytest.approx(-6.3, abs=NEAR_DEG)
    assert df["low_deg"] < df["difference_deg"] < df["high_deg"]


def test_one_leg_has_no_comparison_and_block_is_zero_unless_said(works, simulated):
    result = analyzed(works, "--left-shank", simulated.path("squat", "left"))
    assert list(result["legs"]) == ["left"]
    assert result["comparison"] is None
    truth = [rep.df_peak_deg + 20 for rep in simulated.reps("squat", "left")]
    np.testing.assert_allclose(peaks(result["legs"]["left"], "df_peak_deg"), truth, atol=NEAR_DEG)


def test_paired_measures_heel_rises(works, simulated):
    result = analyzed(
        works,
        *("--right-shank", simulated.path("rise", "right")),
        *("--right-foot", simulated.path("rise", "right", "foot")),
    )
    leg = result["legs"]["right"]
    assert leg["setup"] == "paired"
    assert sorted(leg["calibration"]) == ["foot", "shank"]
    assert_near_truth(leg, simulated.reps("rise", "right"))


def test_table(works, simulated):
    result = analyzed(works, "--left-foot", simulated.path("table", "left", "foot"))
    leg = result["legs"]["left"]
    assert (leg["setup"], leg["zero"]) == ("table", "neutral")
    assert_near_truth(leg, simulated.reps("table", "left"))


def test_legs_in_different_setups_are_not_compared(works, simulated):
    result = analyzed(
        works,
        *("--left-shank", simulated.path("squat", "left")),
        *("--right-shank", simulated.path("rise", "right")),
        *("--right-foot", simulated.path("rise", "right", "foot")),
    )
    assert result["comparison"] is None
    assert "different set-ups" in " ".join(result["notes"])


def test_relative_gives_ranges_only(works, simulated):
    leg = analyzed(works, *both_shanks(simulated), "--relative")["legs"]["left"]
    assert leg["zero"] == "none"
    assert peaks(leg, "df_peak_deg") == [None] * 3
    assert leg["sets"][0]["df_peak_deg"] == dict.fromkeys(leg["sets"][0]["df_peak_deg"], None) | {
        "n": 0
    }
    truth = [rep.rom_deg for rep in simulated.reps("squat", "left")]
    np.testing.assert_allclose(peaks(leg, "rom_deg"), truth, atol=NEAR_DEG)


def test_unknown_mount_takes_the_sign_from_knee_bends(works, tmp_path, simulated):
    """The sensor turned about its own axes in the strap: a rotation the mount cannot tell."""
    s = simulated.samples("squat", "left")
    turn = np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]])
    path = tmp_path / "turned.csv"
    write_samples(path, moved(s, acc_m_s2=s.acc_m_s2 @ turn, gyr_rad_s=s.gyr_rad_s @ turn))
    result = analyzed(works, "--left-shank", path, "--block-deg", 20, "--mount", "unknown")
    calibration = result["legs"]["left"]["calibration"]["shank"]
    assert calibration["sign_from"] == "knee_bend"
    assert calibration["misalignment_deg"] is None
    assert_near_truth(result["legs"]["left"], simulated.reps("squat", "left"))


def test_json_file_equals_stdout(works, tmp_path, simulated):
    printed = works("analyze", *both_shanks(simulated), "--json", "-")
    said = works("analyze", *both_shanks(simulated), "--json", "out.json")
    assert (tmp_path / "out.json").read_text() == printed
    assert "Wrote out.json" in said


def test_angles_are_uniform_and_empty_where_not_measured(works, tmp_path, simulated):
    works("analyze", *both_shanks(simulated), "--angles", "angles.csv")
    columns = columns_of(tmp_path / "angles.csv")
    assert list(columns) == ["t_s", "left_deg", "right_deg"]
    t_s, left, right = map(numbers, columns.values())
    rates = [
        1 / np.median(np.diff(simulated.samples("squat", side).t_s)) for side in ("left", "right")
    ]
    np.testing.assert_allclose(np.diff(t_s), 1 / max(rates), rtol=1e-3)
    both = simulated.samples("squat", "left"), simulated.samples("squat", "right")
    assert t_s[0] == pytest.approx(both[0].t_s[0], abs=0.02)
    assert t_s[-1] == pytest.approx(both[1].t_s[-1], abs=0.02)
    for side, deg in (("left", left), ("right", right)):
        trace = simulated.legs["squat"][side].trace
        for start_s, end_s in simulated.legs["squat"][side].sets_s:
            inside = (t_s > start_s + 0.5) & (t_s < end_s - 0.5)
            assert np.isfinite(deg[inside]).all()
            true = np.interp(t_s[inside], trace.t_s, trace.deg)
            assert np.abs(deg[inside] - true).max() < NEAR_DEG
    assert np.isnan(right[t_s < both[0].t_s[-1]]).all()
    assert np.isnan(left[t_s > both[1].t_s[0]]).all()
    stands = t_s < simulated.legs["squat"]["left"].sets_s[0][0] - 2.0
    assert np.isnan(left[stands]).all()


def test_gap_in_a_rep_is_marked_and_the_others_stand(works, tmp_path, simulated):
    rep = simulated.reps("squat", "left")[1]
    holed = without(simulated.samples("squat", "left"), rep.df_time_s - 0.4, rep.df_time_s + 0.4)
    write_samples(tmp_path / "gap.csv", holed)
    arguments = "--left-shank", tmp_path / "gap.csv", "--block-deg", 20
    result = analyzed(works, *arguments, "--angles", tmp_path / "angles.csv")
    first, middle, last = result["legs"]["left"]["sets"][0]["reps"]
    assert (middle["df_valid"], middle["df_peak_deg"], middle["valid"]) == (False, None, False)
    assert any("gap" in reason for reason in middle["reasons"])
    assert first["valid"]
    assert last["valid"]
    assert result["legs"]["left"]["sets"][0]["df_peak_deg"]["n"] == 2
    columns = columns_of(tmp_path / "angles.csv")
    t_s, left = numbers(columns["t_s"]), numbers(columns["left_deg"])
    gap = (t_s > rep.df_time_s - 0.39) & (t_s < rep.df_time_s + 0.39)
    assert np.isnan(left[gap]).all()
    assert "gap" in works("analyze", *arguments)


def test_files_of_one_leg_are_analysed_over_their_common_part(works, tmp_path, simulated):
    reps = simulated.reps("rise", "left")
    long = simulated.samples("rise", "left")
    cut_s = (reps[1].end_s + reps[2].start_s) / 2
    write_samples(tmp_path / "short.csv", without(long, cut_s, np.inf))
    result = analyzed(
        works,
        *("--left-shank", tmp_path / "short.csv"),
        *("--left-foot", simulated.path("rise", "left", "foot")),
        *("--angles", tmp_path / "angles.csv"),
    )
    assert_near_truth(result["legs"]["left"], reps[:2])
    t_s = numbers(columns_of(tmp_path / "angles.csv")["t_s"])
    assert t_s[-1] <= cut_s + 0.02


def quick_set_clipped_at(share, path):
    """Write a fast set whose gyroscope reaches only a share of its true largest rate."""
    quick = Movement(reps=3, standing_s=4.5, tempo_s=(0.7, 0.6), steps=False)
    leg = simulate_leg("left", quick, LegAbility(), seed=3, segments=("shank",))
    s = leg.recordings["shank"].samples
    limit = share * np.abs(s.gyr_rad_s).max()
    write_samples(path, moved(s, gyr_rad_s=np.clip(s.gyr_rad_s, -limit, limit)))


def test_saturated_samples_reject_their_rep_and_are_told(anklet, tmp_path):
    path = tmp_path / "limit.csv"
    quick_set_clipped_at(0.95, path)
    ran = anklet("analyze", "--left-shank", path, "--block-deg", 20)
    assert ran.code == 0
    assert ran.err.startswith(f"Note: {path}: ")
    assert ran.err.count("\n") == 1
    assert "a sensor was at its limit" in ran.out


def test_a_saturated_signal_is_refused(anklet, tmp_path):
    path = tmp_path / "limit.csv"
    quick_set_clipped_at(0.85, path)
    ran = anklet("analyze", "--left-shank", path, "--block-deg", 20)
    assert (ran.code, ran.out) == (1, "")
    note, sentence = ran.err.splitlines()
    assert note.startswith(f"Note: {path}: ")
    assert sentence.startswith(f"anklet: {path}: ")
    assert "larger range" in sentence


@pytest.mark.parametrize("change", ["\n", "\r\n", "\r", "no newline at the end", "bom", "extra"])
def test_harmless_ways_to_write_a_file(works, tmp_path, simulated, change):
    plain = simulated.path("squat", "left").read_text()
    if change == "extra":
        rows = [line.split(",") for line in plain.splitlines()]
        text = "\n".join(",".join([*r[3:], "x", *r[:3], "y"]) for r in rows) + "\n"
    else:
        text = plain.rstrip("\n") if change.startswith("no") else plain
        text = text.replace("\n", change) if change in ("\r\n", "\r") else text
    path = tmp_path / "same.csv"
    path.write_bytes((b"\xef\xbb\xbf" if change == "bom" else b"") + text.encode())
    reference = analyzed(works, "--left-shank", simulated.path("squat", "left"))
    assert analyzed(works, "--left-shank", path) == reference


def test_report_and_explain(works, tmp_path, simulated):
    works("analyze", *both_shanks(simulated), "--report", "page.html", "--explain", "why")
    page = (tmp_path / "page.html").read_text()
    assert page.count("<svg") >= 2
    assert "http" not in page.replace("http://www.w3.org", "")
    plots = sorted((tmp_path / "why").iterdir())
    assert [p.name for p in plots if p.name.startswith("left-")] == [
        f"left-{name}.png"
        for name in (
            *("6-segments", "7-heel", "7-plane", "8-set-1", "shank-1-acceleration"),
            *("shank-2-rate", "shank-3-bias", "shank-4-up", "shank-5-travel"),
        )
    ]
    for plot in plots:
        data = plot.read_bytes()
        assert data.startswith(b"\x89PNG")
        assert len(data) > 10_000


@pytest.mark.parametrize("columns", ["80", "120"])
def test_tables_fit_the_terminal_and_cut_nothing(works, monkeypatch, simulated, columns):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr("anklet.cli.show.out.width", int(columns))
    said = works("analyze", *both_shanks(simulated))
    assert "…" not in said
    tables = [line for line in said.splitlines() if "axis from" not in line]
    assert max(map(len, tables)) <= int(columns)
    for word in ("dorsiflexion", "plantarflexion", "median", "beyond measurement error"):
        assert word in said


def test_no_output_where_there_is_nobody_to_read(simulated):
    """``anklet analyze ... | head -1``: no traceback, no complaint."""
    command = [sys.executable, "-m", "anklet", "analyze", *map(str, both_shanks(simulated))]
    for more in ([], ["--json", "-"]):
        with subprocess.Popen(
            [*command, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as child:
            child.stdout.close()
            errors = child.stderr.read()
            assert child.wait(60) == 1
        assert errors == b""


def test_old_code_page(simulated):
    """Output piped on Windows is in a code page without a minus sign."""
    done = process(
        "analyze", *both_shanks(simulated), env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "-3" in done.stdout


class TestOrient:
    def check(self, path, out):
        given, oriented = columns_of(path), columns_of(out)
        assert list(oriented) == ["t_s", "qw", "qx", "qy", "qz"]
        assert oriented["t_s"] == given["t_s"]
        quat = np.column_stack([numbers(oriented[name]) for name in ("qw", "qx", "qy", "qz")])
        np.testing.assert_allclose(np.linalg.norm(quat, axis=1), 1, atol=1e-6)
        return quat

    def test_one_row_a_sample_with_the_same_times(self, works, tmp_path, simulated):
        path = simulated.path("squat", "left")
        works("orient", path, "out.csv")
        quat = self.check(path, tmp_path / "out.csv")
        w, x, y, z = quat[:200].T
        up = np.column_stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x**2 + y**2)])
        acc = simulated.samples("squat", "left").acc_m_s2[:200].mean(axis=0)
        angle = np.degrees(np.arccos(up.mean(axis=0) @ acc / np.linalg.norm(acc)))
        assert angle < 1.0

    def test_gaps_and_jitter(self, works, tmp_path, simulated):
        s = without(simulated.samples("squat", "left"), 10.0, 10.9)
        s = without(s, 15.0, 15.05)
        rng = np.random.default_rng(1)
        t_s = np.sort(s.t_s + rng.uniform(-0.002, 0.002, len(s.t_s)))
        write_samples(tmp_path / "in.csv", moved(s, t_s=t_s))
        works("orient", tmp_path / "in.csv", "out.csv")
        self.check(tmp_path / "in.csv", tmp_path / "out.csv")

    def test_times_as_written_by_others(self, works, tmp_path, simulated):
        lines = simulated.path("squat", "left").read_text().splitlines()
        rows = [
            ",".join([f"{k / 104:.6f}", *line.split(",")[1:]]) for k, line in enumerate(lines[1:])
        ]
        (tmp_path / "in.csv").write_text("\n".join([lines[0], *rows]))
        works("orient", tmp_path / "in.csv", "out.csv")
        given = numbers(columns_of(tmp_path / "in.csv")["t_s"])
        written = numbers(columns_of(tmp_path / "out.csv")["t_s"])
        assert np.array_equal(given, written)
