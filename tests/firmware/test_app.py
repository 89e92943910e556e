"""The whole sensor: real App, drivers, flash and control on modelled hardware."""

import json

import pytest

HEAP_BYTES = 160_000
RING_BYTES_A_S = 146 * 104 / 6
LEAST_RING_S = 6


@pytest.mark.parametrize("what", ["live", "untethered", "links", "faults"])
def test_the_sensor(run_mp, what):
    json.loads(run_mp(f"check_app_{what}.py", heapsize="8m").splitlines()[-1])


def test_all_of_it_in_160_kb(run_mp):
    """Stand-ins and models not counted, nor what they make the string table grow by."""

    def run(what: str, heap_bytes: int, *args: object) -> str:
        return run_mp(f"check_app_{what}.py", *args, heapsize=str(heap_bytes)).splitlines()[-1]

    code, ring = map(int, run("heap", HEAP_BYTES).split())
    everything = run("heap", 8_000_000, "app_heap_models", "app_heap_air")
    stand_ins = int(everything.split()[0]) - code
    told = json.loads(run("heap_run", HEAP_BYTES + stand_ins, ring))
    print(f"code {code} B, ring {ring} B = {ring / RING_BYTES_A_S:.0f} s at 104 Hz; {told}")
    assert ring / RING_BYTES_A_S >= LEAST_RING_S


def test_main(run_mp, request):
    """Power-on, Ctrl-C and a crash."""
    told = run_mp("check_main.py", request.config.rootpath, heapsize="8m")
    json.loads(told.splitlines()[-1])
