"""The USB link: lines among garbage, hosts that do not read, consoles that block."""

import binascii
import json
import random
import select
import struct
import sys

from anklet_sensor import usb_link
from anklet_sensor.control import Control
from anklet_sensor.usb_link import UsbLink
from fake_device import Device

FOLDER = sys.argv[1]
PACKET = bytearray(range(164))


class Poll:
    """`select.poll` of a port, where asking takes no time (with streams made in Python: 1 ms)."""

    POLLIN, POLLOUT = select.POLLIN, select.POLLOUT

    def register(self, stream, kind):
        self.stream, self.kind = stream, kind

    def ipoll(self, timeout_ms):
        assert timeout_ms == 0
        event = self.stream.poll(self.kind)
        return ((self.stream, event),) if event else ()

    @classmethod
    def poll(cls):
        return cls()


class Input:
    def __init__(self):
        self.data = b""

    def readinto(self, buf):
        assert len(buf) == 1, "more than there is would block"
        assert self.data, "read without asking: this would block"
        buf[0] = self.data[0]
        self.data = self.data[1:]
        return 1

    def poll(self, kind):
        return kind if self.data else 0


class Output:
    """A USB console with a buffer: `honest` says when it is full, else it blocks as the ESP32's."""

    def __init__(self, time, honest=True, room=256):
        self.time = time
        self.honest = honest
        self.room = room
        self.held = 0
        self.reads = True
        self.text = b""
        self.blocked_us = 0

    def free(self):
        if self.reads:
            self.held = 0
        return self.room - self.held

    def write(self, data):
        free = self.free()
        if len(data) > free:
            self.time.us += 500_000
            self.blocked_us += 500_000
        taken = bytes(data[:free])
        self.text += taken
        self.held += len(taken)
        return len(taken)

    def poll(self, kind):
        return kind if not self.honest or self.free() else 0

    def lines(self):
        lines = self.text.split(b"\n")
        self.text = lines.pop()
        return lines


class Bench:
    def __init__(self, honest=True):
        self.device = Device(FOLDER)
        self.input = Input()
        self.output = Output(self.device.time, honest)
        self.link = UsbLink(self.device, self.input, self.output)
        self.device.links.append(self.link)
        self.control = Control(self.device)

    def turn(self, n=1):
        for _ in range(n):
            self.device.time.us += 4000
            self.link.poll()
            message = self.link.next_message()
            if message:
                self.control.handle(self.link, message[0], message[1])

    def say(self, text, turns=30):
        self.input.data += text
        self.turn(turns)
        return [json.loads(line[3:]) for line in self.output.lines() if line[:3] == b"#C "]


def it_talks():
    bench = Bench()
    assert bench.link.trusted and not bench.link.connected
    assert not bench.link.send(PACKET, 164), "nobody asked"
    (answer,) = bench.say(b'#C {"id":1,"do":"version"}\n')
    assert answer["fw"] == "1.2.3" and answer["id"] == 1
    assert bench.link.connected and bench.link.session.authorized
    (answer,) = bench.say(b'#C {"do":"start","mode":"live"}\r\n')
    assert answer["mode"] == "live" and bench.device.data_link is bench.link
    for n in (164, 24, 25, 26, 44, 144):
        while not bench.link.send(PACKET, n):
            bench.turn()
        bench.turn(5)
        (line,) = bench.output.lines()
        assert line[:3] == b"#P " and binascii.a2b_base64(line[3:]) == PACKET[:n], line
        assert (len(line) + 1) % 32 == 0
    bench.device.settings.change({"usb_data": False})
    assert not bench.link.send(PACKET, 164)
    long = b'#C {"do":"echo","x":"' + b"y" * 900 + b'"}\n'
    (answer,) = bench.say(long, 60)
    assert len(answer["x"]) == 900 and answer["sent_us"] > answer["t_us"] > 0


def the_reply_goes_before_data():
    bench = Bench()
    bench.say(b'#C {"do":"version"}\n')
    bench.link.reply(bytearray(b'{"a":1}\n'))
    assert not bench.link.send(PACKET, 164)
    bench.turn()
    assert bench.link.send(PACKET, 164)
    bench.turn(5)
    assert [line[:2] for line in bench.output.lines()] == [b"#C", b"#P"]


