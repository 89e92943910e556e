"""Recording from several sensors at once into a sink."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Self

from anklet.errors import SensorError
from anklet.sensor.greeting import KeyRing
from anklet.sensor.link import Link
from anklet.sensor.recorder import Recorder
from anklet.sensor.reports import StreamReport
from anklet.sensor.sink import Sink
from anklet.sensor.surroundings import OnEcho, OnPacket, OnState, Surroundings
from anklet.sensor.timing import Timing, cancelled, unless_failed
from anklet.sensor.writer import Writer

FIND_S = 30.0
"""Long enough for two searches and a person who has to switch a sensor on."""
FETCH_S = 120.0
"""A minute's packets of a sensor that comes back into reach take some ten seconds."""
HURRY_S = 10.0
FLUSH_S = 3.0


class Capture:
    """Streams of sensors, every packet kept as it came; what is lost on the way is fetched again.

    Parameters
    ----------
    links : sequence of Link
        One a sensor.
    sink : Sink
        Where packets go; called from one thread.
    keys : KeyRing, optional
        Owner keys of sensors that are not on a cable.
    on_packet : callable, optional
        Called with (Identity, Packet, arrival in host s) for each new packet of the running
        streams at once, before it is on the disk. A packet that was lost on the way comes later
        than its followers.
    on_echo : callable, optional
        Called with (Identity, Exchange) for each echo at once, before it is on the disk.
    on_state : callable, optional
        Called with (Recorder, State, sentence for the user) at each change.
    on_trouble : callable, optional
        Called with a sentence when the sink does not write, and with an empty one when it does
        again. Meanwhile packets wait in memory, then in the sensors.
    timing : Timing, optional
    rng : random.Random, optional
        For the times of echoes.

    Examples
    --------
    >>> async def record(links, sink, until):
    ...     return await Capture(links, sink).run(until)
    """

    def __init__(
        self,
        links: Sequence[Link],
        sink: Sink,
        *,
        keys: KeyRing | None = None,
        on_packet: OnPacket | None = None,
        on_echo: OnEcho | None = None,
        on_state: OnState | None = None,
        on_trouble: Callable[[str], None] | None = None,
        timing: Timing | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._timing = timing or Timing()
        self._writer = Writer(sink, self._timing, on_trouble)
        around = Surroundings(
            writer=self._writer,
            timing=self._timing,
            keys={} if keys is None else keys,
            on_state=on_state,
            on_packet=on_packet,
            on_echo=on_echo,
            rng=rng or random.Random(),
        )
        self.recorders = [Recorder(link, around) for link in links]
        self.reports: list[StreamReport] = []
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def trouble(self) -> str:
        """What keeps the sink from writing now, empty when nothing does."""
        return self._writer.trouble

    async def run(self, until: asyncio.Event) -> list[StreamReport]:
        """Record until the event is set or every sensor has ended; see `start` and `stop`.

        Cancelled, it ends the streams, keeps what arrived, and leaves the reports in `reports`.
        """
        async with self:
            recording = asyncio.wait(self._tasks[1:])
            try:
                await unless_failed(self._tasks, _either(until.wait(), recording))
            except asyncio.CancelledError:
                await self.stop(HURRY_S)
                raise
            return await self.stop()

    async def start(self, patience_s: float = FIND_S) -> None:
        """Connect to all sensors and start their streams.

        A stream that runs already, as after a crash of this program, is gone on with.

        Raises
        ------
        SensorError
            When one of them is not reached in time, or refuses.
        """
        work = [self._writer.run(), *(recorder.run() for recorder in self.recorders)]
        self._tasks = [asyncio.ensure_future(each) for each in work]
        everyone = asyncio.gather(*(recorder.reached.wait() for recorder in self.recorders))
        try:
            await self._timing.within(patience_s, unless_failed(self._tasks, everyone))
        except TimeoutError as error:
            late = next(r for r in self.recorders if not r.reached.is_set())
            await self.close()
            raise late.trouble or SensorError(
                f"{late.name} does not answer; bring it near and switch it on.", "not_found"
            ) from error
        except BaseException:
            await self.close()
            raise

    async def stop(self, patience_s: float = FETCH_S) -> list[StreamReport]:
        """End the streams, fetch what is missing, and say what became of each.

        Parameters
        ----------
        patience_s : float
            For how long to wait for sensors out of reach, and for the disk; what is not here by
            then stays on the sensors.
        """
        for recorder in self.recorders:
            recorder.finish()
        everyone = asyncio.gather(*self._tasks[1:])
        try:
            await self._timing.within(patience_s, unless_failed(self._tasks[:1], everyone))
        except TimeoutError:
            await self._writer.flush(FLUSH_S)
        finally:
            self.reports = [report for r in self.recorders for report in r.reports()]
            await self.close()
        return self.reports

    async def close(self) -> None:
        """Disconnect at once; what is not on the disk stays on the sensors, which go on."""
        await cancelled(*self._tasks)
        self._writer.close()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Disconnect at once."""
        await self.close()


async def _either(*work: Coroutine[Any, Any, Any]) -> None:
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancelled(*tasks)
