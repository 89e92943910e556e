"""A course of stored results: the person's own SEM, the legs at two visits, and since when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from report_samples import leg, two_legs

from anklet.model import MEASURES
from anklet.store import Assessment, VisitSummary
from anklet.store.summary import summary_of
from anklet.visits import leading_measure, sems, standing, trends, with_own_sem

FIRST = datetime(2026, 3, 2, 18, tzinfo=UTC)


def result(visit, left_deg, right_deg, *, protocol="split_squat", compared=True):
    """A visit's stored result: four reps a leg, wide by 1 deg either way."""

    def side(at_deg):
        reps = [
            {"df_peak_deg": at_deg + d, "pf_peak_deg": -20.0, "rom_deg": at_deg + d + 20.0}
            for d in (-1.0, 1.0, -1.0, 1.0, -1.0, 1.0)
        ]
        return {"zero": "standing", "sets": [{"direction": "df_first", "reps": reps}]}

    analysis = {
        "algorithm": 2,
        "legs": {"left": side(left_deg), "right": side(right_deg)},
        "comparison": {
            "involved": "right",
            "primary": "df_peak_deg",
            "measures": {"df_peak_deg": {"difference_deg": right_deg - left_deg}},
        }
        if compared
        else None,
    }
    assessment = Assessment(visit, visit, "active", protocol, {}, "key")
    at = FIRST + timedelta(weeks=visit)
    return VisitSummary(visit, at, assessment, summary_of(analysis), 2)


def course(visits, *, shared_deg=0.0, own_deg=0.0, seed=3):
    """Weekly visits of legs 6 deg apart; some of what days do is the same in both legs."""
    rng = np.random.default_rng(seed)
    days = rng.normal(0, shared_deg, visits)
    return [
        result(k, 26.0 + days[k] + rng.normal(0, own_deg), 20.0 + days[k] + rng.normal(0, own_deg))
        for k in range(visits)
    ]


def test_the_literatures_sem_is_borrowed_until_the_own_is_known():
    few, many = sems(course(11, own_deg=1.0)), sems(course(12, own_deg=1.0))
    for who in ("left", "right", "difference"):
        assert few[who]["df_peak_deg"].source.startswith("borrowed")
        assert few[who]["df_peak_deg"].dof is None
        assert many[who]["df_peak_deg"].source == "own, 12 visits"
        assert many[who]["df_peak_deg"].dof == 10
    assert sems([])["left"]["df_peak_deg"].source.startswith("borrowed")


def test_what_days_do_to_both_legs_is_not_in_their_difference():
    found = sems(course(30, shared_deg=2.0, own_deg=0.8))
    assert found["left"]["df_peak_deg"].deg == pytest.approx(2.15, rel=0.35)
    assert found["difference"]["df_peak_deg"].deg == pytest.approx(0.8, rel=0.35)


def test_a_borrowed_sem_goes_with_the_protocol():
    results = [result(0, 26.0, 20.0, protocol="active_table")]
    assert "Krause" in sems(results)["left"]["df_peak_deg"].source


def test_the_legs_at_the_latest_visit_and_the_one_before():
    results = course(13, own_deg=1.0)
    found = standing(results, "right")
    assert [r.visit_id for r in found.at] == [11, 12]
    latest = found.comparisons[-1].measures["df_peak_deg"]
    assert latest.sem_source == "own, 13 visits"
    before = found.comparisons[0].measures["df_peak_deg"]
    assert found.change.change_deg == pytest.approx(latest.difference_deg - before.difference_deg)
    assert (found.consistency.visits, found.consistency.less) == (10, "right")
    fitted = trends(results, "right")["df_peak_deg"]["difference"]
    assert fitted.points[-1].value_deg == pytest.approx(latest.difference_deg)
    assert fitted.points[-1].half_deg == pytest.approx(latest.half_deg, rel=0.01)
    assert fitted.mdc_deg == pytest.approx(2**0.5 * fitted.points[-1].half_deg)


def test_one_visit_stands_alone_and_a_visit_of_one_leg_does_not_stand():
    alone = standing([result(0, 26.0, 20.0)], "right")
    assert (alone.change, alone.consistency, len(alone.comparisons)) == (None, None, 1)
    assert standing([result(0, 26.0, 20.0, compared=False)], "right") is None
    assert leading_measure([result(0, 26.0, 20.0, compared=False)]) == "df_peak_deg"


def test_a_leg_alone_leads_with_what_its_reps_were_made_for():
    alone = result(0, 26.0, 20.0, compared=False)
    for made_for, leads in (("pf_peak_deg", "pf_peak_deg"), (None, "df_peak_deg")):
        rises = replace(alone, summary=alone.summary | {"primary": made_for})
        assert leading_measure([rises]) == leads


def test_all_assessments_of_a_visit_are_one_point():
    again = replace(result(0, 30.0, 20.0), at=FIRST)
    found = trends([result(0, 26.0, 20.0), again], None)["df_peak_deg"]["left"]
    assert [p.value_deg for p in found.points] == [pytest.approx(28.0)]


def test_an_analysis_takes_its_persons_own_sem():
    own = sems(course(14, own_deg=0.9))
    analysis = two_legs()
    again = with_own_sem(analysis, own)
    for measure in MEASURES:
        d = again.comparison.measures[measure]
        assert d.sem_source == "own, 14 visits"
        assert d.difference_deg == analysis.comparison.measures[measure].difference_deg
    day = again.legs["left"].estimates["df_peak_deg"].long_run.parts[-1]
    assert (day.name, day.source[:15]) == ("day-to-day", "the rest of the")
    assert again.comparison.primary == analysis.comparison.primary
    assert leg("left", 27.0).estimates["df_peak_deg"].n == 19
