"""A Control, a link whose replies are read at once, and what one says to them."""

import binascii
import json
import sys

from anklet_sensor.control import Control
from anklet_sensor.link import Link
from fake_device import Device

FOLDER = sys.argv[1]


class Wire(Link):
    """A link whose replies are read at once."""

    def __init__(self, device, name="ble"):
        self.name = name
        self.trusted = name == "usb"
        super().__init__(device.clock)
        self.connected = True
        self.max_packet = 244
        self.dropped = None

    def drop(self, why):
        self.dropped = why

    def heard(self):
        lines = []
        while self._replies:
            line = bytes(self._reply_line())
            self._replies.pop(0)
            assert line.endswith(b"\n")
            assert len(line) <= 1024, len(line)
            lines.append(unsealed(line))
        return lines


def unsealed(line):
    """Return what a line says, having looked at its CRC."""
    n = line.rfind(b',"crc":')
    message = json.loads(line)
    assert message.pop("crc") == binascii.crc32(line[:n]), line
    return message


def setup(name="usb"):
    """Return a device, a link and its control."""
    device = Device(FOLDER)
    wire = Wire(device, name)
    device.links.append(wire)
    return device, wire, Control(device)


def ask(control, wire, message, arrival_us=5_000_000):
    line = message if isinstance(message, bytes) else json.dumps(message).encode()
    control.handle(wire, line, arrival_us)
    (answer,) = wire.heard()
    assert answer["t_us"] == arrival_us
    return answer


def refused(control, wire, message, code):
    device = control._device
    before = device.state()
    answer = ask(control, wire, message)
    assert answer.get("error") == code, (message, answer)
    assert answer["why"][-1] not in ".!", answer
    assert "ok" not in answer
    assert device.state() == before, message
    return answer
