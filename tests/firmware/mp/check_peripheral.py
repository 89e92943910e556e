"""The peripheral against the stand-in: what is seen, pieces of control, two centrals."""

import json

import bluetooth
from anklet_sensor import advert
from anklet_sensor.bonds import Bonds
from anklet_sensor.peripheral import Peripheral
from ble_bench import FOLDER, PACKET, Bench, seqs
from bluetooth import air
from fake_device import Device


def the_services_are_there():
    bench = Bench()
    texts = [air.values[bench.by_uuid[bluetooth.UUID(u)]].data for u in (0x2A29, 0x2A24)]
    assert texts == [b"Anklet project", b"Anklet sensor"]
    assert air.values[bench.by_uuid[bluetooth.UUID(0x2A25)]].data == b"a0b1c2d3e4f5"
    assert air.values[bench.by_uuid[bluetooth.UUID(0x2A26)]].data == b"1.2.3"
    assert air.values[bench.by_uuid[bluetooth.UUID(0x2A19)]].data == b"\x4d"
    assert air.values[bench.data].flags == 0x10
    assert air.values[bench.ctl].flags == 0x1C
    status = json.loads(air.values[bench.status].data)
    assert status["mode"] == "idle" and status["owned"] is False and status["busy"] is False
    assert air.config["mtu"] == 247 and air.config["bond"] is True
    bench = Bench(pairing=False)
    assert air.advertising and "bond" not in air.config


def the_advertisement_fits_and_follows():
    bench = Bench()
    interval_us, data, response, connectable = air.advertising
    assert len(data) == 31 and connectable
    assert data[:5] == b"\x02\x01\x06\x11\x07"
    assert data[5:21] == bytes(bluetooth.UUID("8db471b3-fdf2-45d5-b712-f50e61865101"))
    assert data[21:25] == b"\x09\xff\xff\xff"
    assert data[25:] == bytes((1, 0, 77, 0)) + b"\xe4\xf5"
    assert response == b"\x0c\x09Anklet e4f5"
    device = bench.device
    device.settings.change(
        {"side": "right", "segment": "foot", "owner": "0" * 64, "name": "ä" * 10}
    )
    device.battery.percent = None
    device.sampling.mode = "untethered"
    device.delivery.streams = [{"stream": 1}]
    device.log.fault("bus", "x")
    bench.link.tell(device)
    _, data, response, _ = air.advertising
    assert len(data) == 31
    assert data[25:29] == bytes((1, 2 | 2 << 2, 255, 2 | 4 | 8 | 32))
    assert response == b"\x15\x09" + "ä".encode() * 10
    assert json.loads(air.values[bench.status].data)["side"] == "right"
    air.advertising = "untouched"
    bench.link.tell(device)
    assert air.advertising == "untouched", "what has not changed is not said again"
    assert advert.short("ä" * 20, 29) == "ä".encode() * 14
    assert advert.short("a" + "€" * 20, 29) == b"a" + "€".encode() * 9
    assert advert.short("x" * 40, 29) == b"x" * 29
    assert advert.short("", 29) == b""


def control_comes_in_any_pieces():
    bench = Bench()
    central = air.connect(3)
    bench.turn()
    lines = b'{"id":1,"do":"version"}\n\r\n\n{"id":2,"do":"version"}\n{"id":3,"do":"hello"}\r\n'
    for size in (1, 2, 3, 7, 20, 100):
        central.received.clear()
        for at in range(0, len(lines), size):
            air.write(3, bench.ctl, lines[at : at + size])
            if at % 5 == 0:
                bench.turn()
        bench.seconds(1)
        answers = [json.loads(t) for t in central.texts(bench.ctl).split(b"\n")[:-1]]
        assert [a["id"] for a in answers] == [1, 2, 3], (size, answers)
    central.received.clear()
    long = b'{"do":"version","pad":"' + b"x" * 1100 + b'"}\n' + lines
    for at in range(0, len(long), 244):
        air.write(3, bench.ctl, long[at : at + 244])
    bench.seconds(1)
    answers = [json.loads(t) for t in central.texts(bench.ctl).split(b"\n")[:-1]]
    assert answers[0]["error"] == "size" and [a["id"] for a in answers[1:]] == [1, 2, 3]
    exact = b'{"do":"version","pad":"%s"}' % (b"x" * (1024 - 25))
    assert len(exact) == 1024
    central.received.clear()
    for at in range(0, 1025, 41):
        air.write(3, bench.ctl, (exact + b"\n")[at : at + 41])
    bench.seconds(1)
    assert json.loads(central.texts(bench.ctl))["ok"] == "version"


