"""Echoes that tie a sensor's clock to the computer's, at little cost of air."""

import random
from typing import Any, cast

from anklet.sensor.control import Control, Reply, is_count
from anklet.sensor.timing import Timing
from anklet.signals.clock import Echo

FIRST_S, QUICK_S, USUAL_S = 0.05, 0.25, 0.5
"""Mean time between echoes: two at first, then, and later."""
FIRST = 2
QUICK_FOR_S = 20.0
ALL_ANSWERED_S = 3.0
"""After a connection: the sensor learns its pace by the answers."""
ANSWER_S = 5.0
SLOW_ANSWER_S = 1.0
SLOW_S = 0.3
"""A reply that takes longer waits in the sensor's radio: there its pace is watched closely."""
REPLY_S = 2.0
MOST_QUIET = 6
"""As many as the sensor remembers."""
_X_END = 1000


class EchoExchange:
    """Sends echoes at random times over one connection, most of them quiet.

    A quiet echo has no reply; the reply to one that is not tells when those before it came.

    Parameters
    ----------
    control : Control
    timing : Timing
    rng : random.Random
    """

    def __init__(self, control: Control, timing: Timing, rng: random.Random) -> None:
        self._control = control
        self._timing = timing
        self._rng = rng
        self._began_s = self._answered_s = timing.now_s()
        self._slow = False
        self._unanswered = False
        self._sent = 0
        self._x = 0
        self._quiet: dict[int, float] = {}

    async def pause(self, quick_until_s: float) -> None:
        """Wait until the next echo, shortly up to a moment."""
        quick = self._unanswered or self._timing.now_s() < quick_until_s
        mean_s = FIRST_S if self._sent < FIRST else QUICK_S if quick else USUAL_S
        await self._timing.sleep(mean_s * self._rng.uniform(0.2, 1.8))

    async def send(self) -> list[Echo]:
        """Send an echo; return what is learned by its reply, nothing when it was a quiet one.

        Raises
        ------
        SensorError
            "timeout" when it is not answered; "lost".
        """
        self._sent += 1
        if not self._wants_answer():
            self._x = (self._x + 1) % _X_END
            sent_s = await self._control.tell("echo", x=self._x, **self._control.took())
            self._quiet[self._x] = sent_s
            return []
        self._unanswered = True
        reply = await self._control.request("echo", timeout_s=REPLY_S, **self._control.took())
        self._unanswered = False
        self._answered_s = reply.arrived_s
        self._slow = reply.arrived_s - reply.sent_s > SLOW_S
        return [*self._heard(reply), Echo(reply.sent_s, reply.integer("t_us"), reply.arrived_s)]

    def _wants_answer(self) -> bool:
        now_s = self._timing.now_s()
        answer_s = SLOW_ANSWER_S if self._slow else ANSWER_S
        return (
            self._unanswered
            or now_s - self._began_s < ALL_ANSWERED_S
            or now_s - self._answered_s > answer_s
            or len(self._quiet) >= MOST_QUIET
        )

    def _heard(self, reply: Reply) -> list[Echo]:
        quiet, self._quiet = self._quiet, {}
        told: Any = reply.body.get("heard")
        heard: list[Echo] = []
        for item in cast("list[Any]", told) if isinstance(told, list) else []:
            if not isinstance(item, list) or len(pair := cast("list[Any]", item)) != 2:
                continue
            x, ago_us = pair
            if is_count(x) and is_count(ago_us) and x in quiet:
                sensor_us = reply.integer("t_us") - ago_us
                heard.append(Echo(quiet.pop(x), sensor_us, reply.arrived_s))
        return heard
