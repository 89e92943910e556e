"""A live visit of four simulated sensors, for a minute: frames, loss, memory.

The whole half-hour is ``python tests/app/soak.py``.
"""

import pytest

pytest.importorskip("playwright.sync_api")

from soak import soak


def test_a_minute_of_four_sensors(browser, tmp_path):
    found = soak(0.7, tmp_path, browser)
    print(found)
    assert found.frames_hz >= 25, "31 where the machine is free"
    assert ", 0 lost" in found.lost
    assert max(found.server_mib) - found.server_mib[0] < 12
    assert max(found.heap_mib) - found.heap_mib[0] < 6
