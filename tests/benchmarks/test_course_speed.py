"""A person of ten thousand visits: their page, as a ratio against a bare read of the summaries."""

import json
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from anklet.app.course import VISITS_SHOWN, View, draw_course, load_course
from anklet.store import Store
from anklet.visits.simulated_course import CODE, simulate_course
from benchmarks.test_overview_speed import ROUNDS, seconds
from host.store_many import fill

VISITS, ANALYSIS_BYTES = 10_000, 6_000
MOST_LOADING, MOST_DRAWING = 3.0, 12.0
"""Measured: about 1.1 for the page; fitted and drawn in about 5 times what a dozen visits take."""
MOST_SVG_BYTES = 300_000


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store.open(str(tmp_path_factory.mktemp("many") / "anklet.sqlite")) as held:
        fill(
            held,
            VISITS + 1,
            people=2,
            busiest=VISITS,
            padding=ANALYSIS_BYTES,
            first=datetime.now(UTC) - timedelta(days=VISITS),
            wait=timedelta(days=1),
        )
        yield held


def test_the_page_costs_little_more_than_reading_every_summary(store, capsys):
    person = store.person("K-0")

    def bare():
        with store._engine.connect() as connection:
            rows = connection.exec_driver_sql(
                "SELECT s.data FROM visits v JOIN assessments a ON a.visit_id = v.id "
                "JOIN results r ON r.assessment_id = a.id JOIN summaries s ON s.result_id = r.id "
                "WHERE v.person_id = 1 ORDER BY v.at"
            ).all()
        assert len([json.loads(data) for (data,) in rows]) == VISITS

    def page():
        course = load_course(store, person, View())
        assert (course.count, len(course.visits)) == (VISITS, VISITS_SHOWN)

    page()
    taken = [(seconds(page), seconds(bare)) for _ in range(ROUNDS)]
    ratio = float(np.median([one / other for one, other in taken]))
    with capsys.disabled():
        ms = 1000 * min(one for one, _ in taken)
        print(f"\nthe page of {VISITS} visits: {ms:.0f} ms, {ratio:.2f} of reading the summaries")
    assert ratio <= MOST_LOADING


def test_drawing_them_costs_a_few_times_what_a_dozen_visits_do(store, tmp_path, capsys):
    with Store.open(str(tmp_path / "few.sqlite")) as few:
        simulate_course(few)
        dozen = load_course(few, few.person(CODE), View()), few.person(CODE)
    many = load_course(store, store.person("K-0"), View()), store.person("K-0")

    def draw(course):
        began = time.process_time()
        drawing = draw_course(*course)
        return time.process_time() - began, drawing

    for course in (dozen, many):
        draw(course)
    taken = [(draw(many)[0], draw(dozen)[0]) for _ in range(ROUNDS)]
    ratio = float(np.median([one / other for one, other in taken]))
    size = len(draw(many)[1].svg.encode())
    with capsys.disabled():
        ms = 1000 * min(one for one, _ in taken)
        print(f"\nfitted and drawn in {ms:.0f} ms, {ratio:.1f} times a dozen, {size // 1000} kB")
    assert ratio <= MOST_DRAWING
    assert size <= MOST_SVG_BYTES
