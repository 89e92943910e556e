"""The rules that the wiring keeps. ``python hardware/wiring/check.py`` prints what is wrong."""

import csv
import re
import sys
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from wiring.nets import HARDWARE, Pin, WiringError, board_constants, gpio, load, nets, wires

XIAO_PINS = {0: 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6, 6: 43, 7: 44, 8: 7, 9: 8, 10: 9}
"""GPIO of each D pin: Seeed's wiki, XIAO ESP32-S3, "Pin Map"."""

RAILS: dict[Pin, str] = {
    ("U1", "3V3"): "3.3 V",
    ("U2", "VIN"): "3.3 V",
    ("U1", "GND"): "ground",
    ("U2", "GND"): "ground",
    ("BT1", "+"): "battery +",
    ("U1", "BAT+"): "battery +",
    ("BT1", "-"): "battery -",
    ("U1", "BAT-"): "battery -",
}
"""What each supply pin is; a net may hold pins of one rail only. Battery - is a rail of its own:
inside the board it is ground, but it is to be reached through its pad."""

COLOURS = {"3.3 V": "RD", "battery +": "RD", "ground": "BK", "battery -": "BK"}
BATTERY_FULL_V = 4.2
ADC_MAX_V = 3.1
"""Full scale of the ESP32-S3's ADC at its widest range (Espressif's ESP-IDF guide, 12 dB)."""


def problems(harness: dict, board: dict) -> list[str]:
    """Return what is wrong with the wiring, as sentences; empty when all is well."""
    try:
        found = [*_labels(harness), *_free_pins(harness)]
        for closed in (False, True):
            found += _shorts(nets(harness, closed))
        found += _battery(harness)
        found += _bus(nets(harness), board)
        found += _divider(harness, board)
        found += _colours(harness)
    except WiringError as error:
        return [str(error)]
    return sorted(set(found))


def bom_problems(harness: dict, rows: list[dict]) -> list[str]:
    """Return where the bill of materials and the wiring disagree."""
    found = []
    by_ref = {ref: row for row in rows for ref in row["ref"].split()}
    for ref, part in {**harness["connectors"], **harness["cables"]}.items():
        row = by_ref.get(ref)
        if row is None:
            found.append(f"{ref} is wired but not in bom.csv")
            continue
        for ours, theirs in (("manufacturer", "manufacturer"), ("mpn", "mpn")):
            if str(part.get(theirs, "")) not in ("", row[ours]):
                found.append(f"{ref}: {ours} is {part[theirs]!r} here, {row[ours]!r} in bom.csv")
        value = re.search(r"\d+ (?:kOhm|nF|mAh)", str(part.get("subtype", "")))
        if value and value[0] not in row["description"]:
            found.append(f"{ref}: {value[0]} is not what bom.csv describes")
    electric = [ref for ref in by_ref if re.match(r"(U|BT|SW|R|C|W)\d", ref)]
    for ref in electric:
        if ref not in harness["connectors"] and ref not in harness["cables"]:
            found.append(f"{ref} is in bom.csv but not wired")
    for row in rows:
        refs = len(row["ref"].split())
        if refs > 1 and row["qty"] != str(refs):
            found.append(f"{row['ref']}: {refs} references, quantity {row['qty']}")
    return found


