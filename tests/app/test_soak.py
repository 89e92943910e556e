"""A live visit of four simulated sensors, for a minute: frames, loss, memory.

The whole half-hour is ``python tests/app/soak.py``.
"""

import pytest

pytest.importorskip("playwright.sync_api")

from soak import soak


def test_a_minute_of_four_sensors(browser, tmp_path):
    found = soak(0.7, tmp_path, browser)
    print(found)
    assert found.frames_hz >= 15, "a page gets 25 frames a second where the machine is free"
    assert ", 0 lost" in found.lost
    assert found.server_end_mib - found.server_start_mib < 12
    assert found.heap_end_mib - found.heap_start_mib < 6
