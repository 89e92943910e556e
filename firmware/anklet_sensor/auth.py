"""The owner key: HMAC-SHA256 over a nonce that is used once."""

import binascii
import hashlib
import os

from micropython import const

_BLOCK_BYTES = const(64)
_NONCE_BYTES = const(16)
_FAILURES = const(3)


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return the HMAC of a message (RFC 2104 with SHA-256)."""
    if len(key) > _BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    key = key + bytes(_BLOCK_BYTES - len(key))
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key))
    inner.update(message)
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in key))
    outer.update(inner.digest())
    return outer.digest()


def equal(a: bytes, b: bytes) -> bool:
    """Compare in a time that does not tell where they differ."""
    if len(a) != len(b):
        return False
    different = 0
    for x, y in zip(a, b):
        different |= x ^ y
    return different == 0


def mac(owner: str, who: str, nonce: str) -> str:
    """Return the proof, in hex, that `who` ("host" or "sensor") holds the owner key (hex)."""
    message = ("anklet " + who + nonce).encode()
    return binascii.hexlify(hmac_sha256(binascii.unhexlify(owner), message)).decode()


class Session:
    """What one connection has proved.

    Parameters
    ----------
    trusted : bool
        Authorised without a key: who plugs in a cable holds the sensor.

    Attributes
    ----------
    nonce : str
        To be answered next, 32 hex digits.
    host_nonce : str
        What the host wants answered; empty: nothing.
    """

    def __init__(self, trusted: bool = False) -> None:
        self.authorized = self._trusted = trusted
        self.host_nonce = ""
        self._failures = 0
        self._renew()

    @property
    def exhausted(self) -> bool:
        """Too many proofs failed."""
        return self._failures >= _FAILURES and not self._trusted

    def prove(self, owner: str, proof: str) -> bool:
        """Check a proof of the owner key; the nonce is used up either way."""
        right = equal(mac(owner, "host", self.nonce).encode(), proof.lower().encode())
        self._renew()
        if right:
            self.authorized = True
            self._failures = 0
        else:
            self._failures += 1
        return right

    def revoke(self) -> None:
        """Go back to what a new connection may do: the owner key has changed."""
        self.authorized = self._trusted

    def _renew(self) -> None:
        self.nonce = binascii.hexlify(os.urandom(_NONCE_BYTES)).decode()
