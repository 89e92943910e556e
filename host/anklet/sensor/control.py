"""Control messages: a request and its reply, and who is at the other end."""

import asyncio
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Protocol, TypeGuard, cast

from anklet.errors import SensorError
from anklet.model import Segment, Side
from anklet.sensor.keys import proof
from anklet.sensor.link import PROTOCOL, Link, segment_of, side_of
from anklet.sensor.ranges import Range
from anklet.sensor.timing import Timing

REPLY_S = 3.0
"""Replies go before data: at the longest interval (0.1 s) one takes less than half a second."""
TRIES = 3
MAX_LINE = 1024
"""Bytes of a message, as the sensor takes them."""
_NONCE_BYTES = 16
_EXACT = 1 << 53
_SENSOR_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

Body = dict[str, Any]
OnEvent = Callable[[Body], None]


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


@dataclass(frozen=True)
class Reply:
    """A reply, when the request's end was handed over, and when it arrived (host s)."""

    body: Body
    sent_s: float
    arrived_s: float

    def integer(self, key: str) -> int:
        """Return a whole number of the reply, not negative and of at most 53 bits.

        Raises
        ------
        SensorError
            When it is none.
        """
        value = self.body.get(key)
        if not is_count(value) or value >= _EXACT:
            raise SensorError(
                f"The sensor's reply has no whole number {key}; update its firmware.", "firmware"
            )
        return value


class Control:
    """Requests over a link; replies are matched by their ids.

    Parameters
    ----------
    link : Link
    timing : Timing
    on_event : callable, optional
        Gets what the sensor says unasked, one object a line.
    """

    def __init__(self, link: Link, timing: Timing, on_event: OnEvent | None = None) -> None:
        self._link = link
        self._timing = timing
        self._on_event = on_event
        self._waiting: dict[int, asyncio.Future[tuple[Body, float]]] = {}
        self._next_id = 1
        self.garbage = 0

    async def request(
        self, do: str, /, *, timeout_s: float = REPLY_S, tries: int = 1, **arguments: Any
    ) -> Reply:
        """Ask the sensor to do something and wait for its reply.

        Parameters
        ----------
        do : str
            The command.
        timeout_s : float
            How long to wait for the reply, s.
        tries : int
            How often to send it; more than once only what is harmless twice.
        **arguments
            Of the command.

        Raises
        ------
        SensorError
            With the sensor's own code and sentence; "timeout"; "lost".
        """
        for _ in range(tries - 1):
            try:
                return await self._request(do, arguments, timeout_s)
            except SensorError as error:
                if error.code != "timeout":
                    raise
        return await self._request(do, arguments, timeout_s)

    def on_line(self, line: bytes, host_s: float) -> None:
        """Take a line from the sensor; what is not a JSON object is counted and dropped."""
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            self.garbage += 1
            return
        body = cast("Body", message)
        number = body.get("id")
        waiting = self._waiting.get(number) if type(number) is int else None
        if waiting is not None and not waiting.done():
            waiting.set_result((body, host_s))
        elif body.get("event") == "busy":
            self.lost(
                f"{self._link.name} is connected to another computer; end that connection first.",
                "busy",
            )
        elif "event" in body and self._on_event is not None:
            self._on_event(body)

    def lost(self, why: str, code: str = "lost") -> None:
        """Fail every request that waits."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(SensorError(why, code))

    async def _request(self, do: str, arguments: Body, timeout_s: float) -> Reply:
        number = self._next_id
        self._next_id += 1
        message = {"id": number, "do": do, **arguments}
        line = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()
        if len(line) > MAX_LINE:
            raise SensorError(
                f"The message {do} is {len(line)} bytes long, a sensor takes {MAX_LINE}; shorten "
                "it.",
                "size",
            )
        waiting: asyncio.Future[tuple[Body, float]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            sent_s = await self._link.send_line(line)
            body, arrived_s = await self._timing.within(timeout_s, waiting)
        except TimeoutError as error:
            raise SensorError(
                f"{self._link.name} does not answer ({do}, {timeout_s:g} s); bring it near, or "
                "switch it off and on.",
                "timeout",
            ) from error
        finally:
            del self._waiting[number]
            if waiting.done() and not waiting.cancelled():
                waiting.exception()
        if "ok" not in body:
            why = str(body.get("why") or "it does not say why").rstrip(".")
            raise SensorError(
                f"{self._link.name} refuses {do}: {why}.", str(body.get("error") or "refused")
            )
        return Reply(body, sent_s, arrived_s)


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


def is_count(value: object) -> TypeGuard[int]:
    """Tell whether something is a whole number that is not negative."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def pairs(value: object) -> list[Range]:
    """Return the ranges in a reply; what is none is passed over."""
    pairs: list[Range] = []
    for item in cast("list[object]", value) if isinstance(value, list) else []:
        if isinstance(item, list) and len(pair := cast("list[Any]", item)) == 2:
            first, last = pair
            if is_count(first) and is_count(last) and first <= last:
                pairs.append((first, last))
    return pairs
