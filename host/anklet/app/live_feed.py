"""What the legs do now, to every browser that watches: binary angles, a line of words beside.

A frame of angles holds a block for each leg that has new ones::

    u8 side (0 left, 1 right)  u8 0  u16 n  f32 t_s[n]  f32 deg[n]      little-endian

``t_s`` counts from the leg's first sample of the session; NaN is not measured. Words are JSON
text frames, sent when they change.
"""

import asyncio
import json
import struct
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect

from anklet.live import LiveState
from anklet.model import SIDES, Floats, Side

FRAME_S = 0.04
"""25 frames a second; the page itself draws at the display's rate."""
WORDS_EVERY = 5
HISTORY_S = 15.0
"""What a page that opens in the middle of a set is given to draw at first."""
MOST_WAITING = 100
"""A page that takes no frame for 4 s misses some: nothing waits for it."""

_HEAD = struct.Struct("<BBH")
Words = Callable[[], dict[str, Any]]


class LiveFeed:
    """Gathers the angles of a session and hands them to pages.

    Parameters
    ----------
    words : callable
        What is to be said besides, as plain JSON.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._fresh: dict[Side, list[tuple[Floats, Floats]]] = {side: [] for side in SIDES}
        self._history: dict[Side, deque[tuple[Floats, Floats]]] = {s: deque() for s in SIDES}
        self._zero_s: dict[Side, float] = {}
        self._pages: set[asyncio.Queue[bytes | str]] = set()
        self._said = ""
        self._frames = 0

    def begin(self) -> None:
        """Forget the session before: a new one starts at zero."""
        self._zero_s.clear()
        for side in SIDES:
            self._fresh[side].clear()
            self._history[side].clear()
        self._send(json.dumps({"begin": True}))

    def take(self, side: Side, state: LiveState) -> None:
        """Take a leg's new angles; called for every packet."""
        if not len(state.t_s):
            return
        zero_s = self._zero_s.setdefault(side, float(state.t_s[0]))
        self._fresh[side].append((state.t_s - zero_s, state.deg))

    def zero_s(self, side: Side) -> float:
        """Return the time, on the leg's clock, that its frames count from."""
        return self._zero_s.get(side, 0.0)

    def lately(self, side: Side) -> tuple[Floats, Floats]:
        """Return the times and angles, (n,) each, of the last seconds."""
        held = self._history[side]
        if not held:
            return np.zeros(0), np.zeros(0)
        return np.concatenate([h[0] for h in held]), np.concatenate([h[1] for h in held])

    async def run(self) -> None:
        """Send frames for as long as the app lives."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            due_s = max(due_s + FRAME_S, loop.time())
            await asyncio.sleep(due_s - loop.time())
            self._frames += 1
            frame = b"".join(
                _block(side, self._joined(side)) for side in SIDES if self._fresh[side]
            )
            if not self._pages:
                continue
            if frame:
                self._send(frame)
            if self._frames % WORDS_EVERY == 0:
                self._say()

    async def serve(self, socket: WebSocket) -> None:
        """Serve one page until it goes."""
        await socket.accept()
        queue: asyncio.Queue[bytes | str] = asyncio.Queue(MOST_WAITING)
        before = b"".join(_block(side, chunk) for side in SIDES for chunk in self._history[side])
        if before:
            queue.put_nowait(before)
        queue.put_nowait(json.dumps(self._words()))
        self._pages.add(queue)
        gone = asyncio.ensure_future(_gone(socket))
        try:
            while not gone.done():
                waiting = asyncio.ensure_future(queue.get())
                await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not waiting.done():
                    waiting.cancel()
                    break
                frame = waiting.result()
                if isinstance(frame, str):
                    await socket.send_text(frame)
                else:
                    await socket.send_bytes(frame)
        except WebSocketDisconnect:
            return
        finally:
            self._pages.discard(queue)
            gone.cancel()

    def _joined(self, side: Side) -> tuple[Floats, Floats]:
        parts = self._fresh[side]
        t_s = np.concatenate([p[0] for p in parts])
        deg = np.concatenate([p[1] for p in parts])
        parts.clear()
        history = self._history[side]
        history.append((t_s, deg))
        while history and history[0][0][-1] < t_s[-1] - HISTORY_S:
            history.popleft()
        return t_s, deg

    def _say(self) -> None:
        said = json.dumps(self._words())
        if said != self._said:
            self._said = said
            self._send(said)

    def _send(self, frame: bytes | str) -> None:
        for queue in self._pages:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(frame)


def _block(side: Side, chunk: tuple[Floats, Floats]) -> bytes:
    t_s, deg = chunk
    head = _HEAD.pack(SIDES.index(side), 0, len(t_s))
    return head + t_s.astype("<f4").tobytes() + deg.astype("<f4").tobytes()


async def _gone(socket: WebSocket) -> None:
    """Return when the page closed its end; what it says is not listened to."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        continue
