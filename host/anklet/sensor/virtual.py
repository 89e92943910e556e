"""A virtual sensor: what the firmware says and does (docs/protocol.md), with motion made up."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from anklet.packets import Packet, decode, encode
from anklet.sensor.memory import Memory
from anklet.sensor.motion import Source

VERSION = "virtual"
RING_PACKETS, FLASH_PACKETS = 600, 30_000

Body = dict[str, Any]


@dataclass
class VirtualSensor:
    """A sensor that exists in this program only.

    Parameters
    ----------
    sensor_id : str
    source : Source
    side, segment, name : str or None
    owner : str or None
        Its owner key in hex.
    ppm : float
        By how much its clock runs fast.
    ring_packets, flash_packets : int
        Its memory.
    rng : random.Random
        Streams, boots and nonces follow from it.
    on_reboot : callable or None
        Told when it starts anew (its link is gone then).
    """

    sensor_id: str
    source: Source
    side: str | None = None
    segment: str | None = None
    name: str = ""
    owner: str | None = None
    ppm: float = 0.0
    ring_packets: int = RING_PACKETS
    flash_packets: int = FLASH_PACKETS
    rng: random.Random = field(default_factory=random.Random)
    on_reboot: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        self.memory = Memory(self.ring_packets, self.flash_packets)
        self.made: dict[tuple[int, int], bytes] = {}
        self.keep_made = False
        self.mode = "idle"
        self.stream = 0
        self.battery = 87
        self.boot_s: float | None = None
        self.boot_us = self.rng.randrange(10**6, 10**9)
        self.wall_us: int | None = None
        self.next_seq = 0
        self._begin()

    def clock_us(self, now_s: float) -> int:
        """Return the sensor's clock at a moment of the host's."""
        if self.boot_s is None:
            self.boot_s = now_s
        return self.boot_us + int((now_s - self.boot_s) * (1e6 + self.ppm))

    def due_us(self) -> int | None:
        """Return when its next packet is complete, on its clock; None: it makes none."""
        due_us = None if self.mode == "idle" else self.source.due_us(self._k)
        return None if due_us is None else self._start_us + due_us

    def step(self, now_s: float) -> None:
        """Make the packets that are complete by now."""
        now_us = self.clock_us(now_s)
        while (due_us := self.due_us()) is not None and due_us <= now_us:
            start = (self._start_us, self._start_s)
            self._keep(self.source.packet(self._k, self.stream, self.next_seq, *start))
            self._k += 1

    def reboot(self, now_s: float, graceful: bool = False) -> list[tuple[int, int]]:
        """Start anew; return the keys of what is gone for good, none when it shut down first."""
        self.step(now_s)
        if graceful:
            self.stop(now_s)
            self.memory.flush()
        gone = self.memory.power_cut()
        self.mode = "idle"
        self.stream = self.next_seq = 0
        self.boot_s, self.boot_us = now_s, 2_000_000
        self.wall_us = None
        self._begin()
        if self.on_reboot is not None:
            self.on_reboot()
        return gone

    def start(self, mode: str, now_s: float) -> bool:
        """Begin a stream, or change the mode of the one that runs; True: it ran already."""
        already = self.mode == mode
        if self.mode != "idle":
            self.mode = mode
            self.memory.untethered = mode == "untethered"
            return already
        self.mode = mode
        self.memory.untethered = mode == "untethered"
        self._k, self.next_seq = 0, 0
        self._start_s, self._start_us = now_s, self.clock_us(now_s)
        if self.source.stream is not None:
            self.stream = self.source.stream
            return False
        while self.memory.holds(stream := self.rng.randrange(1, 1 << 32)):
            pass
        self.stream = stream
        self.note({"sensor": self.sensor_id, "boot": self.boot, "fw": VERSION})
        self.note({"imu": "virtual", "rate_hz": self.source.rate_hz, "scale": 1})
        self.note({"side": self.side, "segment": self.segment, "name": self.name})
        self.note({"mode": mode})
        if self.wall_us is not None:
            self.note({"unix_us": self.wall_us + self._start_us})
        return False

    def stop(self, now_s: float) -> int:
        """End the stream; return its last seq."""
        self.step(now_s)
        if self.mode != "idle":
            if self.source.stream is None:
                self.note({"end": self.next_seq})
            self.mode = "idle"
            self.memory.untethered = False
        return self.next_seq - 1

    def nonce(self) -> str:
        """Return something new to prove the owner key with."""
        return f"{self.rng.getrandbits(128):032x}"

    def note(self, note: Body) -> None:
        """Put a note into the stream."""
        due_us = self.source.due_us(self._k - 1) if self._k else 0
        time_us = self._start_us + (due_us or 0)
        self._keep(encode(Packet(self.stream, self.next_seq, time_us, 0, note=note)))

    def _begin(self) -> None:
        self.boot = f"{self.rng.getrandbits(32):08x}"
        self._k = self._start_us = 0
        self._start_s = 0.0

    def _keep(self, data: bytes) -> None:
        if self.source.stream is not None:
            self.next_seq = decode(data).seq
        if self.keep_made:
            self.made[self.stream, self.next_seq] = data
        self.memory.put(self.stream, self.next_seq, data)
        self.next_seq += 1
