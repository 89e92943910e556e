"""The app with a clock that runs faster, for tests: STORE FACTOR on the command line.

A line on stdin does to the simulated sensors what life does: ``cut`` takes them out of reach,
``back`` brings them back. ``break`` puts a fault into the program, ``lock`` closes its store.
"""

import asyncio
import sys
import threading
import time

import uvicorn

from anklet.app.server import build, listen
from anklet.errors import StoreError
from anklet.sensor.timing import Timing
from anklet.store import Store

TOLD = "K-014 is in what an exception says"


def fast(factor: float) -> Timing:
    began_s, began_unix_s = time.perf_counter(), time.time()

    def now_s() -> float:
        return factor * (time.perf_counter() - began_s)

    return Timing(now_s, lambda s: asyncio.sleep(s / factor), lambda: began_unix_s + now_s())


def main(url: str, factor: float) -> None:
    socket = listen(0)
    with Store.open(url) as store:
        guard, desk = build(store, socket.getsockname()[1], timing=fast(factor))

        def obey() -> None:
            for line in sys.stdin:
                loop.call_soon_threadsafe(do, line.strip())

        def fail(*_: object) -> None:
            raise RuntimeError(TOLD)

        def refuse(*_: object) -> None:
            raise StoreError("The store is in use.")

        def do(command: str) -> None:
            if command in ("break", "lock"):
                desk.store.people = fail if command == "break" else refuse
                desk.store.recent_courses = desk.store.people
                print(command, flush=True)
                return
            for link in desk.run.sensors.links:
                link.in_reach = command == "back"
                if command == "cut":
                    link.cut()

        def ready() -> None:
            nonlocal loop
            loop = asyncio.get_running_loop()
            threading.Thread(target=obey, daemon=True).start()
            print(f"http://127.0.0.1:{guard.port}/?token={guard.token}", flush=True)

        loop = None
        desk.when_ready = ready
        config = uvicorn.Config(guard, log_level="warning", access_log=False)
        uvicorn.Server(config).run(sockets=[socket])


main(sys.argv[1], float(sys.argv[2]))
