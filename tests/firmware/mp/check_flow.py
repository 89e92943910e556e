"""Data as fast as the radio takes it: nothing lost, all in order, and control gets through."""

import json

from ble_bench import STEP_US, Bench, seqs
from bluetooth import air


def flow(interval_us, per_event, pool, seconds=20, rate_hz=0, telling=False):
    """Send as fast as may be (or at a rate) with a question each second; return what it came to.

    `telling`: each question says how long the answer to the last one took.
    """
    bench = Bench(pool)
    central = air.connect(3, interval_us, per_event)
    bench.turn()
    took_us, asked_us, sent, due = [], None, 0, 0.0
    if telling:
        bench.ask(3, {"do": "version"})
        bench.ask(3, {"do": "version", "took_ms": 2 * interval_us // 1000})
    for i in range(int(seconds * 1_000_000 / STEP_US)):
        bench.turn()
        due += rate_hz * STEP_US / 1e6 if rate_hz else 8
        for _ in range(8):
            if due < 1 or not bench.send(sent):
                break
            sent += 1
            due -= 1
        due = min(due, 1e4 if rate_hz else 8)
        if asked_us is None and i % 250 == 200:
            known = len(central.texts(bench.ctl))
            asked_us = bench.device.time.us
            told = took_us[-1] // 1000 if telling and took_us else None
            asked = {"do": "version", "took_ms": told} if told else {"do": "version"}
            air.write(3, bench.ctl, json.dumps(asked).encode() + b"\n")
        elif asked_us and len(central.texts(bench.ctl)) > known:
            took_us.append(bench.device.time.us - asked_us)
            asked_us = None
    assert asked_us is None or bench.device.time.us - asked_us < 1_500_000
    enomem = air.enomem
    bench.seconds(pool * interval_us / per_event / 1e6 + 1)
    assert seqs(central, bench.data) == list(range(sent)), "lost or out of order"
    capacity = seconds * 1e6 / interval_us * per_event
    return {
        "link": [interval_us // 1000, per_event, pool],
        "used": round(sent / capacity, 2),
        "control_s": round(max(took_us) / 1e6, 2),
        "mostly_s": round(sorted(took_us)[len(took_us) * 9 // 10] / 1e6, 2),
        "full": round(enomem / seconds, 1),
    }


def nothing_is_lost_when_the_pool_is_full():
    figures = []
    for interval_us, per_event in ((7_500, 4), (30_000, 6), (50_000, 4), (100_000, 1)):
        for pool in (8, 12, 24):
            figure = flow(interval_us, per_event, pool, 60 if per_event == 1 else 20)
            # at the fastest, the loop's turns are the limit
            assert figure["used"] > 0.8 or interval_us < 10_000, figure
            figures.append(figure)
    for figure in figures:  # a reply waits behind what the stack has taken already
        interval_ms, per_event, pool = figure["link"]
        assert figure["control_s"] < 0.1 + pool * interval_ms / per_event / 1000, figure
        assert pool > 8 or figure["control_s"] < 1, figure
        assert figure["mostly_s"] < 0.5, figure  # but while it tries whether the link is faster
    for pool in (12, 24):
        figure = flow(100_000, 1, pool, 58, telling=True)
        assert figure["control_s"] < 0.9 and figure["used"] > 0.85 and not figure["full"], figure
        figures.append(figure)
    live = flow(30_000, 6, 12, rate_hz=18)
    assert live["full"] == 0, live
    return figures + [live]


print(json.dumps(nothing_is_lost_when_the_pool_is_full()))
