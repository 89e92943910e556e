"""Read a WireViz file and the firmware's board file; join connected pins into nets."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

Pin = tuple[str, str]

HARDWARE = Path(__file__).parents[1]
SOURCE = HARDWARE / "wiring" / "pod.yml"
BOARD = HARDWARE.parent / "firmware" / "boards" / "xiao_esp32s3.py"


class WiringError(ValueError):
    """The wiring file cannot be understood; the message says where."""


@dataclass(frozen=True)
class Wire:
    """One conductor between two pins."""

    a: Pin
    b: Pin
    cable: str
    colour: str


def load(path: Path = SOURCE) -> dict:
    """Return a WireViz file's content."""
    return yaml.safe_load(path.read_text("utf-8"))


def board_constants(path: Path = BOARD) -> dict:
    """Return the constants of a firmware board file, read without running it."""
    constants = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            constants[node.targets[0].id] = ast.literal_eval(node.value)
    return constants


def wires(harness: dict) -> list[Wire]:
    """Return every conductor of the harness.

    Raises
    ------
    WiringError
        A connection names a part, a pin or a wire that isn't there, or its lists differ in length.
    """
    found = []
    for number, connection in enumerate(harness["connections"], 1):
        if len(connection) != 3:
            raise WiringError(f"connection {number} must be part, cable, part")
        (a, a_pins), (cable, cores), (b, b_pins) = (_step(step) for step in connection)
        if not len(a_pins) == len(cores) == len(b_pins):
            raise WiringError(
                f"connection {number} ({a}, {cable}, {b}) joins lists of other length"
            )
        for part, pins in ((a, a_pins), (b, b_pins)):
            _check_pins(harness, number, part, pins)
        colours = harness["cables"].get(cable, {}).get("colors")
        if colours is None:
            raise WiringError(f"connection {number} goes through {cable}, which is no cable")
        for a_pin, core, b_pin in zip(a_pins, cores, b_pins, strict=True):
            if not 1 <= int(core) <= len(colours):
                raise WiringError(f"connection {number}: {cable} has no wire {core}")
            found.append(Wire((a, a_pin), (b, b_pin), cable, colours[int(core) - 1]))
    return found


def nets(harness: dict, switch_closed: bool = False) -> list[set[Pin]]:
    """Return sets of pins that are connected; the slide switch as told."""
    joined = [{wire.a, wire.b} for wire in wires(harness)]
    if switch_closed:
        joined.append({("SW1", "COMMON"), ("SW1", "ON")})
    merged: list[set[Pin]] = []
    for pair in joined:
        touching = [net for net in merged if net & pair]
        merged = [net for net in merged if not net & pair]
        merged.append(pair.union(*touching))
    return merged


def gpio(label: str) -> int | None:
    """Return the controller's pin that a label names, as in ``D4 (GPIO5)``."""
    found = re.search(r"\(GPIO(\d+)\)$", label)
    return int(found[1]) if found else None


def _step(step: dict) -> tuple[str, list[str]]:
    ((name, items),) = step.items()
    pins: list[str] = []
    for item in items:
        span = re.fullmatch(r"(\d+)-(\d+)", str(item))
        pins += [str(n) for n in range(int(span[1]), int(span[2]) + 1)] if span else [str(item)]
    return name, pins


def _check_pins(harness: dict, number: int, part: str, pins: list[str]) -> None:
    if part not in harness["connectors"]:
        raise WiringError(f"connection {number} names {part}, which is no part")
    labels = harness["connectors"][part]["pins"]
    for pin in pins:
        if pin not in labels:
            raise WiringError(f"connection {number}: {part} has no pin {pin!r}; it has {labels}")
