"""The packet as the sensor makes it."""

import json
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden" / "packets.json"


def test_packets(run_mp, tmp_path):
    """Golden vectors bit for bit, bad ones refused; sealing under heap_lock."""
    vectors = json.loads(GOLDEN.read_text())
    for vector in vectors["packets"]:
        text = vector["fields"].pop("note_json", None)
        if text is not None:
            vector["fields"]["note"] = list(json.loads(text).items())
    (tmp_path / "packets.json").write_text(json.dumps(vectors, ensure_ascii=False))
    done = json.loads(run_mp("check_packets.py", tmp_path / "packets.json").splitlines()[-1])
    assert done == {"good": len(vectors["packets"]), "bad": len(vectors["bad"])}
    assert done["good"] >= 13
    assert done["bad"] >= 11
