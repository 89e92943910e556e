"""How much a live visit of four simulated sensors costs, and whether memory stays flat.

``python tests/app/soak.py [MINUTES]`` (30) opens the app in headless Chromium, records both legs
with shank and foot sensors for so long, and prints processor time and memory of server and browser;
and the processor time of as many virtual sensors alone, which the server's includes. Linux only: it
reads /proc.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from flows import add_person, start
from playwright.sync_api import Browser, Page, expect, sync_playwright
from uvicorn import Config

from anklet.model import SIDES, Placement
from anklet.sensor.simulated_person import simulated_links
from anklet.sensor.timing import Ticks, Timing
from conftest import CHROMIUM, Server

PROTOCOL = """name = "both_legs"
title = "Both legs at once"
kind = "active"
setups = ["paired"]
wear = ["Sensors on both shanks and both feet."]
position = "Stand."
steps = ["Bend both knees, again and again."]
zero = "standing"
results = ["df_peak_deg", "pf_peak_deg", "rom_deg", "reps"]
direction = "df_first"
primary = "df_peak_deg"
one_leg = false
reps = [{reps}, {reps}]
"""
REP_S = 4.6
"""A simulated knee bend, pauses included."""
MOST_REPS = 99
"""Of a protocol; in a longer soak the person rests, and does them again."""
TICKS_HZ = os.sysconf("SC_CLK_TCK")
FRAMES = """(seconds) => new Promise((resolve) => {
  let frames = 0;
  const socket = new WebSocket(`ws://${location.host}/live`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = (e) => { if (typeof e.data !== "string") frames++; };
  setTimeout(() => { socket.close(); resolve(frames / seconds); }, 1000 * seconds);
})"""

MOMENTS = 6


@dataclass(frozen=True)
class Soak:
    """What it came to.

    Processor time in percent of one core; memory in MiB, at moments that are equally far apart.
    ``server_undrawn_percent`` is the server's while the page takes the frames and draws nothing.
    """

    minutes: float
    frames_hz: float
    server_percent: float
    server_undrawn_percent: float
    of_it_sensors_percent: float
    browser_percent: float
    server_mib: tuple[float, ...]
    heap_mib: tuple[float, ...]
    lost: str


def soak(minutes: float, folder: Path, browser: Browser) -> Soak:
    """Record for so long; the first tenth (at least 10 s) is left to warm up."""
    protocols = folder / "protocols"
    protocols.mkdir()
    reps = min(int(60 * minutes / REP_S) + 10, MOST_REPS)
    (protocols / "both_legs.toml").write_text(PROTOCOL.format(reps=reps))
    os.environ["ANKLET_PROTOCOLS"] = str(protocols)
    server = Server(folder / "soak.sqlite", folder / "home", 1.0)
    try:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(180_000)
        expect.set_options(timeout=180_000)  # a hundred reps take a while to be made up
        page.goto(server.address)
        return _measured(page, server, minutes)
    finally:
        del os.environ["ANKLET_PROTOCOLS"]
        server.stop()


def sensors_alone(seconds: float) -> float:
    """Return what four virtual sensors cost that send to nobody, in percent of one core."""
    found: list[float] = []

    def measure() -> None:
        with asyncio.Runner(loop_factory=Config("").get_loop_factory()) as runner:
            found.append(runner.run(_sending(seconds)))

    apart = threading.Thread(target=measure)  # the browser's own loop runs in this one
    apart.start()
    apart.join()
    return found[0]


async def _sending(seconds: float) -> float:
    worn = [Placement(side, s) for side in SIDES for s in ("shank", "foot")]
    links = simulated_links(worn, timing=Timing(ticks=Ticks()))
    for link in links:
        await link.open()
        link.sensor.start("live", time.perf_counter())
        link.sensor.memory.live(link.sensor.stream, whole=True)
    began_s = time.thread_time()
    for _ in range(round(seconds)):
        await asyncio.sleep(1.0)
        for link in links:
            link.sensor.memory.ack(link.sensor.stream, 0, link.sensor.next_seq - 1)
    cpu_s = time.thread_time() - began_s
    for link in links:
        await link.close()
    return 100 * cpu_s / round(seconds)


def _measured(page: Page, server: Server, minutes: float) -> Soak:
    add_person(page)
    page.get_by_role("button", name="New visit").click()
    page.get_by_label("Assessment").select_option("both_legs")
    page.get_by_label("Simulated sensors").check()
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Next").first.click()
    page.get_by_role("button", name="Skip").click()
    page.get_by_label("Pain before").wait_for()
    start(page)
    server.tell("again")
    _wait_until_good(page)
    frames_hz = page.evaluate(FRAMES, 10)
    time.sleep(max(10.0, 6 * minutes))
    pid, began_s = server.process.pid, time.monotonic()
    browser_pids = _children("chromium")
    cpu, browser_cpu = _cpu_s([pid]), _cpu_s(browser_pids)
    server_mib, heap_mib = [_rss_mib(pid)], [_heap_mib(page)]
    for _ in range(MOMENTS):
        time.sleep(max(20.0, 54 * minutes) / MOMENTS)
        server_mib.append(_rss_mib(pid))
        heap_mib.append(_heap_mib(page))
    wall_s = time.monotonic() - began_s
    server_percent = 100 * (_cpu_s([pid]) - cpu) / wall_s
    browser_percent = 100 * (_cpu_s(browser_pids) - browser_cpu) / wall_s
    _wait_until_good(page)
    lost = page.locator("[data-live=signal]").text_content() or ""
    page.goto(f"{server.origin}/static/live.js")
    apart_s = max(10.0, 2 * minutes)
    cpu, began_s = _cpu_s([pid]), time.monotonic()
    undrawn_hz = page.evaluate(FRAMES, apart_s)
    undrawn_percent = 100 * (_cpu_s([pid]) - cpu) / (time.monotonic() - began_s)
    assert undrawn_hz > 20, "it records no longer"
    server.stop()
    return Soak(
        wall_s / 60,
        frames_hz,
        server_percent,
        undrawn_percent,
        sensors_alone(apart_s),
        browser_percent,
        tuple(server_mib),
        tuple(heap_mib),
        lost,
    )


def _wait_until_good(page: Page) -> None:
    """A stalled machine may break a link, which comes back by itself."""
    page.wait_for_function(
        "document.querySelector('[data-live=signal]').textContent.includes('good')"
    )


def _heap_mib(page: Page) -> float:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used / 2**20


def _children(name: str) -> list[int]:
    """Return this program's own processes of that name: others may have some too."""
    parents, found = {}, []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                command, _, fields = (folder / "stat").read_text().rpartition(")")
            except OSError:
                continue
            parents[int(folder.name)] = int(fields.split()[1])
            if name in command:
                found.append(int(folder.name))
    return [pid for pid in found if os.getpid() in _ancestors(pid, parents)]


def _ancestors(pid: int, parents: dict[int, int]) -> list[int]:
    above = []
    while pid in parents:
        pid = parents[pid]
        above.append(pid)
    return above


def _cpu_s(pids: list[int]) -> float:
    total = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / TICKS_HZ
    return total


def _rss_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    wanted = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        opened = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        found = soak(wanted, Path(scratch), opened)
    for name, value in vars(found).items():
        values = value if isinstance(value, tuple) else (value,)
        print(f"{name}:", *(v if isinstance(v, str) else round(v, 1) for v in values))
