"""The examples of docs/protocol.md, said to the real Control."""

import json
import sys

from anklet_sensor.control import Control
from control_bench import Wire
from fake_device import Device


def run(device, name, lines):
    wire = Wire(device, name)
    device.links = [wire]
    device.data_link = None
    control = Control(device)
    said = answered = None
    for mark, text in lines:
        if mark == ">":
            assert len(text.encode()) <= 1024
            if said != answered:  # a quiet one
                device.time.us += 300_000
                control.handle(wire, said.encode(), device.time.us)
                assert not wire._replies, said
            said = text
            continue
        answered = said
        expected = json.loads(text)
        if "event" in expected:
            device.data_link = wire
            device.delivery.sent = [(expected["stream"], expected["from"], expected["to"])]
            control.step()
        else:
            if "nonce" in expected:
                wire.session.nonce = expected["nonce"]
            device.time.us = expected.get("sent_us", 0)
            control.handle(wire, said.encode(), expected["t_us"])
            if expected.get("error") == "auth":  # a new nonce each time: chance is no example
                expected.pop("nonce", None)
        (answer,) = wire.heard()
        if answer.get("error") == "auth":
            assert len(answer.pop("nonce")) == 32
        assert answer == expected, "%s\nis answered\n%s\nnot\n%s" % (said, json.dumps(answer), text)
        commands.add(json.loads(said)["do"])


commands = set()
device = Device(sys.argv[1])
with open(sys.argv[2]) as file:
    examples = json.load(file)
for name, lines in examples:
    run(device, name, lines)
print(
    json.dumps(
        {"examples": len(examples), "missing": sorted(set(Control(device)._commands) - commands)}
    )
)
