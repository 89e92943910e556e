"""Virtual time, virtual sensors and a sink in memory: minutes of recording in a second."""

import asyncio
import random
import selectors
import threading
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from anklet.errors import StoreError
from anklet.packets import SAMPLE, decode
from anklet.sensor.motion import Motion
from anklet.sensor.ranges import Ranges
from anklet.sensor.simulated import Faults, SimulatedLink
from anklet.sensor.timing import Timing
from anklet.sensor.virtual import VirtualSensor

UNIX_S = 1.75e9


class _Selector(selectors.DefaultSelector):
    """Never waits while nothing but time is waited for: the clock jumps instead."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> Any:
        if self.loop.threads and timeout != 0:
            return super().select(None)  # the thread tells when it is done
        if timeout is None:
            raise AssertionError("everything waits for something that never comes")
        self.loop.now_s += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time; work in threads takes none of it."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.threads = 0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now_s

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        future = super().run_in_executor(executor, func, *args)
        self.threads += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _future: Any) -> None:
        self.threads -= 1

    def take_time(self, seconds: float) -> None:
        """In a thread: take virtual time, as a slow disk does."""
        over = threading.Event()

        def begin() -> None:
            self.threads -= 1
            self.call_later(seconds, end)

        def end() -> None:
            self.threads += 1
            over.set()

        self.call_soon_threadsafe(begin)
        over.wait()


class Gate:
    """Where threads wait, and virtual time goes on, until it is opened (in the loop's thread)."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.waiting = 0
        self._loop = loop
        self._open = threading.Event()

    def pass_through(self) -> None:
        """In a thread: wait."""
        if not self._open.is_set():
            self._loop.call_soon_threadsafe(self._begin)
            self._open.wait()

    def open(self) -> None:
        """Let everybody go on."""
        self._open.set()
        self._loop.threads += self.waiting
        self.waiting = 0

    def _begin(self) -> None:
        if not self._open.is_set():
            self.waiting += 1
            self._loop.threads -= 1


def run_virtual(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end on virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


def virtual_timing() -> Timing:
    return Timing(
        now_s=lambda: asyncio.get_running_loop().time(),
        unix_s=lambda: UNIX_S + asyncio.get_running_loop().time(),
    )


@dataclass
class Put:
    stored: int = 0
    duplicates: int = 0
    conflicts: tuple[tuple[int, int], ...] = ()
    damaged: tuple[str, ...] = ()


class MemorySink:
    """The store's promises, in memory."""

    def __init__(self) -> None:
        self.packets: dict[tuple[str, int, int], bytes] = {}
        self.echoes: list[tuple[str, Any]] = []
        self.puts = 0
        self.fail_until_s = 0.0
        self.take_s = 0.0
        self.loop: VirtualLoop | None = None
        self.longest = 0

    def put(self, packets: Mapping[str, list[bytes]]) -> dict[str, Put]:
        return {sensor_id: self.put_of(sensor_id, of_it) for sensor_id, of_it in packets.items()}

    def put_of(self, sensor_id: str, packets: list[bytes]) -> Put:
        self.puts += 1
        self.longest = max(self.longest, len(packets))
        if self.loop is not None and self.loop.now_s < self.fail_until_s:
            raise StoreError("The disk is full; free some room.")
        if self.loop is not None and self.take_s:
            self.loop.take_time(self.take_s)
        stored, conflicts = 0, []
        for data in packets:
            packet = decode(data)
            key = (sensor_id, packet.stream, packet.seq)
            held = self.packets.setdefault(key, data)
            stored += held is data
            if held != data:
                conflicts.append((packet.stream, packet.seq))
        return Put(stored, len(packets) - stored - len(conflicts), tuple(conflicts))

    def missing(self, sensor_id: str, stream: int, last: int | None = None) -> Any:
        seqs = [k[2] for k in self.packets if k[:2] == (sensor_id, stream)]
        held = Ranges((s, s) for s in sorted(seqs))
        end = max(seqs, default=-1)
        return held.missing(0, end if last is None else max(last, end))

    def put_echoes(self, echoes: Mapping[str, list[Any]]) -> None:
        self.echoes += [(sensor_id, echo) for sensor_id in echoes for echo in echoes[sensor_id]]

    def of(self, sensor_id: str, stream: int) -> list[bytes]:
        found = sorted((k[2], d) for k, d in self.packets.items() if k[:2] == (sensor_id, stream))
        return [data for _, data in found]


def motion(seed: int = 0, packets: int = 64) -> Motion:
    """Random samples."""
    rng = np.random.default_rng(seed)
    payloads = []
    for _ in range(packets):
        samples = np.zeros(6, SAMPLE)
        samples["acc"] = rng.integers(-32768, 32767, (6, 3))
        samples["quat"][:, 0] = 32767
        payloads.append(samples.tobytes())
    return Motion(payloads)


def sensor(number: int = 0, **changes: Any) -> VirtualSensor:
    made = VirtualSensor(
        f"sensor{number}", motion(number), rng=random.Random(number), **{"ppm": 30.0} | changes
    )
    made.keep_made = True
    return made


def link(device: VirtualSensor, faults: Faults | None = None, **changes: Any) -> SimulatedLink:
    rng = random.Random(device.sensor_id)
    return SimulatedLink(device, timing=virtual_timing(), faults=faults, rng=rng, **changes)


def made(device: VirtualSensor, stream: int | None = None) -> list[bytes]:
    """All that a sensor made, by stream and seq."""
    return [d for k, d in sorted(device.made.items()) if stream is None or k[0] == stream]


def stored(sink: MemorySink, device: VirtualSensor) -> list[bytes]:
    keys = sorted(k for k in sink.packets if k[0] == device.sensor_id)
    return [sink.packets[k] for k in keys]
