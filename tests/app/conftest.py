"""The app in a real browser: a server of its own for each test, Chromium without a screen."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FAST_APP = Path(__file__).parent / "fast_app.py"
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
CHROMIUM += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
FACTOR = 4.0


class Server:
    """An app that runs."""

    def __init__(self, store: Path, home: Path, factor: float = FACTOR) -> None:
        self.store = store
        env = {**os.environ, "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home)}
        env.pop("PYTEST_CURRENT_TEST", None)  # NiceGUI serves otherwise where it finds this
        self.process = subprocess.Popen(
            [sys.executable, str(FAST_APP), str(store), str(factor)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://"), self.process.stderr.read()

    @property
    def origin(self) -> str:
        return self.address.split("/?")[0]

    def tell(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def spoil(self, how: str) -> None:
        """Have it go wrong from now on: ``break`` or ``lock`` (see fast_app.py)."""
        self.tell(how)
        assert self.process.stdout.readline().strip() == how

    def stop(self, *, kill: bool = False) -> str:
        """End it; return what it said on stderr."""
        if self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
        return self.process.communicate(timeout=60)[1]


@pytest.fixture
def start(tmp_path):
    """Start servers on one store; they end with the test."""
    servers = []

    def started(**options) -> Server:
        servers.append(Server(tmp_path / "app.sqlite", tmp_path / "home", **options))
        return servers[-1]

    yield started
    for server in servers:
        server.stop()


@pytest.fixture
def server(start, request):
    """One server; it must have said nothing but its address."""
    one = start(factor=getattr(request, "param", FACTOR))
    yield one
    assert one.stop() == ""


@pytest.fixture(scope="module")
def browser():
    """Chromium; while it is open no other event loop can run here."""
    sync_api = pytest.importorskip("playwright.sync_api")
    sync_api.expect.set_options(timeout=60_000)
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is not installed: pages are not tested in a browser")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture
def window(browser, server):
    """Open windows on the server; nothing may be asked of elsewhere, no script may fail."""
    contexts, troubles = [], []

    def opened(address: str = server.address, *, context=None, **options):
        if context is None:
            context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
            contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
        page.on("console", lambda m: m.type == "error" and troubles.append(f"console: {m.text}"))
        for kind in ("request", "websocket"):
            page.on(kind, lambda r: _ours(r.url, server) or troubles.append(f"asked for {r.url}"))
        page.set_default_timeout(60_000)
        page.goto(address)
        return page

    opened.troubles = troubles
    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


def _ours(url: str, server: Server) -> bool:
    host = server.origin.split("//")[1]
    return url.startswith((f"http://{host}/", f"ws://{host}/", "data:", "blob:"))
