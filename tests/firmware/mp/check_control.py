"""Every command as it is meant, and as it is not meant."""

import binascii
import json

from anklet_sensor.auth import mac
from control_bench import Wire, ask, refused, setup

KEY = "0123456789abcdef" * 4


def commands_do_what_they_say():
    device, wire, control = setup()
    hello = ask(control, wire, {"id": 1, "do": "hello", "nonce": "n" * 16})
    assert hello["sensor"] == "a0b1c2d3e4f5" and hello["id"] == 1 and hello["ok"] == "hello"
    assert hello["owned"] is False and hello["protocol"] == 1 and len(hello["nonce"]) == 32
    start = ask(control, wire, {"do": "start", "mode": "live", "unix_us": 1_800_000_000_000_000})
    assert start["stream"] == 7 and device.data_link is wire and "id" not in start
    assert device.done == [("start", "live"), ("time", 1_800_000_000_000_000 - 5_000_000)]
    assert ask(control, wire, {"do": "stop", "id": "x"})["last_seq"] == 11
    device.data_link = None
    ask(control, wire, {"do": "start", "mode": "untethered"})
    assert device.data_link is None, "untethered data goes to flash alone"
    for do in ("resend", "fetch"):
        answer = ask(control, wire, {"do": do, "stream": 4294967295, "from": 3, "to": 3})
        assert answer["queued"] == 1 and answer["missing"] == [] and answer["more"] is False
    assert device.data_link is wire
    ask(control, wire, {"do": "ack", "stream": 7, "ranges": [[0, 5], [8, 8]]})
    assert device.delivery.calls[-1] == ("ack", 7, [[0, 5], [8, 8]])
    ask(control, wire, {"do": "place", "side": "left", "name": "Käthe"})
    assert device.settings.values["side"] == "left" and device.settings.values["name"] == "Käthe"
    answer = ask(control, wire, {"do": "calibrate", "gyr_bias_rad_s": [0.01, 0, -0.02]})
    assert answer["gyr_bias_rad_s"] == [0.01, 0, -0.02] and len(answer["acc_matrix"]) == 9
    answer = ask(control, wire, {"do": "set", "settings": {"rate_hz": 208, "packet_samples": 1}})
    assert answer["settings"]["rate_hz"] == 208
    answer = ask(control, wire, {"do": "get"})
    assert answer["settings"]["packet_samples"] == 1 and "owner" not in answer["settings"]
    ask(control, wire, {"do": "identify", "seconds": 3})
    ask(control, wire, {"do": "identify"})
    assert device.done[-2:] == [("identify", 3), ("identify", 10)]
    ask(control, wire, {"do": "mark", "text": "here"})
    assert device.done[-1] == ("mark", "here")
    ask(control, wire, {"do": "time", "unix_us": 1_700_000_000_000_000}, 9)
    assert device.done[-1] == ("time", 1_699_999_999_999_991)
    assert ask(control, wire, {"do": "status"})["link"] == "usb"
    assert ask(control, wire, {"do": "version"})["fw"] == "1.2.3"
    assert not device.reboot_asked
    ask(control, wire, {"do": "reboot"})
    assert device.reboot_asked
    assert ask(control, wire, {"do": "version", "of": "the", "future": [1, {}]})["ok"]


def echo_is_stamped_late():
    device, wire, control = setup()
    control.handle(wire, b'{"id":5,"do":"echo","x":[1,{"a":"b"}]}', 123)
    device.time.us = 9_876_543
    (answer,) = wire.heard()
    assert answer["x"] == [1, {"a": "b"}] and answer["t_us"] == 123, answer
    assert answer["sent_us"] == 9_876_543, answer
    assert ask(control, wire, {"do": "echo"})["x"] is None
    refused(control, wire, b'{"do":"echo","x":"' + b"y" * 990 + b'"}', "size")


