"""The options that commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class SideOption(StrEnum):
    """A leg."""

    LEFT = "left"
    RIGHT = "right"


class MountOption(StrEnum):
    """How the sensors sit."""

    NOMINAL = "nominal"
    UNKNOWN = "unknown"


class ExportOption(StrEnum):
    """What to export."""

    REPS = "reps"
    VISITS = "visits"
    SAMPLES = "samples"


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
BlockDeg = Annotated[
    float | None,
    typer.Option(help="Angle of the block under the foot, heel high positive (default 0)."),
]
Mount = Annotated[
    MountOption,
    typer.Option(help="nominal: worn as the manual shows; unknown: tell it from a knee bend."),
]
Involved = Annotated[
    SideOption | None, typer.Option(help="The injured side: differences are counted for it.")
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
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]
