"""Whatever is wrong is said in one plain sentence, with file, place and remedy; nothing is left."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import moved, process, without

from anklet.exchange.columns import ANKLET
from anklet.exchange.csv_out import write_samples
from anklet.store import Store

HEADER = ",".join(ANKLET.names)
DATA_OF_A_FEW = "0.0,0,9.8,0.1,0,0,0\n0.01,0,9.8,0.2,0,0,0\n0.02,0,9.8,0.1,0,0.1,0\n"


def lines_of(simulated):
    return simulated.path("squat", "left").read_text().splitlines()


def times(factor, *columns):
    """Scale some columns of a file."""

    def change(lines):
        rows = [line.split(",") for line in lines[1:]]
        for row in rows:
            for k in columns:
                row[k] = repr(float(row[k]) * factor)
        return [lines[0], *map(",".join, rows)]

    return change


def cell(text, column=5):
    """Write something else into one field of line 502."""

    def change(lines):
        row = lines[501].split(",")
        row[column] = text
        return [*lines[:501], ",".join(row), *lines[502:]]

    return change


def constant(lines):
    same = lines[1].split(",", 1)[1]
    return [lines[0], *(line.split(",")[0] + "," + same for line in lines[1:])]


def german(lines):
    return [lines[0].replace(",", ";"), *(r.replace(",", ";").replace(".", ",") for r in lines[1:])]


WRONG_LINES = {
    "no such columns": (lambda ls: ["time,ax,ay,az,gx,gy,gz", *ls[1:]], "no header.*column map"),
    "no header": (lambda ls: ls[1:], "no header with t_s.*column map"),
    "column missing": (
        lambda ls: [line.rsplit(",", 1)[0] for line in ls],
        "line 1: the header lacks gz_rad_s; .*column map",
    ),
    "gyro in deg/s": (times(180 / np.pi, 4, 5, 6), "deg/s; convert it to rad/s"),
    "slow gyro in deg/s": (times(40.0, 4, 5, 6), "deg/s; convert it to rad/s"),
    "accelerometer in g": (times(1 / 9.81, 1, 2, 3), "in g; convert it to m/s2"),
    "accelerometer in mg": (times(1000 / 9.81, 1, 2, 3), "in mg; convert it to m/s2"),
    "time in ms": (times(1000, 0), "looks like ms; convert it to s"),
    "time in us": (times(1e6, 0), "looks like us; convert it to s"),
    "NaN": (cell("nan"), "line 502, column gy_rad_s: 'nan' is not a finite number; correct"),
    "infinite": (cell("-inf"), "line 502, column gy_rad_s: '-inf' is not a finite number"),
    "text": (cell("oops"), "line 502, column gy_rad_s: 'oops'"),
    "empty field": (cell(""), "line 502, column gy_rad_s: a number is missing; correct or delete"),
    "huge": (cell("1e300"), "line 502, column gy_rad_s: '1e300'"),
    "huge rate": (cell("1e12"), "line 502: the angular rate of 1e\\+12 rad/s is beyond every"),
    "huge force": (cell("-1e12", 2), "line 502: the acceleration of 1e\\+12 m/s2 is beyond every"),
    "huge everywhere": (times(1e20, 1, 2, 3), "it must be in m/s2"),
    "huge time": (lambda ls: [*ls, "1e12" + ls[-1][ls[-1].index(",") :]], "split it"),
    "unsorted": (
        lambda ls: [*ls[:400], ls[401], ls[400], *ls[402:]],
        "line 402: .*goes back.*sort",
    ),
    "repeated": (lambda ls: [*ls[:400], ls[399], *ls[400:]], "line 401: .*repeated.*keep one"),
    "3 samples": (lambda ls: ls[:4], "holds 3 samples; at least 20"),
    "header only": (lambda ls: ls[:1], "has a header but no samples"),
    "constant": (constant, "never changes.*record again"),
    "line cut short": (lambda ls: [*ls[:900], ls[900][:20]], "line 901: .*cut short"),
    "decimal commas": (german, "separated by ';'; export it with commas and decimal points"),
    "no standing": (lambda ls: [ls[0], *ls[650:1900]], "no quiet standing.*--relative"),
}


@pytest.mark.parametrize("what", WRONG_LINES)
def test_wrong_file(refused, tmp_path, simulated, what):
    change, says = WRONG_LINES[what]
    path = tmp_path / "recording.csv"
    path.write_text("\n".join(change(lines_of(simulated))) + "\n")
    said = refused("analyze", "--left-shank", path, "--json", "a.json", "--angles", "a.csv")
    assert said.startswith(f"anklet: {path}")
    assert re.search(says, said), said
    if "standing" not in what:
        said = refused("orient", path, "out.csv")
        assert re.search(says, said), said


WRONG_BYTES = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "binary": (bytes(range(256)) * 40, "not a text file.*save it as CSV"),
    "spreadsheet": (b"PK\x03\x04" + b"x" * 100, "not a text file.*save it as CSV"),
    "UTF-16": ((HEADER + "\n" + DATA_OF_A_FEW).encode("utf-16"), "UTF-16.*save it as CSV in UTF-8"),
    "no table": (b"\xff\xfeab" * 30, "no header"),
}


@pytest.mark.parametrize("what", WRONG_BYTES)
def test_wrong_bytes(refused, tmp_path, what):
    data, says = WRONG_BYTES[what]
    path = tmp_path / "recording.csv"
    path.write_bytes(data)
    assert re.search(says, refused("analyze", "--left-foot", path))
    assert re.search(says, refused("orient", path, "out.csv"))


def test_decimal_commas_are_named_even_where_a_map_expects_semicolons(refused, tmp_path, simulated):
    (tmp_path / "german.csv").write_text("\n".join(german(lines_of(simulated))))
    (tmp_path / "map.toml").write_text(
        't = "t_s"\nacc = ["ax_m_s2", "ay_m_s2", "az_m_s2"]\n'
        'gyr = ["gx_rad_s", "gy_rad_s", "gz_rad_s"]\n'
    )
    said = refused("analyze", "--left-shank", "german.csv", "--columns", "map.toml")
    assert re.search("german.csv, line 2, column .*decimal comma; export .*decimal points", said)


@pytest.mark.parametrize(("name", "says"), [("none.csv", "does not exist"), (".", "is a folder")])
def test_no_file(refused, name, says):
    assert says in refused("analyze", "--right-shank", name)
    assert says in refused("orient", name, "out.csv")


def test_the_same_file_twice(refused, simulated):
    path = simulated.path("squat", "left")
    said = refused("analyze", "--left-shank", path, "--right-shank", path)
    assert said.count(str(path)) == 2
    assert "own file" in said
    refused("analyze", "--left-shank", path, "--left-foot", path)


def test_files_of_a_leg_that_do_not_overlap(refused, tmp_path, simulated):
    s = simulated.samples("rise", "left", "foot")
    write_samples(tmp_path / "later.csv", moved(s, t_s=s.t_s + 1000))
    said = refused(
        *("analyze", "--left-shank", simulated.path("rise", "left")),
        *("--left-foot", "later.csv", "--relative"),
    )
    assert "later.csv" in said
    assert "overlap for 0.0 s" in said


def test_sensor_on_the_table_first(refused, tmp_path, simulated):
    s = simulated.samples("squat", "left")
    lying = s.t_s < 4.0
    acc = s.acc_m_s2.copy()
    acc[lying] = acc[lying][:, [2, 1, 0]]
    write_samples(tmp_path / "lying.csv", moved(s, acc_m_s2=acc))
    said = refused("analyze", "--left-shank", "lying.csv")
    assert "lying.csv" in said
    assert "not quiet standing in the nominal mount" in said
    assert "cut off what came before" in said


def test_shank_and_foot_mixed_up(refused, simulated):
    shank, foot = simulated.path("squat", "left"), simulated.path("squat", "left", "foot")
    assert "check side and segment" in refused("analyze", "--left-foot", shank)
    assert "shank sensor's arrow" in refused("analyze", "--left-shank", foot)
    refused("analyze", "--left-shank", foot, "--left-foot", shank)


def test_left_given_as_right(refused, simulated):
    """A knee that would bend backward by 50 deg is a sensor of the other side."""
    refused("analyze", "--right-shank", simulated.path("squat", "left"), "--block-deg", 20)


def test_unknown_mount_without_a_cue(refused, simulated):
    said = refused(
        "analyze", "--left-foot", simulated.path("table", "left", "foot"), "--mount", "unknown"
    )
    assert "mount is unknown" in said
    assert "--relative" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Give at least one recording: --left-shank"),
        (["--left-knee", "x.csv"], "No such option: --left-knee"),
        (["--left-shank"], "--left-shank"),
        (["--left-shank", "L", "--block-deg", "nan"], "--block-deg is nan"),
        (["--left-shank", "L", "--block-deg", "1000"], "between -45 and 45 deg"),
        (["--left-shank", "L", "--block-deg", "inf"], "--block-deg is inf"),
        (["--left-shank", "L", "--block-deg", "steep"], "'--block-deg'"),
        (["--left-foot", "L", "--block-deg", "20"], "leave it out"),
        (["--left-shank", "L", "--mount", "loose"], "'nominal', 'unknown'"),
        (["--left-shank", "L", "--involved", "both"], "'left', 'right'"),
        (["--left-shank", "L", "--columns", "nobody"], "neither a file nor a known maker's map"),
        (["L"], "unexpected extra argument"),
    ],
)
def test_bad_usage(refused, simulated, arguments, says):
    path = simulated.path("table" if "--left-foot" in arguments else "squat", "left", "foot")
    arguments = [str(path) if a == "L" else a for a in arguments]
    assert says in refused("analyze", *arguments, code=2)


def test_other_bad_usage(refused):
    assert "'analyse'" in refused("analyse", code=2)
    assert "see anklet orient --help" in refused("orient", "in.csv", code=2)
    assert "--person" in refused("trend", code=2)


@pytest.mark.parametrize("option", ["--json", "--angles", "--report", "--explain"])
@pytest.mark.parametrize("place", ["none/file", "a-file/file"])
def test_no_place_for_an_output(anklet, tmp_path, simulated, option, place):
    (tmp_path / "a-file").write_text("mine")
    ran = anklet("analyze", "--left-shank", simulated.path("squat", "left"), option, place)
    if option == "--explain" and place == "none/file":
        assert ran.code == 0  # folders are made
        return
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert place in ran.err
    assert [p.name for p in tmp_path.iterdir()] == ["a-file"]
    assert (tmp_path / "a-file").read_text() == "mine"


@pytest.mark.parametrize(
    "option",
    ["--json", "--angles", "--report"],
)
def test_a_pipe_is_written_to_and_never_replaced(anklet, tmp_path, simulated, option):
    """As root, replacing would put a file in the place of /dev/stdout or /dev/full."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 1 << 20)
    try:
        ran = anklet("analyze", "--left-shank", simulated.path("squat", "left"), option, pipe)
        assert ran.code == 0
        assert pipe.is_fifo()
        assert os.read(reader, 1)
    finally:
        os.close(reader)


