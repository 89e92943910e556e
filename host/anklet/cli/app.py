"""The commands and their options. Each one's work is imported when it is called."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from anklet.cli import devices, upkeep
from anklet.cli.options import (
    AT_FORMATS,
    AsJson,
    BlockDeg,
    BlockFrom,
    Calibrations,
    Columns,
    Enter,
    Footwear,
    InjuredOn,
    Involved,
    Key,
    Knee,
    LeftFoot,
    LeftShank,
    MassKg,
    Mount,
    MountOption,
    PaperOption,
    Person,
    Protocol,
    RightFoot,
    RightShank,
    StoreUrl,
    Tags,
    calibration_files,
    checked_block,
    protocol_name,
    recording_files,
)

app = typer.Typer(
    name="anklet",
    help="Active ankle range of motion and left/right asymmetry from strap-on motion sensors.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from anklet import __version__

        typer.echo(f"anklet {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


devices.add_to(app)


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option(readable=False, help="Folder for the report and the database.")
    ] = Path("anklet-demo"),
) -> None:
    """Simulate twelve weekly visits of one person, up to the report."""
    from anklet.cli import demo as work

    work.run(out)


@app.command()
def analyze(
    left_shank: LeftShank = None,
    left_foot: LeftFoot = None,
    right_shank: RightShank = None,
    right_foot: RightFoot = None,
    block_deg: BlockDeg = None,
    block_from: BlockFrom = None,
    calibration: Calibrations = None,
    mount: Mount = MountOption.NOMINAL,
    relative: Annotated[
        bool, typer.Option("--relative", help="Without a standing zero: ranges only.")
    ] = False,
    involved: Involved = None,
    protocol: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What was done: a name that anklet protocols lists."),
    ] = None,
    knee: Knee = None,
    enter: Enter = None,
    mass_kg: MassKg = None,
    columns: Columns = None,
    json: Annotated[
        str | None, typer.Option(metavar="OUT", help="Write the result as JSON; - prints it.")
    ] = None,
    angles: Annotated[
        Path | None,
        typer.Option(
            readable=False, help="Write the ankle angles as CSV (t_s,left_deg,right_deg)."
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(readable=False, help="Write the report as HTML.")
    ] = None,
    explain: Annotated[
        Path | None, typer.Option(readable=False, help="Folder to plot every intermediate into.")
    ] = None,
) -> None:
    """Measure the ankle in recordings, rep by rep and side by side.

    Prints dorsiflexion, plantarflexion and range of each rep and set, in deg from quiet standing:
    stand still for 3 s on a flat floor before the set. A shank file alone measures a planted foot,
    shank and foot together any movement, a foot file alone a movement on the table.
    """
    from dataclasses import replace

    from anklet.cli import analyze as work
    from anklet.cli.assessing import settings_of

    settings = settings_of(
        protocol and protocol_name(protocol),
        block_deg=work.block_angle(checked_block(block_deg), block_from, columns),
        mount=mount.value,
        knee=knee.value if knee else None,
        enter=enter,
        mass_kg=mass_kg,
    )
    work.run(
        recording_files(left_shank, left_foot, right_shank, right_foot),
        replace(
            settings,
            relative=relative,
            involved=involved.value if involved else None,
        ),
        work.Outputs(json, angles, report, explain),
        columns,
        calibration_files(calibration),
    )


@app.command()
def orient(
    source: Annotated[
        Path, typer.Argument(readable=False, metavar="IN.csv", help="Samples of one sensor.")
    ],
    target: Annotated[
        Path, typer.Argument(readable=False, metavar="OUT.csv", help="t_s,qw,qx,qy,qz.")
    ],
    columns: Columns = None,
) -> None:
    """Estimate a sensor's orientation at each of its samples.

    Sensor to earth, z up, from the whole file (offline and acausal).
    """
    from anklet.cli import analyze as work

    work.orient(source, target, columns)


@app.command("import")
def import_(
    person: Person,
    left_shank: LeftShank = None,
    left_foot: LeftFoot = None,
    right_shank: RightShank = None,
    right_foot: RightFoot = None,
    at: Annotated[
        datetime | None,
        typer.Option(formats=AT_FORMATS, help="When it was recorded (default: now)."),
    ] = None,
    protocol: Protocol = "split_squat",
    knee: Knee = None,
    enter: Enter = None,
    footwear: Footwear = None,
    mass_kg: MassKg = None,
    block_deg: BlockDeg = None,
    calibration: Calibrations = None,
    mount: Mount = MountOption.NOMINAL,
    involved: Involved = None,
    injured_on: InjuredOn = None,
    columns: Columns = None,
    store: StoreUrl = None,
) -> None:
    """Keep a visit's files in the store, byte for byte; analyse them."""
    from anklet.cli import course as work
    from anklet.cli.assessing import settings_of
    from anklet.cli.persons import NewVisit

    work.import_files(
        store,
        NewVisit(
            person,
            at,
            footwear,
            involved.value if involved else None,
            injured_on.date() if injured_on else None,
        ),
        recording_files(left_shank, left_foot, right_shank, right_foot),
        settings_of(
            protocol_name(protocol),
            block_deg=checked_block(block_deg),
            mount=mount.value,
            knee=knee.value if knee else None,
            enter=enter,
            mass_kg=mass_kg,
        ),
        columns,
        calibration_files(calibration),
    )


@app.command()
def protocols(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Print this one's instructions.")
    ] = None,
    json: AsJson = False,
) -> None:
    """List the assessments, or print how one is done."""
    from anklet.cli import assessing as work

    work.protocols(name and protocol_name(name), json)


@app.command()
def trend(
    person: Person,
    key: Key = None,
    tag: Tags = None,
    store: StoreUrl = None,
    json: AsJson = False,
) -> None:
    """Show a person's course over the visits, and what can be told."""
    from anklet.cli import course as work

    work.trend(store, person, key, tag or [], json)


@app.command()
def compare(person: Person, key: Key = None, store: StoreUrl = None, json: AsJson = False) -> None:
    """Show left against right at the latest visit and the one before."""
    from anklet.cli import course as work

    work.compare(store, person, key, json)


@app.command()
def report(
    out: Annotated[
        Path,
        typer.Argument(readable=False, metavar="OUT", help="The page: a name in .html or .pdf."),
    ],
    person: Person,
    key: Key = None,
    paper: Annotated[PaperOption, typer.Option(help="Sheet of a PDF.")] = PaperOption.A4,
    store: StoreUrl = None,
) -> None:
    """Write the page of a person's latest visit, with the course."""
    from anklet.cli import course as work

    work.report(store, person, key, out, "A4" if paper is PaperOption.A4 else "Letter")


upkeep.add_to(app)


@app.command("app")
def desktop(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on this computer (default: a free one).")
    ] = 0,
    show: Annotated[
        bool, typer.Option("--show/--no-show", help="Open the page in the browser.")
    ] = True,
    native: Annotated[
        bool, typer.Option("--native", help="In a window of its own (needs the extra native).")
    ] = False,
    store: StoreUrl = None,
) -> None:
    """Open the app: visits, live view, courses, reports."""
    from anklet.app.server import serve
    from anklet.store import default_url

    serve(store or default_url(), port=port, show=show, native=native)
