"""What everybody can see of the sensor: services, advertisement, public status."""

import binascii
import struct

import bluetooth
from micropython import const

PROTOCOL = const(1)

_READ, _WRITE, _QUICK, _NOTIFY = const(0x02), const(0x08), const(0x04), const(0x10)
_UUID = "8db471b%d-fdf2-45d5-b712-f50e61865101"
_NO_COMPANY = const(0xFFFF)  # the company identifier for those who have none
_NAME_BYTES = const(29)
_SIDES = (None, "left", "right")
_SEGMENTS = (None, "shank", "foot")
_MODES = ("idle", "live", "untethered")
_OWNED, _HOLDS, _TAKEN, _FAULT = const(4), const(8), const(16), const(32)


def services() -> tuple:
    """Return what `gatts_register_services` wants: Anklet, Device Information, Battery."""
    uuid = bluetooth.UUID
    anklet = (
        (uuid(_UUID % 4), _NOTIFY),
        (uuid(_UUID % 5), _WRITE | _QUICK | _NOTIFY),
        (uuid(_UUID % 6), _READ | _NOTIFY),
    )
    texts = tuple([(uuid(number), _READ) for number in (0x2A29, 0x2A24, 0x2A25, 0x2A26)])
    return (
        (uuid(_UUID % 3), anklet),
        (uuid(0x180A), texts),
        (uuid(0x180F), ((uuid(0x2A19), _READ | _NOTIFY),)),
    )


def information(device) -> tuple:
    """Return manufacturer, model, serial number and firmware."""
    return "Anklet project", "Anklet sensor", device.sensor_id, device.version


def name(device) -> bytes:
    """Return the name that is shown, at most 29 bytes."""
    given = device.settings.values["name"]
    return short(given or "Anklet " + device.sensor_id[-4:], _NAME_BYTES)


def short(text: str, most: int) -> bytes:
    """Return as much of a text as fits, in whole characters of UTF-8."""
    coded = text.encode()
    if len(coded) > most:
        while coded[most] & 0xC0 == 0x80:
            most -= 1
    return coded[:most]


def advertisement(device, taken: bool) -> bytes:
    """Return the 31 bytes that are advertised: flags, the service, six bytes of state."""
    values = device.settings.values
    battery = device.battery.percent
    state = _MODES.index(device.sampling.mode)
    state |= _OWNED if values["owner"] else 0
    state |= _HOLDS if device.delivery.owes() else 0
    state |= _TAKEN if taken else 0
    state |= _FAULT if device.log.faults else 0
    place = _SIDES.index(values["side"]) | _SEGMENTS.index(values["segment"]) << 2
    told = bytes((PROTOCOL, place, 255 if battery is None else battery, state))
    told += binascii.unhexlify(device.sensor_id[-4:])
    uuid = bytes(bluetooth.UUID(_UUID % 3))  # pyright: ignore[reportArgumentType] it is a buffer
    service = b"\x02\x01\x06\x11\x07" + uuid
    return service + struct.pack("<BBH", len(told) + 3, 0xFF, _NO_COMPANY) + told


def public_status(device, taken: bool) -> dict:
    """Return what anybody may read."""
    values = device.settings.values
    return {
        "protocol": PROTOCOL,
        "sensor": device.sensor_id,
        "side": values["side"],
        "segment": values["segment"],
        "battery": device.battery.percent,
        "mode": device.sampling.mode,
        "owned": bool(values["owner"]),
        "busy": taken,
    }
