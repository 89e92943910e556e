"""What somebody says of reps: applied, told, kept by time, and never lost by analysing again."""

from dataclasses import replace
from datetime import UTC, datetime

import jsonschema
import numpy as np
import pytest
from test_reps import RATE_HZ, measured, squats

from anklet.analysis import Settings, analyze
from anklet.errors import UsageError
from anklet.exchange.analysis_json import analysis_to_dict, schema
from anklet.exchange.columns import ANKLET
from anklet.exchange.csv_in import parse_samples
from anklet.exchange.csv_out import samples_text
from anklet.measures.overrules import overruled
from anklet.measures.reps import find_reps
from anklet.model import Overrule, Placement
from anklet.report.words import reps_sentence
from anklet.simulate import LegAbility, Movement, simulate_person, to_packets
from anklet.store import Event, Person, Store
from anklet.visits import NewAssessment, import_files, keep_streams, recompute
from anklet.visits.overrules import (
    DONE_AGAIN,
    PAUSED,
    keep_overrule,
    overrules,
    set_aside_between,
)
from anklet.visits.streams import axis_start_unix_s
from host.visits_rig import LEFT, RIGHT, UNIX_S, Clock, links, record

AT = datetime(2026, 9, 1, 18, 0, tzinfo=UTC)


def no(start_s, end_s, why="wobbled", side=None):
    return Overrule(side, start_s, end_s, counts=False, why=why)


def yes(start_s, end_s, why="looked at", side=None):
    return Overrule(side, start_s, end_s, counts=True, why=why)


class TestOneRep:
    x = squats([20.0])
    at = find_reps(x, RATE_HZ, "df_first")[0]

    def judged(self, said, angle=None, **how):
        x = self.x if angle is None else angle
        rep = measured(x, self.at, has_zero=how.get("has_zero", True))
        return rep, overruled(
            rep, self.at, x, said, far_is_df=True, has_zero=how.get("has_zero", True)
        )

    def test_set_aside(self):
        rep, now = self.judged([no(4.0, 6.0)])
        assert rep.valid
        assert (now.df_valid, now.pf_valid, now.valid) == (False, False, False)
        assert (now.df_peak_deg, now.pf_peak_deg, now.rom_deg) == (None, None, None)
        assert now.reasons == ("set aside by hand: wobbled",)
        assert now.df_time_s == rep.df_time_s

    def test_the_far_peak_decides_which_rep_is_meant(self):
        rep, now = self.judged([no(rep_end := self.at.end / RATE_HZ, rep_end + 9)])
        assert now == rep
        for edge in (no(rep.df_time_s, rep.df_time_s), no(0.0, rep.df_time_s)):
            assert not self.judged([edge])[1].df_valid

    def test_the_last_word_counts(self):
        assert self.judged([no(0, 9), yes(0, 9)])[1].valid
        assert not self.judged([yes(0, 9), no(0, 9)])[1].df_valid
        assert not self.judged([no(0, 9), yes(20, 30)])[1].df_valid
        rep, now = self.judged([no(0, 9), Overrule(None, 0, 9, None, "taken back")])
        assert now == rep

    def test_counted_with_the_reasons_kept(self):
        x = self.x.copy()
        x[self.at.start + 60 : self.at.df - 20] = np.nan
        rep, now = self.judged([yes(0, 9)], x)
        assert not rep.df_valid
        assert rep.reasons == ("a gap may hide the DF peak",)
        assert now.valid
        assert now.reasons == ("a gap may hide the DF peak", "counted by hand: looked at")
        assert now.df_peak_deg == pytest.approx(20.0, abs=1e-6)
        assert now.rom_deg == pytest.approx(48.0, abs=1e-6)

    def test_a_peak_in_a_gap_cannot_be_counted(self):
        x = self.x.copy()
        x[self.at.df - 60 : self.at.df + 60] = np.nan
        _, now = self.judged([yes(0, 9)], x)
        assert (now.df_valid, now.df_peak_deg, now.rom_deg) == (False, None, None)
        assert now.pf_valid
        assert now.pf_peak_deg == pytest.approx(-28.0, abs=1e-6)

    def test_without_a_zero_only_the_range_is_counted(self):
        _, now = self.judged([yes(0, 9)], has_zero=False)
        assert now.valid
        assert (now.df_peak_deg, now.pf_peak_deg) == (None, None)
        assert now.rom_deg == pytest.approx(48.0, abs=1e-6)