def what_was_damaged_is_not_obeyed():
    device, wire, control = setup()
    ask(control, wire, {"do": "start", "mode": "live"})
    body = b'{"id":1,"do":"mark","text":"here"'
    line = body + b',"crc":%d}' % binascii.crc32(body)
    answer = ask(control, wire, line)
    assert answer.get("ok") == "mark", answer
    device.done.clear()
    for at in range(len(body)):
        for bit in range(8):
            damaged = bytearray(line)
            damaged[at] ^= 1 << bit
            control.handle(wire, bytes(damaged), 5)
            (answer,) = wire.heard()
            assert answer["error"] == "crc", (bytes(damaged), answer)
    assert not device.done
    nested = b'{"id":1,"do":"echo","x":{"a":1,"crc":5}}'
    assert ask(control, wire, nested)["x"] == {"a": 1, "crc": 5}


def quiet_requests_are_answered_only_when_they_fail():
    device, wire, control = setup()
    control.handle(wire, b'{"do":"ack","quiet":true,"stream":7,"ranges":[[0,5]]}', 5)
    assert not wire.heard() and device.delivery.calls[-1] == ("ack", 7, [[0, 5]])
    control.handle(wire, b'{"do":"ack","quiet":true,"stream":7,"ranges":[[0]]}', 5)
    assert [answer["error"] for answer in wire.heard()] == ["type"]
    for x in range(8):
        control.handle(wire, b'{"do":"echo","quiet":true,"x":%d}' % x, 1000 * x)
    assert not wire.heard()
    refused(control, wire, {"do": "echo", "quiet": True, "x": "seven"}, "type")
    answer = ask(control, wire, {"do": "echo", "took_ms": 20}, 10_000)
    assert answer["heard"] == [[x, 10_000 - 1000 * x] for x in range(2, 8)], answer
    assert "heard" not in ask(control, wire, {"do": "echo"})
    refused(control, wire, {"do": "echo", "took_ms": -1}, "range")


def long_things_come_in_pages():
    device, wire, control = setup()
    entry = {"stream": 1, "first": 0, "last": 999, "packets": 1000, "unacknowledged": 9}
    device.delivery.streams = [dict(entry, stream=4294967295 - i) for i in range(40)]
    found, more = [], True
    while more:
        answer = ask(control, wire, {"do": "journal", "from": len(found)})
        assert answer["streams"]
        found += answer["streams"]
        more = answer["more"]
    assert found == device.delivery.streams
    assert ask(control, wire, {"do": "journal", "from": 99})["streams"] == []
    device.delivery.missing = [[4294967000 + 2 * i, 4294967000 + 2 * i] for i in range(60)]
    answer = ask(control, wire, {"do": "resend", "stream": 1, "from": 0, "to": 4294967295})
    assert answer["missing"] == device.delivery.missing[:24] and answer["more"] is True
    for i in range(30):
        device.log.fault("code%d" % i, 'it is "so" \\ ' * 9)
    text, start = "", 0
    while True:
        answer = ask(control, wire, {"do": "log", "from": start})
        if not answer["text"]:
            break
        text += answer["text"]
        start = answer["next"]
    assert text.count("\n") == 31 and "code29" in text


def wrong_messages_change_nothing():
    device, wire, control = setup()
    wire.session.host_nonce = "kept"
    for line in (
        b"",
        b"{",
        b'{"do":"stop"',
        b'{"do":"set","settings":{"rate_hz":208}',
        b'{"do":"stop"]',
        b'["do","stop"]',
        b'"stop"',
        b"7",
        b"null",
        b"stop",
        b'{"do":"stop"}}',
        b'{"do":"stop"}{"do":"stop"}',
        b'{"do":"mark","text":"\\ud83d"}',
        b'{"do":"mark","text":"\xed\xa0\x80"}',
        b'{"do":"mark","text":"\xff"}',
        b'{"do":"mark","text":"cut',
        b'{"do":"echo","x":' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"do":"echo","x":' + b'{"a":' * 9 + b"1" + b"}" * 9 + b"}",
        b'{{"a":1}:2}',
    ):
        refused(control, wire, line, "json")
    refused(control, wire, b'{"do":"echo","x":1e999}', "range")
    refused(control, wire, b'{"do":"set","settings":{"acc_offset_m_s2":[0,-1e999,0]}}', "range")
    control.handle(wire, None, 5)
    assert wire.heard()[0]["error"] == "size"
    for code, message in (
        ("missing", {}),
        ("type", {"do": 7}),
        ("type", {"do": ["stop"]}),
        ("unknown", {"do": "fly"}),
        ("unknown", {"do": "_stop"}),
        ("range", {"do": ""}),
        ("range", {"do": "s" * 33}),
        ("missing", {"do": "start"}),
        ("range", {"do": "start", "mode": "dead"}),
        ("type", {"do": "start", "mode": True}),
        ("range", {"do": "start", "mode": "live", "unix_us": 5}),
        ("type", {"do": "start", "mode": "live", "unix_us": 1.7e15}),
        ("missing", {"do": "time"}),
        ("type", {"do": "time", "unix_us": True}),
        ("range", {"do": "time", "unix_us": -1}),
        ("missing", {"do": "resend", "stream": 1, "from": 0}),
        ("range", {"do": "resend", "stream": 1, "from": 5, "to": 4}),
        ("range", {"do": "resend", "stream": -1, "from": 0, "to": 4}),
        ("range", {"do": "fetch", "stream": 1, "from": 0, "to": 4294967296}),
        ("type", {"do": "fetch", "stream": "1", "from": 0, "to": 4}),
        ("missing", {"do": "ack", "ranges": []}),
        ("type", {"do": "ack", "stream": 1}),
        ("type", {"do": "ack", "stream": 1, "ranges": {"0": 5}}),
        ("type", {"do": "ack", "stream": 1, "ranges": [[0, 1], 5]}),
        ("type", {"do": "ack", "stream": 1, "ranges": [[0, 1], [5]]}),
        ("type", {"do": "ack", "stream": 1, "ranges": [[0, 1], [2, None]]}),
        ("range", {"do": "ack", "stream": 1, "ranges": [[0, 1], [5, 4]]}),
        ("type", {"do": "ack", "stream": 1, "ranges": [[0, 0]] * 65}),
        ("type", {"do": "journal", "from": "0"}),
        ("range", {"do": "log", "from": -1}),
        ("type", {"do": "set"}),
        ("type", {"do": "set", "settings": [1]}),
        ("type", {"do": "set", "settings": {}}),
        ("setting", {"do": "set", "settings": {"rate_hz": 105}}),
        ("setting", {"do": "set", "settings": {"packet_samples": 8, "rate_hz": 208}}),
        ("setting", {"do": "set", "settings": {"owner": KEY}}),
        ("setting", {"do": "set", "settings": {"nonsense": 1}}),
        ("missing", {"do": "place"}),
        ("setting", {"do": "place", "side": "both"}),
        ("setting", {"do": "place", "side": "left", "segment": 3}),
        ("setting", {"do": "place", "name": "x" * 21}),
        ("missing", {"do": "calibrate"}),
        ("setting", {"do": "calibrate", "acc_matrix": [0] * 9}),
        ("setting", {"do": "calibrate", "gyr_bias_rad_s": [0, 0]}),
        ("range", {"do": "identify", "seconds": 301}),
        ("type", {"do": "identify", "seconds": 1.5}),
        ("missing", {"do": "mark"}),
        ("range", {"do": "mark", "text": "two\nlines"}),
        ("range", {"do": "mark", "text": "x" * 101}),
        ("state", {"do": "mark", "text": "no stream"}),
        ("range", {"do": "hello", "nonce": "short"}),
        ("type", {"do": "hello", "nonce": 5}),
        ("missing", {"do": "auth"}),
        ("range", {"do": "auth", "mac": "00"}),
        ("range", {"do": "auth", "mac": "g" * 64}),
        ("state", {"do": "auth", "mac": "0" * 64}),
        ("missing", {"do": "own"}),
        ("type", {"do": "own", "key": 5}),
        ("range", {"do": "own", "key": "ab"}),
    ):
        refused(control, wire, message, code)
    for bad_id in (True, 1.5, [1], {"a": 1}, "x" * 33, 1 << 60):
        assert "id" not in ask(control, wire, {"do": "version", "id": bad_id})
    answer = refused(control, wire, {"id": -7, "do": "fly"}, "unknown")
    assert answer["id"] == -7
    wire.max_packet = 163
    for message in (
        {"do": "start", "mode": "live"},
        {"do": "resend", "stream": 1, "from": 0, "to": 1},
    ):
        refused(control, wire, message, "mtu")
    wire.max_packet = 164
    assert ask(control, wire, {"do": "start", "mode": "live"})["ok"]
    other = Wire(device)
    device.data_link = other
    refused(control, wire, {"do": "fetch", "stream": 1, "from": 0, "to": 1}, "busy")


def only_the_owner_is_obeyed():
    device, wire, control = setup("ble")
    for do in sorted(control._commands):
        if do not in ("hello", "auth", "own", "version"):
            refused(control, wire, {"do": do, "mode": "live"}, "auth")
    refused(control, wire, {"do": "own", "key": KEY}, "auth")
    device.button.held = True
    assert ask(control, wire, {"do": "own", "key": KEY.upper()})["owned"]
    device.button.held = False
    assert device.settings.values["owner"] == KEY
    assert KEY not in json.dumps(ask(control, wire, {"do": "get"})), "the key never leaves"
    assert KEY not in json.dumps(ask(control, wire, {"do": "status"}))
    wire._begin()
    refused(control, wire, {"do": "start", "mode": "live"}, "auth")
    refused(control, wire, {"do": "own", "key": None}, "auth")

    hello = ask(control, wire, {"do": "hello", "nonce": "host-nonce-0123456"})
    proof = mac(KEY, "host", hello["nonce"])
    answer = ask(control, wire, {"do": "auth", "mac": proof})
    assert answer["mac"] == mac(KEY, "sensor", "host-nonce-0123456")
    assert ask(control, wire, {"do": "start", "mode": "live"})["ok"]
    wire._begin()
    assert ask(control, wire, {"do": "hello"})["nonce"] != hello["nonce"]
    for k in range(3):
        assert wire.dropped is None
        answer = refused(control, wire, {"do": "auth", "mac": proof}, "auth")
        assert answer["nonce"] == wire.session.nonce
    assert wire.dropped == "auth", "the third failure ends the connection"

    cable = Wire(device, "usb")
    device.links.append(cable)
    wire._begin()
    proof = mac(KEY, "host", wire.session.nonce)
    assert ask(control, wire, {"do": "auth", "mac": proof})["mac"] is None
    assert ask(control, cable, {"do": "own", "key": "f" * 64})["owned"]
    refused(control, wire, {"do": "stop"}, "auth")
    assert ask(control, cable, {"do": "own", "key": None})["owned"] is False
    assert cable.session.authorized
    assert device.settings.values["owner"] is None
    wire._begin()
    assert ask(control, cable, {"do": "own", "key": KEY})["owned"]
    ask(control, wire, {"do": "auth", "mac": mac(KEY, "host", wire.session.nonce)})
    assert ask(control, wire, {"do": "own", "key": None})["owned"] is False
    refused(control, wire, {"do": "stop"}, "auth")


def a_resend_that_is_through_is_told():
    device, wire, control = setup()
    control.step()
    device.delivery.sent = [(7, 3, 9), (7, 20, 20)]
    device.data_link = wire
    control.step()
    control.step()
    events = wire.heard()
    assert events[0] == {"event": "sent", "stream": 7, "from": 3, "to": 9}, events
    assert events[1]["to"] == 20
    device.data_link = None
    device.delivery.sent = [(7, 3, 9)]
    control.step()
    assert wire.heard() == []


checks = (
    commands_do_what_they_say,
    echo_is_stamped_late,
    what_was_damaged_is_not_obeyed,
    quiet_requests_are_answered_only_when_they_fail,
    long_things_come_in_pages,
    wrong_messages_change_nothing,
    only_the_owner_is_obeyed,
    a_resend_that_is_through_is_told,
)
for check in checks:
    check()
print(json.dumps({"checks": len(checks)}))
