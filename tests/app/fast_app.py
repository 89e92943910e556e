"""The app with a clock that runs faster, for tests: STORE FACTOR on the command line.

A line on stdin does to the simulated sensors what life does: ``cut`` takes them out of reach,
``back`` brings them back, and ``again`` lets the person do the same again and again. ``break``
puts a fault into the program, ``lock`` closes its store, and ``last`` lets it tell its pages
something at the moment it ends.
"""

import asyncio
import sys
import threading
import time

from nicegui import Client

from anklet.app.server import build, listen, server_of
from anklet.errors import StoreError
from anklet.sensor.motion import Motion
from anklet.sensor.simulated import SimulatedLink
from anklet.sensor.timing import Timing
from anklet.store import Store

REST_S = 10.0
TOLD = "K-014 is in what an exception says"


def motion(link: SimulatedLink) -> Motion:
    return link.sensor.source


def fast(factor: float) -> Timing:
    began_s, began_unix_s = time.perf_counter(), time.time()

    def now_s() -> float:
        return factor * (time.perf_counter() - began_s)

    return Timing(now_s, lambda s: asyncio.sleep(s / factor), lambda: began_unix_s + now_s())


def main(url: str, factor: float) -> None:
    socket = listen(0)
    with Store.open(url) as store:
        timing = None if factor == 1.0 else fast(factor)
        guard, desk = build(store, socket.getsockname()[1], timing=timing)

        def obey() -> None:
            for line in sys.stdin:
                loop.call_soon_threadsafe(do, line.strip())

        def fail(*_: object) -> None:
            raise RuntimeError(TOLD)

        def refuse(*_: object) -> None:
            raise StoreError("The store is in use.")

        async def tell_last() -> None:
            for client in Client.instances.values():
                client.outbox.enqueue_message("notify", {"message": "Ends."}, client.id)

        def do(command: str) -> None:
            if command == "last":
                desk.close = tell_last
                print(command, flush=True)
                return
            if command in ("break", "lock"):
                desk.store.people = fail if command == "break" else refuse
                desk.store.recent_courses = desk.store.people
                print(command, flush=True)
                return
            links = desk.run.sensors.links
            if command == "again":
                ends_s = [s.start_s + s.due_us(len(s.payloads)) * 1e-6 for s in map(motion, links)]
                for link in links:
                    motion(link).loop_s = max(ends_s) + REST_S
                return
            for link in links:
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
        server_of(guard).run(sockets=[socket])


main(sys.argv[1], float(sys.argv[2]))
