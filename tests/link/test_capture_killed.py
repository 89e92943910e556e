"""The recording program killed at any moment, on the real radio stack and the real store."""

import asyncio
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("bleak", reason="no bleak: pip install -e '.[test]'")
pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")

from anklet.store import Store
from link.captured import FAST, check_reports, made_by_stream, make_capture, own, sample_end_s
from link.remote import serve
from link.simtime import simulate

SPEED = 4.0
"""The program's time and the rig's run at the same pace; it imports and connects in real time."""

PROGRAM = """
import asyncio, json, sys
from anklet.sensor.ble import Backend, BleLink
from anklet.sensor.capture import Capture
from anklet.store import Store
from link.captured import StoreSink, sim_timing
from link.remote import attach
from link.simtime import simulate

async def record(port, path, keys):
    scanner, client = await attach(port)
    timing = sim_timing()
    links = [
        BleLink(address, backend=Backend(scanner, client), timing=timing)
        for address in json.loads(sys.argv[5])
    ]
    capture = Capture(links, StoreSink(Store.open(path)), keys=keys, timing=timing)
    async with capture:
        print("streaming", flush=True)
        while any(recorder.to_come for recorder in capture.recorders):
            await asyncio.sleep(0.1)
        print("caught up", flush=True)
        await asyncio.sleep(3600)

simulate(record(int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])), speed=float(sys.argv[4]))
"""


def test_a_killed_recording_lacks_at_most_its_last_second(make_rig, tmp_path, full):
    """Kills at 100 random moments with `--full`, at 5 without; then another program goes on."""
    path = str(tmp_path / "anklet.sqlite")
    kills = 100 if full else 5
    rng = random.Random(8)

    async def main():
        async with make_rig(setup=FAST) as rig:
            keys = await own(rig)
            (sensor,) = rig.sensors
            missing_s = []
            for _ in range(kills):
                seconds = rng.uniform(0.5, 2.5)
                killed_s = await _run_and_kill(rig, path, keys, "caught up", seconds)
                with Store.open(path, create=False) as store:
                    missing_s.append(killed_s - _first_missing_s(store, sensor, killed_s))
            worst_s = max(missing_s)
            print(
                f"killed {kills} times: missing on the disk at most the last {worst_s:.2f} s "
                f"(median {sorted(missing_s)[kills // 2]:.2f} s)"
            )
            assert worst_s <= 1.0
            assert sum(missing_s) > 0  # a kill may come just after a commit, not each time
            await _run_and_kill(rig, path, keys, "streaming", 0.2)  # as it catches up
            with Store.open(path, create=False) as store:
                held = sum(len(store.packets(sensor.sensor_id, s)) for s in made_by_stream(sensor))
                async with await make_capture(rig, store) as capture:
                    await asyncio.sleep(2)
                    (report,) = await capture.stop()
                print(f"{held} packets were on the disk; a later run made it {report.stored}, all")
                assert report.held_before == held
                check_reports(store, rig.sensors, [report])
                assert len(made_by_stream(sensor)) == 1

    simulate(main(), speed=SPEED)


async def _run_and_kill(rig, path: str, keys: dict, told: str, seconds: float) -> float:
    """Record in a program of its own until it told so, and some seconds; return when it died."""
    port, unplug = await serve(rig.air)
    addresses = json.dumps([sensor.address for sensor in rig.sensors])
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, str(port), path, json.dumps(keys), str(SPEED), addresses),
        env={"PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.PIPE,
    )
    try:
        assert program.stdout is not None
        while (await asyncio.wait_for(program.stdout.readline(), 60)).decode().strip() != told:
            assert program.returncode is None
        await asyncio.sleep(seconds)
    finally:
        program.kill()
        killed_s = rig.time_s
        await program.wait()
        unplug()
    return killed_s


def _first_missing_s(store: Store, sensor, killed_s: float) -> float:
    """Return when the oldest packet was made that should be on the disk and is not."""
    for stream, packets in made_by_stream(sensor).items():
        held = set(store.packets(sensor.sensor_id, stream))
        for data in packets:
            end_s = sample_end_s(data, sensor)
            if data not in held and end_s is not None:
                return min(end_s, killed_s)
    return killed_s
