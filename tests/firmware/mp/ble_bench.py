"""A Peripheral with its Control, in the air of the stand-in."""

import json
import struct
import sys

import bluetooth
from anklet_sensor.control import Control
from anklet_sensor.peripheral import Peripheral
from bluetooth import air
from fake_device import Device

FOLDER = sys.argv[1]
PACKET = bytearray(164)
STEP_US = 4000


class Bench:
    def __init__(self, pool=12, **kind):
        air.reset(pool, **kind)
        self.device = Device(FOLDER)
        self.link = Peripheral(bluetooth.BLE(), self.device, FOLDER + "/bonds")
        self.device.links.append(self.link)
        self.control = Control(self.device)
        if air.values:
            by_uuid = {value.uuid: handle for handle, value in air.values.items()}
            self.data, self.ctl, self.status = (
                by_uuid[bluetooth.UUID("8db471b%d-fdf2-45d5-b712-f50e61865101" % i)]
                for i in (4, 5, 6)
            )
            self.by_uuid = by_uuid

    def turn(self, n=1):
        """As the App: n turns of the loop."""
        for _ in range(n):
            self.device.time.us += STEP_US
            air.step(self.device.time.us)
            self.link.poll()
            message = self.link.next_message()
            if message:
                self.control.handle(self.link, message[0], message[1])

    def seconds(self, s):
        self.turn(int(s * 1_000_000 / STEP_US))

    def ask(self, conn, message):
        central = air.centrals[conn]
        before = len(central.texts(self.ctl))
        air.write(conn, self.ctl, json.dumps(message).encode() + b"\n")
        for _ in range(300):
            self.turn()
            text = central.texts(self.ctl)[before:]
            if text.endswith(b"\n"):
                return json.loads(text)
        raise AssertionError("no answer to %r" % message)

    def send(self, seq):
        struct.pack_into("<I", PACKET, 6, seq)
        return self.link.send(PACKET, 164)


def seqs(central, handle):
    got = [data for _, h, data in central.received if h == handle]
    assert all(len(data) == 164 for data in got)
    return [struct.unpack_from("<I", data, 6)[0] for data in got]