def read_bom(path: Path = HARDWARE / "bom.csv") -> list[dict]:
    """Return the rows of the bill of materials."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _labels(harness: dict) -> list[str]:
    found = []
    for label in harness["connectors"]["U1"]["pins"]:
        named = re.match(r"D(\d+)\b", label)
        if named and XIAO_PINS.get(int(named[1])) != gpio(label):
            found.append(f"U1 {label}: D{named[1]} is GPIO{XIAO_PINS.get(int(named[1]))}")
    return found


def _free_pins(harness: dict) -> list[str]:
    used = {pin for wire in wires(harness) for pin in (wire.a, wire.b)}
    return [
        f"{part} {pin} is connected to nothing"
        for part, content in harness["connectors"].items()
        for pin in content["pins"]
        if (part, pin) not in used
    ]


def _shorts(joined: list[set[Pin]]) -> list[str]:
    found = []
    for net in joined:
        rails = sorted({RAILS[pin] for pin in net if pin in RAILS})
        found += [f"{a} and {b} are joined: {_names(net)}" for a, b in combinations(rails, 2)]
        signals = sorted(pin for pin in net if pin[0] in ("U1", "U2") and pin not in RAILS)
        if rails and signals:
            found.append(f"{rails[0]} is joined to a signal: {_names(net)}")
    return found


def _battery(harness: dict) -> list[str]:
    found = []
    opened, closed = nets(harness), nets(harness, switch_closed=True)
    if not _same(closed, ("BT1", "+"), ("U1", "BAT+")):
        found.append("the battery's + does not reach BAT+ with the switch on")
    if _same(opened, ("BT1", "+"), ("U1", "BAT+")):
        found.append("the battery's + reaches BAT+ with the switch off")
    if not _same(opened, ("BT1", "-"), ("U1", "BAT-")):
        found.append("the battery's - does not reach BAT-")
    return found


def _bus(joined: list[set[Pin]], board: dict) -> list[str]:
    found = []
    for pin, constant in (("SDA", "SDA"), ("SCL", "SCL"), ("INT1", "WAKE")):
        net = next((net for net in joined if ("U2", pin) in net), set())
        reached = {gpio(label) for part, label in net if part == "U1"}
        if reached != {board[constant]}:
            shown = ", ".join(f"GPIO{n}" for n in sorted(n or 0 for n in reached)) or "nothing"
            found.append(
                f"{pin} of the sensor goes to {shown}; the firmware's {constant} is "
                f"GPIO{board[constant]}"
            )
    for pin, rail in (("VIN", "3V3"), ("GND", "GND")):
        if not _same(joined, ("U2", pin), ("U1", rail)):
            found.append(f"{pin} of the sensor does not reach {rail}")
    return found


def _divider(harness: dict, board: dict) -> list[str]:
    """Check the battery's voltage divider: values, ends, ratio, and what the pin bears."""
    found = []
    joined = nets(harness)
    middle = next(
        (("U1", label) for label in harness["connectors"]["U1"]["pins"]
         if gpio(label) == board["BATTERY"]), None,
    )  # fmt: skip
    if middle is None:
        return [f"no pin of U1 is GPIO{board['BATTERY']}, the firmware's BATTERY"]
    for part, ends in {
        "R1": (("U1", "BAT+"), middle),
        "R2": (middle, ("U1", "GND")),
        "C1": (middle, ("U1", "GND")),
    }.items():
        a, b = (part, "a"), (part, "b")
        ways = [(a, ends[0], b, ends[1]), (b, ends[0], a, ends[1])]
        if not any(_same(joined, p, q) and _same(joined, r, s) for p, q, r, s in ways):
            found.append(f"{part} is not between {' '.join(ends[0])} and {' '.join(ends[1])}")
    upper, lower = (_kiloohm(harness, ref) for ref in ("R1", "R2"))
    ratio = (upper + lower) / lower
    if abs(ratio - board["BATTERY_RATIO"]) > 0.01:
        found.append(f"the divider's ratio is {ratio:.2f}, the firmware's {board['BATTERY_RATIO']}")
    if BATTERY_FULL_V / ratio > ADC_MAX_V:
        found.append(f"the pin would see {BATTERY_FULL_V / ratio:.1f} V, more than {ADC_MAX_V}")
    return found


def _colours(harness: dict) -> list[str]:
    found = []
    for wire in wires(harness):
        for pin in (wire.a, wire.b):
            wanted = COLOURS.get(RAILS.get(pin, ""))
            if wanted and wire.colour != wanted:
                found.append(f"{wire.cable} at {' '.join(pin)} is {wire.colour}, not {wanted}")
    return found


def _kiloohm(harness: dict, ref: str) -> float:
    value = re.fullmatch(r"([\d.]+) kOhm", harness["connectors"][ref]["subtype"])
    if not value:
        raise WiringError(f"{ref} must say its value as in '220 kOhm'")
    return float(value[1])


def _same(joined: list[set[Pin]], a: Pin, b: Pin) -> bool:
    return any(a in net and b in net for net in joined)


def _names(net: set[Pin]) -> str:
    return ", ".join(" ".join(pin) for pin in sorted(net))


def main() -> int:
    """Print what is wrong; exit 1 when something is."""
    harness = load()
    found = problems(harness, board_constants()) + bom_problems(harness, read_bom())
    print("\n".join(found) or "The wiring keeps every rule.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
