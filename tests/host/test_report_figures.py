"""Figures: text as text, the same bytes each time, gaps as gaps, zones and intervals in place."""

import re
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from report_samples import REJECTED, analysis, leg, trend_of, trends, two_legs

from anklet.errors import DataError
from anklet.report import (
    dots,
    leg_drawing,
    line_figure,
    overlay,
    save_figure,
    sides,
    svg,
    trace,
    trend,
)
from anklet.report.figures import normalised

SVG = "{http://www.w3.org/2000/svg}"


def texts(drawing):
    return ["".join(t.itertext()).strip() for t in ET.fromstring(drawing).iter(f"{SVG}text")]


def artist(fig, gid, axes=0):
    return next(a for a in fig.axes[axes].get_children() if a.get_gid() == gid)


def all_figures():
    left, right = leg("left", 27.0), leg("right", 23.0, seed=2)
    t_s = np.arange(10.0)
    return {
        "trace": trace(left, left.sets[0], title="set 1", block_deg=20.0, involved="left"),
        "overlay": overlay([left, right], block_deg=20.0, involved="right"),
        "sides": sides(analysis(left, right), "df_peak_deg"),
        "trend": trend(trends()["df_peak_deg"], label="dorsiflexion", injured_on=date(2026, 1, 2)),
        "line": line_figure("rate", [("x", t_s, t_s), ("y", t_s, -t_s)], "deg/s", [(1, 2, "zero")]),
    }


def test_text_stays_text_and_names_the_unit():
    expected = {
        "trace": ["left \u25cf", "set 1 \u00b7 block 20 deg", "ankle angle, deg", "time, s"],
        "overlay": ["left", "right \u25cf", "time within the rep, %"],
        "sides": ["left", "right \u25cf", "dorsiflexion, deg", "difference, deg", "\u00b14.2"],
        "trend": ["left", "right", "dorsiflexion, deg", "injury", "1 Mar", "2026"],
        "line": ["rate", "deg/s", "zero", "x", "y"],
    }
    for name, fig in all_figures().items():
        assert set(expected[name]) <= set(texts(svg(fig, name))), name


def test_figures_are_the_same_bytes_each_time():
    one = {name: svg(fig, name) for name, fig in all_figures().items()}
    two = {name: svg(fig, name) for name, fig in all_figures().items()}
    assert one == two


def test_ids_of_two_figures_do_not_meet_and_references_hold():
    found = []
    for name, fig in all_figures().items():
        drawing = svg(fig, name)
        ids = set(re.findall(r'\bid="([^"]+)"', drawing))
        used = set(re.findall(r'(?:href="|url\()#([^")]+)', drawing))
        assert used <= ids
        found.append(ids)
    assert len(set.union(*found)) == sum(len(ids) for ids in found)


def test_figures_ask_nothing_of_the_network_and_follow_the_page_colours():
    for name, fig in all_figures().items():
        drawing = svg(fig, name)
        without = re.sub(r'xmlns(:\w+)?="[^"]*"', "", drawing)
        assert "http" not in without
        assert "<metadata" not in drawing
        assert "var(--ink, #1b1f24)" in drawing


def test_the_house_style_ignores_and_keeps_the_callers_style():
    from matplotlib import rc_context, rcParams

    with rc_context({"font.size": 30.0, "svg.fonttype": "path"}):
        changed = svg(all_figures()["sides"], "sides")
        assert rcParams["font.size"] == 30.0
    assert changed == svg(all_figures()["sides"], "sides")


def test_a_gap_in_the_recording_is_a_gap_in_the_line():
    left = leg("left", 27.0)
    fig = trace(left, left.sets[0])
    line = artist(fig, "left-angle")
    rep = left.sets[0].reps[REJECTED - 1]
    t_s, deg = line.get_data()
    within = (t_s > rep.start_s) & (t_s < rep.end_s)
    assert np.isnan(deg[within]).any()
    path = re.search(r'<g id="trace-left-angle">\s*<path d="([^"]*)"', svg(fig, "trace")).group(1)
    assert path.count("M") == 2