@pytest.fixture(scope="module")
def legs():
    return simulate_person(
        Movement(reps=5, standing_s=4.5),
        {"left": LegAbility(27.0), "right": LegAbility(20.0)},
        seed=5,
        segments=("shank",),
    )


@pytest.fixture(scope="module")
def recordings(legs):
    return [leg.recordings["shank"] for leg in legs.values()]


@pytest.fixture(scope="module")
def plain(recordings):
    return analyze(recordings, Settings())


def peak(analysis, side, k):
    return analysis.legs[side].reps[k].df_time_s


def test_an_analysis_takes_them_by_leg(recordings, plain):
    at = peak(plain, "left", 1)
    told = analyze(recordings, Settings(), overrules=[no(at - 0.1, at + 0.1, DONE_AGAIN, "left")])
    assert [r.valid for r in told.legs["left"].reps] == [True, False, True, True, True]
    assert told.legs["right"].reps == plain.legs["right"].reps
    (measured_set,) = told.legs["left"].sets
    assert measured_set.df_peak_deg.n == 4
    held = [r.df_peak_deg for k, r in enumerate(plain.legs["left"].reps) if k != 1]
    assert measured_set.df_peak_deg.mean == pytest.approx(np.mean(held))
    assert told.comparison != plain.comparison
    everything = analyze(recordings, Settings(), overrules=[no(-1e9, 1e9)])
    assert not any(r.valid for leg in everything.legs.values() for r in leg.reps)
    assert all(d is None for d in everything.comparison.measures.values())


def test_json_and_report_say_so(recordings, plain):
    spans = [peak(plain, "left", 0), peak(plain, "left", 2)]
    said = [no(spans[0], spans[0], PAUSED), yes(spans[1], spans[1])]
    told = analyze(recordings, Settings(), overrules=said)
    as_json = analysis_to_dict(told)
    jsonschema.validate(as_json, schema())
    reasons = [rep["reasons"] for rep in as_json["legs"]["left"]["sets"][0]["reps"]]
    assert reasons[:3] == [["set aside by hand: paused"], [], ["counted by hand: looked at"]]
    assert reps_sentence(told.legs["left"]) == (
        "4 of 5 reps used, in 1 set; set aside: set aside by hand: paused (1); "
        "counted by hand: looked at (1)"
    )


@pytest.fixture
def store(tmp_path):
    with Store.open(str(tmp_path / "visits.sqlite")) as opened:
        yield opened


def streams(legs, sides, unix_s):
    return {
        Placement(side, "shank"): (
            f"s-{side}",
            to_packets(
                legs[side].recordings["shank"],
                stream=7,
                sensor_id=f"s-{side}",
                unix_s=unix_s,
            ),
        )
        for side in sides
    }


def only(store):
    (visit,) = store.visits("K-1")
    (assessment,) = store.assessments(visit.id)
    return assessment


def valid(analysis, side):
    return [rep.valid for rep in analysis.legs[side].reps]


def test_files_analysed_again_keep_what_was_said(store, legs, plain):
    new = NewAssessment("K-1", AT, "split_squat", {})

    def bring(side):
        samples = legs[side].recordings["shank"].samples
        data = samples_text(samples).encode()
        file = parse_samples(data, f"{side}.csv", ANKLET)
        files = {Placement(side, "shank"): (f"{side}.csv", file)}
        return import_files(store, Person("K-1"), new, files, ANKLET, Settings())

    bring("left")
    at = peak(plain, "left", 3)
    keep_overrule(store, only(store).id, no(at - 1, at + 1, "  slipped\n badly "))
    both = bring("right")
    for told in (both, recompute(store, only(store))[0]):
        assert valid(told, "left") == [True, True, True, False, True]
        assert told.legs["left"].reps[3].reasons == ("set aside by hand: slipped badly",)
    keep_overrule(store, only(store).id, replace(no(at, at), counts=None, why="a mistake"))
    assert all(valid(recompute(store, only(store))[0], "left"))
    assert len(store.events(only(store).id)) == 2


