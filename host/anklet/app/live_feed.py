"""What the legs do now, to every browser that watches: binary angles, a line of words beside.

A frame of angles holds a block for each leg that has new ones::

    u8 side (0 left, 1 right)  u8 0  u16 n  f32 t_s[n]  f32 deg[n]      little-endian

``t_s`` counts from the leg's first sample of the session; NaN is not measured. Words are JSON
text frames, sent when they change.

A sensor's packet holds six samples and comes 17 times a second, while a page wants 25 frames; and
one packet alone costs more to work through than one of several at once. So that is done at every
third frame, and each of the three tells its share. There is a frame at each tick of
`anklet.sensor.timing`.
"""

import asyncio
import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect

from anklet.live import LiveState
from anklet.model import SIDES, Floats, Side
from anklet.sensor.timing import Ticks

WORK_EVERY = 3
"""Frames; what came in between is told up to 130 ms later (its last samples a frame after)."""
WORDS_EVERY = 6
HISTORY_S = 15.0
"""What a page that opens in the middle of a set is given to draw at first."""
MOST_WAITING = 100
"""A page that takes no frame for 3 s misses some: nothing waits for it."""
MOST_PARTS = 50
"""Of what was told, before they are joined and what is too old is forgotten."""

_HEAD = struct.Struct("<BBH")
Words = Callable[[], dict[str, Any]]
Angles = tuple[Floats, Floats]
"""(n,) times in s, (n,) angles in deg."""
NOTHING: Angles = (np.zeros(0), np.zeros(0))


class LiveFeed:
    """Gathers the angles of a session and hands them to pages.

    Parameters
    ----------
    words : callable
        What is to be said besides, as plain JSON.
    ticks : Ticks
        When frames are sent.
    """

    def __init__(self, words: Words, ticks: Ticks) -> None:
        self._words, self._ticks = words, ticks
        self._catch_up: Callable[[], object] = lambda: None
        self._fresh: dict[Side, list[Angles]] = {side: [] for side in SIDES}
        self._history: dict[Side, list[Angles]] = {side: [] for side in SIDES}
        self._zero_s: dict[Side, float] = {}
        self._pages: set[asyncio.Queue[bytes | str | None]] = set()
        self._said = ""
        self._frames = 0

    def begin(self, catch_up: Callable[[], object]) -> None:
        """Forget the session before: a new one starts at zero.

        Parameters
        ----------
        catch_up : callable
            Called before every third frame; it is to `take` what is new.
        """
        self._catch_up = catch_up
        self._zero_s.clear()
        for side in SIDES:
            self._fresh[side].clear()
            self._history[side].clear()
        self._send(json.dumps({"begin": True}))

    def take(self, side: Side, state: LiveState) -> None:
        """Take a leg's new angles."""
        if not len(state.t_s):
            return
        zero_s = self._zero_s.setdefault(side, float(state.t_s[0]))
        self._fresh[side].append((state.t_s - zero_s, state.deg))

    def zero_s(self, side: Side) -> float:
        """Return the time, on the leg's clock, that its frames count from."""
        return self._zero_s.get(side, 0.0)

    def lately(self, side: Side) -> Angles:
        """Return the times and angles of the last seconds."""
        told = self._history[side]
        if len(told) > 1:
            t_s, deg = _joined(*told)
            since = int(t_s.searchsorted(float(t_s[-1]) - HISTORY_S))
            told[:] = [(t_s[since:], deg[since:])]
        return told[0] if told else NOTHING

    async def run(self) -> None:
        """Send frames for as long as the app lives."""
        loop = asyncio.get_running_loop()
        while True:
            await self._ticks.nap()
            turn = self._frames % WORK_EVERY
            if not turn:
                loop.call_soon(self._catch_up)  # apart: an error there must not end the frames
                await asyncio.sleep(0)
            self._frames += 1
            frame = b"".join(self._block(side, WORK_EVERY - turn) for side in SIDES)
            if not self._pages:
                continue
            if frame:
                self._send(frame)
            if self._frames % WORDS_EVERY == 0:
                self._say()

    async def serve(self, socket: WebSocket) -> None:
        """Serve one page until it goes."""
        await socket.accept()
        queue: asyncio.Queue[bytes | str | None] = asyncio.Queue(MOST_WAITING)
        before = b"".join(_block(side, self.lately(side)) for side in SIDES)
        if before:
            queue.put_nowait(before)
        queue.put_nowait(json.dumps(self._words()))
        self._pages.add(queue)
        gone = asyncio.ensure_future(_gone(socket, queue))
        try:
            while (frame := await queue.get()) is not None:
                if isinstance(frame, str):
                    await socket.send_text(frame)
                else:
                    await socket.send_bytes(frame)
        except WebSocketDisconnect:
            return
        finally:
            self._pages.discard(queue)
            gone.cancel()

    def _block(self, side: Side, frames: int) -> bytes:
        """Return what the next of so many frames tells of a leg, and remember it."""
        fresh = self._fresh[side]
        if len(fresh) > 1:
            fresh[:] = [_joined(*fresh)]
        if not fresh:
            return b""
        t_s, deg = fresh[0]
        share = -(-len(t_s) // frames)
        told = (t_s[:share], deg[:share])
        fresh[:] = [(t_s[share:], deg[share:])] if share < len(t_s) else []
        self._history[side].append(told)
        if len(self._history[side]) > MOST_PARTS:
            self.lately(side)
        return _block(side, told)

    def _say(self) -> None:
        said = json.dumps(self._words())
        if said != self._said:
            self._said = said
            self._send(said)

    def _send(self, frame: bytes | str) -> None:
        for queue in self._pages:
            _put(queue, frame)


def _put(queue: asyncio.Queue[bytes | str | None], frame: bytes | str | None) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(frame)


def _joined(*parts: Angles) -> Angles:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([t_s for t_s, _ in parts]), np.concatenate([deg for _, deg in parts])


def _block(side: Side, angles: Angles) -> bytes:
    t_s, deg = angles
    if not len(t_s):
        return b""
    head = _HEAD.pack(SIDES.index(side), 0, len(t_s))
    return head + t_s.astype("<f4").tobytes() + deg.astype("<f4").tobytes()


async def _gone(socket: WebSocket, queue: asyncio.Queue[bytes | str | None]) -> None:
    """End the serving when the page closed its end; what it says is not listened to."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        continue
    _put(queue, None)
