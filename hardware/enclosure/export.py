"""Files for a CAD program and for a slicer, the same bytes every time."""

from datetime import UTC, datetime
from pathlib import Path

from build123d import Part, PrecisionMode, export_step

from enclosure.assembly import printed
from enclosure.meshes import mesh
from enclosure.parameters import FOOT, SHANK
from enclosure.printing import as_printed

DATE = datetime(2026, 1, 1, tzinfo=UTC)
"""Written into STEP files in place of the time, so that the same shape gives the same file."""
STL_TOLERANCE_MM = 0.02


def export(folder: Path) -> None:
    """Write STEP (as worn) and STL (as printed) of every printed part."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in pieces().items():
        part.label = name
        export_step(
            part, folder / f"{name}.step", precision_mode=PrecisionMode.AVERAGE, timestamp=DATE
        )
        kind = name.removesuffix("_foot")
        lying = as_printed(kind, mesh(part, STL_TOLERANCE_MM))
        (folder / f"{name}.stl").write_bytes(lying.export(file_type="stl"))


def pieces() -> dict[str, Part]:
    """Return what is printed, by file name; tray and lid serve both versions."""
    shank = printed(SHANK)
    return {
        "base": shank["base"],
        "tray": shank["tray"],
        "lid": shank["lid"],
        "base_foot": printed(FOOT)["base"],
    }
