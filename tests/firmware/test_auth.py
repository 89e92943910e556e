"""The owner key's proof."""

import hashlib
import hmac
import json


def test_auth(run_mp):
    """RFC 4231's vectors; nonces serve once; as CPython's hmac computes it."""
    done = json.loads(run_mp("check_auth.py").splitlines()[-1])
    assert done["vectors"] == 7
    example = done["example"]
    message = b"anklet host" + example["nonce"].encode()
    assert (
        example["mac"]
        == hmac.new(bytes.fromhex(example["key"]), message, hashlib.sha256).hexdigest()
    )
