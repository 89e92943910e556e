"""Who is at the other end of a link, and the proof of the owner key both ways."""

import re
import secrets
from dataclasses import dataclass
from hmac import compare_digest
from typing import Protocol

from anklet.errors import SensorError
from anklet.model import Segment, Side
from anklet.sensor.control import TRIES, Control
from anklet.sensor.keys import proof
from anklet.sensor.link import PROTOCOL, Link, segment_of, side_of

_NONCE_BYTES = 16
_SENSOR_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class KeyRing(Protocol):
    """Where owner keys come from: `OwnerKeys`, or a dict."""

    def get(self, sensor_id: str, /) -> str | None:
        """Return a sensor's key in hex, None where it is not known."""
        ...


@dataclass(frozen=True)
class Identity:
    """Which sensor is at the other end, as it says itself.

    Parameters
    ----------
    sensor_id, boot : str
        The microcontroller's own id; a random one of each start of it.
    """

    sensor_id: str
    boot: str
    firmware: str
    name: str
    side: Side | None
    segment: Segment | None
    owned: bool

    def __str__(self) -> str:
        """Return what messages call the sensor."""
        if self.side and self.segment:
            return f"the {self.side} {self.segment} sensor"
        return f"the sensor {self.name or self.sensor_id}"


async def greet(control: Control, link: Link, keys: KeyRing) -> Identity:
    """Learn which sensor it is; prove that we hold its owner key, and let it prove the same.

    Raises
    ------
    SensorError
        "no_key", "no_owner", "impostor", "firmware", or what the sensor says.
    """
    for _ in range(TRIES - 1):
        try:
            return await _greet(control, link, keys)
        except SensorError as error:
            if error.code != "timeout":
                raise
    return await _greet(control, link, keys)


async def ask_identity(control: Control) -> tuple[Identity, str, str]:
    """Say hello; return who answers, its nonce, and the nonce that it was given."""
    ours = secrets.token_hex(_NONCE_BYTES)
    body = (await control.request("hello", nonce=ours)).body
    sensor_id, boot, theirs = body.get("sensor"), body.get("boot"), body.get("nonce")
    if body.get("protocol") != PROTOCOL:
        raise SensorError(
            f"The sensor speaks version {body.get('protocol')} of the protocol, this program "
            f"version {PROTOCOL}; update the older of the two.",
            "firmware",
        )
    named = isinstance(sensor_id, str) and _SENSOR_ID.fullmatch(sensor_id)
    if not (named and isinstance(boot, str) and isinstance(theirs, str)):
        raise SensorError(
            "The sensor does not say which one it is; update its firmware.", "firmware"
        )
    identity = Identity(
        str(sensor_id),
        boot,
        str(body.get("fw") or ""),
        str(body.get("name") or ""),
        side_of(body.get("side")),
        segment_of(body.get("segment")),
        bool(body.get("owned")),
    )
    return identity, theirs, ours


async def _greet(control: Control, link: Link, keys: KeyRing) -> Identity:
    identity, theirs, ours = await ask_identity(control)
    if link.trusted:
        return identity
    who = f"{str(identity)[:1].upper()}{str(identity)[1:]}"
    if not identity.owned:
        raise SensorError(
            f"{who} has no owner key yet; plug it in by USB and run anklet setup.", "no_owner"
        )
    key = keys.get(identity.sensor_id)
    if key is None:
        raise SensorError(
            f"{who} ({identity.sensor_id}) has an owner, and its key is not on this computer; "
            "bring the key, or plug the sensor in by USB and run anklet setup.",
            "no_key",
        )
    answer = await control.request("auth", mac=proof(key, "host", theirs))
    theirs_mac = answer.body.get("mac")
    right = proof(key, "sensor", ours)
    if not isinstance(theirs_mac, str) or not compare_digest(
        theirs_mac.lower().encode(), right.encode()
    ):
        raise SensorError(
            f"{who} does not prove that it knows the owner key: it may be another device that "
            "pretends to be it; check which sensor is switched on.",
            "impostor",
        )
    return identity
