"""How much a live visit of four simulated sensors costs, and whether memory stays flat.

``python tests/app/soak.py [MINUTES]`` (30) opens the app in headless Chromium, records both legs
with shank and foot sensors for so long, and prints processor time and memory of server and browser.
Linux only: it reads /proc.
"""

import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from flows import add_person, start
from playwright.sync_api import Browser, Page, sync_playwright

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
TICKS_HZ = os.sysconf("SC_CLK_TCK")
FRAMES = """() => new Promise((resolve) => {
  let frames = 0;
  const socket = new WebSocket(`ws://${location.host}/live`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = (e) => { if (typeof e.data !== "string") frames++; };
  setTimeout(() => { socket.close(); resolve(frames / 10); }, 10000);
})"""


@dataclass(frozen=True)
class Soak:
    """What it came to; processor time in percent of one core, memory in MiB."""

    minutes: float
    frames_hz: float
    server_percent: float
    server_start_mib: float
    server_end_mib: float
    browser_percent: float
    heap_start_mib: float
    heap_end_mib: float
    lost: str


def soak(minutes: float, folder: Path, browser: Browser) -> Soak:
    """Record for so long; the first tenth (at least 10 s) is left to warm up."""
    protocols = folder / "protocols"
    protocols.mkdir()
    reps = int(60 * minutes / REP_S) + 10
    (protocols / "both_legs.toml").write_text(PROTOCOL.format(reps=reps))
    os.environ["ANKLET_PROTOCOLS"] = str(protocols)
    server = Server(folder / "soak.sqlite", folder / "home", 1.0)
    try:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(180_000)
        page.goto(server.address)
        return _measured(page, server, minutes)
    finally:
        del os.environ["ANKLET_PROTOCOLS"]
        server.stop()


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
    _wait_until_good(page)
    frames_hz = page.evaluate(FRAMES)
    time.sleep(max(10.0, 6 * minutes))
    pid, began_s = server.process.pid, time.monotonic()
    browser_pids = _children("chromium")
    cpu, browser_cpu = _cpu_s([pid]), _cpu_s(browser_pids)
    start_mib, heap = _rss_mib(pid), _heap_mib(page)
    time.sleep(max(20.0, 54 * minutes))
    wall_s = time.monotonic() - began_s
    server_percent = 100 * (_cpu_s([pid]) - cpu) / wall_s
    browser_percent = 100 * (_cpu_s(browser_pids) - browser_cpu) / wall_s
    end_mib, heap_end = _rss_mib(pid), _heap_mib(page)
    _wait_until_good(page)
    lost = page.locator("[data-live=signal]").text_content() or ""
    return Soak(
        wall_s / 60,
        frames_hz,
        server_percent,
        start_mib,
        end_mib,
        browser_percent,
        heap,
        heap_end,
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
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if name in (folder / "comm").read_text():
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


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
        print(f"{name}: {value if isinstance(value, str) else round(value, 1)}")
