"""Settings: checked, written whole or not at all."""

import json


def test_rules(run_mp):
    """Each refused value by name; a file cut at every byte falls back with a fault."""
    out = run_mp("check_settings.py", "rules", heapsize="1m")
    assert json.loads(out.splitlines()[-1])["ok"]


def test_power_cuts(run_mp):
    """After every byte of a change: the old settings or the new ones, never neither."""
    done = json.loads(run_mp("check_settings.py", "cuts", 1, heapsize="4m").splitlines()[-1])
    print(done)
    assert done["cuts"] > 500
    assert 0 < done["old"] < done["cuts"]
