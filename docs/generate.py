"""Fill the generated parts of the documents from the program itself.

Run ``python docs/generate.py`` after a change of the packet, of an assessment or of a command;
``--check`` only says whether the documents are current (exit 1 when not). A part stands between
``<!-- generated: NAME -->`` and ``<!-- end: NAME -->``.
"""

import argparse
import re
import sys
from pathlib import Path

from anklet import packets
from anklet.cli.assessing import RESULTS, SETUPS, amount
from anklet.model import ENTRIES
from anklet.protocols import builtin_names, find_protocol
from command_line import commands

DOCS = Path(__file__).parent
TYPES = {"u1": "u8", "<u2": "u16", "<u4": "u32", "<i2": "i16"}


def layout() -> str:
    """Return the table of a packet's bytes."""
    rows = ["| bytes | field | type | |", "|---|---|---|---|"]
    for name, note in packets.HEADER_NOTES.items():
        wide = "u48" if name == "time_us" else None
        rows.append(_row(packets.HEADER, name, wide, note.removeprefix("u48: ")))
    start = packets.HEADER.itemsize
    rows.append(
        f"| {start}.. | samples or note | | count x {packets.SAMPLE.itemsize} bytes, or at most "
        f"{packets.MAX_NOTE_BYTES} bytes of JSON (UTF-8) |"
    )
    rows.append(f"| last {packets.CRC_BYTES} | crc32 | u32 | zlib's CRC-32 of all before |")
    return "\n".join(rows)


def sample() -> str:
    """Return the table of one sample's bytes."""
    notes = {
        "acc": "specific force x y z, counts in the lid frame",
        "gyr": "angular rate x y z, counts in the lid frame",
        "quat": f"orientation w x y z, sensor to earth, round({packets.QUAT_ONE} q), w >= 0",
    }
    rows = ["| bytes | field | type | |", "|---|---|---|---|"]
    rows += [_row(packets.SAMPLE, name, None, note) for name, note in notes.items()]
    return "\n".join(rows)


def scales() -> str:
    """Return the table of scale codes."""
    rows = ["| code | acc, m/s2 a count | gyr, rad/s a count | |", "|---|---|---|---|"]
    rows += [
        f"| {code} | {s.acc_m_s2:.9g} | {s.gyr_rad_s:.9g} | {s.what} |"
        for code, s in packets.SCALES.items()
    ]
    return "\n".join(rows)


def flags() -> str:
    """Return the table of flags."""
    rows = ["| flag | meaning |", "|---|---|"]
    return "\n".join(rows + [f"| {flag} | {meaning} |" for flag, meaning in packets.FLAGS.items()])


def assessments() -> str:
    """Return the table of the protocols that come with Anklet."""
    columns = "name", "what", "kind", "sensors", "knee", "reps, sets", "results"
    rows = [f"| {' | '.join(columns)} | compared only with the same |", "|---" * 8 + "|"]
    for p in map(find_protocol, builtin_names()):
        amounts = [text for text in (amount(p.reps, "rep"), amount(p.sets, "set")) if text]
        rows.append(
            f"| `{p.name}` | {p.title} | {p.kind} | "
            f"{' or '.join(SETUPS[setup] for setup in p.setups)} | {p.knee or ''} | "
            f"{', '.join(amounts)} | {'; '.join(RESULTS[result] for result in p.results)} | "
            f"{', '.join(field.removesuffix('_deg') for field in p.key)} |"
        )
    return "\n".join(rows)


def fields() -> str:
    """Return the fields of a protocol's file that its example does not show."""
    results = ", ".join(f"`{name}` ({what})" for name, what in RESULTS.items())
    entries = ", ".join(f"`{name}` ({entry.title})" for name, entry in ENTRIES.items())
    return "\n".join(
        [
            "| field | |",
            "|---|---|",
            "| ends | where the ends of a rep are read: `peak` (default), or `hold` |",
            "| sets | least and most, as reps |",
            "| rest_s, hold_s | rest between sets; how long an end, or the posture, is held |",
            "| one_leg | `true` (default): one leg after the other; `false`: both at once |",
            f"| enter | values that may be entered: {entries} |",
            f"| results | any of {results} |",
        ]
    )


GENERATED = {
    "protocol.md": (layout, sample, scales, flags),
    "assessments.md": (assessments, fields),
    "command-line.md": (commands,),
}


def filled(text: str, file: str) -> str:
    """Return a document's text with its generated parts made anew."""
    for part in GENERATED[file]:
        name = part.__name__
        marks = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
        pattern = f"({re.escape(marks[0])}\n).*?({re.escape(marks[1])})"
        content = part()
        text, count = re.subn(
            pattern, lambda m, c=content: f"{m[1]}\n{c}\n\n{m[2]}", text, flags=re.DOTALL
        )
        if count != 1:
            raise SystemExit(f"docs/{file} must hold {marks[0]} and {marks[1]} once.")
    return text


def _row(dtype: "packets.np.dtype", name: str, kind: str | None, note: str) -> str:
    field, offset = dtype.fields[name][:2]
    last = offset + field.itemsize - 1
    span = f"{offset}" if field.itemsize == 1 else f"{offset}-{last}"
    base, shape = field.subdtype or (field, ())
    plain = TYPES[base.str.lstrip("|")]
    return f"| {span} | {name} | {kind or (f'{shape[0]} x {plain}' if shape else plain)} | {note} |"


def main() -> int:
    """Write, or check with ``--check``, all documents."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when stale")
    check = parser.parse_args().check
    stale = 0
    for file in GENERATED:
        path = DOCS / file
        old = path.read_text("utf-8")
        new = filled(old, file)
        if new != old and check:
            print(f"docs/{file} is not current; run: python docs/generate.py", file=sys.stderr)
            stale = 1
        elif new != old:
            path.write_text(new, "utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main())
