"""HMAC against RFC 4231, the challenge, its replay."""

import json
from binascii import unhexlify

from anklet_sensor.auth import Session, equal, hmac_sha256, mac

# RFC 4231, section 4: key, data, HMAC-SHA-256 (test case 5 is cut to 128 bits)
VECTORS = (
    (
        b"\x0b" * 20,
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        b"\xaa" * 20,
        b"\xdd" * 50,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    (
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    (b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
)
KEY = "00112233445566778899aabbccddeeff" * 2

for key, data, expected in VECTORS:
    want = unhexlify(expected)
    assert hmac_sha256(key, data)[: len(want)] == want, data

assert equal(b"abc", b"abc")
assert not equal(b"abc", b"abd")
assert not equal(b"abc", b"ab")
assert not equal(b"", b"a")
assert equal(b"", b"")

session = Session()
assert not session.authorized
assert len(session.nonce) == 32
first = session.nonce
proof = mac(KEY, "host", first)
assert session.prove(KEY, proof.upper())
assert session.authorized
assert session.nonce != first, "a nonce serves once"
assert not session.prove(KEY, proof), "a replay must fail"
assert session.authorized, "a failed try takes nothing away"
session.revoke()
assert not session.authorized

session = Session()
nonces = {session.nonce}
for _ in range(3):
    assert not session.exhausted
    assert not session.prove(KEY, "0" * 64)
    nonces.add(session.nonce)
assert session.exhausted
assert len(nonces) == 4

session = Session()
other = Session()
assert not session.prove(KEY, mac(KEY, "host", other.nonce)), "a nonce belongs to its connection"
assert not session.prove(KEY, mac(KEY, "sensor", session.nonce)), "a reflected proof"
assert not session.prove(KEY, mac("f" * 64, "host", session.nonce)), "another key"
assert Session(True).authorized

many = {Session().nonce for _ in range(500)}
assert len(many) == 500
example = {"nonce": "0" * 32, "key": KEY, "mac": mac(KEY, "host", "0" * 32)}
print(json.dumps({"vectors": len(VECTORS), "example": example}))
