"""One sensor of the rig: starts, power cuts, button, what it made."""

import asyncio
import json
import os
import pty
import tty
from dataclasses import asdict, dataclass
from pathlib import Path

from bumble.device import Device
from bumble.keys import MemoryKeyStore

from link.bridge import Bridge, make_device
from link.events import Air
from link.process import Process
from link.record import Packet, packets_in

HERE = Path(__file__).parent
FIRMWARE = HERE.parents[1] / "firmware"
MODELS = HERE.parent / "firmware" / "mp"
RESTART, ASLEEP = 10, 11
RESTART_S = 0.5
"""How long a board takes from reset to its program."""


@dataclass(frozen=True)
class SensorSetup:
    """What a sensor is like.

    Attributes
    ----------
    program : str
        In ``mp/``: the real firmware, or ``numbered.py`` for tests of the rig itself.
    motion : str
        Of imu_motion.py.
    imu_ppm : int
        Error of the IMU's oscillator.
    ring_bytes, flash_blocks : int
        Memory for packets; blocks of 4096 bytes of flash.
    heapsize : str
        MicroPython's heap, the models and stand-ins included.
    idle_ms : int
        Least sleep between two turns of the loop: more is faster to simulate.
    usb : bool
        Also a serial port, see `Sensor.usb_path`; needs a loop with ``speed=1``.
    """

    program: str = "sensor.py"
    motion: str = "swing"
    imu_ppm: int = 0
    ring_bytes: int = 48 * 1024
    flash_blocks: int = 1024
    heapsize: str = "1m"
    idle_ms: int = 4
    usb: bool = False


@dataclass(frozen=True)
class Boot:
    """One start: the sensor's clock was 0 at this true time, and runs fast by so many ppm."""

    zero_s: float
    ppm: int

    def true_s(self, device_us: float) -> float:
        """Return the true time of a reading of the sensor's clock."""
        return self.zero_s + device_us * 1e-6 / (1 + self.ppm * 1e-6)


