import importlib.util
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anklet import packets
from anklet.errors import PacketError
from anklet.packets import SAMPLE, Packet, concatenate, decode, encode, pack_samples

ROOT = Path(__file__).parents[2]
GOLDEN = json.loads((ROOT / "tests/golden/packets.json").read_text("utf-8"))
NUMBERS = ("stream", "seq", "time_us", "period_us", "scale", "flags")


def rows(packet):
    return [[*s["acc"].tolist(), *s["gyr"].tolist(), *s["quat"].tolist()] for s in packet.samples]


def samples_of(values):
    return np.array(values, "<i2").reshape(-1, 10).view(SAMPLE).reshape(-1)


def packet_of(fields):
    note = json.loads(fields["note_json"]) if "note_json" in fields else None
    samples = samples_of(fields.get("samples", []))
    return Packet(**{k: fields[k] for k in NUMBERS}, samples=samples, note=note)


def raw(payload, count=0, version=1, scale=1):
    body = struct.pack("<BB16xBB", version, count, scale, 0) + payload
    return body + struct.pack("<I", zlib.crc32(body))


@pytest.mark.parametrize("vector", GOLDEN["packets"], ids=lambda v: v["name"])
def test_golden_packet(vector):
    data, fields = bytes.fromhex(vector["hex"]), vector["fields"]
    assert encode(packet_of(fields)) == data
    assert len(data) <= packets.MAX_BYTES
    packet = decode(data)
    assert {k: getattr(packet, k) for k in NUMBERS} == {k: fields[k] for k in NUMBERS}
    assert rows(packet) == fields.get("samples", [])
    assert packet.note == (json.loads(fields["note_json"]) if "note_json" in fields else None)


@pytest.mark.parametrize("vector", GOLDEN["bad"], ids=lambda v: v["name"])
def test_golden_bad_packet(vector):
    with pytest.raises(PacketError, match=vector["why"]):
        decode(bytes.fromhex(vector["hex"]))


def test_golden_vectors_reach_the_limits():
    sizes = {len(bytes.fromhex(v["hex"])) for v in GOLDEN["packets"]}
    assert max(sizes) == packets.MAX_BYTES
    used = [v["fields"] for v in GOLDEN["packets"]]
    assert {f["scale"] for f in used} == set(packets.SCALES)
    assert {f["flags"] for f in used} >= set(packets.FLAGS)
    assert {len(f.get("samples", [])) for f in used} >= {0, 1, 6, packets.MAX_SAMPLES}


@pytest.mark.parametrize("name", ["six samples, the usual", "a note with unicode"])
def test_damage_is_always_noticed(name):
    data = bytes.fromhex(next(v["hex"] for v in GOLDEN["packets"] if v["name"] == name))
    for length in range(len(data)):
        with pytest.raises(PacketError):
            decode(data[:length])
    for place in range(len(data)):
        for bits in (0x01, 0x80, 0xFF):
            damaged = bytearray(data)
            damaged[place] ^= bits
            with pytest.raises(PacketError):
                decode(bytes(damaged))


counts = st.integers(-32768, 32767)
notes = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False, width=32),
    max_size=4,
).filter(lambda note: len(json.dumps(note, ensure_ascii=False).encode()) <= 140)


@st.composite
def any_packet(draw):
    note = draw(st.none() | notes)
    n = 0 if note is not None else draw(st.integers(1, 7))
    values = draw(st.lists(counts, min_size=10 * n, max_size=10 * n))
    return Packet(
        stream=draw(st.integers(0, 2**32 - 1)),
        seq=draw(st.integers(0, 2**32 - 1)),
        time_us=draw(st.integers(0, 2**48 - 1)),
        period_us=draw(st.integers(0, 2**16 - 1)),
        scale=draw(st.sampled_from(sorted(packets.SCALES))),
        flags=draw(st.integers(0, 255)),
        samples=samples_of(values),
        note=note,
    )


@given(any_packet())
def test_what_is_encoded_decodes_the_same(packet):
    data = encode(packet)
    back = decode(data)
    assert [getattr(back, k) for k in NUMBERS] == [getattr(packet, k) for k in NUMBERS]
    assert back.samples.tobytes() == packet.samples.tobytes()
    assert back.note == packet.note
    assert encode(back) == data


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_packet_error(data):
    with pytest.raises(PacketError):
        decode(data)


@given(st.binary(max_size=170), st.integers(0, 255), st.integers(0, 255))
def test_arbitrary_content_with_a_right_checksum(payload, count, scale):
    try:
        packet = decode(raw(payload, count, scale=scale))
    except PacketError:
        return
    assert (packet.note is None) == (1 <= count == len(packet.samples) <= 7)


