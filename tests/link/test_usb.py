"""The real firmware on a cable: a pty that can be unplugged, and a console full of other things."""

import asyncio
import os
import pty
import random
import tty

import pytest

pytest.importorskip("bumble", reason="no bumble: pip install -e '.[test]'")
pytest.importorskip("serial", reason="no pyserial: pip install -e '.[test]'")

from anklet.sensor.capture import Capture
from anklet.sensor.link import State
from anklet.sensor.timing import Timing
from anklet.sensor.usb import UsbLink
from link.captured import StoreSink, check_reports, open_store
from link.simtime import simulate

GARBAGE = [
    b"Traceback (most recent call last):\r\n",
    b">>> \r\n",
    b"#P \n#C \n#P AAAA\n#C {\n#C []\n#C {}\n",
    b"#P " + b"A" * 9000 + b"\n",
    bytes(range(256)) * 3 + b"\n",
]


class Cable:
    """Between the sensor's port and a port of the computer; may be pulled out, and hums."""

    def __init__(self, sensor_port: str, port) -> None:
        self.port = str(port)
        self.garbage = 0
        self._sensor = os.open(sensor_port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._loop = asyncio.get_running_loop()
        self._random = random.Random(2)
        self._held = b""
        self._ends: tuple[int, int] | None = None
        self._loop.add_reader(self._sensor, self._from_sensor)

    def plug(self) -> None:
        ends = self._ends = pty.openpty()
        tty.setraw(ends[1])
        os.set_blocking(ends[0], False)
        os.symlink(os.ttyname(ends[1]), self.port)  # noqa: PTH211
        self._loop.add_reader(ends[0], self._from_computer)

    def unplug(self) -> None:
        assert self._ends is not None
        self._loop.remove_reader(self._ends[0])
        for end in self._ends:
            os.close(end)
        self._ends = None
        os.unlink(self.port)  # noqa: PTH108

    def close(self) -> None:
        if self._ends is not None:
            self.unplug()
        self._loop.remove_reader(self._sensor)
        os.close(self._sensor)

    def _from_sensor(self) -> None:
        data = os.read(self._sensor, 65536)
        if self._ends is None:
            return  # nobody holds the other end: what the sensor says is lost
        if self.garbage and data.endswith(b"\n") and self._random.random() < 0.3:
            self.garbage += 1
            data += self._random.choice(GARBAGE)
        os.write(self._ends[0], data)

    def _from_computer(self) -> None:
        assert self._ends is not None
        os.write(self._sensor, os.read(self._ends[0], 65536))


def test_a_live_set_over_usb_survives_unplugging_and_garbage(make_rig, tmp_path):
    """In real time, as pyserial reads in a thread; no owner key on a cable."""

    async def main():
        with open_store(tmp_path) as store:
            async with make_rig(setup={"usb": True}) as rig:
                (sensor,) = rig.sensors
                cable = Cable(sensor.usb_path, tmp_path / "ttyACM0")
                cable.plug()
                loop = asyncio.get_running_loop()
                timing = Timing(now_s=loop.time)
                states = []
                capture = Capture(
                    [UsbLink(cable.port, timing=timing)],
                    StoreSink(store),
                    timing=timing,
                    on_state=lambda _who, state, words: states.append((state, words)),
                )
                try:
                    async with capture:
                        await asyncio.sleep(1.5)
                        cable.unplug()
                        await asyncio.sleep(2)
                        cable.plug()
                        await asyncio.sleep(2.5)
                        cable.garbage = 1
                        await asyncio.sleep(2)
                        cable.garbage, hummed = 0, cable.garbage - 1
                        reports = await capture.stop()
                finally:
                    cable.close()
                check_reports(store, rig.sensors, reports)
                (report,) = reports
                print(
                    f"USB: {report.packets} packets, {report.repaired} fetched after 2 s "
                    f"unplugged, {hummed} pieces of garbage among the lines, 0 lost"
                )
                assert hummed > 5
                assert report.packets > 8 * 17
                assert report.reconnects == 1
                assert report.repaired > 17
                lost = [words for state, words in states if state is State.LOST]
                assert len(lost) == 1
                assert "unplugged" in lost[0]

    simulate(main(), speed=1)
