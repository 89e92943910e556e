"""``anklet sensors``: who is within reach."""

import asyncio

from rich.markup import escape
from rich.table import Table

from anklet.cli.reach import reach
from anklet.cli.show import out, plain_table, say
from anklet.sensor.link import Found

STRONG_DBM, FAIR_DBM = -65, -80
"""Below the latter, packets are lost on most adapters."""
MODES = {"idle": "waiting", "live": "streaming", "untethered": "recording"}


def run(*, over_ble: bool, over_usb: bool, seconds: float) -> None:
    """Search and print a table."""
    found, heard = asyncio.run(reach((), seconds, over_ble=over_ble, over_usb=over_usb))
    out.print(_table(found))
    for port in heard.silent_ports:
        say(f"A board on {port} does not answer as a sensor; anklet setup installs the firmware.")
    if any(f.fault for f in found):
        say("* has something to report: connect it by USB and see docs/firmware.md, 'The LED'.")


def _table(found: list[Found]) -> Table:
    table = plain_table("Sensors within reach", "name")
    for name in ("id", "side", "segment", "battery", "signal", "mode", "owner", "holds", "by"):
        table.add_column(name, no_wrap=name == "id")
    for f in found:
        table.add_row(
            escape(plain(f.name)) + (" *" if f.fault else ""),
            f"…{f.short_id}" if f.short_id else "–",
            f.side or "–",
            f.segment or "–",
            "–" if f.battery is None else f"{f.battery} %",
            signal(f.rssi),
            MODES.get(f.mode or "", "–") + (", in use" if f.taken else ""),
            "set" if f.owned else "none",
            "sets to pull" if f.holds_recordings else "nothing",
            f.address if f.kind == "usb" else "Bluetooth",
        )
    return table


def plain(text: str) -> str:
    """Return what a stranger's device calls itself, without what a terminal would obey."""
    return "".join(c if c.isprintable() else "?" for c in text)


def signal(rssi: int | None) -> str:
    """Return a signal's strength in a word, with its dBm."""
    if rssi is None:
        return "–"
    word = "strong" if rssi >= STRONG_DBM else "fair" if rssi >= FAIR_DBM else "weak"
    return f"{word} ({rssi} dBm)"
