"""The sensor: everything wired together, and the one loop that runs it.

Nothing here blocks: each turn lets every part take a step of a few milliseconds, while the IMU's
FIFO holds what is sampled.
"""

import binascii
import errno
import gc
import os

from micropython import const

from anklet_sensor import VERSION
from anklet_sensor.clock import Clock
from anklet_sensor.control import Control
from anklet_sensor.delivery import Delivery
from anklet_sensor.errors import Fault
from anklet_sensor.indicator import Button, Indicator
from anklet_sensor.journal import Journal
from anklet_sensor.log import Log
from anklet_sensor.packets import MAX_BYTES
from anklet_sensor.power import Battery, Inactivity
from anklet_sensor.sampling import IDLE, LIVE, UNTETHERED, Sampling
from anklet_sensor.settings import Settings
from anklet_sensor.upkeep import Upkeep

_SECOND_US = const(1_000_000)
_SENDS_A_TURN = const(8)
_IDLE_MS = const(4)


class App:
    """The sensor as its controls see it.

    Parameters
    ----------
    board : board.Board
    make_ring : callable
        Makes the ring, given the bytes of heap that must stay free for the journal.
    make_links : callable
        Makes the links to the desktop, given this object.
    clock : Clock
    root : str
        Folder of settings, log and journal.
    """

    def __init__(self, board, make_ring, make_links, clock: Clock, root: str = "/anklet") -> None:
        _make_folder(root)
        self.board = board
        self.clock = clock
        self.version = VERSION
        self.sensor_id = board.sensor_id
        self.boot = binascii.hexlify(os.urandom(4)).decode()
        self.log = Log(root + "/log.txt", clock)
        for fault in board.faults:
            self.log.fault(fault.code, fault.why)
        self.settings = Settings(root + "/settings.json", self.log)
        journal = Journal(root + "/journal", clock, self.log)
        ring = make_ring(journal.growth_bytes())
        self.delivery = Delivery(ring, journal, self.log, board.watchdog)
        identity = {"sensor": self.sensor_id, "boot": self.boot, "fw": VERSION}
        self.sampling = Sampling(board, self.settings, self.delivery, self.log, clock, identity)
        values = self.settings.values
        self.indicator = Indicator(board.led, clock)
        self.button = Button(board.button, clock)
        self.battery = Battery(board.battery_mv, clock, values["low_battery_percent"])
        self.inactivity = Inactivity(clock, values["sleep_after_s"])
        self.data_link = None
        self.reboot_asked = False
        self._leave_us = None
        self._out = bytearray(MAX_BYTES)
        self._next_second_us = 0
        self.links = make_links(self)
        self._control = Control(self)
        self._upkeep = Upkeep(self)

    # what controls ask for

    def start(self, mode: str, link=None) -> dict:
        """Sample into a stream; with `link`, its packets go there from now on.

        Raises
        ------
        Fault
            When the battery is low or the IMU does not answer.
        """
        if self.battery.low:
            raise Fault("low_battery", "the battery is almost empty: charge the sensor first")
        sampling = self.sampling
        fresh = sampling.mode == IDLE
        already = sampling.mode == mode
        sampling.start(mode)
        next_seq = 0 if fresh else sampling.packer.seq
        if mode == UNTETHERED:
            self.delivery.live(None)
        elif link is not None:
            self._give_data(link)
            if self.delivery.live_stream != sampling.stream:
                next_seq = self.delivery.live(sampling.stream, 0 if fresh else None)
        return {
            "stream": sampling.stream,
            "rate_hz": sampling.rate_hz(),
            "mode": mode,
            "next_seq": next_seq,
            "already": already,
        }

    def stop(self) -> dict:
        """End the stream; harmless when none runs."""
        last_seq = self.sampling.stop()
        stream = self.sampling.stream
        return {"stream": stream, "last_seq": last_seq if stream else None}

    def claim(self, link) -> None:
        """Let a link ask for packets that are held, unless another is being sent some."""
        busy = self.sampling.mode == LIVE or self.delivery.resending
        if busy and self.data_link not in (None, link):
            raise Fault("busy", "another link receives the data: start here to take it over")
        self._give_data(link)

    def configure(self, changes: dict) -> dict:
        """Check and keep settings, and use them from now on; return those that are not secret."""
        rates_hz = self.sampling.rates_hz()
        rate_hz = changes.get("rate_hz")
        if rate_hz is not None and rates_hz and rate_hz not in rates_hz:
            raise Fault("setting", "rate_hz must be one of %s on this board" % (rates_hz,))
        if rate_hz is not None and self.sampling.mode != IDLE:
            raise Fault("state", "the rate cannot change within a stream: stop first")
        self.settings.change(changes)
        self.inactivity.after_s = self.settings.values["sleep_after_s"]
        self.battery.low_percent = self.settings.values["low_battery_percent"]
        self.sampling.settle(changes)
        return self.public_settings()

    def public_settings(self) -> dict:
        """Return the settings without the owner's key."""
        return {key: value for key, value in self.settings.values.items() if key != "owner"}

    def mark(self, text: str) -> None:
        """Put a marker into the stream."""
        if self.sampling.mode == IDLE:
            raise Fault("state", "no stream runs: start one, then mark it")
        self.sampling.note({"marker": text})

    def set_time(self, unix_us: int, arrival_us: int) -> None:
        """Learn the wall clock: `unix_us` was now when the message arrived."""
        self.sampling.set_wall_clock(unix_us - arrival_us)

    def status(self) -> dict:
        """Return what a person asks: what it does, what is wrong, how long it can go on."""
        sampling = self.sampling
        status = {
            "mode": sampling.mode,
            "stream": sampling.stream,
            "next_seq": sampling.packer.seq,
            "battery": self.battery.percent,
            "faults": list(self.log.faults),
            "why": self.log.why(),
            "temp_c": sampling.temperature_c(),
            "imu": sampling.imu.NAME if sampling.imu else None,
            "uptime_us": self.clock.now_us(),
            "heap_free": gc.mem_free(),
        }
        status.update(self.delivery.status())
        status["room_s"] = self.delivery.room_s(sampling.bytes_per_s())
        return status

    def factory_reset(self) -> None:
        """Forget owner, placement and calibration; recordings stay. Asked for by the button."""
        try:
            self.settings.reset()
            self.log.fault("reset", "the settings were reset by the button")
        except Fault as fault:
            self.log.fault(fault.code, fault.why)
        for link in self.links:
            link.forget()
        self.reboot_asked = True

    def reboot(self) -> None:
        """Start anew, once everything is in flash and the reply has gone.

        Raises
        ------
        Fault
            "flash_full": packets that nobody has acknowledged would be lost.
        """
        self.sampling.stop()
        if not self.delivery.close():
            raise Fault("flash_full", "the flash cannot take what RAM holds: fetch it first")
        self.reboot_asked = True

    # the loop

    def run(self) -> None:
        """Run until Ctrl-C, or a reboot that was asked for."""
        try:
            while not self._leaving():
                self.board.watchdog()
                if not self.step():
                    self.board.idle_ms(_IDLE_MS)
        finally:
            self.close()

    def step(self) -> int:
        """Let everything take one step; return how much there was to do."""
        done = self.sampling.step()
        for link in self.links:
            link.poll()
            message = link.next_message()
            if message:
                self.inactivity.moved()
                self._control.handle(link, message[0], message[1])
                done += 1
        self._control.step()
        done += self._transmit()
        self.delivery.step()
        self._pressed(self.button.step())
        self.indicator.step()
        now_us = self.clock.now_us()
        if now_us >= self._next_second_us:
            self._next_second_us = now_us + _SECOND_US
            self._upkeep.each_second()
        return done

    def close(self) -> None:
        """End the stream and bring everything into flash."""
        try:
            self.sampling.stop()
        finally:
            self.delivery.close()

    def _leaving(self) -> bool:
        # after a second, in which the reply to the message that asked gets out
        if not self.reboot_asked:
            return False
        if self._leave_us is None:
            self._leave_us = self.clock.now_us() + _SECOND_US
        return self.clock.now_us() >= self._leave_us

    def _give_data(self, link) -> None:
        if link is not self.data_link:
            self.delivery.forget()
            self.data_link = link

    def _transmit(self) -> int:
        link = self.data_link
        if link is None:
            return 0
        if not link.connected or not link.session.authorized:
            self.data_link = None
            self.delivery.forget()
            return 0
        sent = 0
        while sent < _SENDS_A_TURN:
            n = self.delivery.peek(self._out)
            if not n or not link.send(self._out, n):
                break
            self.delivery.advance()
            sent += 1
        return sent

    def _pressed(self, press) -> None:
        if press is None:
            return
        self.inactivity.moved()
        sampling = self.sampling
        if press == "reset":
            self.factory_reset()
        elif press == "double" or (press == "short" and sampling.mode == LIVE and self.data_link):
            if sampling.mode != IDLE:
                sampling.tell({"button": press})
        elif press == "short":
            self._toggle()

    def _toggle(self) -> None:
        try:
            if self.sampling.mode == IDLE:
                self.start(UNTETHERED)
            else:
                self.stop()
        except Fault as fault:
            self.log.fault(fault.code, fault.why)


def _make_folder(path: str) -> None:
    try:
        os.mkdir(path)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise
