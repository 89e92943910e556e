"""What commands say of an assessment, as settings; and ``anklet protocols``."""

import re
from dataclasses import asdict, replace

from anklet.analysis import Settings
from anklet.cli.options import checked_mass
from anklet.errors import UsageError
from anklet.model import ENTRIES, SIDES, EntryName, Knee, Mount, Protocol, Side
from anklet.protocols import every_protocol, find_protocol, user_folders

_ENTRY = re.compile(r"\s*(\w+)\s*\.\s*(\w+)\s*=\s*(\S+)\s*")
SETUPS = {
    "planted": "shank",
    "paired": "shank and foot",
    "table": "foot",
}


def settings_of(
    protocol: str | None,
    *,
    block_deg: float | None,
    mount: Mount,
    knee: Knee | None = None,
    enter: list[str] | None = None,
    mass_kg: float | None = None,
) -> Settings:
    """Return the settings that the options make.

    Raises
    ------
    UsageError
        When they do not go together.
    """
    chosen = find_protocol(protocol) if protocol else None
    if knee:
        chosen = _with_knee(chosen, knee)
    return Settings(
        block_deg=block_deg,
        mount=mount,
        protocol=chosen,
        entered=_entered(enter or []),
        mass_kg=checked_mass(mass_kg),
    )


def _with_knee(protocol: Protocol | None, knee: Knee) -> Protocol:
    if protocol is None:
        raise UsageError("--knee goes with --protocol; say which.")
    if knee != protocol.knee and "knee" not in protocol.key:
        said = f"with the knee {protocol.knee}" if protocol.knee else "without a knee position"
        raise UsageError(f"{protocol.title} is done {said}; leave --knee out.")
    return replace(protocol, knee=knee)


def _entered(given: list[str]) -> dict[Side, dict[EntryName, float]]:
    entered: dict[Side, dict[EntryName, float]] = {}
    for text in given:
        found = _ENTRY.fullmatch(text)
        side, name, value = found.groups() if found else ("", "", "")
        if side not in SIDES or name not in ENTRIES:
            raise UsageError(
                f"--enter {text} is not understood; write it like left.knee_to_wall_cm=9.5 "
                f"(values: {', '.join(ENTRIES)})."
            )
        try:
            number = float(value)
        except ValueError:
            raise UsageError(f"--enter {text}: {value} is no number.") from None
        legs = entered.setdefault(side, {})
        if name in legs:
            raise UsageError(f"--enter says {name} of the {side} leg twice.")
        legs[name] = number
    return entered


def protocols(name: str | None, as_json: bool) -> None:
    """List the protocols, or print one as an instruction sheet."""
    from anklet.exchange.analysis_json import dump_json

    if name is None and as_json:
        print(dump_json([asdict(protocol) for protocol, _ in every_protocol()]), end="")
    elif name is None:
        _list()
    elif as_json:
        print(dump_json(asdict(find_protocol(name))), end="")
    else:
        _sheet(find_protocol(name))


def _list() -> None:
    from rich.markup import escape

    from anklet.cli.show import out, plain_table, say

    table = plain_table("Protocols", "name")
    for column in ("what", "kind", "sensors"):
        table.add_column(column)
    for protocol, path in every_protocol():
        table.add_row(
            protocol.name,
            escape(protocol.title) + (" (your own)" if path else ""),
            protocol.kind,
            " or ".join(SETUPS[setup] for setup in protocol.setups),
        )
    out.print(table)
    say("anklet protocols NAME prints its instructions.")
    say(f"Your own: .toml files in {' or '.join(map(str, user_folders()))}")


def _sheet(protocol: Protocol) -> None:
    from anklet.cli.show import out, say

    out.print(protocol.title, style="bold", markup=False)
    for line in sheet(protocol):
        say(line)


def sheet(protocol: Protocol) -> list[str]:
    """Return a protocol's instruction sheet, line by line, without its title."""
    p = protocol
    worn = " or ".join(SETUPS[setup] for setup in p.setups)
    amounts = [
        amount(p.sets, "set"),
        amount(p.reps, "rep") or ("as many reps as you can" if p.direction else ""),
        f"each end held for {p.hold_s:g} s" if p.hold_s and p.direction else "",
        f"held for {p.hold_s:g} s" if p.hold_s and not p.direction else "",
        f"{p.rest_s:g} s of rest between sets" if p.rest_s else "",
        "one leg after the other" if p.one_leg else "both legs at once",
        f"knee {p.knee}" if p.knee else "",
    ]
    lines = ["", "Wear", *(f"  {text}" for text in p.wear), f"  (sensors: {worn})"]
    lines += ["", "Position", f"  {p.position}", "", "Steps"]
    lines += [f"  {k}. {text}" for k, text in enumerate(p.steps, 1)]
    lines += ["", "How much", f"  {', '.join(a for a in amounts if a)}"]
    lines += ["", "What it gives", "  " + "; ".join(RESULTS[r] for r in p.results)]
    lines += [f"  zero is {_ZEROS[p.zero]}"]
    if p.primary:
        lines += [f"  the verdict is about {RESULTS[p.primary]}"]
    if p.enter:
        entries = (f"  {name}: {ENTRIES[name].title}" for name in p.enter)
        lines += ["", "May be entered (--enter left.NAME=VALUE)", *entries]
    if p.key:
        fields = ", ".join(field.replace("_deg", "") for field in p.key)
        lines += ["", f"Compared only with the same {fields}."]
    return lines


def amount(span: tuple[int, int] | None, noun: str) -> str:
    """Return how many: ``8 to 10 reps``; empty where it is not said."""
    if span is None:
        return ""
    least, most = span
    text = f"{least}" if least == most else f"{least} to {most}"
    return f"{text} {noun}{'' if most == 1 else 's'}"


RESULTS = {
    "df_peak_deg": "dorsiflexion",
    "pf_peak_deg": "plantarflexion",
    "rom_deg": "range",
    "reps": "number of reps",
    "fade": "change over the set",
    "holds": "the held ends",
    "sway": "sway of the shank",
    "zero_drift": "drift of the zero",
    "knee_to_wall": "distance to the wall, side against side",
    "tibial_lean": "tilt of the shin, where it was entered",
    "heel_rise": "heel height and work, as estimates",
    "calibration": "which way each sensor sits, and how well that is known",
}
_ZEROS = {"standing": "quiet standing", "neutral": "the neutral that the examiner holds first"}
