"""``anklet protocols``, and ``--protocol`` from the command line to the report."""

import json
import re

import pytest

from anklet.exchange.csv_out import write_samples
from anklet.model import SIDES
from anklet.protocols import builtin_names, protocol_from_dict
from anklet.simulate import LegAbility, Movement, simulate_leg
from anklet.store import Store


@pytest.fixture(autouse=True)
def no_own(monkeypatch, tmp_path_factory):
    """Only what comes with Anklet, whoever runs the tests."""
    folder = tmp_path_factory.mktemp("own")
    monkeypatch.setenv("ANKLET_PROTOCOLS", str(folder))
    return folder


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Both feet on the table, moved by an examiner (left further than it moves by itself)."""
    folder = tmp_path_factory.mktemp("table")
    for side in SIDES:
        for kind, df_deg in (("passive_table", 22.0), ("table", 10.0)):
            move = Movement(kind=kind, reps=3, hold_s=2.5, tempo_s=(2.0, 1.5), standing_s=4.5)
            ability = LegAbility(df_free_deg=df_deg)
            leg = simulate_leg(side, move, ability, seed=3, segments=("foot",))
            write_samples(folder / f"{kind}-{side}.csv", leg.recordings["foot"].samples)
    return folder


def test_the_list_and_each_sheet(works):
    said = works("protocols")
    for name in builtin_names():
        assert f"\n{name} " in said
    sheet = works("protocols", "split-squat")
    assert sheet.startswith("Split squat, active ankle range\n")
    assert "  1. First stand still for five seconds on the flat floor: this is zero.\n" in sheet
    assert "2 to 3 sets, 8 to 10 reps" in sheet
    assert "Compared only with the same block, footwear." in sheet
    assert "knee_to_wall_cm: distance" in works("protocols", "knee_to_wall_bent")


@pytest.mark.parametrize("name", builtin_names())
def test_json_is_the_protocol(works, name):
    assert protocol_from_dict(json.loads(works("protocols", name, "--json")), "it").name == name


def test_json_of_all(works):
    assert [p["name"] for p in json.loads(works("protocols", "--json"))] == list(builtin_names())


def test_ones_own_is_listed_and_used(works, refused, no_own, simulated):
    text = json.loads(works("protocols", "split_squat", "--json"))
    lines = [f"{k} = {json.dumps(v)}" for k, v in text.items() if v is not None]
    own = "\n".join(lines).replace('"split_squat"', '"slow_squat"', 1)
    (no_own / "slow_squat.toml").write_text(own)
    assert "(your own)" in works("protocols")
    shank = simulated.path("squat", "left")
    works("analyze", "--left-shank", shank, "--protocol", "slow-squat", "--block-deg", 20)
    (no_own / "slow_squat.toml").write_text(own + "\nmood = 3\n")
    said = refused("analyze", "--left-shank", shank, "--protocol", "slow_squat")
    assert "slow_squat.toml: unknown mood; a protocol has name" in said


def test_analyze_with_a_protocol(works, refused, simulated):
    shank, foot = (simulated.path("rise", "left", s) for s in ("shank", "foot"))
    said = works("analyze", "--left-shank", shank, "--left-foot", foot, "--protocol", "heel-rise")
    assert "Left, over the set: 3 reps, " in said
    said = refused("analyze", "--left-shank", shank, "--protocol", "heel_rise", code=2)
    assert "The heel rise to fatigue needs shank and foot sensors" in said
    said = refused("analyze", "--left-shank", shank, "--protocol", "squat", code=2)
    assert "no protocol called 'squat'; there are calibration, " in said


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--enter", "left.knee_to_wall_cm=9"], "say --protocol"),
        (["--protocol", "knee_to_wall_bent", "--enter", "9.5"], "write it like left.knee_to_wall"),
        (["--protocol", "knee_to_wall_bent", "--enter", "left.knee_to_wall_cm=x"], "no number"),
        (["--protocol", "knee_to_wall_bent", "--enter", "left.knee_to_wall_cm=nan"], "between 0"),
        (
            ["--protocol", "knee_to_wall_bent", *["--enter", "left.knee_to_wall_cm=9"] * 2],
            "twice",
        ),
        (["--protocol", "knee_to_wall_bent", "--block-deg", 20], "not done on a block"),
        (["--protocol", "knee_to_wall_bent", "--knee", "straight"], "done with the knee bent"),
        (["--knee", "straight"], "--knee goes with --protocol"),
    ],
)
def test_options_that_do_not_go_together(refused, simulated, more, says):
    assert says in refused(
        "analyze", "--left-shank", simulated.path("squat", "left"), *more, code=2
    )


def test_the_distance_to_the_wall_is_entered_leg_by_leg(works, simulated):
    given = "--protocol", "knee_to_wall_bent", "--person", "K-1", "--at", "2026-03-01"
    for side, cm in (("left", 12.0), ("right", 9.0)):
        shank = simulated.path("squat", side)
        entered = f"{side}.knee_to_wall_cm={cm}"
        said = works(
            "import", f"--{side}-shank", shank, "--enter", entered, *given, "--involved=right"
        )
    told = "right minus left −3.0 cm, 25 % of the distance: beyond the 10 % that experts accept"
    assert f"Knee to wall, entered: left 12.0 cm, right 9.0 cm; {told}" in said
    works("report", "page.html", "--person", "K-1")
    works("reanalyze", "--person", "K-1")
    with Store.open("default.sqlite") as store:
        (result,) = store.results("K-1")
    assert result.analysis["entered"]["right"] == {"knee_to_wall_cm": 9.0}
    assert result.assessment.protocol == "knee_to_wall_bent"


def test_active_against_passive_at_one_visit(works, refused, tmp_path, table):
    person = "--person", "K-1"
    for kind, protocol in (("passive_table", "passive-table"), ("table", "active-table")):
        feet = [f"--{side}-foot={table / f'{kind}-{side}.csv'}" for side in SIDES]
        works("import", *person, *feet, "--protocol", protocol, "--at", "2026-03-01")
    said = works("compare", *person, "--key", "passive_table")
    assert "Active against passive, left, dorsiflexion: active 1" in said
    assert "active reaches less far, by 1" in said
    gaps = json.loads(works("compare", *person, "--key", "active_table", "--json"))["gaps"]
    assert [(g["side"], g["measure"]) for g in gaps][:2] == [
        ("left", "df_peak_deg"),
        ("left", "pf_peak_deg"),
    ]
    assert gaps[0]["gap_deg"] == pytest.approx(-12, abs=2)
    assert "Krause" in gaps[0]["sem_source"]
    half_deg = gaps[0]["gap_deg"] - gaps[0]["low_deg"]
    assert half_deg == pytest.approx(1.96 * 2**0.5 * 2.5, abs=0.2)
    assert gaps[0]["verdict"] == "beyond measurement error"
    works("report", "page.html", *person, "--key", "active_table")
    assert "Active against passive" in (tmp_path / "page.html").read_text()
    with Store.open("default.sqlite") as store:
        kinds = {r.assessment.kind: r.assessment.key for r in store.results("K-1")}
    assert kinds == {"passive": {"knee": "straight", "footwear": None}, "active": kinds["passive"]}


def test_a_gap_is_told_only_where_one_of_the_two_is_looked_at(works, simulated, table):
    person = "--person", "K-1", "--at", "2026-03-01"
    for kind, protocol in (("passive_table", "passive-table"), ("table", "active-table")):
        foot = table / f"{kind}-left.csv"
        works("import", *person, "--left-foot", foot, "--protocol", protocol)
    files = [f"--{side}-shank={simulated.path('squat', side)}" for side in SIDES]
    works("import", *person, *files, "--block-deg", 20)
    assert "reaches less far" in works("compare", "--person", "K-1", "--key", "active_table")
    said = works("compare", "--person", "K-1", "--key", "split_squat")
    assert "reaches less far" not in said
    assert "a gap needs the same set-up" in said


def test_no_gap_across_knee_positions(works, table):
    person = "--person", "K-1", "--at", "2026-03-01"
    for kind, knee in (("passive_table", "straight"), ("table", "bent")):
        foot = table / f"{kind}-left.csv"
        protocol = "passive-table" if kind == "passive_table" else "active-table"
        works("import", *person, "--left-foot", foot, "--protocol", protocol, "--knee", knee)
    said = works("compare", "--person", "K-1", "--key", "passive_table")
    assert "left: not compared. Active range on the table was done with the knee bent" in said
    assert said.count("not compared") == 1


def test_standing_goes_through_to_the_report(works, tmp_path):
    person = "--person", "K-1"
    for side, seed in (("left", 1), ("right", 2)):
        leg = simulate_leg(
            side, Movement(kind="stand", standing_s=25), seed=seed, segments=("shank",)
        )
        write_samples(tmp_path / f"{side}.csv", leg.recordings["shank"].samples)
    files = [f"--{side}-shank={side}.csv" for side in SIDES]
    lean = [f"--enter={side}.tibial_lean_deg={deg}" for side, deg in (("left", 4), ("right", 6.5))]
    said = works("import", *person, *files, *lean, "--protocol", "static-standing")
    assert re.search(r"Left, standing: over 2\d s the shank swayed by 0\.3\d deg forward", said)
    assert "left +4.0 deg, right +6.5 deg; left minus right −2.5 deg." in said
    said = works("trend", *person)
    assert "static standing, static\nIt has no reps whose course could be followed" in said
    works("report", "standing.html", *person)
    page = (tmp_path / "standing.html").read_text()
    assert "swayed by" in page
    assert "no reps found" not in page
    assert "Plantarflexion" not in page
    works("report", "page.html", *person)
    assert "Quiet standing was measured" in (tmp_path / "page.html").read_text()
    assert "1 assessments again; 0 results changed" in works("reanalyze", *person)


def test_footwear_has_no_place_in_a_calibration(refused, simulated):
    said = refused(
        "import",
        *("--person", "K-1", "--left-shank", simulated.path("squat", "left")),
        *("--protocol", "calibration", "--footwear", "shoes"),
        code=2,
    )
    assert "does not depend on footwear" in said


def test_heel_rises_say_the_same_on_the_screen_and_on_the_page(works, tmp_path, simulated):
    person = "--person", "K-1"
    files = [f"--left-{s}={simulated.path('rise', 'left', s)}" for s in ("shank", "foot")]
    said = works("import", *person, *files, "--protocol", "heel-rise", "--mass-kg", 70)
    (told,) = re.findall(r"^3 heel rises.*$", said, re.MULTILINE)
    assert re.search(r"; work \d+ J \(\d+ to \d+\)\.$", told)
    works("report", "page.html", *person)
    assert f"set 1: {told}" in (tmp_path / "page.html").read_text()
    assert "Parts of the interval of plantarflexion, left" in said
    assert "Plantarflexion, left: No verdict" in works("trend", *person)
    assert "0 results changed" in works("reanalyze", *person)
    with Store.open("default.sqlite") as store:
        (result,) = store.results("K-1")
    assert result.analysis["legs"]["left"]["sets"][0]["heel_rise"]["work"]["value_j"] > 0
