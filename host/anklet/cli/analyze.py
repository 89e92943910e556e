"""``anklet analyze`` and ``anklet orient``: files in, numbers and files out, no store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from anklet import __version__
from anklet.analysis import Settings, Stages, analyze_in_stages, calibrate
from anklet.cli.show import err, progress, say, show_analysis
from anklet.errors import UsageError
from anklet.exchange.analysis_json import analysis_to_dict, dump_json
from anklet.exchange.columns import ANKLET, ColumnMap, load_map, maker_map, maker_maps
from anklet.exchange.csv_in import FileSamples, check_different, read_samples
from anklet.exchange.csv_out import write_angles, write_orientation
from anklet.exchange.files import atomic_write
from anklet.model import Analysis, Placement, Recording, Side


@dataclass(frozen=True)
class Outputs:
    """What ``analyze`` writes, each where asked for; ``json`` may be "-" for stdout."""

    json: str | None
    angles: Path | None
    report: Path | None
    explain: Path | None


def run(
    files: dict[Placement, Path],
    settings: Settings,
    outputs: Outputs,
    columns: str | None,
    calibration_files: dict[Placement, Path],
) -> None:
    """Analyse files, print or write what was asked for."""
    written = [outputs.json if outputs.json != "-" else None, outputs.angles, outputs.report]
    check_outputs(
        [*files.values(), *calibration_files.values()], [Path(path) for path in written if path]
    )
    read = read_files(files, columns)
    recordings = [Recording(p, f.samples, str(files[p])) for p, f in read.items()]
    before = read_files(calibration_files, columns) if calibration_files else {}
    known = calibrate(
        [Recording(p, f.samples, str(calibration_files[p])) for p, f in before.items()]
    )
    analysis, stages = analyze_in_stages(recordings, settings, known)
    names = {**{f.sha256: files[p] for p, f in read.items()}}
    names |= {f.sha256: calibration_files[p] for p, f in before.items()}
    digests = ", ".join(f"{path.name} ({sha256[:12]})" for sha256, path in names.items())
    _write(analysis, stages, outputs, f"input {digests}")
    if outputs.json == "-":
        print(dump_json(analysis_to_dict(analysis)), end="")
        return
    show_analysis(analysis)
    for path in (outputs.json, outputs.angles, outputs.report, outputs.explain):
        if path:
            say(f"Wrote {path}")


def orient(source: Path, target: Path, columns: str | None) -> None:
    """Write the orientation of a sensor at each of its samples."""
    from anklet.signals.orientation import at_rows, orient
    from anklet.signals.timebase import to_uniform

    check_outputs([source], [target])
    samples = read_samples(source, column_map(columns)).samples
    uniform = to_uniform(samples, str(source))
    write_orientation(target, samples.t_s, at_rows(orient(uniform), uniform))
    say(f"Wrote {target}: {len(samples.t_s)} orientations at {uniform.rate_hz:.1f} Hz.")


def block_angle(block_deg: float | None, source: Path | None, columns: str | None) -> float | None:
    """Return the block's angle as given, or measured by a sensor that lay on it.

    Raises
    ------
    UsageError, DataError
        When both are given, or the recording does not show it.
    """
    if source is None:
        return block_deg
    if block_deg is not None:
        raise UsageError("Give --block-deg or --block-from, not both.")
    from anklet.signals.block import measure_block

    block = measure_block(read_samples(source, column_map(columns)).samples, str(source))
    err.print(f"Note: {block}", markup=False, soft_wrap=True)
    return block.deg


def check_outputs(inputs: Iterable[Path], outputs: Sequence[Path]) -> None:
    """Refuse to write over a recording, or two results to one file."""
    taken = {path.resolve() for path in inputs}
    for path in outputs:
        if path.resolve() in taken:
            raise UsageError(
                f"{path} would be written over, being another file of this call; choose another "
                "name."
            )
        taken.add(path.resolve())


def read_files(files: dict[Placement, Path], columns: str | None) -> dict[Placement, FileSamples]:
    """Read and check the files of one call; say on stderr what is doubtful."""
    mapping = column_map(columns)
    read: dict[Placement, FileSamples] = {}
    with progress("Reading", len(files)) as bar:
        for placement, path in files.items():
            read[placement] = read_samples(path, mapping)
            bar.advance(bar.task_ids[0])
    check_different({f"{p} ({files[p]})": f for p, f in read.items()})
    for held in read.values():
        for warning in held.warnings:
            err.print(f"Note: {warning}", markup=False, soft_wrap=True)
    return read


def column_map(columns: str | None) -> ColumnMap:
    """Return Anklet's own columns, a maker's by name, or those of a map file."""
    if columns is None:
        return ANKLET
    if columns in maker_maps():
        return maker_map(columns)
    if not Path(columns).exists():
        raise UsageError(
            f"--columns {columns} is neither a file nor a known maker's map "
            f"({', '.join(maker_maps())})."
        )
    return load_map(columns)


def _write(
    analysis: Analysis, stages: dict[Side, Stages], outputs: Outputs, provenance: str
) -> None:
    if outputs.angles:
        write_angles(outputs.angles, {side: leg.trace for side, leg in analysis.legs.items()})
    if outputs.json and outputs.json != "-":
        atomic_write(outputs.json, dump_json(analysis_to_dict(analysis)))
    if outputs.report:
        from anklet.report import ReportPage, render_report

        page = ReportPage(analysis=analysis, software_version=__version__, provenance=provenance)
        atomic_write(outputs.report, render_report(page))
    if outputs.explain:
        from anklet.cli.explain import explain

        explain(analysis, stages, outputs.explain)
