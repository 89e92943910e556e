"""Sensors, the air and a computer's Bluetooth: everything between the ankle and a bleak program.

    async def session():
        async with Rig(n_sensors=2, folder=tmp_path) as rig:
            device = await BleakScanner.find_device_by_name(.., backend=rig.scanner)
            async with BleakClient(device, backend=rig.client) as client:
                ...
            made = rig.sensors[0].made()

    simulate(session())

Each sensor is the real firmware on MicroPython, in a process of its own. Time is simulated
(simtime.py): the host under test takes its time from ``rig.time_s`` or the running loop.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bumble.keys import MemoryKeyStore

from link.bleak_bumble import Client, Scanner
from link.bridge import make_device
from link.central import Central
from link.events import Advert, Air, Timing
from link.faults import Faults
from link.remote import serve
from link.sensor import Sensor, SensorSetup


@dataclass(frozen=True)
class Heard:
    """One advertisement: when (s), who, what an active scanner is told, and whether to connect."""

    time_s: float
    address: str
    data: bytes
    scan_response: bytes
    connectable: bool


@dataclass
class Rig:
    """Everything, from entering to leaving the context.

    Parameters
    ----------
    n_sensors : int
    folder : Path
        For flash, records and what the programs print.
    micropython : str
        The interpreter.
    intervals_s : sequence of float
        Connection interval of each sensor's link, in turn when there are fewer; phases differ.
    per_event : int
        PDUs that a connection event carries, each way.
    pool : int
        Notifications that a sensor's stack takes before it says ENOMEM (ESP-IDF's default: 12).
    mtu : int
        ATT MTU that the computers ask for.
    centrals : int
        Computers.
    faults : Faults
        Of the notifications at the first computer.
    setup : SensorSetup
        What all sensors have in common.
    ppm : sequence of int
        By how much each sensor's clock is fast; taken in turn.

    Attributes
    ----------
    sensors : list of Sensor
    adverts : list of Heard
    """

    n_sensors: int
    folder: Path
    micropython: str
    intervals_s: Sequence[float] = (0.030,)
    per_event: int = 6
    pool: int = 12
    mtu: int = 517
    centrals: int = 1
    faults: Faults = field(default_factory=Faults)
    setup: SensorSetup = field(default_factory=SensorSetup)
    ppm: Sequence[int] = (0,)
    sensors: list[Sensor] = field(default_factory=list, init=False)
    adverts: list[Heard] = field(default_factory=list, init=False)

    async def __aenter__(self) -> "Rig":
        self._sockets = Path(tempfile.mkdtemp(prefix="anklet"))  # a socket's path must be short
        self._served = []
        self.air = Air(timing_of=self._timing, heard=self._heard)
        self._centrals = [await self._central(k) for k in range(self.centrals)]
        for i in range(self.n_sensors):
            folder = self.folder / f"sensor{i}"
            folder.mkdir(parents=True, exist_ok=True)
            ppm = self.ppm[i % len(self.ppm)]
            sensor = Sensor(i, self.air, folder, self._sockets / str(i), self.micropython)
            sensor.configure(self.setup, ppm, self.pool)
            self.sensors.append(sensor)
            sensor.start()
        for sensor in self.sensors:
            await sensor.booted()
        return self

    async def __aexit__(self, _kind, error, _traceback) -> None:
        for sensor in self.sensors:
            sensor.close()
        for controller in list(self.air.controllers):
            controller.shut_down()
        for stop in self._served:
            stop()
        shutil.rmtree(self._sockets)
        crashes = "\n".join(f"{s.name} crashed:\n{s.output()}" for s in self.sensors if s.crashes)
        if crashes and error is None:
            raise RuntimeError(crashes)
        if crashes:
            error.add_note(crashes)

    @property
    def time_s(self) -> float:
        """The simulated time."""
        return asyncio.get_running_loop().time()

    @property
    def scanner(self) -> type[Scanner]:
        """Backend of BleakScanner on the first computer."""
        return self.scanner_of(0)

    @property
    def client(self) -> type[Client]:
        """Backend of BleakClient on the first computer."""
        return self.client_of(0)

    def scanner_of(self, computer: int) -> type[Scanner]:
        """Return the backend of BleakScanner on a computer."""
        return type("BumbleScanner", (Scanner,), {"central": self._centrals[computer]})

    def client_of(self, computer: int) -> type[Client]:
        """Return the backend of BleakClient on a computer."""
        return type("BumbleClient", (Client,), {"central": self._centrals[computer]})

    def pull_adapter(self, computer: int = 0) -> None:
        """Take a computer's adapter away: its connections end, everything raises BleakError."""
        central = self._centrals[computer]
        central.present = False
        address = central.device.random_address.to_string(False)
        self.air.hide(address)
        self.air.part(address)

    def return_adapter(self, computer: int = 0) -> None:
        """Plug it in again."""
        central = self._centrals[computer]
        central.present = True
        self.air.show(central.device.random_address.to_string(False))

    def keys(self, computer: int = 0) -> MemoryKeyStore:
        """Return the bonds that a computer knows."""
        return self._centrals[computer].device.keystore

    def change_link(self, sensor: int, computer: int = 0, **changes: float) -> None:
        """Change interval_s, phase_s or per_event of one link while it runs."""
        address = self._centrals[computer].device.random_address.to_string(False)
        self.air.change(self.sensors[sensor].address, address, **changes)

    def events(self, sensor: int, computer: int = 0) -> Timing:
        """Return the connection events of a link."""
        central = self._centrals[computer].device.random_address
        return self.air.timing(central, self.sensors[sensor].device.random_address)

    async def serve_adapter(self) -> int:
        """Offer an adapter to a program in another process (remote.py); return the port."""
        port, stop = await serve(self.air)
        self._served.append(stop)
        return port

    async def _central(self, k: int) -> Central:
        address = f"F1:00:00:00:00:{k:02X}"
        device, _ = make_device(f"computer {k}", address, self.air, MemoryKeyStore())
        await device.power_on()
        return Central(device, self.faults if k == 0 else Faults(), self.mtu)

    def _timing(self, one: str, other: str) -> Timing:
        sensor, central = sorted((one, other))  # F0.. and F1..
        i, k = int(sensor[-2:], 16), int(central[-2:], 16)
        interval_s = self.intervals_s[i % len(self.intervals_s)]
        golden = 0.618034  # spreads the phases evenly, whatever their number
        return Timing(interval_s, (i + 7 * k) * golden % 1 * interval_s, self.per_event)

    def _heard(self, advert: Advert) -> None:
        self.adverts.append(
            Heard(
                self.time_s,
                advert.advertiser_address.to_string(False),
                bytes(advert.data),
                bytes(advert.scan_response),
                advert.kind == 0,
            )
        )