def test_full_disk_behind_stdout(simulated):
    with Path("/dev/full").open("w") as full:
        done = process(
            *("analyze", "--left-shank", simulated.path("squat", "left"), "--json", "-"),
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("anklet: The output cannot be used (No space left")
    assert done.stderr.count("\n") == 1


def no_room():
    """Allow this process no file over 4 kB; what goes beyond fails as on a full disk."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def test_no_room_leaves_older_files_as_they_were(tmp_path, simulated):
    older = {name: tmp_path / name for name in ("a.json", "a.csv", "a.html", "why")}
    for path in list(older.values())[:3]:
        path.write_text("older")
    source = simulated.path("squat", "left")
    options = {"--json": "a.json", "--angles": "a.csv", "--report": "a.html", "--explain": "why"}
    for option, name in options.items():
        done = process(
            *("analyze", "--left-shank", source, option, older[name]), preexec_fn=no_room
        )
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
        assert done.stderr.startswith("anklet: ")
        assert name in done.stderr
    assert [older[name].read_text() for name in ("a.json", "a.csv", "a.html")] == ["older"] * 3
    left = [p.name for p in tmp_path.rglob("*")]
    assert sorted(left) == ["a.csv", "a.html", "a.json", "why"]


def without_root_rights():
    """Return what to put before a command so that permissions bind it, even as root."""
    if os.geteuid() != 0:
        return []
    drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    if not shutil.which("setpriv") or subprocess.run([*drop, "true"], check=False).returncode:
        pytest.skip("root cannot give up its rights here: no permission cannot be tested")
    return drop


def test_no_permission(tmp_path, simulated):
    folder = tmp_path / "locked"
    folder.mkdir()
    source, secret = folder / "in.csv", folder / "secret.csv"
    for path in (source, secret):
        shutil.copy(simulated.path("squat", "left"), path)
    secret.chmod(0)
    folder.chmod(0o555)
    home = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data")}
    home["MPLCONFIGDIR"] = str(tmp_path)
    home.pop("ANKLET_STORE", None)
    prefix = without_root_rights()
    store = "import", "--person", "K-1", "--left-shank", source
    for arguments, says in (
        (("analyze", "--left-shank", secret), "may not be read by you; ask"),
        (("analyze", "--left-shank", source, "--json", folder / "a"), "no permission to write"),
        (
            ("analyze", "--left-shank", source, "--report", folder / "a"),
            "no permission to write there",
        ),
        (("analyze", "--left-shank", source, "--explain", folder / "a"), "choose another for"),
        (("orient", source, folder / "out.csv"), "no permission to write there; choose another"),
        (("demo", "--out", folder / "demo"), "cannot be used (Permission denied); choose another"),
        ((*store, "--store", folder / "new.sqlite"), "cannot be opened; check"),
        (store, "user's data folder"),
    ):
        done = process(*arguments, env=home, prefix=prefix)
        assert (done.returncode, done.stdout) == (1, ""), done
        assert done.stderr.startswith("anklet: ")
        assert done.stderr.count("\n") == 1
        assert says in done.stderr
    assert sorted(p.name for p in folder.iterdir()) == ["in.csv", "secret.csv"]
    folder.chmod(0o755)


def test_interrupt(tmp_path):
    """Ctrl-C in the middle of the work: one line, 130, and what is stored is whole."""
    command = [sys.executable, "-m", "anklet", "demo", "--out", str(tmp_path / "demo")]
    # what a shell starts in the background ignores Ctrl-C, and so would its children
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as child:
        assert "weekly visits" in child.stdout.readline()
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=60)
    assert child.returncode == 130
    assert errors.startswith("anklet: interrupted")
    assert errors.count("\n") == 1
    assert not list(tmp_path.rglob("*.tmp"))


def test_without_a_gap_the_sample_before_is_the_same(works, tmp_path, simulated):
    """Leaving nothing out changes nothing: `without` itself is no cause of refusals."""
    write_samples(tmp_path / "all.csv", without(simulated.samples("squat", "left"), 1e6, 2e6))
    arguments = "--block-deg", 20, "--json", "-"
    assert works("analyze", "--left-shank", "all.csv", *arguments) == works(
        "analyze", "--left-shank", simulated.path("squat", "left"), *arguments
    )


@pytest.mark.parametrize("outputs", [("--angles", "self.csv"), ("--json", "a", "--angles", "a")])
def test_nothing_is_written_over(anklet, tmp_path, simulated, outputs):
    held = simulated.path("squat", "left").read_bytes()
    (tmp_path / "self.csv").write_bytes(held)
    ran = anklet("analyze", "--left-shank", "self.csv", *outputs)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "would be written over" in ran.err
    assert (tmp_path / "self.csv").read_bytes() == held
    ran = anklet("orient", "self.csv", "self.csv")
    assert ran.code == 2
    assert (tmp_path / "self.csv").read_bytes() == held


def test_the_demo_removes_no_other_store(anklet, tmp_path):
    with Store.open(str(tmp_path / "demo.sqlite")) as store:
        store.add_person("K-014")
    ran = anklet("demo", "--out", tmp_path)
    assert ran.code == 1
    assert "K-014" in ran.err
    with Store.open(str(tmp_path / "demo.sqlite")) as store:
        assert [p.code for p in store.people()] == ["K-014"]
