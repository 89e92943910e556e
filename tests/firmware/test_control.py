"""Control: every command, every wrong message, and the examples of docs/protocol.md."""

import json
import re
from pathlib import Path

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"


def test_control(run_mp, tmp_path):
    """Commands do what they say; what is wrong in any way gets an error and changes nothing."""
    done = json.loads(run_mp("check_control.py", tmp_path, heapsize="320k").splitlines()[-1])
    assert done["checks"] == 8


def test_control_fuzz(run_mp, tmp_path, full):
    """Chance finds no exception, no missing reply, and no error that changed anything."""
    mutations = 300_000 if full else 30_000
    out = run_mp("check_control_fuzz.py", tmp_path, mutations, heapsize="320k")
    codes = json.loads(out.splitlines()[-1])
    assert sum(codes.values()) == mutations
    assert {"ok", "json", "type", "range", "setting", "unknown", "missing", "crc", "quiet"} <= set(
        codes
    )
    assert codes["ok"] > mutations / 20


def examples(text: str) -> list:
    """Return [link, [[mark, line]..]] of each block of examples."""
    blocks = re.findall(r"^```control (usb|ble)\n(.*?)^```$", text, re.M | re.S)
    return [[link, [line.split(" ", 1) for line in body.splitlines()]] for link, body in blocks]


def test_examples_of_the_protocol(run_mp, tmp_path):
    """They are what the real Control answers, and show every command."""
    found = examples(PROTOCOL.read_text(encoding="utf-8"))
    (tmp_path / "examples.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    out = run_mp("check_protocol.py", tmp_path, tmp_path / "examples.json", heapsize="320k")
    done = json.loads(out.splitlines()[-1])
    assert done["examples"] == len(found) >= 9
    assert done["missing"] == []
