"""Where packets wait, and which is sent next."""

import json


def test_rules(run_mp):
    """Nothing unacknowledged is lost or doubled, whatever link and flash do."""
    assert json.loads(run_mp("check_delivery.py", "rules", heapsize="8m").splitlines()[-1])["ok"]


def test_heap(run_mp):
    """Ring of 20 s, journal and delivery, with 35 minutes in flash, leave the rest their heap."""
    done = json.loads(run_mp("check_delivery.py", "heap", heapsize="16m").splitlines()[-1])
    print(done)
    assert done["made"] < 58_000
    assert done["most"] < 72_000
    assert done["seconds"] >= 35 * 60


def test_code_fits(run_mp):
    """What the source of these modules takes once compiled on the sensor."""
    done = json.loads(run_mp("check_code_heap.py").splitlines()[-1])
    print(done)
    assert sum(done.values()) < 40_000