def test_a_later_version_says_update():
    with pytest.raises(PacketError, match=r"version 7 .* update anklet"):
        decode(raw(b"{}", version=7))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"samples": np.zeros(8, SAMPLE)}, "1 to 7 samples"),
        ({"samples": np.zeros(0, SAMPLE)}, "1 to 7 samples"),
        ({"note": {"a": 1}}, "1 to 7 samples or one note"),
        ({"scale": 3}, "Scale code 3"),
        ({"stream": 2**32}, "stream"),
        ({"seq": -1}, "seq"),
        ({"time_us": 2**48}, "time_us"),
        ({"period_us": 2**16}, "period_us"),
        ({"flags": 256}, "flags"),
        ({"samples": np.zeros(0, SAMPLE), "note": {"t": "x" * 133}}, "141 bytes"),
        ({"samples": np.zeros(0, SAMPLE), "note": {"t": float("nan")}}, "plain JSON"),
        ({"samples": np.zeros(0, SAMPLE), "note": {"t": object()}}, "plain JSON"),
    ],
)
def test_what_does_not_fit_is_refused(change, why):
    fields = {"stream": 1, "seq": 0, "time_us": 0, "period_us": 1, "samples": np.zeros(1, SAMPLE)}
    with pytest.raises(PacketError, match=why):
        encode(Packet(**{**fields, **change}))


@pytest.mark.parametrize(
    "act",
    [
        lambda: decode(raw(b'{"a":' + b"1" * 5000 + b"}")),
        lambda: decode(raw(b'{"a":NaN}')),
        lambda: encode(Packet(1, 0, 0, 1, note={"a": "\ud800"})),
        lambda: encode(Packet(1, 0, 0, 1, samples=np.zeros((2, 10)))),
    ],
    ids=["huge integer", "NaN in a note", "lone surrogate", "samples of another dtype"],
)
def test_only_packet_error(act):
    with pytest.raises(PacketError):
        act()


def test_concatenate_in_si_units_in_the_order_given():
    one = Packet(1, 5, 1000, 10, scale=1, flags=4, samples=samples_of([100] * 20))
    two = Packet(1, 6, 2**40, 20, scale=2, flags=1, samples=samples_of([-50] * 10))
    block = concatenate([one, Packet(1, 7, 0, 0, note={}), two])
    assert block.t_us.tolist() == [1000, 1010, 2**40]
    assert block.acc_m_s2[0, 0] == pytest.approx(100 * 0.488e-3 * 9.80665)
    assert block.acc_m_s2[2, 2] == pytest.approx(-50 / 2048 * 9.80665)
    assert block.gyr_rad_s[0, 1] == pytest.approx(np.radians(7.0))
    assert block.gyr_rad_s[2, 1] == pytest.approx(np.radians(-50 * 2000 / 32768))
    assert block.quat[0].tolist() == pytest.approx([100 / 32767] * 4)
    assert block.flags.tolist() == [4, 4, 1]
    assert concatenate([]).acc_m_s2.shape == (0, 3)


def test_pack_samples_rounds_clips_and_keeps_w_positive():
    scale = packets.SCALES[1]
    acc = np.array([[1.4, -1.6, 1e6]]) * scale.acc_m_s2
    gyr = np.array([[-1e6, 2.0, 0.0]]) * scale.gyr_rad_s
    out = pack_samples(acc, gyr, np.array([[-0.6, 0.8, 0.0, 0.0]]), 1)
    assert out["acc"].tolist() == [[1, -2, 32767]]
    assert out["gyr"].tolist() == [[-32768, 2, 0]]
    assert out["quat"].tolist() == [[19660, -26214, 0, 0]]


def test_the_protocol_page_is_current(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    monkeypatch.setattr("sys.argv", ["generate.py", "--check"])
    assert generate.main() == 0, "run: python docs/generate.py"
    text = (ROOT / "docs/protocol.md").read_text("utf-8")
    (tmp_path / "protocol.md").write_text(text.replace("| 10-15 |", "| 10-14 |"), "utf-8")
    for page in ("assessments.md", "command-line.md"):
        (tmp_path / page).write_bytes((ROOT / "docs" / page).read_bytes())
    monkeypatch.setattr(generate, "DOCS", tmp_path)
    assert generate.main() == 1
    monkeypatch.setattr("sys.argv", ["generate.py"])
    assert generate.main() == 0
    assert (tmp_path / "protocol.md").read_text("utf-8") == text
