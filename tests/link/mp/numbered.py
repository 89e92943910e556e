"""A small program for tests of the rig itself: numbered notifications, at a rate or a flood.

Written to the control characteristic: b"\x01" + u16 period in ms + u16 length starts, b"\x00"
stops; a period of 0 is as fast as the stack takes them. What it counted is read back from it.
"""

import errno
import json
import os
import struct

import bluetooth
from wire import Gone, wire

SERVICE, CONTROL, DATA, STRICT = [
    bluetooth.UUID("6e40000%d-b5a3-f393-e0a9-e50e24dcca9e" % n) for n in (1, 2, 3, 4)
]
READ, WRITE, QUICK, NOTIFY, ENCRYPTED = 0x02, 0x08, 0x04, 0x10, 0x1000

setup = json.loads(os.getenv("LINK_SETUP"))
ble = bluetooth.BLE()
conns = []
counts = {"sent": 0, "full": 0, "irqs": [], "gone": 0}
state = {"period_us": None, "next_us": 0, "buf": bytearray(20)}


def irq(event, data):
    if event != 4 and len(counts["irqs"]) < 40:  # a long value is read in pieces: it must stand
        counts["irqs"].append(event)
    if event == 1:
        conns.append(data[0])
        advertise()
    elif event == 2:
        conns.remove(data[0])
        advertise()
    elif event == 3 and data[1] == control:
        obey(ble.gatts_read(control))
    elif event == 4 and data[1] == control:
        ble.gatts_write(control, json.dumps(counts))


def obey(line):
    if line[:1] == b"\x01":
        period_ms, length = struct.unpack_from("<HH", line, 1)
        state["buf"] = bytearray(length)
        state["next_us"] = wire.now_us
        state["period_us"] = 1000 * period_ms
    else:
        state["period_us"] = None


def advertise():
    name = setup["name"].encode()
    ble.gap_advertise(
        100_000,
        b"\x02\x01\x06\x11\x07" + bytes(SERVICE),
        resp_data=bytes((len(name) + 1, 9)) + name,
    )


def step():
    """Send what is due; return how long to sleep, in us."""
    period_us = state["period_us"]
    if period_us is None or not conns:
        return 4000
    while state["next_us"] <= wire.now_us or not period_us:
        struct.pack_into("<IQ", state["buf"], 0, counts["sent"], wire.now_us)
        try:
            ble.gatts_notify(conns[0], data_handle, state["buf"])
        except OSError as error:
            if error.errno == errno.ENOMEM:
                counts["full"] += 1
                return 2000
            counts["gone"] += 1
            return 4000
        counts["sent"] += 1
        state["next_us"] += period_us
    return max(100, state["next_us"] - wire.now_us)


ble.irq(irq)
ble.active(True)
ble.config(mtu=247, gap_name=setup["name"])
((control, data_handle, strict),) = ble.gatts_register_services(
    (
        (
            SERVICE,
            (
                (CONTROL, READ | WRITE | QUICK),
                (DATA, READ | NOTIFY),
                (STRICT, READ | WRITE | ENCRYPTED),
            ),
        ),
    )
)
ble.gatts_write(control, b"")
ble.gatts_set_buffer(control, 512)
wire.ask("booted", wire.now_us)
advertise()
try:
    while True:
        wire.sleep_until(wire.now_us + step())
except Gone:
    pass
