"""A person of ten thousand visits: their page, as a ratio against a bare read of the summaries."""

import json
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener

import numpy as np
import pytest

from anklet.app.course import VISITS_SHOWN, View, draw_course, load_course
from anklet.store import Store
from anklet.visits.simulated_course import CODE, simulate_course
from benchmarks.test_overview_speed import ROUNDS, seconds
from host.store_many import fill

VISITS, ANALYSIS_BYTES = 10_000, 6_000
MOST_LOADING, MOST_DRAWING, MOST_SENDING = 3.0, 12.0, 3.0
"""Measured: about 1.1 to load the page, 0.6 to send it; drawn in about 5 times a dozen visits."""
FAST_APP = Path(__file__).parents[1] / "app" / "fast_app.py"
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


def bare(store):
    """Read every summary of the person with nothing but the driver."""
    with store._engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT s.data FROM visits v JOIN assessments a ON a.visit_id = v.id "
            "JOIN results r ON r.assessment_id = a.id JOIN summaries s ON s.result_id = r.id "
            "WHERE v.person_id = 1 ORDER BY v.at"
        ).all()
    assert len([json.loads(data) for (data,) in rows]) == VISITS


def test_the_page_costs_little_more_than_reading_every_summary(store, capsys):
    person = store.person("K-0")

    def page():
        course = load_course(store, person, View())
        assert (course.count, len(course.visits)) == (VISITS, VISITS_SHOWN)

    page()
    taken = [(seconds(page), seconds(lambda: bare(store))) for _ in range(ROUNDS)]
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


def wall_s(work):
    """Time of one call that another process works for."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def served(path):
    """The app on a store; give what opens its addresses, and those of its people by code."""
    command = [sys.executable, str(FAST_APP), path, "1.0"]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as app:
        address = app.stdout.readline().strip()
        opener = build_opener(HTTPCookieProcessor())
        html = opener.open(address, timeout=60).read().decode()
        refs = re.findall(r"/person/([0-9a-f]{16})", html)
        yield lambda ref: opener.open(f"{address.split('/?')[0]}/person/{ref}").read(), refs
        app.terminate()


def test_the_page_is_sent_in_little_more_than_reading_every_summary(store, capsys):
    with served(store.where) as (get, refs):
        get(refs[0])
        taken = [(wall_s(lambda: get(refs[0])), wall_s(lambda: bare(store))) for _ in range(ROUNDS)]
    ratio = float(np.median([one / other for one, other in taken]))
    with capsys.disabled():
        low, middle, high = 1000 * np.quantile([one for one, _ in taken], [0, 0.5, 1])
        print(f"\nsent in {middle:.0f} ms ({low:.0f} to {high:.0f}), {ratio:.2f} of reading them")
    assert ratio <= MOST_SENDING
