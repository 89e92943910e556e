"""The one small protocol of everything that reads a sensor: packets in, control lines both ways."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, Protocol

from anklet.model import Segment, Side

Kind = Literal["ble", "usb", "replay", "simulated"]
Mode = Literal["idle", "live", "untethered"]
OnBytes = Callable[[bytes, float], None]
OnLost = Callable[[str], None]


class Link(Protocol):
    """A way to one sensor, opened and closed as often as needed.

    Everything happens in the event loop's thread. `listen` is called once, before `open`.
    """

    @property
    def kind(self) -> Kind:
        """What kind of link it is."""
        ...

    @property
    def name(self) -> str:
        """What messages call the sensor before it has said who it is."""
        ...

    @property
    def trusted(self) -> bool:
        """Whether the sensor obeys without a proof of the owner key (a cable)."""
        ...

    def listen(self, on_packet: OnBytes, on_line: OnBytes, on_lost: OnLost) -> None:
        """Say who is told of bytes and when they arrived (host s), and why the link was lost."""
        ...

    async def open(self) -> None:
        """Connect; SensorError in one plain sentence when it cannot be done."""
        ...

    async def close(self) -> None:
        """Disconnect; harmless when not connected. `on_lost` is not called."""
        ...

    async def send_line(self, line: bytes) -> float:
        """Send a control line (no newline); return when its end was handed over, host s.

        Raises
        ------
        SensorError
            When the link is lost.
        """
        ...


@dataclass(frozen=True)
class Found:
    """A sensor within reach, as it announces itself; None where it does not say.

    Parameters
    ----------
    kind, address : str
        How to reach it: a Bluetooth address (on macOS an identifier), or a serial port.
    name, short_id : str
        The name that it was given; the last four digits of its id.
    battery : int or None
        Charge in percent.
    owned, holds_recordings, taken, fault : bool
        It has an owner key; holds packets; is connected to a computer; has something to report.
    rssi : int or None
        Signal strength in dBm.
    device : object
        What the Bluetooth library wants back.
    """

    kind: Kind
    address: str
    name: str
    short_id: str = ""
    side: Side | None = None
    segment: Segment | None = None
    battery: int | None = None
    mode: Mode | None = None
    owned: bool = False
    holds_recordings: bool = False
    taken: bool = False
    fault: bool = False
    rssi: int | None = None
    device: object = field(default=None, compare=False, repr=False)


class State(Enum):
    """What a link is doing; the value is the sentence that a user sees."""

    SEARCHING = "Looking for {name}; keep it near and switched on."
    CONNECTING = "Connecting to {name}."
    STREAMING = "{name} is streaming."
    REPAIRING = "{name} is catching up; nothing is lost."
    LOST = "The link to {name} is lost; it records on its own and is reconnected by itself."
    DONE = "{name} is done."

    def sentence(self, name: str) -> str:
        """Return what the user sees."""
        told = self.value.format(name=name)
        return told[:1].upper() + told[1:]


_PAYLOAD_BYTES = 6
_UNKNOWN_BATTERY = 255
_SIDES: tuple[Side | None, ...] = (None, "left", "right", None)
_SEGMENTS: tuple[Segment | None, ...] = (None, "shank", "foot", None)
_MODES: tuple[Mode | None, ...] = ("idle", "live", "untethered", None)
_OWNED, _HOLDS, _TAKEN, _FAULT = 4, 8, 16, 32


def read_advertisement(
    payload: bytes, address: str, name: str | None, rssi: int | None, device: object = None
) -> Found:
    """Read the six bytes that a sensor announces (docs/protocol.md); of others nothing is known."""
    if len(payload) < _PAYLOAD_BYTES or payload[0] != PROTOCOL:
        return Found("ble", address, name or address, rssi=rssi, device=device)
    place, battery, state = payload[1], payload[2], payload[3]
    short_id = payload[4:6].hex()
    return Found(
        "ble",
        address,
        name or f"Anklet {short_id}",
        short_id=short_id,
        side=_SIDES[place & 3],
        segment=_SEGMENTS[place >> 2 & 3],
        battery=None if battery == _UNKNOWN_BATTERY else min(battery, 100),
        mode=_MODES[state & 3],
        owned=bool(state & _OWNED),
        holds_recordings=bool(state & _HOLDS),
        taken=bool(state & _TAKEN),
        fault=bool(state & _FAULT),
        rssi=rssi,
        device=device,
    )


PROTOCOL = 1
"""Version of control and advertisement that this program speaks."""


def side_of(value: object) -> Side | None:
    """Return a side that a sensor named, None when it is none."""
    return value if value in ("left", "right") else None


def segment_of(value: object) -> Segment | None:
    """Return a segment that a sensor named, None when it is none."""
    return value if value in ("shank", "foot") else None