def the_arrival_is_that_of_the_write():
    bench = Bench()
    air.connect(3)
    bench.turn()
    bench.device.time.us += 1234
    arrival_us = bench.device.time.us
    air.write(3, bench.ctl, b'{"do":"version"}\n')
    bench.device.time.us += 300_000  # the loop was busy
    bench.turn(20)
    central = air.centrals[3]
    answer = json.loads(central.texts(bench.ctl))
    assert answer["t_us"] == arrival_us, answer


def lost_bytes_are_never_silent():
    bench = Bench()
    central = air.connect(3)
    bench.turn()
    for _ in range(20):
        for _ in range(5):
            air.write(3, bench.ctl, b'{"id":1,"do":"version"}\n')
    bench.seconds(3)
    answers = [json.loads(t) for t in central.texts(bench.ctl).split(b"\n")[:-1]]
    assert any(a.get("error") == "size" for a in answers), answers
    central.received.clear()
    air.write(3, bench.ctl, b'\n{"id":2,"do":"version"}\n')
    bench.seconds(1)
    answers = [json.loads(t) for t in central.texts(bench.ctl).split(b"\n")[:-1]]
    assert answers[-1]["id"] == 2


def small_mtus():
    bench = Bench()
    central = air.connect(3, mtu=None)
    bench.turn()
    bench.link.session.authorized = True
    answer = bench.ask(3, {"id": 1, "do": "start", "mode": "live"})
    assert answer["error"] == "mtu", answer
    assert max(len(data) for _, _, data in central.received) <= 20
    assert not bench.send(0), "a packet that would be cut is not sent"
    for mtu, ok in ((166, False), (167, True), (185, True), (247, True), (517, True)):
        bench = Bench()
        air.connect(3, mtu=mtu)
        bench.turn()
        bench.link.session.authorized = True
        answer = bench.ask(3, {"do": "start", "mode": "live"})
        assert ("ok" in answer) == ok, (mtu, answer)
        assert bench.send(5) == ok
        bench.seconds(0.1)
        assert seqs(air.centrals[3], bench.data) == ([5] if ok else [])


def a_central_that_vanishes_leaves_nothing():
    bench = Bench()
    central = air.connect(3)
    bench.turn()
    bench.link.session.authorized = True
    first = bench.link.session
    air.write(3, bench.ctl, b'{"do":"version"}\n{"do":"ver')
    sent = 0
    while bench.send(sent):
        sent += 1
    bench.link.reply(bytearray(b'{"long":"' + b"x" * 900 + b'"}\n'))
    central.frozen = True
    bench.turn(3)
    del air.centrals[3]  # gone, and the stack has not said so
    assert not bench.send(99)
    bench.seconds(1)
    assert not bench.link.connected and not bench.link.waiting
    assert air.advertising and air.advertising[3], "advertises again"
    air.irq(2, 3, 0, b"\0" * 6)  # said late
    bench.turn()
    central = air.connect(3)
    bench.turn()
    assert bench.link.connected
    assert bench.link.session is not first and not bench.link.session.authorized
    assert bench.ask(3, {"id": 9, "do": "version"})["id"] == 9, "half a line of the one before"
    air.disconnect(3)
    bench.turn()
    assert not bench.link.connected and air.advertising[3]
    assert not bench.send(0)
    # there and gone and there within one turn of the loop
    air.connect(4)
    air.write(4, bench.ctl, b'{"id":4,"do":"ver')
    air.disconnect(4)
    air.advertising = air.advertising or (1, b"", b"", True)
    air.connect(5)
    air.write(5, bench.ctl, b'{"id":5,"do":"version"}\n')
    bench.seconds(0.2)
    assert json.loads(air.centrals[5].texts(bench.ctl))["id"] == 5


