"""The report: complete, self-contained, escaped, and never in the way of odd results."""

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from report_samples import CALIBRATION, analysis, leg, page, trends, two_legs, with_sets

from anklet.measures.sentences import difference_sentence
from anklet.report import ReportPage, render_report
from anklet.report.words import rows, verdict_sentence, weeks_since


class Words(HTMLParser):
    """The words of a page, without styles and without the text of figures."""

    def __init__(self):
        super().__init__()
        self.inside, self.found, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in ("style", "svg"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if self.inside and tag == self.inside[-1]:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            self.found.append(data)


def read(html):
    parser = Words()
    parser.feed(html)
    return " ".join(" ".join(parser.found).split()), parser.tags


def test_the_page_says_what_was_measured():
    words, _ = read(render_report(page()))
    for part in (
        "K-014",
        "14 Apr 2026",
        "2 Jan 2026, 14 weeks since injury",
        "split squat, knee bent, 2 sets of 10",
        "20 deg",
        "M. Example",
        "right \u25cf",
        "19 of 20 reps used, in 2 sets; set aside: a gap may hide the DF peak (1).",
        "6,730 of 6,760 samples",
        "98.7 % of the turning",
        "1.50 deg (borrowed: Konor 2012, weight-bearing lunge, within session)",
        "Anklet 0.1.0, algorithm 3; input 3f9a12c0",
        "Not a medical device; not a diagnosis.",
        "Rising beyond measurement error: +0.75 deg a week",
    ):
        assert part in words, part


def test_the_table_has_every_interval_and_a_dash_where_no_index_is_meant():
    result = two_legs()
    words, _ = read(render_report(page(result)))
    dorsiflexion, plantarflexion, _ = rows(result)
    assert [r.leads for r in rows(result)] == [True, False, False]
    assert dorsiflexion.cells == (("26.3", "23.4 to 29.3"), ("22.5", "19.6 to 25.5"))
    assert dorsiflexion.difference == ("\u22123.8", "\u22128.0 to +0.3")
    assert (dorsiflexion.error, dorsiflexion.lsi) == ("\u00b14.2", "\u2013")
    assert plantarflexion.lsi == "\u2013"
    assert "26.3 (23.4 to 29.3)" in words
    assert "\u22123.8 (\u22128.0 to +0.3)" in words
    assert "\u2013 where its own 95 % interval is wider than" in words


def test_the_verdict_is_a_sentence():
    assert verdict_sentence(two_legs()) == (
        "Right reaches 3.8 deg less dorsiflexion than left: "
        "within measurement error, \u00b14.2 deg that this measurement can't tell apart."
    )
    deep = replace(two_legs().comparison.measures["pf_peak_deg"], difference_deg=-5.0)
    deep = replace(deep, verdict="beyond measurement error", low_deg=-9.0, high_deg=-1.0)
    assert difference_sentence(deep, "pf_peak_deg", None).startswith(
        "Left reaches 5.0 deg more plantarflexion than right: beyond"
    )
    same = replace(deep, difference_deg=0.02)
    assert difference_sentence(same, "rom_deg", "left").startswith(
        "Left moves through the same range as right:"
    )


def test_the_small_print_names_the_parts_of_each_interval():
    words, _ = read(render_report(page()))
    for part in (
        "for the long run (the mean of many such visits)",
        "dorsiflexion this day alone: left \u00b11.0, right \u00b11.0 deg; one rep's angle",
        "left sensor 0.25, calibration and zero 0.35, rep-to-rep 0.26, day-to-day 1.41; right ",
        "calibration and zero: sway of quiet standing; day-to-day: the rest of the SEM, 1.5 deg",
    ):
        assert part in words, part


def test_the_index_wears_its_own_interval():
    near = analysis(leg("left", 40.0, seed=1), leg("right", 38.0, seed=2))
    assert rows(near)[0].lsi == "95 % \u00b110"


def test_the_page_says_what_this_visit_is_among_the_others():
    words, _ = read(render_report(page(course=("Since the visit before, it changed.",))))
    assert "Since the visit before, it changed." in words


def test_the_page_is_one_file_without_scripts_or_requests():
    html = render_report(page())
    _, tags = read(html)
    assert "script" not in tags
    assert "link" not in tags
    assert "img" not in tags
    assert not re.search(r"https?:", re.sub(r'xmlns(:\w+)?="[^"]*"', "", html))
    assert not re.search(r"@import|url\((?!#)", html)


def test_the_page_is_the_same_bytes_each_time():
    assert render_report(page()) == render_report(page())


@pytest.mark.parametrize(
    "field", ["person_code", "protocol", "footwear", "measured_by", "provenance", "notes"]
)
def test_user_text_is_escaped(field):
    html = render_report(page(**{field: '<script>alert("x")</script> & $5$'}, every_rep=False))
    _, tags = read(html)
    assert "script" not in tags
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; $5$" in html


def test_every_rep_is_on_the_second_page_only_when_asked():
    with_reps, tags = read(render_report(page()))
    without, fewer = read(render_report(page(every_rep=False)))
    assert "Every rep" in with_reps
    assert "Every rep" not in without
    assert tags.count("main") == 2
    assert fewer.count("main") == 1
    assert tags.count("section") == 4


ODD = {
    "bare": lambda: ReportPage(analysis=two_legs()),
    "one leg": lambda: page(analysis(leg("left", 25.0)), trends={}),
    "one leg, other's trend": lambda: page(analysis(leg("right", 25.0))),
    "relative": lambda: ReportPage(analysis=two_legs(zero="none")),
    "nothing valid": lambda: page(two_legs(reject_all=True), trends={}),
    "one leg not valid": lambda: page(
        analysis(leg("left", 25.0, reject_all=True), leg("right", 22.0))
    ),
    "table": lambda: page(two_legs(setup="table", zero="neutral"), block_deg=None),
    "not compared": lambda: page(
        analysis(leg("left", 25.0), leg("right", 22.0), compared=False), involved=None
    ),
    "no side marked": lambda: page(
        analysis(leg("left", 25.0), leg("right", 22.0), involved=None), involved=None
    ),
    "no reps": lambda: ReportPage(
        analysis=analysis(with_sets(leg("left", 25.0), ()), compared=False)
    ),
    "one rep": lambda: page(_one_rep()),
    "nominal axis": lambda: page(_nominal()),
    "difference trend only": lambda: page(trends={"difference": trends()["difference"]}),
    "injury after visit": lambda: page(injured_on=date(2027, 1, 1), trends={}),
}


def _one_rep():
    whole = leg("left", 25.0)
    rep_set = replace(whole.sets[0], reps=whole.sets[0].reps[:1])
    return analysis(with_sets(whole, (rep_set,)))


def _nominal():
    unknown = replace(
        CALIBRATION, explained_variance=None, stillness_deg_s=None, misalignment_deg=None
    )
    return analysis(replace(leg("left", 25.0), calibration={"shank": unknown, "foot": unknown}))


@pytest.mark.parametrize("case", ODD)
def test_odd_results_still_make_a_page(case):
    words, _ = read(render_report(ODD[case]()))
    assert "not a diagnosis" in words
    assert "None" not in words
    assert "nan" not in words
    expected = {
        "one leg": "Only the left leg was measured, so there is no other to compare with.",
        "relative": "Right moves through 3.7 deg less range than left",
        "nothing valid": "The dorsiflexion of the two legs cannot be compared: too few valid reps.",
        "table": "zero is the neutral held by the examiner",
        "not compared": "The two legs cannot be compared",
        "no side marked": "Left reaches",
        "no reps": "No rep was found, so there is nothing to measure.",
        "one rep": "one rep each; one rep's angle",
    }
    assert expected.get(case, "") in words


def test_a_relative_page_says_that_only_ranges_count():
    words, _ = read(render_report(ODD["relative"]()))
    assert "Nobody stood still" in words
    dorsiflexion, _, _ = rows(two_legs(zero="none"))
    assert dorsiflexion.cells == (("\u2013", ""), ("\u2013", ""))


@pytest.mark.parametrize(
    ("injured", "visit", "text"),
    [
        (date(2026, 1, 1), date(2026, 1, 4), "3 days since injury"),
        (date(2026, 1, 1), date(2026, 1, 8), "1 week since injury"),
        (date(2026, 1, 1), None, ""),
        (date(2026, 2, 1), date(2026, 1, 1), ""),
    ],
)
def test_weeks_since(injured, visit, text):
    assert weeks_since(injured, visit) == text
