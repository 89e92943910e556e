"""The options that commands share, and their rules."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anklet.errors import UsageError

if TYPE_CHECKING:
    from anklet.model import Placement


class SideOption(StrEnum):
    """A leg."""

    LEFT = "left"
    RIGHT = "right"


class MountOption(StrEnum):
    """How the sensors sit."""

    NOMINAL = "nominal"
    UNKNOWN = "unknown"


class SegmentOption(StrEnum):
    """A part of a leg."""

    SHANK = "shank"
    FOOT = "foot"


class KneeOption(StrEnum):
    """How the knee is held."""

    STRAIGHT = "straight"
    BENT = "bent"


class PaperOption(StrEnum):
    """A sheet of paper."""

    A4 = "a4"
    LETTER = "letter"


class ExportOption(StrEnum):
    """What to export."""

    REPS = "reps"
    VISITS = "visits"
    SAMPLES = "samples"
    EVERYTHING = "everything"


# readable=False: a file that may not be read is told where it is read, with what to do
LeftShank = Annotated[
    Path | None, typer.Option(readable=False, help="CSV file of the left shank's sensor.")
]
LeftFoot = Annotated[
    Path | None, typer.Option(readable=False, help="CSV file of the left foot's sensor.")
]
RightShank = Annotated[
    Path | None, typer.Option(readable=False, help="CSV file of the right shank's sensor.")
]
RightFoot = Annotated[
    Path | None, typer.Option(readable=False, help="CSV file of the right foot's sensor.")
]
Calibrations = Annotated[
    list[str] | None,
    typer.Option(
        "--calibration",
        metavar="PLACE=FILE",
        help="Guided half-minute of a sensor worn as in its set, as left-shank=calibration.csv; "
        "may be repeated.",
    ),
]
BlockFrom = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        metavar="FILE",
        help="Measure the block: a sensor lies still on the level floor, then on the block, arrow "
        "to the toes, lid up.",
    ),
]
BlockDeg = Annotated[
    float | None,
    typer.Option(help="Angle of the block under the foot, heel high positive (default 0)."),
]
Mount = Annotated[
    MountOption,
    typer.Option(help="nominal: worn as the manual shows; unknown: tell it from a knee bend."),
]
MassKg = Annotated[float | None, typer.Option(help="Body mass, for the work done in heel rises.")]
Involved = Annotated[
    SideOption | None, typer.Option(help="The injured side: differences are counted for it.")
]
Protocol = Annotated[
    str, typer.Option(metavar="NAME", help="What was done: a name that anklet protocols lists.")
]
Knee = Annotated[
    KneeOption | None, typer.Option(help="How the knee was, where the protocol leaves it open.")
]
Enter = Annotated[
    list[str] | None,
    typer.Option(
        "--enter",
        metavar="SIDE.NAME=VALUE",
        help="A value measured otherwise (left.knee_to_wall_cm=9.5); may be repeated.",
    ),
]
Footwear = Annotated[str | None, typer.Option(help="Part of the comparability key.")]
InjuredOn = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Date of the injury.")
]
AT_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
Sensors = Annotated[
    list[str] | None,
    typer.Option(
        "--sensor",
        metavar="ID",
        help="A sensor by the end of its id, its name, or its serial port; may be repeated.",
    ),
]
SearchSeconds = Annotated[
    float, typer.Option("--seconds", min=1, max=60, help="How long to search for sensors, s.")
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns", metavar="MAP", help="Column map for other makers' files: a name or a file."
    ),
]
StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="URL", help="Database (default: ANKLET_STORE, or the user data folder)."
    ),
]
Person = Annotated[str, typer.Option(help="The person's code.")]
Key = Annotated[
    str | None,
    typer.Option(help="Comparability key to show, where a person has several (text or number)."),
]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TEXT", help="Only results with this tag; may be repeated."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]


def checked_block(block_deg: float | None) -> float | None:
    """Return a block's angle as it is; UsageError when no block has it."""
    if block_deg is not None and not -45 <= block_deg <= 45:
        raise UsageError(f"--block-deg is {block_deg:g}; a block lies between -45 and 45 deg.")
    return block_deg


def checked_mass(mass_kg: float | None) -> float | None:
    """Return a body mass as it is; UsageError when no person has it."""
    from anklet.model import MASS_KG  # which brings numpy

    low_kg, high_kg = MASS_KG
    if mass_kg is not None and not low_kg <= mass_kg <= high_kg:
        raise UsageError(
            f"--mass-kg is {mass_kg:g}; a body mass lies between {low_kg:g} and {high_kg:g} kg."
        )
    return mass_kg


def recording_files(
    left_shank: Path | None,
    left_foot: Path | None,
    right_shank: Path | None,
    right_foot: Path | None,
) -> "dict[Placement, Path]":
    """Return the files that were given; UsageError when there is none."""
    from anklet.model import Placement

    given = {
        Placement("left", "shank"): left_shank,
        Placement("left", "foot"): left_foot,
        Placement("right", "shank"): right_shank,
        Placement("right", "foot"): right_foot,
    }
    files = {placement: path for placement, path in given.items() if path is not None}
    if not files:
        raise UsageError(
            "Give at least one recording: --left-shank, --left-foot, --right-shank or --right-foot."
        )
    return files


def calibration_files(given: list[str] | None) -> "dict[Placement, Path]":
    """Return the files of ``--calibration``; UsageError when one is not a place and a file."""
    from anklet.model import SEGMENTS, SIDES, Placement

    places = {
        f"{side}-{segment}": Placement(side, segment) for side in SIDES for segment in SEGMENTS
    }
    files: dict[Placement, Path] = {}
    for text in given or ():
        place, _, path = text.partition("=")
        if place not in places or not path:
            raise UsageError(
                f"--calibration {text}: write a place and its file, as left-shank=calibration.csv "
                f"({', '.join(places)})."
            )
        if places[place] in files:
            raise UsageError(f"--calibration was given twice for the {places[place]}.")
        files[places[place]] = Path(path)
    return files


def protocol_name(text: str) -> str:
    """Return a protocol's name as it is kept: split-squat and split_squat are the same."""
    return text.strip().replace("-", "_").replace(" ", "_")
