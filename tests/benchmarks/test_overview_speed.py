"""The lists of ten thousand visits, as a ratio against a bare read of one of their columns."""

import gc
import time
from datetime import date

import numpy as np

from anklet.store import Store, key_text
from anklet.visits import overview
from host.store_many import KEY, fill

VISITS, PEOPLE, BUSIEST, ANALYSIS_BYTES = 10_000, 100, 500, 6_000
ROUNDS = 7
MOST = 12.0
"""Measured: about 4 for the list of everybody, 3.5 for one person's 500 visits."""


def seconds(work):
    """Processor time of one call, without the garbage collector."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    work()
    taken = time.process_time() - start
    gc.enable()
    return taken


def test_lists_and_trends_cost_little_more_than_reading_the_dates_of_all_visits(tmp_path, capsys):
    with Store.open(str(tmp_path / "anklet.sqlite")) as store:
        fill(store, VISITS, people=PEOPLE, busiest=BUSIEST, padding=ANALYSIS_BYTES)
        key = key_text("active", "split_squat", KEY)

        def bare():
            with store._engine.connect() as connection:
                rows = connection.exec_driver_sql("SELECT at FROM visits").all()
            assert len(rows) == VISITS

        def everybody():
            assert len(overview(store, date(2026, 1, 1))) == PEOPLE

        def one_person():
            assert len(store.summaries("K-0", key)) == BUSIEST

        ratios = {}
        for work in (everybody, one_person):
            work()
            ratios[work.__name__] = float(
                np.median([seconds(work) / seconds(bare) for _ in range(ROUNDS)])
            )
    with capsys.disabled():
        print("\nagainst the dates of 10,000 visits:", {k: round(v, 1) for k, v in ratios.items()})
    assert ratios["everybody"] <= MOST
    assert ratios["one_person"] <= MOST