def test_only_invalid_reps_are_hatched_and_only_peaks_that_stand_are_ringed():
    left = leg("left", 27.0)
    fig = trace(left, left.sets[0])
    hatched = [a for a in fig.axes[0].patches if a.get_hatch()]
    rep = left.sets[0].reps[REJECTED - 1]
    assert [(a.get_x(), a.get_x() + a.get_width()) for a in hatched] == [(rep.start_s, rep.end_s)]
    rings = [tuple(a.get_data()[0]) for a in fig.axes[0].lines if a.get_marker() == "o"]
    assert len(rings) == 2 * 9
    assert (rep.df_time_s,) not in rings
    tops = [a.get_data()[1][0] for a in fig.axes[0].lines if a.get_marker() == "o"]
    assert tops[0] == pytest.approx(left.sets[0].reps[0].df_peak_deg, abs=0.05)


def test_every_angle_axis_holds_zero():
    for name, fig in all_figures().items():
        for ax in fig.axes:
            low, high = ax.get_ylim()
            if name != "line":
                assert low < 0 < high, name


def test_reps_are_normalised_to_their_own_time():
    left = leg("left", 27.0)
    rep = left.sets[0].reps[0]
    line = normalised(left, rep)
    assert line.shape == (101,)
    assert np.nanargmax(line) == 40
    assert line[40] == pytest.approx(rep.df_peak_deg, abs=0.05)
    assert np.isnan(normalised(left, left.sets[0].reps[REJECTED - 1])).any()


def test_the_difference_axis_has_the_same_scale_and_its_zero_at_the_other_mean():
    result = two_legs()
    fig = sides(result, "df_peak_deg")
    legs_ax, difference_ax = fig.axes
    other = result.legs["left"].estimates["df_peak_deg"].value_deg
    assert np.subtract(legs_ax.get_ylim(), difference_ax.get_ylim()) == pytest.approx([other] * 2)
    zone = artist(fig, "mdc-zone", axes=1)
    half = result.comparison.measures["df_peak_deg"].half_deg
    assert half == pytest.approx(1.959964 * 2**0.5 * 1.5)
    assert (zone.get_y(), zone.get_height()) == pytest.approx((-half, 2 * half))


def test_each_leg_wears_the_day_alone_inside_the_long_run():
    result = two_legs()
    lines = sides(result, "df_peak_deg").axes[0].lines
    bars = [b for b in lines if len(b.get_xdata()) == 2 and len(set(b.get_xdata())) == 1]
    drawn = {(round(b.get_linewidth(), 1), *np.round(b.get_ydata(), 9)) for b in bars}
    for leg_ in result.legs.values():
        found = leg_.estimates["df_peak_deg"]
        for width, interval in ((0.8, found.long_run), (2.4, found.today)):
            assert (width, *np.round([interval.low_deg, interval.high_deg], 9)) in drawn


def test_the_slope_is_drawn_over_the_visits_that_it_is_fitted_to():
    values = trend_of("df_peak_deg", 20.0, 0.5)
    later = replace(values, from_day=values.points[4].day)
    x, _ = artist(trend({"left": later}, label="x"), "theil-sen").get_data()
    assert x[0] == values.points[4].day
    assert x[-1] == values.points[-1].day


def test_trend_stands_on_dates_and_missed_visits_break_the_line():
    values = trend_of("df_peak_deg", 20.0, 0.5)
    fig = trend({"left": values}, label="dorsiflexion", injured_on=date(2026, 1, 2))
    x, y = artist(fig, "visits").get_data()
    assert np.isnan(y).sum() == 1
    assert x[np.isfinite(y)].tolist() == [p.day for p in values.points]
    assert x[3] == date(2026, 2, 10).toordinal()
    assert np.isnan(y[4])
    zone = artist(fig, "mdc-zone")
    assert zone.get_y() == pytest.approx(values.baseline_deg - values.mdc_deg)
    assert artist(fig, "injury").get_xdata()[0] == date(2026, 1, 2).toordinal()
    x, y = artist(fig, "theil-sen").get_data()
    assert (y[-1] - y[0]) / (x[-1] - x[0]) * 7 == pytest.approx(0.5)


