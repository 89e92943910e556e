"""Control messages: a request and its reply."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

from anklet.errors import SensorError
from anklet.sensor.lines import seal, seal_of
from anklet.sensor.link import Link
from anklet.sensor.ranges import Range
from anklet.sensor.timing import Timing

REPLY_S = 3.0
"""Replies go before data: at the longest interval (0.1 s) one takes less than half a second."""
TRIES = 3
MAX_LINE = 1024
"""Bytes of a message, as the sensor takes them."""
_EXACT = 1 << 53
_MOST_TOOK_MS = 60_000
_PLAIN = frozenset({"hello", "auth", "echo", "ack"})
"""Requests that the sensor answers without looking anything up."""

Body = dict[str, Any]
OnEvent = Callable[[Body], None]


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

    Attributes
    ----------
    garbage : int
        Lines that were dropped: no JSON objects, or damaged on the way.
    """

    def __init__(self, link: Link, timing: Timing, on_event: OnEvent | None = None) -> None:
        self._link = link
        self._timing = timing
        self._on_event = on_event
        self._waiting: dict[int, asyncio.Future[tuple[Body, float]]] = {}
        self._next_id = 1
        self._took_s: float | None = None
        self._sealed = False
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

    async def tell(self, do: str, /, **arguments: Any) -> float:
        """Tell the sensor to do something that it answers only if it refuses.

        Returns
        -------
        float
            When the message's end was handed over, host s.
        """
        return await self._link.send_line(_line_of({"do": do, "quiet": True, **arguments}))

    def took(self) -> Body:
        """Return, once, how long the last reply took, as an argument for the next request.

        The sensor keeps its replies quick by it.
        """
        took_s, self._took_s = self._took_s, None
        return {} if took_s is None else {"took_ms": min(round(1000 * took_s), _MOST_TOOK_MS)}

    def on_line(self, line: bytes, host_s: float) -> None:
        """Take a line from the sensor; what is damaged or no JSON object is counted and dropped."""
        body = self._read(line)
        if body is None:
            self.garbage += 1
            return
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

    def _read(self, line: bytes) -> Body | None:
        seal = seal_of(line)
        if seal == "damaged":
            return None
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(message, dict):
            return None
        body = cast("Body", message)
        # A sensor seals all its lines or, with old firmware, none; and "busy" never, for shortness.
        self._sealed |= seal == "whole"
        if self._sealed and seal == "none" and body.get("event") != "busy":
            return None
        return body

    async def _request(self, do: str, arguments: Body, timeout_s: float) -> Reply:
        number = self._next_id
        self._next_id += 1
        line = _line_of({"id": number, "do": do, **arguments})
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
        if do in _PLAIN:
            self._took_s = arrived_s - sent_s
        return Reply(body, sent_s, arrived_s)


def _line_of(message: Body) -> bytes:
    line = seal(json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode())
    if len(line) > MAX_LINE:
        raise SensorError(
            f"The message {message['do']} is {len(line)} bytes long, a sensor takes {MAX_LINE}; "
            "shorten it.",
            "size",
        )
    return line


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
