"""Serve the app to this computer's browser."""

import asyncio
import errno
import gc
import json
import os
import socket
import threading
import webbrowser
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import uvicorn
from fastapi import FastAPI, Response, WebSocket
from fastapi.staticfiles import StaticFiles
from nicegui import Client, ui
from nicegui import app as nicegui_app

from anklet.app import faults, pages
from anklet.app.choice import MAX_BLOCK_DEG
from anklet.app.desk import Desk
from anklet.app.guard import Guard
from anklet.errors import UsageError
from anklet.model import SIDES
from anklet.report import colour_tokens, leg_drawing
from anklet.sensor.timing import Timing
from anklet.store import Store
from anklet.visits.deleting import open_store

STATIC = Path(__file__).parent / "static"
LEG_DEG, LEG_STEP_DEG = 60.0, 0.5
RECONNECT_S = 30.0
"""A page keeps its state over this long a break (a laptop that sleeps reloads it)."""


def build(
    store: Store, port: int, *, token: str | None = None, timing: Timing | None = None
) -> tuple[Guard, Desk]:
    """Put the app together.

    Parameters
    ----------
    store : Store
    port : int
        That it will be served on.
    token : str, optional
        Made at random when not given.
    timing : Timing, optional
        Of recordings.

    Returns
    -------
    Guard
        The ASGI application; its ``token`` belongs into the address that is shown.
    Desk
    """
    for signal in ("TRACES", "METRICS", "LOGS"):
        os.environ[f"OTEL_{signal}_EXPORTER"] = "none"  # FastAPI would send them where it is told
    desk = Desk(store, timing)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=_lifespan(desk))
    app.mount("/static", StaticFiles(directory=STATIC))

    @app.get("/tokens.css")
    def tokens() -> Response:
        return Response(colour_tokens(), media_type="text/css")

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await desk.feed.serve(socket)

    @app.get("/leg/{side}/{block_deg}.json")
    def leg(side: str, block_deg: float) -> Response:
        if side not in SIDES or not abs(block_deg) <= MAX_BLOCK_DEG:  # so for NaN
            return Response(status_code=404)
        return Response(_leg_frames(side, block_deg), media_type="application/json")

    pages.add_to(app, desk)
    faults.add_to(app, nicegui_app)
    ui.run_with(  # pyright: ignore[reportUnknownMemberType] - NiceGUI leaves a Callable open
        app,
        title="Anklet",
        favicon=STATIC / "icon.svg",
        dark=None,
        language="en-US",
        binding_refresh_interval=None,
        reconnect_timeout=RECONNECT_S,
        tailwind=False,
        show_welcome_message=False,
    )
    config = cast("Any", nicegui_app.config)  # its quasar_config is typed as a bare dict
    config.quasar_config["loadingBar"]["skipHijack"] = True  # no name for a screen reader
    return Guard(faults.but_for_who_left(app), port, token), desk


def serve(url: str, *, port: int = 0, show: bool = True, native: bool = False) -> None:
    """Serve until Ctrl-C, or until the window is closed; recordings that run are ended and kept.

    Parameters
    ----------
    url : str
        Of the store.
    port : int
        0 for a free one.
    show : bool
        Open the page in the browser.
    native : bool
        In a window of its own instead.

    Raises
    ------
    UsageError
        When the port cannot be opened, or the window's library is not installed.
    StoreError
        When the store cannot be opened.
    """
    open_window = _window() if native else None
    listening = listen(port)
    port = listening.getsockname()[1]
    with open_store(url) as store:
        guard, desk = build(store, port)
        start = f"http://127.0.0.1:{port}/?token="
        address = start + guard.token
        print(f"Anklet is at {address} (Ctrl-C ends it)", flush=True)
        if show and open_window is None:
            desk.when_ready = lambda: webbrowser.open(start + guard.ticket())
        server = server_of(guard)
        if open_window is None:
            server.run(sockets=[listening])
            return
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        serving.start()
        try:
            open_window(address)
        finally:
            server.should_exit = True
            serving.join()


def server_of(guard: Guard) -> uvicorn.Server:
    """Return what runs an app; frames are small, and not compressed."""
    return uvicorn.Server(
        uvicorn.Config(
            guard,
            log_level="warning",
            access_log=False,
            ws_max_size=2**20,
            ws_per_message_deflate=False,
        )
    )


def _window() -> Callable[[str], None]:
    """Return what opens an address in a window and waits until it is closed."""
    try:
        webview: Any = import_module("webview")
    except ImportError as error:
        raise UsageError(
            "A window of its own needs pywebview, which is not installed: pip install "
            "'anklet[native]', or leave --native out and use the browser."
        ) from error

    def opened(address: str) -> None:
        webview.create_window("Anklet", address, width=1440, height=900)
        webview.start()

    return opened


def listen(port: int) -> socket.socket:
    """Return a socket on the loopback interface that no other program shares.

    Raises
    ------
    UsageError
        When the port is taken, not allowed, or no port.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # On Windows SO_REUSEADDR lets another program take the port over; elsewhere it is for restarts.
    alone = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
    listening.setsockopt(socket.SOL_SOCKET, alone, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen()
    except (OSError, OverflowError) as error:
        listening.close()
        raise UsageError(_why_not(port, error)) from error
    return listening


def _why_not(port: int, error: OSError | OverflowError) -> str:
    if isinstance(error, OverflowError):
        return f"There is no port {port}; choose one from 1 to 65535 with --port, or leave it out."
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of this computer is taken; choose another with --port."
    if isinstance(error, PermissionError):
        return (
            f"This computer does not let you open port {port}; choose one from 1024 on with "
            "--port, or leave it out."
        )
    return (
        f"Port {port} of this computer cannot be opened ({error.strerror}); choose another with "
        "--port."
    )


def _lifespan(desk: Desk) -> Any:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        gc.collect()
        gc.freeze()  # what is loaded for good: looking through it again would hold up recordings
        gc.set_threshold(50_000, 20, 20)  # a page of 10,000 visits makes as many objects at once
        feeding = asyncio.ensure_future(desk.feed.run())
        desk.when_ready()
        try:
            yield
        finally:
            feeding.cancel()
            try:
                await desk.close()
            finally:
                for client in Client.instances.values():
                    client.outbox.stop()  # asyncio before 3.12 may miss that these are cancelled

    return lifespan


@lru_cache(maxsize=8)
def _leg_frames(side: Any, block_deg: float) -> str:
    """The leg of the report at every half degree, for the live page to leaf through."""
    n = round(2 * LEG_DEG / LEG_STEP_DEG) + 1
    drawings = [leg_drawing(-LEG_DEG + k * LEG_STEP_DEG, block_deg, side) for k in range(n)]
    return json.dumps({"first_deg": -LEG_DEG, "step_deg": LEG_STEP_DEG, "drawings": drawings})
