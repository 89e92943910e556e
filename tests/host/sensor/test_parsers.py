"""Whatever bytes arrive: no crash, no hang, nothing wrong believed."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sensor_rig import MemorySink, link, run_virtual, sensor, virtual_timing

import anklet.sensor
from anklet.errors import SensorError
from anklet.sensor.capture import Capture
from anklet.sensor.control import Control
from anklet.sensor.keys import OwnerKeys, proof
from anklet.sensor.lines import LONGEST, LineBuffer, seal, seal_of
from anklet.sensor.link import State, read_advertisement
from anklet.sensor.timing import Timing
from anklet.sensor.usb import read_packet

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@given(st.lists(st.binary(max_size=30)))
def test_lines_do_not_depend_on_how_they_are_cut(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    buffer = LineBuffer()
    lines = [line for piece in pieces for line in buffer.feed(piece)]
    assert lines == [line.strip() for line in whole.split(b"\n")[:-1] if line.strip()]


def test_a_line_without_an_end_costs_only_itself() -> None:
    buffer = LineBuffer()
    for _ in range(100):
        assert buffer.feed(b"x" * 1000) == []
        assert len(buffer._part) <= LONGEST
    assert buffer.feed(b"end\n") == []
    assert buffer.feed(b"next\n") == [b"next"]


@given(st.dictionaries(st.text(max_size=6), JSON, min_size=1), st.data())
def test_a_sealed_line_is_whole_or_is_not_believed(message: dict[str, Any], data: Any) -> None:
    line = seal(json.dumps(message).encode())
    assert seal_of(line) == "whole"
    body = line.rindex(b',"crc":')
    at = data.draw(st.integers(0, body - 1))
    damaged = bytearray(line)
    damaged[at] ^= 1 << data.draw(st.integers(0, 7))
    assert seal_of(bytes(damaged)) == "damaged"
    assert seal_of(line[: data.draw(st.integers(0, len(line) - 1))]) != "whole"


@given(st.binary(max_size=80))
def test_any_line_has_a_seal_or_none(line: bytes) -> None:
    assert seal_of(line) in ("whole", "damaged", "none")
    assert seal_of(line + b',"crc":' + b"9" * 5000 + b"}") == "damaged"


def test_after_one_sealed_line_the_others_must_be_too() -> None:
    events: list[dict[str, Any]] = []
    control = Control(link(sensor(1)), Timing(), on_event=events.append)
    control.on_line(b'{"event":"old"}', 1.0)
    control.on_line(seal(b'{"event":"new"}'), 1.0)
    control.on_line(b'{"event":"old"}', 1.0)
    control.on_line(seal(b'{"event":"new"}').replace(b"new", b"now"), 1.0)
    assert [event["event"] for event in events] == ["old", "new"]
    assert control.garbage == 2


@given(st.binary(max_size=40), st.none() | st.text(max_size=8))
def test_any_advertisement(payload: bytes, name: str | None) -> None:
    found = read_advertisement(payload, "AA:BB", name, -60)
    assert found.battery is None or 0 <= found.battery <= 100
    assert found.name


def test_an_advertisement_as_the_firmware_makes_it() -> None:
    found = read_advertisement(bytes([1, 1 | 2 << 2, 87, 2 | 4 | 8, 0x4E, 0x2F]), "AA", "blue", -55)
    assert (found.side, found.segment, found.battery) == ("left", "foot", 87)
    assert (found.mode, found.owned, found.holds_recordings) == ("untethered", True, True)
    assert (found.taken, found.fault, found.short_id) == (False, False, "4e2f")
    assert read_advertisement(bytes([1, 0, 255, 48, 0, 0]), "AA", None, None).taken
    assert read_advertisement(bytes([9, 1, 1, 1, 1, 1]), "AA", None, None).side is None


@given(st.binary(max_size=240))
def test_any_line_of_a_console(line: bytes) -> None:
    packet = read_packet(line)
    assert packet is None or line.startswith(b"#P ")


@given(st.binary(min_size=1, max_size=164))
def test_packets_in_text_come_back(data: bytes) -> None:
    assert read_packet(b"#P " + base64.b64encode(data) + b"   ") == data


class Echoing:
    """A link that answers a request with given lines."""

    kind, name, trusted = "simulated", "it", True

    def __init__(self, lines: list[bytes]) -> None:
        self.lines = lines
        self.control: Control | None = None

    def __getattr__(self, _name: str) -> Any:
        return lambda *_: None

    async def send_line(self, line: bytes) -> float:
        assert self.control is not None
        for answer in self.lines:
            self.control.on_line(answer, 1.0)
        return 0.0


@settings(deadline=None)
@given(st.lists(st.binary(max_size=60) | JSON.map(lambda j: json.dumps(j).encode()), max_size=6))
def test_any_reply(lines: list[bytes]) -> None:
    async def act() -> None:
        the_link = Echoing([*lines, b'{"id":1,"ok":"status","x":7}'])
        the_link.control = Control(the_link, Timing(), on_event=lambda _e: None)
        with contextlib.suppress(SensorError):
            reply = await the_link.control.request("status", timeout_s=1)
            assert reply.body["id"] == 1

    asyncio.run(act())


ODD = st.fixed_dictionaries(
    {"event": st.just("sent"), "stream": JSON, "from": JSON, "to": JSON, "id": JSON}
).map(lambda j: json.dumps(j).encode())


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=180) | ODD), max_size=20))
def test_garbage_on_a_link_stores_nothing_wrong(garbage: list[tuple[bool, bytes]]) -> None:
    device, sink = sensor(1), MemorySink()

    async def act() -> Any:
        the_link = link(device)
        async with Capture([the_link], sink, timing=virtual_timing()) as capture:
            for as_packet, data in garbage:
                await asyncio.sleep(0.05)
                (the_link._on_packet if as_packet else the_link._on_line)(data, 0.0)
            await asyncio.sleep(1)
            return await capture.stop()

    (report,) = run_virtual(act())
    assert report.complete
    assert set(sink.packets.values()) == set(device.made.values())


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        ({"error": "busy", "why": "too many"}, "busy", "refuses start: too many."),
        ({"error": 5, "why": None}, "5", "does not say why"),
        ({}, "refused", "does not say why"),
    ],
)
def test_a_refusal_is_the_sensors_own_sentence(reply: Any, code: str, words: str) -> None:
    async def act() -> None:
        the_link = Echoing([json.dumps({"id": 1} | reply).encode()])
        the_link.control = Control(the_link, Timing())
        await the_link.control.request("start", mode="live")

    with pytest.raises(SensorError, match=words) as caught:
        asyncio.run(act())
    assert caught.value.code == code


def test_another_computers_sensor_says_so() -> None:
    async def act() -> None:
        the_link = Echoing([b'{"event":"busy"}'])
        the_link.control = Control(the_link, Timing())
        await the_link.control.request("hello")

    with pytest.raises(SensorError, match="another computer") as caught:
        asyncio.run(act())
    assert caught.value.code == "busy"


def test_what_is_too_long_is_not_sent() -> None:
    async def act() -> None:
        the_link = Echoing([])
        the_link.control = Control(the_link, Timing())
        await the_link.control.request("mark", text="x" * 2000)

    with pytest.raises(SensorError, match="shorten"):
        asyncio.run(act())


def test_keys_are_kept_in_private(tmp_path: Path) -> None:
    keys = OwnerKeys(tmp_path / "deep" / "keys.json")
    assert keys.get("a") is None
    first = keys.make("a")
    assert keys.make("a") == first == OwnerKeys(keys.path).get("a")
    keys.put("b", "AB" * 32)
    assert keys.get("b") == "ab" * 32
    if os.name == "posix":
        assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    keys.forget("a")
    keys.forget("a")
    assert (keys.get("a"), keys.get("b")) == (None, "ab" * 32)
    with pytest.raises(SensorError, match="64 hex digits"):
        keys.put("c", "ab")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": "short"}', "\x00\xff", "[" * 100_000])
def test_a_damaged_file_of_keys_is_never_written_over(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    keys = OwnerKeys(path)
    for act in (lambda: keys.get("a"), lambda: keys.make("a"), lambda: keys.put("a", "ab" * 32)):
        with pytest.raises(SensorError, match="is damaged"):
            act()
    assert path.read_text() == text


def test_the_proof_is_the_firmwares() -> None:
    message = b"anklet host" + b"00" * 16
    right = hmac.new(b"\x11" * 32, message, hashlib.sha256).hexdigest()
    assert proof("11" * 32, "host", "00" * 16) == right
    assert proof("11" * 32, "sensor", "00" * 16) != right


def test_every_state_has_its_sentence() -> None:
    for state in State:
        sentence = state.sentence("the left shank sensor")
        assert "{" not in sentence
        assert sentence[0].isupper()
        assert sentence.endswith(".")


def test_no_driver_is_loaded_before_it_is_used() -> None:
    folder = Path(anklet.sensor.__file__).parent
    modules = [f"anklet.sensor.{p.stem}" for p in folder.glob("*.py") if p.stem != "__init__"]
    code = (
        f"import sys, {', '.join(sorted(modules))}\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "assert not loaded & {'bleak', 'serial', 'vqf', 'sqlalchemy'}, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
