"""Messages as chance makes them: no exception, one reply each, errors change nothing."""

import json
import random
import sys

from control_bench import setup

MUTATIONS = int(sys.argv[2])
SEEDS = (
    b'{"id":1,"do":"hello","nonce":"0123456789abcdef"}',
    b'{"id":2,"do":"start","mode":"live","unix_us":1800000000000000}',
    b'{"id":3,"do":"resend","stream":7,"from":0,"to":9}',
    b'{"id":4,"do":"ack","stream":7,"ranges":[[0,5],[8,8]]}',
    b'{"id":5,"do":"set","settings":{"rate_hz":208,"acc_offset_m_s2":[0.1,-2e-3,1]}}',
    b'{"id":6,"do":"place","side":"left","segment":"shank","name":"K\xc3\xa4the"}',
    b'{"id":7,"do":"calibrate","acc_matrix":[1,0,0,0,1.01,0,0,0,1]}',
    b'{"id":8,"do":"own","key":null}',
    b'{"id":9,"do":"echo","x":{"a":[1,2.5,null,true,"\\u00e9"]}}',
    b'{"id":"ten","do":"mark","text":"a \\"quoted\\" word"}',
    b'{"id":11,"do":"journal","from":0}',
    b'{"id":12,"do":"identify","seconds":5}',
    b'{"id":13,"do":"log","from":0}',
    b'{"do":"echo","quiet":true,"x":17,"took_ms":120}',
    b'{"id":14,"do":"echo","took_ms":120,"crc":1611683053}',
)
BITS = (b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"null", b"1e999", b"-", b"9" * 40)


VALUES = (None, True, 0, -1, 5, 2**31, 2**40, 2.5, "", "live", "left", "f" * 64, [], [[1, 2]], {})


def altered(line):
    """One value of a message, or a setting, is another."""
    message = json.loads(line)
    part = message["settings"] if "settings" in message and random.randint(0, 1) else message
    part[random.choice(sorted(part))] = random.choice(VALUES)
    if random.randint(0, 3) == 0:
        message[random.choice(("stream", "from", "key", "mac", "new"))] = random.choice(VALUES)
    return json.dumps(message).encode()


def mutated(line):
    if random.randint(0, 1):
        return altered(line)
    line = bytearray(line)
    for _ in range(random.randint(1, 2)):
        at = random.randint(0, max(0, len(line) - 1))
        kind = random.randint(0, 6)
        if kind == 0 and line:
            line[at] = random.randint(0, 255)
        elif kind == 1:
            line[at:at] = random.choice(BITS)
        elif kind == 2:
            line = line[:at]
        elif kind == 3:
            line = line[at:]
        elif kind == 4:
            other = random.choice(SEEDS)
            line[at:] = other[random.randint(0, len(other)) :]
        elif kind == 5:
            line = line[:at] + line[at + random.randint(1, 5) :]
        else:
            line[at:at] = line[: random.randint(0, 300)]
    return bytes(line[:1024])


def chance_finds_nothing():
    random.seed(20261123)
    device, wire, control = setup()
    errors = {}
    for _ in range(MUTATIONS):
        line = mutated(random.choice(SEEDS))
        before = device.state()
        control.handle(wire, line, 1)
        answers = wire.heard()
        if not answers:
            assert b'"quiet"' in line
            errors["quiet"] = errors.get("quiet", 0) + 1
            continue
        assert len(answers) == 1, line
        code = answers[0].get("error")
        if code:
            assert device.state() == before, (line, answers)
            assert answers[0]["why"]
        errors[code or "ok"] = errors.get(code or "ok", 0) + 1
        device.done.clear()
        device.delivery.calls.clear()
    return errors


print(json.dumps(chance_finds_nothing()))