def test_a_stream_that_began_earlier_moves_what_was_said_along(store, legs, plain):
    store.add_person("K-1")
    new = NewAssessment("K-1", AT, "split_squat", {})
    keep_streams(store, new, streams(legs, ["left"], 1.7e9 + 600), Settings())
    number = only(store).id
    before = axis_start_unix_s(store, number)
    (first, *_) = recompute(store, only(store))[0].legs["left"].reps
    keep_overrule(store, number, no(first.df_time_s - 0.5, first.df_time_s + 0.5, side="left"))
    told = keep_streams(store, new, streams(legs, ["right"], 1.7e9), Settings())
    moved_s = before - axis_start_unix_s(store, number)
    assert moved_s > 500
    (said,) = overrules(store, number)
    assert said.start_s == pytest.approx(first.df_time_s - 0.5 + moved_s, abs=1e-6)
    assert valid(told, "left") == [False, True, True, True, True]
    assert all(valid(told, "right"))


def test_a_pause_and_a_set_done_again_while_recording(store):
    clock = Clock()
    the_links = links(clock, LEFT, RIGHT)
    done = []

    def during(passed_s):
        if not done and passed_s > 60:
            now_s = UNIX_S + clock.timing.now_s()
            assessment = only(store)
            assert set_aside_between(store, assessment.id, now_s - 45, now_s, DONE_AGAIN, "left")
            done.append(now_s)

    outcome, session = clock.run(record(store, the_links, clock, AT, 125, during=during))
    assert session.assessment_id == only(store).id
    assert session.unix_s(clock.now_s) == pytest.approx(UNIX_S + clock.now_s, abs=1e-3)
    start_s = done[0] - 45 - axis_start_unix_s(store, session.assessment_id)
    left = outcome.analysis.legs["left"].reps
    aside = [rep for rep in left if "set aside by hand: done again" in rep.reasons]
    assert aside == [r for r in left if start_s <= r.df_time_s <= start_s + 45]
    assert 0 < len(aside) < len(left)
    assert not any("by hand" in w for r in outcome.analysis.legs["right"].reps for w in r.reasons)
    again, _ = recompute(store, outcome.assessment)
    assert again.legs["left"].reps == left


def test_before_anything_is_recorded_there_is_nothing_to_set_aside(store):
    store.add_person("K-1")
    visit = store.add_visit("K-1", AT)
    number = store.add_assessment(visit, "active", "split_squat", {})
    assert not set_aside_between(store, number, 1.0, 2.0, PAUSED)
    assert store.events(number) == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (no(3.0, 2.0), "before it starts"),
        (no(float("nan"), 2.0), "two times"),
        (no(1.0, 2.0, " "), "Say why"),
        (no(1.0, 2.0, "x" * 201), "Say why"),
    ],
)
def test_what_cannot_be_said(store, said, why):
    store.add_person("K-1")
    number = store.add_assessment(store.add_visit("K-1", AT), "active", "squat", {})
    with pytest.raises(UsageError, match=why):
        keep_overrule(store, number, said)
    assert store.events(number) == []


def test_events_in_the_order_they_were_said(store):
    store.add_person("K-1")
    number = store.add_assessment(store.add_visit("K-1", AT), "active", "squat", {})
    said = [Event("tag", 5.0, {"text": "a"}), Event("marker", 1.0), Event("tag", 3.0)]
    store.put_events(number, said)
    assert store.said(number) == said
    assert store.said(number, "tag") == [said[0], said[2]]
    assert store.events(number) == [said[1], said[2], said[0]]
