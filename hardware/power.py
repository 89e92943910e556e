"""The power budget: expected, not measured. Run it to write the tables of README.md."""

import re
from dataclasses import dataclass
from pathlib import Path

CELL_MAH = 400.0
USABLE = 0.8
"""Of the nominal capacity: ageing, cold, and the cut-off above the cell's own; assumed."""
CHARGE_MA = (50.0, 110.0)
"""Fast charge: 50 (Seeed's wiki), at most 110 (the charger SGM40567, Seeed's forum 292453)."""


@dataclass(frozen=True)
class Load:
    """A current at the cell, from least to most, with where the figure comes from."""

    name: str
    least_ma: float
    most_ma: float
    source: str


MCU_STREAMS = Load(
    "XIAO ESP32-S3, linked to a computer",
    27.0,
    85.0,
    'Seeed\'s wiki: modem sleep 27 mA, "BLE active" 85 mA; a link rests between its events',
)
MCU_RECORDS = Load(
    "XIAO ESP32-S3, recording, seldom advertising",
    22.0,
    60.0,
    "Seeed's wiki: running 22 mA at 3.8 V; the upper end is assumed",
)
MCU_ASLEEP = Load(
    "XIAO ESP32-S3, deep sleep", 0.014, 0.03, "Seeed's wiki 14 uA; forum 280201 30 uA"
)
IMU_ON = Load("LSM6DSOX, both sensors", 0.55, 0.55, "DS12140 (LSM6DSO), high performance")
IMU_WAKE = Load("LSM6DSOX, waiting for motion", 0.026, 0.17, "DS12140: accelerometer alone")
BREAKOUT = Load(
    "breakout 4438: regulator and green LED",
    0.06,
    2.0,
    "regulator 55 uA (AP2112, from memory); LED 0 if removed, else assumed 1 to 2 mA",
)
DIVIDER = Load("voltage divider", 0.0095, 0.0095, "4.2 V / 440 kOhm")

STATES: dict[str, tuple[Load, ...]] = {
    "streaming to a computer": (MCU_STREAMS, IMU_ON, BREAKOUT, DIVIDER),
    "recording on its own": (MCU_RECORDS, IMU_ON, BREAKOUT, DIVIDER),
    "asleep, motion wakes it": (MCU_ASLEEP, IMU_WAKE, BREAKOUT, DIVIDER),
}


def loads() -> str:
    """Return the table of loads."""
    rows = ["| load | mA at the cell | source |", "|---|---|---|"]
    for load in (MCU_STREAMS, MCU_RECORDS, MCU_ASLEEP, IMU_ON, IMU_WAKE, BREAKOUT, DIVIDER):
        rows.append(f"| {load.name} | {_span(load.least_ma, load.most_ma)} | {load.source} |")
    return "\n".join(rows)


def states() -> str:
    """Return the table of states: current and time on a full cell."""
    rows = [f"| state | mA | on {CELL_MAH:.0f} mAh |", "|---|---|---|"]
    for name, parts in STATES.items():
        least = sum(load.least_ma for load in parts)
        most = sum(load.most_ma for load in parts)
        hours = [USABLE * CELL_MAH / current for current in (most, least)]
        rows.append(f"| {name} | {_span(least, most)} | {_time(*hours)} |")
    full = [CELL_MAH / current * 1.1 for current in reversed(CHARGE_MA)]
    rows.append(f"| charging, switch on | {_span(*CHARGE_MA)} | full in {_time(*full)} |")
    return "\n".join(rows)


def _span(least: float, most: float) -> str:
    return _plain(least) if least == most else f"{_plain(least)} to {_plain(most)}"


def _plain(ma: float) -> str:
    return f"{ma:.0f}" if ma >= 10 else f"{ma:.2g}"


def _time(low_h: float, high_h: float) -> str:
    if low_h < 72:
        return f"{low_h:.0f} to {high_h:.0f} h"
    return f"{low_h / 24:.0f} to {high_h / 24:.0f} days"


def filled(text: str) -> str:
    """Return a page with its generated tables made anew."""
    for part in (loads, states):
        name = part.__name__
        pattern = f"(<!-- generated: {name} -->\n).*?(<!-- end: {name} -->)"
        table = part()
        text = re.sub(pattern, lambda m, t=table: f"{m[1]}\n{t}\n\n{m[2]}", text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    page = Path(__file__).with_name("README.md")
    page.write_text(filled(page.read_text("utf-8")), "utf-8")
