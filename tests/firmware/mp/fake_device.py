"""What Control and the links need of the App, and a time that the test moves."""

import os

from anklet_sensor.clock import Clock
from anklet_sensor.errors import Fault
from anklet_sensor.log import Log
from anklet_sensor.settings import Settings


class Time:
    """A tick counter as wide as the port's."""

    def __init__(self, us=0):
        self.us = us

    def ticks_us(self):
        return self.us & 0x3FFFFFFF


class Part:
    """Something with attributes."""

    def __init__(self, **values):
        for key, value in values.items():
            setattr(self, key, value)


class Delivery:
    def __init__(self):
        self.calls = []
        self.streams = []
        self.sent = []
        self.missing = []

    def resend(self, stream, first, last):
        self.calls.append(("resend", stream, first, last))
        return {"queued": last - first + 1, "missing": self.missing}

    def ack(self, stream, ranges):
        self.calls.append(("ack", stream, ranges))

    def listing(self):
        return self.streams

    def owes(self):
        return bool(self.streams)

    def next_sent(self):
        return self.sent.pop(0) if self.sent else None


class Device:
    """The App, as far as its controls and links see it; `done` is what was asked of it."""

    def __init__(self, folder, time=None):
        self.time = time or Time()
        self.clock = Clock(self.time.ticks_us)
        for name in ("settings.json", "log.txt", "bonds"):
            for kind in ("", ".old", ".new"):
                try:
                    os.remove(folder + "/" + name + kind)
                except OSError:
                    pass
        self.log = Log(folder + "/log.txt", self.clock)
        self.settings = Settings(folder + "/settings.json", self.log)
        self.delivery = Delivery()
        self.version = "1.2.3"
        self.sensor_id = "a0b1c2d3e4f5"
        self.boot = "01020304"
        self.battery = Part(percent=77)
        self.sampling = Part(mode="idle", self_test=self._self_test)
        self.button = Part(held=False)
        self.indicator = Part(identify=lambda seconds: self.done.append(("identify", seconds)))
        self.links = []
        self.data_link = None
        self.reboot_asked = False
        self.done = []

    def _self_test(self):
        self.done.append(("selftest",))
        return {"acc_mg": [402, 401, 399], "gyr_dps": [350, 352, 349]}

    def start(self, mode, link=None):
        self.done.append(("start", mode))
        self.sampling.mode = mode
        if link is not None:
            self.data_link = link
        return {"stream": 7, "rate_hz": 104, "mode": mode, "next_seq": 9, "already": False}

    def claim(self, link):
        if self.data_link not in (None, link):
            raise Fault("busy", "another link receives the data: start here to take it over")
        self.data_link = link

    def reboot(self):
        self.reboot_asked = True

    def stop(self):
        self.done.append(("stop",))
        self.sampling.mode = "idle"
        return {"stream": 7, "last_seq": 11}

    def configure(self, changes):
        self.settings.change(changes)
        self.done.append(("configure", sorted(changes)))
        return self.public_settings()

    def public_settings(self):
        return {key: value for key, value in self.settings.values.items() if key != "owner"}

    def mark(self, text):
        if self.sampling.mode == "idle":
            raise Fault("state", "no stream runs: start one, then mark it")
        self.done.append(("mark", text))

    def set_time(self, unix_us, arrival_us):
        self.done.append(("time", unix_us - arrival_us))

    def status(self):
        return {
            "mode": self.sampling.mode,
            "stream": 7,
            "next_seq": 12,
            "battery": self.battery.percent,
            "faults": list(self.log.faults),
            "why": self.log.why(),
            "temp_c": 24.5,
            "imu": "LSM6DSOX",
            "uptime_us": 61234567,
            "heap_free": 41232,
            "ring_packets": 12,
            "ring_free_bytes": 48000,
            "flash_free_bytes": 5100000,
            "refused": 0,
            "room_s": 2070,
        }

    def state(self):
        """Everything that a message could have changed."""
        links = [link.session.authorized for link in self.links]
        asked = (self.reboot_asked, self.data_link, self.done, self.delivery.calls)
        return str((self.settings.values, self.sampling.mode, asked, links))
