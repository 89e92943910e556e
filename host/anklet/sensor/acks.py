"""Telling a sensor what is on the disk, so that it may forget it."""

from anklet.errors import SensorError
from anklet.sensor.control import TRIES, Control
from anklet.sensor.repair import Tracker
from anklet.sensor.timing import Timing

ACK_S = 1.0
CONFIRM_S = 15.0
MOST_RANGES = 32
"""Of at most 24 characters each: with room to spare in the 1024 bytes of a message."""


class Acks:
    """Acknowledgements: each second quiet ones, and from time to time all of them answered.

    A quiet one has no reply, to spare the air, and may get lost: what nobody confirmed is said
    again.

    Parameters
    ----------
    control : Control
    trackers : dict of int to Tracker
        By stream; may grow.
    timing : Timing
    """

    def __init__(self, control: Control, trackers: dict[int, Tracker], timing: Timing) -> None:
        self._control = control
        self._trackers = trackers
        self._timing = timing

    async def run(self) -> None:
        """Acknowledge what is committed, again and again.

        Raises
        ------
        SensorError
            When the link is lost or the sensor refuses.
        """
        confirmed_s = self._timing.now_s()
        while True:
            await self._timing.nap(ACK_S)
            try:
                if self._timing.now_s() - confirmed_s < CONFIRM_S:
                    await self._say(quiet=True)
                else:
                    await self.confirm()
                    confirmed_s = self._timing.now_s()
            except SensorError as error:
                if error.code != "timeout":
                    raise

    async def confirm(self) -> None:
        """Acknowledge all that no reply has confirmed yet, and wait for the replies."""
        await self._say(quiet=False)

    async def _say(self, *, quiet: bool) -> None:
        for tracker in list(self._trackers.values()):
            open_ranges = tracker.untold if quiet else tracker.unacked
            while ranges := list(open_ranges)[:MOST_RANGES]:
                told = {"stream": tracker.stream, "ranges": [list(pair) for pair in ranges]}
                if quiet:
                    await self._control.tell("ack", **told, **self._control.took())
                else:
                    await self._control.request("ack", tries=TRIES, **told, **self._control.took())
                for first, last in ranges:
                    tracker.untold.remove(first, last)
                    if not quiet:
                        tracker.unacked.remove(first, last)