class Sensor:
    """A sensor, through all its starts.

    Attributes
    ----------
    address : str
        Bluetooth address.
    sensor_id : str
        What the firmware calls itself.
    boots : list of Boot
    crashes : int
        Ends of the program that nobody asked for.
    usb_path : str or None
        The serial port, where the setup has USB.
    device : Device
        bumble's, new at each start.
    """

    def __init__(
        self, index: int, air: Air, folder: Path, socket_path: Path, micropython: str
    ) -> None:
        self.name = f"sensor {index}"
        self.address = f"F0:00:00:00:00:{index:02X}"
        self.sensor_id = f"24587c0102{index:02x}"
        self.boots: list[Boot] = []
        self.crashes = 0
        self.usb_path: str | None = None
        self.device: Device
        self.keys = MemoryKeyStore()
        self._index = index
        self._air = air
        self._folder = folder
        self._socket_path = socket_path
        self._micropython = micropython
        self._process: Process | None = None
        self._bridge: Bridge | None = None
        self._asleep = False
        self._closing = False
        self._counts = [0, 0]
        self._usb: int | None = None

    def configure(self, setup: SensorSetup, ppm: int, pool: int) -> None:
        """Say what it is like, from the next start on."""
        self.setup, self._ppm, self._pool = setup, ppm, pool
        if setup.usb and self._usb is None:
            self._usb, slave = pty.openpty()
            tty.setraw(slave)
            self.usb_path = os.ttyname(slave)
            self._usb_other = slave

    # power

    def start(self) -> None:
        """Switch on."""
        assert not self.running, f"{self.name} runs already"
        self._asleep = False
        self._boots_before = len(self.boots)
        self.device, controller = make_device(self.name, self.address, self._air, self.keys)
        bridge = Bridge(self.device, controller, self._pool)
        setup = asdict(self.setup) | {
            "name": f"Rig {self._index}",
            "sensor_id": self.sensor_id,
            "flash_file": str(self._folder / "flash.bin"),
            "record": str(self._folder / "record.bin"),
        }
        environment = {
            "MICROPYPATH": f"{HERE / 'mp'}:{FIRMWARE}:{MODELS}",
            "LINK_SETUP": json.dumps(setup),
            "LINK_PPM": str(self._ppm),
        }
        command = [self._micropython, "-X", f"heapsize={self.setup.heapsize}"]
        command.append(str(HERE / "mp" / self.setup.program))
        self._bridge = bridge
        bridge.process = self._process = Process(
            self.name,
            command,
            environment,
            self._socket_path,
            self._folder / "output.txt",
            self._called,
            self._ended,
            self._usb,
        )

    async def booted(self) -> None:
        """Wait until the program is ready."""
        while len(self.boots) == self._boots_before:
            if not self.running:
                raise RuntimeError(f"{self.name} does not start:\n{self.output()}")
            await asyncio.sleep(0.01)

    def power_cut(self) -> None:
        """Take the power away, whatever it does: SIGKILL."""
        assert self._process is not None
        process, self._process = self._process, None
        process.kill()

    def close(self) -> None:
        """Leave it for good."""
        self._closing = True
        if self._process is not None:
            self.power_cut()
        for end in (self._usb, getattr(self, "_usb_other", None)):
            if end is not None:
                os.close(end)

    @property
    def running(self) -> bool:
        """Whether its program runs."""
        return self._process is not None and self._process.exit_code is None

    # what a person does with it

    async def press(self, seconds: float = 0.2) -> None:
        """Press the button for so long; a sensor that sleeps wakes."""
        if self._asleep:
            self.start()
            await self.booted()
        await self._tell(b"b", b"\x01")
        await asyncio.sleep(seconds)
        await self._tell(b"b", b"\x00")

    async def away(self, seconds: float) -> None:
        """Carry it out of reach and back; in between it goes on, unheard."""
        self._air.hide(self.address)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._air.show(self.address)

    def disconnect(self) -> None:
        """End its connections at once, as interference does; it stays in reach."""
        self._air.part(self.address)

    # what a test wants to know

    async def run(self, source: str) -> str:
        """Evaluate (else execute) Python in the firmware: names `app`, `board`, `wire`."""
        return (await self._tell(b"x", source.encode())).decode()

    def made(self) -> list[Packet]:
        """Return every packet it made in all its starts, in order, byte for byte."""
        path = self._folder / "record.bin"
        return list(packets_in(path.read_bytes())) if path.exists() else []

    def output(self) -> str:
        """Return what its programs printed."""
        path = self._folder / "output.txt"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def notified(self) -> int:
        """Notifications that its stack took, in all starts."""
        return self._counts[0] + (self._bridge.notified if self._bridge else 0)

    @property
    def refused(self) -> int:
        """Notifications that its stack refused for want of room (ENOMEM)."""
        return self._counts[1] + (self._bridge.refused if self._bridge else 0)

    async def _tell(self, kind: bytes, payload: bytes) -> bytes:
        assert self._process is not None, f"{self.name} has no power"
        status, answer = await self._process.tell(kind, payload)
        if status:
            raise RuntimeError(f"{self.name}: {answer.decode()}")
        return answer

    async def _called(self, message: bytes) -> tuple[int, bytes]:
        assert self._bridge is not None
        if message.startswith(b'j["booted"'):
            zero_us = json.loads(message[1:])[1]
            self.boots.append(Boot(zero_us * 1e-6, self._ppm))
            return 0, b"null"
        return await self._bridge.on_call(message)

    def _ended(self, exit_code: int) -> None:
        bridge, self._bridge = self._bridge, None
        assert bridge is not None
        self._counts[0] += bridge.notified
        self._counts[1] += bridge.refused
        bridge.close()
        if self._process is None or self._closing:
            return
        self._asleep = exit_code == ASLEEP
        if exit_code == RESTART:
            asyncio.get_running_loop().call_later(RESTART_S, self._restart)
        elif not self._asleep:
            self.crashes += 1

    def _restart(self) -> None:
        if not self._closing and not self.running:
            self.start()