def a_second_central_is_told_and_leaves():
    bench = Bench()
    first = air.connect(1)
    bench.turn()
    bench.link.session.authorized = True
    assert air.advertising and not air.advertising[3], "seen, not connectable, while taken"
    assert air.advertising[1][28] & 16
    assert json.loads(air.values[bench.status].data)["busy"] is True
    air.write(1, bench.ctl, b'{"id":1,"do":"ver')
    second = air.connect(2)
    third_us = bench.device.time.us
    air.write(2, bench.ctl, b'{"id":66,"do":"reboot"}\n')
    bench.turn(20)
    air.write(2, bench.ctl, b"garbage")
    air.write(1, bench.ctl, b'sion"}\n')
    sent = 0
    while 2 in air.centrals:
        bench.turn()
        sent += bench.send(sent)
        assert bench.device.time.us - third_us < 3_000_000, "the second was not disconnected"
    assert bench.device.time.us - third_us > 1_500_000
    events = [json.loads(t) for t in second.texts(bench.ctl).split(b"\n")[:-1]]
    assert len(events) >= 2 and all(e == {"event": "busy"} for e in events), events
    assert not bench.device.reboot_asked
    assert [d for _, h, d in second.received if h == bench.data] == []
    assert json.loads(first.texts(bench.ctl))["id"] == 1
    bench.seconds(1)
    assert seqs(first, bench.data) == list(range(sent)) and sent > 100
    assert bench.link.connected and bench.link.session.authorized
    assert air.advertising and not air.advertising[3]


def a_dropped_central_hears_why():
    bench = Bench()
    central = air.connect(1)
    bench.turn()
    bench.device.settings.change({"owner": "1" * 64})
    for _ in range(3):
        answer = bench.ask(1, {"do": "auth", "mac": "0" * 64})
        assert answer["error"] == "auth"
    bench.seconds(0.4)
    assert 1 not in air.centrals and not bench.link.connected
    assert air.advertising[3]
    # one that does not listen is not waited for
    central = air.connect(1)
    bench.turn()
    central.frozen = True
    bench.link.reply(bytearray(b"x" * 900 + b"\n"))
    for _ in range(30):
        bench.link.reply(bytearray(b"x" * 900 + b"\n"))
    bench.link.drop("test")
    bench.seconds(1.2)
    assert not bench.link.connected


def the_radio_may_fail():
    air.reset()
    air.values.clear()
    air.fails = True
    device = Device(FOLDER)
    link = Peripheral(bluetooth.BLE(), device, FOLDER + "/bonds")
    assert "ble" in device.log.faults
    link.poll()
    link.tell(device)
    assert not link.send(PACKET, 164) and link.next_message() is None
    assert "ble" in device.log.faults


def pairing_keys_are_kept():
    bench = Bench()
    device = bench.device
    for i in range(15):
        assert air.irq(30, 2, b"key%d" % i, b"value%d" % i) is True
    assert air.irq(29, 2, 0, b"key14") == b"value14"
    assert air.irq(29, 2, 0, b"key0") is None, "the oldest go"
    assert air.irq(29, 2, 1, None) == b"value4"
    assert air.irq(29, 1, 0, None) is None
    bench.turn()
    again = Bonds(FOLDER + "/bonds", device.log)
    assert again.get(2, 0, b"key14") == b"value14" and again.get(2, 0, None) == b"value3"
    assert air.irq(30, 2, b"key14", None) is True
    assert air.irq(30, 2, b"key14", None) is False
    assert air.irq(29, 2, 0, b"key14") is None
    bench.link.forget()
    assert Bonds(FOLDER + "/bonds", device.log).get(2, 0, None) is None
    with open(FOLDER + "/bonds", "wb") as file:
        file.write(b"2 zz not hex\n\xff\xff\n2 6b 76\n1 2\n")
    assert Bonds(FOLDER + "/bonds", device.log).get(1, 0, None) is None
    Bonds("/nowhere/bonds", device.log).clear()
    assert "bonds" in device.log.faults


checks = (
    the_services_are_there,
    the_advertisement_fits_and_follows,
    control_comes_in_any_pieces,
    the_arrival_is_that_of_the_write,
    lost_bytes_are_never_silent,
    small_mtus,
    a_central_that_vanishes_leaves_nothing,
    a_second_central_is_told_and_leaves,
    a_dropped_central_hears_why,
    the_radio_may_fail,
    pairing_keys_are_kept,
)
for check in checks:
    check()
print(json.dumps({"checks": len(checks)}))
