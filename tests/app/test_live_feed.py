"""Frames of angles by themselves: all is told once, in order, and each frame has something."""

import asyncio
import struct
from types import SimpleNamespace

import numpy as np
import pytest
from starlette.websockets import WebSocketDisconnect

from anklet.app.live_feed import HISTORY_S, LiveFeed
from anklet.sensor.timing import TICK_S, Ticks
from host.sensor.sensor_rig import VirtualLoop

PACKET_S, SAMPLES = 0.0577, 6


class Page:
    """A browser's end of a socket; it leaves when told, or breaks off at a frame."""

    def __init__(self, breaks_at=None):
        self.frames, self.words = [], []
        self.gone = asyncio.Event()
        self.breaks_at = breaks_at

    async def accept(self):
        pass

    async def send_bytes(self, data):
        self.frames.append(data)
        if len(self.frames) == self.breaks_at:
            raise WebSocketDisconnect

    async def send_text(self, text):
        self.words.append(text)

    async def receive(self):
        await self.gone.wait()
        return {"type": "websocket.disconnect"}


def told(frames):
    """(t_s, deg) of the left leg over all frames."""
    t_s, deg = [], []
    for frame in frames:
        side, _, n = struct.unpack_from("<BBH", frame)
        assert side == 0
        assert len(frame) == 4 + 8 * n
        t_s.append(np.frombuffer(frame, "<f4", n, 4))
        deg.append(np.frombuffer(frame, "<f4", n, 4 + 4 * n))
    return np.concatenate(t_s), np.concatenate(deg)


class Sensor:
    """Makes packets by the clock; catching up takes those that are complete."""

    def __init__(self, feed):
        self.feed, self.made = feed, 0
        self.began_s = asyncio.get_running_loop().time()

    def catch_up(self):
        now_s = asyncio.get_running_loop().time() - self.began_s
        while (self.made + 1) * PACKET_S <= now_s:
            t_s = 100 + (SAMPLES * self.made + np.arange(SAMPLES)) * PACKET_S / SAMPLES
            self.feed.take("left", SimpleNamespace(t_s=t_s, deg=np.sin(t_s)))
            self.made += 1


def run(work):
    async def main():
        feed = LiveFeed(dict, Ticks(asyncio.get_running_loop().time))
        running = asyncio.ensure_future(feed.run())
        try:
            return await work(feed)
        finally:
            running.cancel()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


def test_all_is_told_once_in_25_frames_a_second():
    async def work(feed):
        sensor, page = Sensor(feed), Page()
        serving = asyncio.ensure_future(feed.serve(page))
        feed.begin(sensor.catch_up)
        await asyncio.sleep(3.0)
        made = sensor.made
        feed.begin(lambda: None)
        page.gone.set()
        await asyncio.wait_for(serving, 5)
        return page, made

    page, made = run(work)
    t_s, deg = told(page.frames)
    expected = np.arange(len(t_s)) * PACKET_S / SAMPLES
    assert t_s == pytest.approx(expected, abs=1e-4)
    assert deg == pytest.approx(np.sin(100 + expected), abs=1e-4)
    assert SAMPLES * made - len(t_s) <= 3 * SAMPLES
    assert len(page.frames) / 3.0 == pytest.approx(1 / TICK_S, abs=1)
    assert TICK_S <= 1 / 25


def test_a_page_that_comes_later_is_given_what_was():
    async def work(feed):
        for k in range(400):
            t_s = (SAMPLES * k + np.arange(SAMPLES)) / 104
            feed.take("left", SimpleNamespace(t_s=t_s, deg=t_s))
        await asyncio.sleep(3 * TICK_S)
        page = Page(breaks_at=1)
        await asyncio.wait_for(feed.serve(page), 5)
        return page

    page = run(work)
    t_s, _ = told(page.frames)
    assert t_s[-1] == pytest.approx((SAMPLES * 400 - 1) / 104, abs=1e-3)
    assert t_s[-1] - t_s[0] == pytest.approx(HISTORY_S, abs=0.02)


def test_an_error_of_the_session_ends_no_frames():
    async def work(feed):
        errors = []
        asyncio.get_running_loop().set_exception_handler(lambda _l, told: errors.append(told))
        page = Page()
        serving = asyncio.ensure_future(feed.serve(page))
        feed.begin(lambda: 1 / 0)
        await asyncio.sleep(4 * TICK_S)
        sensor = Sensor(feed)
        feed.begin(sensor.catch_up)
        await asyncio.sleep(8 * PACKET_S)
        page.gone.set()
        await asyncio.wait_for(serving, 5)
        return page, errors

    page, errors = run(work)
    assert errors
    assert page.frames