def garbage_is_harmless():
    bench = Bench()
    assert (
        bench.say(b">>> import os\nraw REPL; CTRL-B to exit\n#P AAAA\n#X\n#C\n# C {}\n\n\r\n") == []
    )
    assert not bench.link.connected
    assert bench.say(b"z" * 3000 + b"\n", 60) == []
    answers = bench.say(b"#C {}\n#C {\n#C \xff\xfe\n")
    assert [a["error"] for a in answers] == ["missing", "json", "json"], answers
    answers = bench.say(b'#C {"do":"echo","x":"' + b"y" * 2000 + b'"}\n#C {"do":"version"}\n', 60)
    assert answers[0]["error"] == "size" and answers[1]["ok"] == "version"
    assert bench.say(b'#C {"do":') == []
    assert bench.say(b'"version"}\n')[0]["ok"] == "version"
    assert bench.say(b'half a line of something#C {"do":"version"}\n') == []
    random.seed(5)
    before = bench.device.state()
    for _ in range(300):
        noise = bytes(random.choice(b'#CP {}":,\n\x00\xffdoversn') for _ in range(60))
        for answer in bench.say(noise, 3):
            assert answer["error"], answer
    assert bench.device.state() == before
    bench.say(b"\n")
    assert bench.say(b'#C {"do":"version"}\n')[-1]["ok"] == "version"
    # a flood is answered line by line, none is dropped silently
    answers = bench.say(b'#C {"do":"version"}\n' * 50, 400)
    assert len(answers) == 50 and all(a["ok"] for a in answers)


def a_host_that_never_reads_blocks_nothing(honest):
    bench = Bench(honest)
    bench.say(b'#C {"do":"start","mode":"live"}\n')
    bench.output.reads = False
    bench.input.data = b'#C {"id":7,"do":"version"}\n' * 3
    time = bench.device.time
    start_us, worst_us, refused = time.us, 0, 0
    while time.us - start_us < 20_000_000:
        before_us = time.us
        bench.turn()
        refused += not bench.link.send(PACKET, 164)
        worst_us = max(worst_us, time.us - before_us - 4000)
    assert refused > 1000
    assert worst_us <= (0 if honest else 500_000), worst_us
    blocked_s = bench.output.blocked_us / 1e6
    assert blocked_s <= (0 if honest else 2.5), blocked_s
    bench.input.data += b'#C {"id":8,"do":"version"}\n'
    bench.output.reads = True
    bench.turn(1000)
    lines = bench.output.lines()
    for line in lines:
        assert line[:2] in (b"#C", b"#P"), line
        if line[:2] == b"#P":
            assert binascii.a2b_base64(line[3:]) == PACKET[:164]
    answers = [json.loads(line[3:]) for line in lines if line[:2] == b"#C"]
    assert [a["id"] for a in answers] == [7, 7, 7, 8], answers
    return blocked_s


def a_slow_host_gets_every_line():
    bench = Bench()
    bench.say(b'#C {"do":"version"}\n')
    random.seed(3)
    sent = 0
    for _ in range(5000):
        bench.output.reads = random.randint(0, 9) == 0
        bench.turn()
        struct.pack_into("<I", PACKET, 6, sent)
        sent += bench.link.send(PACKET, 164)
    bench.output.reads = True
    bench.turn(10)
    packets = [binascii.a2b_base64(line[3:]) for line in bench.output.lines()]
    got = [struct.unpack_from("<I", packet, 6)[0] for packet in packets]
    assert got == list(range(sent)) and sent > 300, sent


def silence_is_the_end():
    bench = Bench()
    bench.say(b'#C {"do":"hello","nonce":"0123456789abcdef"}\n')
    nonce = bench.link.session.nonce
    bench.device.time.us += 29_000_000
    bench.turn()
    assert bench.link.connected
    bench.device.time.us += 1_500_000
    bench.turn()
    assert not bench.link.connected and bench.link.session.nonce != nonce
    assert not bench.link.session.host_nonce
    assert bench.say(b'#C {"do":"version"}\n')[0]["ok"]
    assert bench.link.connected


def the_console_of_this_port_works():
    device = Device(FOLDER)
    link = UsbLink(device)
    for _ in range(50):
        link.poll()
    line, arrival_us = link.next_message()
    assert line == b'{"do":"version"}', line
    assert link.connected and link.send(PACKET, 164)
    for _ in range(20):
        link.poll()


usb_link.select = Poll
if len(sys.argv) > 2:
    usb_link.select = select
    the_console_of_this_port_works()
    sys.exit()
checks = (
    it_talks,
    the_reply_goes_before_data,
    garbage_is_harmless,
    a_slow_host_gets_every_line,
    silence_is_the_end,
)
for check in checks:
    check()
blocked = [a_host_that_never_reads_blocks_nothing(honest) for honest in (True, False)]
print(json.dumps({"checks": len(checks) + 2, "blocked_s_in_20": blocked}))
