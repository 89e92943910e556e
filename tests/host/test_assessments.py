"""What each protocol gives, on simulated legs with known truth; what does not fit is refused."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from anklet.analysis import Settings, analyze, settings_from_dict
from anklet.errors import UsageError
from anklet.exchange.analysis_json import analysis_to_dict, schema
from anklet.measures.distance import compare_distances
from anklet.measures.findings import findings
from anklet.measures.gap import Reach, active_passive_gap
from anklet.measures.holds import find_holds
from anklet.measures.norms import Sem
from anklet.measures.static import measure_stand
from anklet.model import Summary
from anklet.protocols import find_protocol
from anklet.simulate import LegAbility, Movement, simulate_leg, simulate_person

RATE_HZ = 100.0


def of(protocol, **changes):
    return Settings(protocol=find_protocol(protocol), **changes)


def left(protocol, movement, segments, ability=None, **changes):
    """A simulated left leg analysed by a protocol, and its truth."""
    truth = simulate_leg("left", movement, ability, seed=4, segments=segments)
    result = analyze(list(truth.recordings.values()), of(protocol, **changes))
    jsonschema_valid(result)
    return result, result.legs["left"], truth


def jsonschema_valid(result):
    import jsonschema

    jsonschema.Draft202012Validator(schema()).validate(analysis_to_dict(result))


def test_standing_gives_sway_and_no_reps():
    move = Movement(kind="stand", standing_s=32, sway_deg=0.5)
    result, leg, truth = left("static_standing", move, ("shank",))
    static = leg.static
    assert (leg.sets, leg.holds, result.notes) == ((), (), ())
    assert static.length_s == pytest.approx(32, abs=2)
    t_s = truth.trace.t_s
    inside = (t_s >= static.start_s) & (t_s <= static.end_s)
    assert static.sway_deg == pytest.approx(truth.trace.deg[inside].std(), rel=0.1)
    assert static.sideways_deg == pytest.approx(0.6, rel=0.15)
    assert abs(static.drift_deg) < 1
    (name, sentence) = findings(result)[0]
    assert name == "Left, standing"
    assert "deg forward and back" in sentence


def test_too_short_a_stand_gives_no_sway():
    result, leg, _ = left("static_standing", Movement(kind="stand", standing_s=12), ("shank",))
    assert leg.static is None
    assert result.notes == (
        "The left leg did not stand still for long enough to measure its sway.",
    )


def test_a_circle_of_inclinations_has_its_known_sway():
    t_s = np.arange(0, 30, 1 / RATE_HZ)
    lean, sideways = 2 * np.sin(2 * np.pi * t_s), 2 * np.cos(2 * np.pi * t_s)
    static = measure_stand(lean + 1.0 + 0.1 * t_s, sideways, RATE_HZ, 5.0)
    assert static.path_deg_s == pytest.approx(4 * np.pi, rel=0.01)
    assert static.drift_deg == pytest.approx(2.7, abs=0.05)
    static = measure_stand(lean, sideways, RATE_HZ, 5.0)
    assert (static.sway_deg, static.sideways_deg) == pytest.approx((2**0.5, 2**0.5), rel=0.01)
    assert static.ellipse_deg2 == pytest.approx(np.pi * 5.991 * 2, rel=0.01)
    assert measure_stand(lean[:1500], sideways[:1500], RATE_HZ, 5.0) is None


def test_passive_ends_are_read_where_they_are_held():
    move = Movement(kind="passive_table", reps=3, hold_s=3, tempo_s=(2.5, 2.0))
    result, leg, truth = left("passive_table", move, ("foot",), LegAbility(df_free_deg=12))
    assert (leg.setup, leg.zero, len(leg.reps), len(leg.holds)) == ("table", "neutral", 3, 6)
    for hold, true in zip(leg.holds, truth.holds, strict=True):
        assert hold.angle_deg == pytest.approx(true.angle_deg, abs=0.8)
        assert (
            2.5 < hold.length_s < 5
        )  # with the end of the push, and the beginning of the way back
    for rep, peak in zip(leg.reps, truth.reps, strict=True):
        assert rep.valid
        assert rep.rom_deg == rep.df_peak_deg - rep.pf_peak_deg < peak.rom_deg
    assert [h.angle_deg for h in leg.holds if h.end == "df"] == [r.df_peak_deg for r in leg.reps]
    assert "3 holds of" in dict(findings(result))["Left, held"]


def test_an_end_that_is_not_held_is_not_measured():
    _, leg, _ = left("passive_table", Movement(kind="table", reps=3, tempo_s=(2, 1)), ("foot",))
    assert len(leg.reps) == 3
    assert not any(rep.df_valid or rep.pf_valid for rep in leg.reps)
    assert "the PF end was not held still for 1.5 s" in leg.reps[0].reasons
    _, leg, _ = left("active_table", Movement(kind="table", reps=3, tempo_s=(2, 1)), ("foot",))
    assert all(rep.valid for rep in leg.reps)


@pytest.mark.parametrize("knee", ["bent", "straight"])
def test_a_lunge_counts_its_peak_and_says_where_it_was_held(knee):
    move = Movement(kind="lunge", block_deg=0, reps=3, hold_s=2)
    _, leg, truth = left(f"knee_to_wall_{knee}", move, ("shank",))
    assert len(leg.reps) == len(leg.holds) == 3
    for rep, hold, true in zip(leg.reps, leg.holds, truth.holds, strict=True):
        assert hold.angle_deg == pytest.approx(true.angle_deg, abs=0.6)
        assert rep.df_peak_deg == pytest.approx(hold.angle_deg, abs=2)
        assert rep.df_peak_deg >= hold.angle_deg


def test_heel_rises_to_fatigue_are_counted_and_their_fade_is_told():
    move = Movement(
        kind="heel_rise", block_deg=0, reps=15, tempo_s=(0.9, 0.8), fade=0.4, scatter_deg=1
    )
    result, leg, truth = left("heel_rise", move, ("shank", "foot"))
    assert len(leg.reps) == 15
    true = np.polyfit(range(15), [rep.pf_peak_deg for rep in truth.reps], 1)[0]
    fade = leg.sets[0].pf_peak_deg.fade_per_rep
    assert true > 0.5
    assert fade == pytest.approx(true, abs=0.05)
    assert (
        f"15 reps, −{fade:.2f} deg of plantarflexion a rep"
        in dict(findings(result))["Left, over the set"]
    )


def test_the_protocol_names_the_measure_that_leads():
    people = simulate_person(
        Movement(kind="table", reps=3), {"left": LegAbility(), "right": LegAbility()}, seed=2
    )
    files = [leg.recordings["foot"] for leg in people.values()]
    primary = {
        measure: analyze(
            files,
            Settings(protocol=replace(find_protocol("active_table"), primary=measure)),
        ).comparison.primary
        for measure in ("df_peak_deg", "rom_deg")
    }
    assert primary == {"df_peak_deg": "df_peak_deg", "rom_deg": "rom_deg"}


@pytest.mark.parametrize(
    ("protocol", "segments", "changes", "says"),
    [
        (
            "heel_rise",
            ("shank",),
            {},
            "heel rise to fatigue needs shank and foot sensors; the left",
        ),
        ("passive_table", ("shank",), {}, "needs a foot sensor alone; the left leg has a shank"),
        ("split_squat", ("foot",), {}, "needs a shank sensor or shank and foot sensors"),
        ("knee_to_wall_bent", ("shank",), {"block_deg": 20}, "not done on a block"),
        (
            "split_squat",
            ("shank",),
            {"entered": {"left": {"knee_to_wall_cm": 9.0}}},
            "lets no value be entered, not knee_to_wall_cm",
        ),
        (
            "knee_to_wall_bent",
            ("shank",),
            {"entered": {"left": {"knee_to_wall_cm": 90.0}}},
            "knee_to_wall_cm of the left leg is 90; it lies between 0 and 40",
        ),
    ],
)
def test_what_does_not_fit_the_protocol_is_refused(protocol, segments, changes, says):
    truth = simulate_leg("left", Movement(reps=2), seed=4, segments=segments)
    with pytest.raises(UsageError, match=says):
        analyze(list(truth.recordings.values()), of(protocol, **changes))


def test_settings_come_back_from_the_store_old_ones_too():
    how = of("knee_to_wall_bent", entered={"left": {"knee_to_wall_cm": 9.5}})
    assert settings_from_dict(json.loads(json.dumps(asdict(how)))) == how
    old = {
        "block_deg": 20.0,
        "mount": "nominal",
        "relative": False,
        "involved": "right",
        "direction": None,
    }
    assert settings_from_dict(old) == Settings(block_deg=20.0, involved="right")


def test_distances_are_compared_in_percent_of_the_distance():
    assert compare_distances({"left": 9.0}, None) is None
    assert compare_distances({"left": 0.0, "right": 0.0}, None) is None
    unmarked = compare_distances({"left": 9.0, "right": 12.0}, None)
    assert (unmarked.difference_cm, unmarked.asymmetry_percent) == (-3.0, 25.0)
    involved = compare_distances({"left": 9.0, "right": 12.0}, "right")
    assert involved.difference_cm == 3.0
    assert involved.asymmetry_percent == pytest.approx(-100 / 3)
    assert (involved.accepted_percent, involved.source) == (10.0, "Green 2022")


def test_holds_are_plateaus():
    t_s = np.arange(0, 20, 1 / RATE_HZ)
    steps = np.interp(t_s, [0, 3, 4, 8, 9, 20], [0, 0, 15, 15, 40, 40])
    noise = 0.2 * np.sin(2 * np.pi * 0.7 * t_s)
    holds = find_holds(steps + noise, RATE_HZ, 100.0)
    assert [round(h.angle_deg) for h in holds] == [0, 15, 40]
    assert [h.length_s for h in holds] == pytest.approx([3, 4, 11], abs=0.2)
    assert holds[1].start_s == pytest.approx(104, abs=0.1)
    assert holds[1].steadiness_deg == pytest.approx(0.14, abs=0.05)
    assert find_holds(10 * np.sin(2 * np.pi * t_s / 4), RATE_HZ, 0.0) == ()
    steps[500:550] = np.nan
    assert len(find_holds(steps, RATE_HZ, 0.0)) == 3
    assert find_holds(steps[:10], RATE_HZ, 0.0) == ()
    creep = find_holds(1.0 * t_s, RATE_HZ, 0.0)
    assert all(h.length_s < 2.1 for h in creep)


def five(mean_deg):
    return Summary(mean_deg, mean_deg, 0.5, 5)


ACTIVE = Reach("Active", "table", "neutral", "straight", five(12.0), Sem(1.5, "own", 1.2, dof=10))
PASSIVE = Reach("Passive", "table", "neutral", "straight", five(15.0), Sem(2.0, "borrowed"))


def test_a_gap_is_active_minus_passive_reach_with_an_interval():
    gap = active_passive_gap("left", "df_peak_deg", ACTIVE, PASSIVE)
    assert (gap.active_deg, gap.passive_deg, gap.gap_deg) == (12.0, 15.0, -3.0)
    half_deg = np.hypot(2.228 * 1.5, 1.96 * 2.0)  # Student's for the own, with ten degrees
    assert (gap.low_deg, gap.high_deg) == pytest.approx((-3 - half_deg, -3 + half_deg), abs=0.01)
    assert (gap.verdict, gap.sem_source) == ("within measurement error", "own; borrowed")
    deep, deeper = replace(ACTIVE, summary=five(-30.0)), replace(PASSIVE, summary=five(-40.0))
    gap = active_passive_gap("left", "pf_peak_deg", deep, deeper)
    assert (gap.gap_deg, gap.verdict) == (-10.0, "beyond measurement error")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"setup": "planted", "zero": "standing"}, "Passive with a planted foot: a gap needs the"),
        ({"zero": "none"}, "a gap needs the same zero"),
        ({"knee": "bent"}, "knee straight, Passive with it bent"),
        ({"knee": None}, "with it unsaid: a gap needs the same knee position"),
        ({"summary": Summary(None, None, None, 0)}, "Passive has no valid value of the left leg"),
    ],
)
def test_without_the_same_conditions_there_is_no_gap_but_a_reason(changes, says):
    gap = active_passive_gap("left", "df_peak_deg", ACTIVE, replace(PASSIVE, **changes))
    assert (gap.gap_deg, gap.low_deg, gap.active_deg) == (None, None, None)
    assert says in gap.reason
    assert gap.reason.endswith(".")
