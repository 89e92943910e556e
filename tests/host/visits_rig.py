"""Sessions on virtual time: simulated sensors into a store."""

import asyncio
import math
from typing import Any

from anklet.analysis import Settings
from anklet.model import Placement
from anklet.sensor.simulated import SimulatedLink
from anklet.sensor.simulated_person import simulated_links
from anklet.sensor.timing import Timing
from anklet.store import Person, Store
from anklet.visits import NewAssessment
from anklet.visits.live_session import LiveSession
from anklet.visits.session_views import Outcome
from host.sensor.sensor_rig import VirtualLoop

UNIX_S = 1.79e9
LEFT, RIGHT = Placement("left", "shank"), Placement("right", "shank")


class Clock:
    """Virtual time that goes on from one event loop to the next."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.timing = Timing(
            now_s=lambda: asyncio.get_running_loop().time(),
            unix_s=lambda: UNIX_S + asyncio.get_running_loop().time(),
        )

    def run(self, work: Any, **_: Any) -> Any:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            loop = runner.get_loop()
            loop.now_s = self.now_s
            try:
                return runner.run(work)
            finally:
                self.now_s = loop.now_s
                loop.threads += 1  # the default executor's end


def links(clock: Clock, *placements: Placement, seed: int = 1) -> list[SimulatedLink]:
    """Sensors on a simulated person who begins now, left leg first."""
    made = simulated_links(placements or (LEFT, RIGHT), seed=seed, timing=clock.timing)
    loop_s = made[0].sensor.source.loop_s
    clock.now_s = math.ceil(clock.now_s / loop_s) * loop_s
    return made


def host_s(link: SimulatedLink, sensor_us: Any) -> Any:
    """When a virtual sensor's clock showed a time, on the host's clock."""
    device = link.sensor
    return device.boot_s + (sensor_us - device.boot_us) / (1e6 + device.ppm)


def new_assessment(at: Any, code: str = "K-1") -> NewAssessment:
    return NewAssessment(code, at, "split_squat", {"block_deg": 20})


async def record(
    store: Store, the_links: list[Any], clock: Clock, at: Any, seconds: float, **changes: Any
) -> tuple[Outcome, LiveSession]:
    person = changes.pop("person", Person("K-1", "right"))
    session = LiveSession(
        store,
        person,
        new_assessment(at, person.code),
        changes.pop("settings", Settings(block_deg=20)),
        the_links,
        timing=clock.timing,
    )
    during = changes.pop("during", None)
    session.start()
    began_s = clock.timing.now_s()
    while not session.over:
        await clock.timing.sleep(changes.get("step_s", 0.2))
        session.catch_up()
        await session.keep_up()
        if during is not None:
            during(clock.timing.now_s() - began_s)
        if clock.timing.now_s() - began_s > seconds:
            session.stop()
    return await session.outcome(), session


def untethered(link: SimulatedLink, clock: Clock, seconds: float, dated: bool = True) -> int:
    """Let a sensor record on its own; return the stream."""
    device = link.sensor

    async def act() -> int:
        if dated:
            device.wall_us = round(
                (clock.timing.unix_s() - clock.timing.now_s()) * 1e6
                + clock.timing.now_s() * 1e6
                - device.clock_us(clock.timing.now_s())
            )
        device.start("untethered", clock.timing.now_s())
        for _ in range(int(seconds * 2)):
            await asyncio.sleep(0.5)
            device.step(clock.timing.now_s())
        device.stop(clock.timing.now_s())
        device.memory.flush()
        return device.stream

    return clock.run(act())
