import csv
import errno
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from anklet.errors import DataError, UsageError
from anklet.exchange.csv_out import write_angles, write_orientation
from anklet.exchange.files import atomic_write
from anklet.exchange.tables import write_table
from anklet.model import Trace


def read(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_angles_of_both_legs_on_one_grid(tmp_path):
    left = Trace(10.0, 100.0, np.array([1.0, np.nan, 3.0]))
    right = Trace(10.04, 100.0, np.array([-5.0, -6.0]))
    write_angles(tmp_path / "a.csv", {"right": right, "left": left})
    header, *rows = read(tmp_path / "a.csv")
    assert header == ["t_s", "left_deg", "right_deg"]
    assert [float(r[0]) for r in rows] == pytest.approx(10.0 + np.arange(6) / 100, abs=1e-12)
    assert [r[1] for r in rows] == ["1.0000", "", "3.0000", "", "", ""]
    assert [r[2] for r in rows] == ["", "", "", "", "-5.0000", "-6.0000"]


def test_angles_of_one_leg(tmp_path):
    write_angles(tmp_path / "a.csv", {"right": Trace(0.0, 50.0, np.array([7.5]))})
    assert read(tmp_path / "a.csv")[1:] == [["0.0", "", "7.5000"]]
    write_angles(tmp_path / "a.csv", {})
    assert read(tmp_path / "a.csv") == [["t_s", "left_deg", "right_deg"]]


def test_angles_of_a_slower_leg_do_not_cross_gaps(tmp_path):
    slow = np.arange(11) * 2.0
    slow[5] = np.nan
    traces = {"left": Trace(0.0, 100.0, np.zeros(21)), "right": Trace(0.0, 50.0, slow)}
    write_angles(tmp_path / "a.csv", traces)
    right = [r[2] for r in read(tmp_path / "a.csv")[1:]]
    assert right[:9] == [f"{v:.4f}" for v in range(9)]
    assert right[9:12] == ["", "", ""]
    assert right[12:] == [f"{v:.4f}" for v in range(12, 21)]


def test_angles_on_two_clocks_are_refused(tmp_path):
    traces = {
        "left": Trace(0.0, 104.0, np.zeros(9)),
        "right": Trace(1.7e9, 104.0, np.zeros(9)),
    }
    with pytest.raises(DataError, match="share one clock"):
        write_angles(tmp_path / "a.csv", traces)
    assert list(tmp_path.iterdir()) == []


def test_orientation_times_read_back_exactly(tmp_path):
    t_s = 1.7e9 + np.arange(5) / 104
    quat = np.tile([0.5, -0.5, 0.5, 0.5], (5, 1))
    write_orientation(tmp_path / "o.csv", t_s, quat)
    header, *rows = read(tmp_path / "o.csv")
    assert header == ["t_s", "qw", "qx", "qy", "qz"]
    assert [float(r[0]) for r in rows] == t_s.tolist()
    assert np.array(rows)[:, 1:].astype(float).tolist() == quat.tolist()


def test_atomic_write_replaces_and_leaves_nothing_beside(tmp_path):
    target = tmp_path / "a.txt"
    atomic_write(target, "old\n")
    atomic_write(target, b"new\n")
    assert target.read_bytes() == b"new\n"
    (tmp_path / "link").symlink_to(target)
    atomic_write(tmp_path / "link", "é")
    assert target.read_text("utf-8") == "é"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "link"]
    atomic_write("/dev/null", "gone")


@pytest.mark.parametrize(
    ("code", "says"),
    [(errno.ENOSPC, "disk is full"), (errno.EACCES, "no permission"), (errno.EIO, "error")],
)
def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch, code, says):
    target = tmp_path / "a.csv"
    target.write_text("old")

    def fail(fd):
        raise OSError(code, "Input/output error")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(DataError, match=says):
        atomic_write(target, "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_no_room_on_a_real_full_device():
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(DataError, match=r"/dev/full cannot be written: the disk is full"):
        atomic_write("/dev/full", "x")


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="folder does not exist; create it"):
        atomic_write(tmp_path / "none" / "a.csv", "x")
    with pytest.raises(DataError, match="it is a folder"):
        atomic_write(tmp_path, "x")
    with pytest.raises(DataError, match="is a file, not a folder"):
        atomic_write(tmp_path / "file" / "a.csv", "x")
    with pytest.raises(DataError, match="too long"):
        atomic_write(tmp_path / ("n" * 300), "x")


ROWS = [{"leg": "left", "deg": 1.5, "note": 'a, "b"'}, {"leg": "right", "n": 3, "deg": None}]


def test_table_to_csv(tmp_path):
    write_table(tmp_path / "t.csv", ROWS)
    assert read(tmp_path / "t.csv") == [
        ["leg", "deg", "note", "n"],
        ["left", "1.5", 'a, "b"', ""],
        ["right", "", "", "3"],
    ]


def test_table_to_parquet(tmp_path):
    write_table(tmp_path / "t.parquet", ROWS)
    back = pyarrow.parquet.read_table(tmp_path / "t.parquet").to_pylist()
    columns = ["leg", "deg", "note", "n"]
    assert back == [{c: row.get(c) for c in columns} for row in ROWS]


def test_table_problems(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match=r"must end in \.csv or \.parquet"):
        write_table(tmp_path / "t.xlsx", ROWS)
    with pytest.raises(DataError, match="different kinds"):
        write_table(tmp_path / "t.parquet", [{"a": 1}, {"a": "x"}])
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"pip install 'anklet\[parquet\]'"):
        write_table(tmp_path / "t.parquet", ROWS)
    assert list(tmp_path.iterdir()) == []