def test_trend_puts_an_old_injury_at_the_edge_and_needs_no_slope():
    values = replace(
        trend_of("difference", -3.0, 0.1, n=1),
        slope_deg_week=None,
        low_deg_week=None,
        high_deg_week=None,
        intercept_deg=None,
    )
    values = replace(values, points=values.points[:1])
    drawing = svg(trend({"difference": values}, label="x", injured_on=date(2024, 5, 1)), "t")
    assert "\u2190 injury" in texts(drawing)
    assert 'id="t-theil-sen"' not in drawing
    assert 'id="t-injury"' not in drawing


@pytest.mark.parametrize("angle_deg", [-60.0, -38.0, -5.0, 0.0, 26.3, 55.0])
@pytest.mark.parametrize("block_deg", [-10.0, 0.0, 20.0])
def test_leg_is_drawn_at_its_angle(angle_deg, block_deg):
    drawing = leg_drawing(angle_deg, block_deg, "right")
    number = f"{angle_deg:+.1f}".replace("-", "\u2212").replace("+0.0", "0.0")
    assert f"{number}\u00b0" in texts(drawing)
    paths = [p.get("d") for p in ET.fromstring(drawing).iter(f"{SVG}path")]
    rays = [d for d in paths if re.fullmatch(r"M\S+ L\S+", d)]
    (ankle, neutral), (_, shank) = (
        [np.array([float(v) for v in p.split(",")]) for p in re.findall(r"[\d.-]+,[\d.-]+", d)]
        for d in rays
    )
    a, b = neutral - ankle, shank - ankle
    turn = np.degrees(np.arctan2(a[0] * b[1] - a[1] * b[0], a @ b))
    assert turn == pytest.approx(angle_deg, abs=0.15)
    assert all(y <= 216.1 for d in paths for y in _heights(d))


def test_the_left_leg_mirrors_the_right():
    left, right = (leg_drawing(20.0, 10.0, side) for side in ("left", "right"))
    x_left, x_right = (
        [float(c.get("cx")) for c in ET.fromstring(d).iter(f"{SVG}circle")] for d in (left, right)
    )
    assert np.add(x_left, x_right) == pytest.approx([220.0], abs=0.2)
    assert "left" in texts(left)


def _heights(d):
    return [float(y) for _, y in re.findall(r"([\d.-]+),([\d.-]+)", d) if float(y) > 0]


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_figures_are_saved_by_their_ending(tmp_path, ending):
    t_s = np.arange(5.0)
    fig = line_figure("angle", [("left shank", t_s, t_s)], "deg")
    path = tmp_path / f"angle.{ending}"
    save_figure(fig, path)
    start = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}[ending]
    assert path.read_bytes().startswith(start)


@pytest.mark.parametrize("name", ["missing/angle.svg", "missing/angle.png", "angle.docx"])
def test_a_figure_that_cannot_be_saved_is_one_sentence(tmp_path, name):
    t_s = np.arange(5.0)
    fig = line_figure("angle", [("x", t_s, t_s)], "deg")
    with pytest.raises(DataError, match="cannot be written"):
        save_figure(fig, tmp_path / name)


def test_threads_that_draw_at_once_draw_the_same():
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda _: svg(all_figures()["trend"], "trend"), range(8)))
    assert set(drawn) == {svg(all_figures()["trend"], "trend")}


def test_of_many_visits_evenly_chosen_ones_are_drawn():
    few, many = (trend_of("df_peak_deg", 20.0, 0.0, n=n) for n in (150, 1000))
    assert dots(few) == list(range(150))
    assert len(dots(many)) == 150
    assert (dots(many)[0], dots(many)[-1]) == (0, 999)
    drawing = trend({"left": many}, label="dorsiflexion", to_point_at=True)
    assert "2032" in texts(svg(drawing, "long"))
