"""Sensors within reach, over Bluetooth LE and on cables, and links to those that are wanted."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from anklet.errors import SensorError
from anklet.model import Placement
from anklet.sensor import ble, usb
from anklet.sensor.ble import BleLink
from anklet.sensor.control import Body
from anklet.sensor.greeting import Identity
from anklet.sensor.link import Found, Link
from anklet.sensor.recorder import listing
from anklet.sensor.talk import talk
from anklet.sensor.timing import Timing
from anklet.sensor.usb import UsbLink

SEARCH_S = 5.0
HELLO_S = 3.0
"""A board that starts anew because its port was opened takes longer; it is found the next time."""
_MODES = {"idle", "live", "untethered"}


@dataclass(frozen=True)
class Search:
    """What was found.

    Parameters
    ----------
    found : tuple of Found
        On cables first, then the strongest signal; a sensor that is on a cable only once.
    ids : dict of address to sensor id
        Of those that were asked (on cables).
    silent_ports : tuple of str
        USB serial ports behind which nothing answers as a sensor.
    trouble : str
        Why Bluetooth could not be searched, one sentence; empty when it could.
    """

    found: tuple[Found, ...]
    ids: dict[str, str] = field(default_factory=dict[str, str])
    silent_ports: tuple[str, ...] = ()
    trouble: str = ""


async def search(
    *,
    over_ble: bool = True,
    over_usb: bool = True,
    seconds: float = SEARCH_S,
    backend: ble.Backend | None = None,
    timing: Timing | None = None,
) -> Search:
    """Look for sensors, both ways at once.

    Parameters
    ----------
    over_ble, over_usb : bool
    seconds : float
        How long to listen for Bluetooth, s.
    backend : ble.Backend, optional
    timing : Timing, optional
    """
    timing = timing or Timing()
    ports = usb.find() if over_usb else []
    on_air, asked = await asyncio.gather(
        _on_air(seconds, backend) if over_ble else _nothing(),
        asyncio.gather(*(ask_port(port.address, timing) for port in ports)),
    )
    wired = [found for found in asked if found is not None]
    short = {found.short_id for found, _ in wired}
    aired = [f for f in on_air[0] if not f.short_id or f.short_id not in short]
    return Search(
        (*(found for found, _ in wired), *aired),
        {found.address: identity.sensor_id for found, identity in wired},
        tuple(p.address for p, found in zip(ports, asked, strict=True) if found is None),
        on_air[1],
    )


async def ask_port(port: str, timing: Timing | None = None) -> tuple[Found, Identity] | None:
    """Ask who is behind a serial port; None where no sensor answers."""
    clock = timing or Timing()
    link = UsbLink(port, timing=clock)
    try:
        async with talk(link, clock) as conversation:
            identity = await clock.within(HELLO_S, conversation.meet())
            status = (await conversation.request("status")).body
            held = await listing(conversation.request)
    except (SensorError, TimeoutError):
        return None
    battery, mode = status.get("battery"), status.get("mode")
    found = Found(
        "usb",
        port,
        identity.name or f"Anklet {identity.sensor_id[-4:]}",
        short_id=identity.sensor_id[-4:],
        side=identity.side,
        segment=identity.segment,
        battery=battery if isinstance(battery, int) else None,
        mode=mode if mode in _MODES else None,
        owned=identity.owned,
        holds_recordings=_any_unacknowledged(held),
        fault=bool(status.get("faults")),
    )
    return found, identity


def link_to(found: Found, *, backend: ble.Backend | None = None) -> Link:
    """Return the link to a sensor that was found."""
    if found.kind == "usb":
        return UsbLink(found)
    return BleLink(found, backend=backend)


def is_port(text: str) -> bool:
    """Tell whether a user named a serial port rather than a sensor."""
    return text.startswith("/dev/") or (text.upper().startswith("COM") and text[3:].isdigit())


def chosen(search: Search, wanted: Sequence[str]) -> list[Found]:
    """Return the sensors that a user named: by (the end of) the id, by name or address.

    Raises
    ------
    SensorError
        When one is not there, or a name fits several.
    """
    if not wanted:
        return list(search.found)
    picked: list[Found] = []
    for text in wanted:
        fits = [f for f in search.found if _fits(f, search.ids.get(f.address, ""), text)]
        if len(fits) != 1:
            heard = ", ".join(f"{f.name} ({f.short_id or f.address})" for f in search.found)
            what = "fits several sensors" if fits else "is not found"
            raise SensorError(
                f"{text} {what}; within reach: {heard or 'none'}. Bring it near, switch it on, and "
                "see anklet sensors.",
                "not_found",
            )
        picked += [found for found in fits if found not in picked]
    return picked


def placement_of(found: Found) -> Placement | None:
    """Return where a sensor says that it is worn."""
    return Placement(found.side, found.segment) if found.side and found.segment else None


def refuse_double(found: Sequence[Found]) -> None:
    """Refuse two sensors in one place.

    Raises
    ------
    SensorError
    """
    seen: dict[Placement, Found] = {}
    for each in found:
        placement = placement_of(each)
        if placement is None:
            continue
        other = seen.setdefault(placement, each)
        if other is not each:
            raise SensorError(
                f"{other.name} and {each.name} are both set up as the {placement}; name one with "
                "--sensor, or give the other its place with anklet setup.",
                "placement",
            )


def _fits(found: Found, sensor_id: str, text: str) -> bool:
    wanted = text.casefold()
    if wanted in (found.address.casefold(), found.name.casefold()):
        return True
    known = (sensor_id or found.short_id).casefold()
    return bool(known) and (known.endswith(wanted) or wanted.endswith(known))


async def _on_air(seconds: float, backend: ble.Backend | None) -> tuple[list[Found], str]:
    try:
        return await ble.find(seconds, backend), ""
    except SensorError as error:
        return [], str(error)


async def _nothing() -> tuple[list[Found], str]:
    return [], ""


def _any_unacknowledged(entries: list[Body]) -> bool:
    return any(entry.get("unacknowledged") for entry in entries)
