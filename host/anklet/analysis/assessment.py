"""What a protocol asks of an analysis beside reps: the right sensors, the stand, entered values."""

from collections.abc import Collection

import numpy as np

from anklet.analysis.settings import Settings
from anklet.errors import UsageError
from anklet.measures.distance import compare_distances
from anklet.measures.static import measure_stand
from anklet.model import (
    ENTRIES,
    MASS_KG,
    SIDES,
    EntryName,
    Floats,
    KneeToWall,
    Placement,
    Segment,
    Setup,
    Side,
    Static,
)
from anklet.signals.angle import along, pitch_deg, smooth
from anklet.signals.calibration import Axis
from anklet.signals.leg import Reference, Sensor
from anklet.signals.still import runs

WORN: dict[Setup, str] = {
    "planted": "a shank sensor",
    "paired": "shank and foot sensors",
    "table": "a foot sensor alone",
}


def setup_worn(placements: Collection[Placement], side: Side) -> Setup:
    """Return the set-up that a leg's sensors make."""
    segments = {placement.segment for placement in placements if placement.side == side}
    if len(segments) == 2:
        return "paired"
    return "planted" if "shank" in segments else "table"


def check_fits(how: Settings, placements: Collection[Placement]) -> None:
    """Refuse sensors, a block or entered values that the protocol does not go with.

    Raises
    ------
    UsageError
    """
    protocol = how.protocol
    low_kg, high_kg = MASS_KG
    if how.mass_kg is not None and not low_kg <= how.mass_kg <= high_kg:
        raise UsageError(
            f"A body mass lies between {low_kg:g} and {high_kg:g} kg, not {how.mass_kg:g}."
        )
    if protocol is None:
        if how.entered:
            raise UsageError("A value is entered with a protocol that has it; say --protocol.")
        return
    title = protocol.title[0].lower() + protocol.title[1:]
    for side in SIDES:
        if all(placement.side != side for placement in placements):
            continue
        setup = setup_worn(placements, side)
        if setup not in protocol.setups:
            needs = " or ".join(WORN[allowed] for allowed in protocol.setups)
            raise UsageError(
                f"The {title} needs {needs}; the {side} leg has {WORN[setup]}. Take another "
                "protocol, or give the other recording too."
            )
    if how.block_deg and "block_deg" not in protocol.key:
        raise UsageError(f"The {title} is not done on a block; leave --block-deg out.")
    for side, values in how.entered.items():
        for name, value in values.items():
            if name not in protocol.enter:
                these = ", ".join(protocol.enter) or "no value"
                raise UsageError(f"The {title} lets {these} be entered, not {name}.")
            entry = ENTRIES[name]
            if not entry.low <= value <= entry.high:
                raise UsageError(
                    f"{name} of the {side} leg is {value:g}; it lies between {entry.low:g} and "
                    f"{entry.high:g}."
                )


def entered_values(how: Settings) -> dict[Side, dict[EntryName, float]]:
    """Return what was entered, of legs that have something."""
    return {side: dict(values) for side, values in how.entered.items() if values}


def knee_to_wall(how: Settings) -> KneeToWall | None:
    """Compare the knee-to-wall distances, where both were entered."""
    cm: dict[Side, float] = {
        side: values["knee_to_wall_cm"]
        for side, values in how.entered.items()
        if "knee_to_wall_cm" in values
    }
    return compare_distances(cm, how.involved)


def stand_of(
    sensors: dict[Segment, Sensor], zeros: dict[Segment, Reference], axes: dict[Segment, Axis]
) -> Static | None:
    """Measure the longest stretch for which the shank was quiet; None where it is too short."""
    shank = sensors["shank"]
    stands = runs(shank.quiet & shank.uniform.measured)
    if not stands:
        return None
    start, stop = max(stands, key=lambda run: run[1] - run[0])
    axis, zero_up = axes["shank"].xyz, zeros["shank"].up
    lean = pitch_deg(shank.up, zero_up, axis)
    sideways: Floats = np.degrees(np.arcsin(np.clip(along(shank.up, axis), -1, 1)))
    both = smooth(np.column_stack([lean, sideways]), shank.uniform)[start:stop]
    rate_hz = shank.uniform.rate_hz
    return measure_stand(both[:, 0], both[:, 1], rate_hz, shank.uniform.t0_s + start / rate_hz)
