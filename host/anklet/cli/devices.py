"""The commands that reach sensors, and their options."""

from datetime import datetime
from typing import Annotated

import typer

from anklet.cli.options import (
    AT_FORMATS,
    BlockDeg,
    Enter,
    Footwear,
    InjuredOn,
    Involved,
    Knee,
    MassKg,
    Mount,
    MountOption,
    Person,
    Protocol,
    SearchSeconds,
    SegmentOption,
    Sensors,
    SideOption,
    StoreUrl,
    checked_block,
    protocol_name,
)
from anklet.errors import UsageError

SEARCH_S = 5.0


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (sensors, setup, record, pull):
        app.command()(command)


def sensors(
    usb: Annotated[bool, typer.Option("--usb", help="Look on cables only.")] = False,
    ble: Annotated[bool, typer.Option("--ble", help="Look on Bluetooth only.")] = False,
    seconds: SearchSeconds = SEARCH_S,
) -> None:
    """Find sensors: side, battery, signal, and what each holds."""
    from anklet.cli import sensors as work

    work.run(over_ble=ble or not usb, over_usb=usb or not ble, seconds=seconds)


def setup(
    port: Annotated[
        str | None, typer.Option(help="Serial port, where several boards are plugged in.")
    ] = None,
    sensor: Annotated[
        str | None,
        typer.Option("--sensor", metavar="ID", help="Set it up over Bluetooth: no firmware."),
    ] = None,
    side: Annotated[SideOption | None, typer.Option(help="The leg that it is worn on.")] = None,
    segment: Annotated[SegmentOption | None, typer.Option(help="The part of the leg.")] = None,
    name: Annotated[str | None, typer.Option(help="What to call it (20 bytes at most).")] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Calibrate the accelerometer on its six faces.")
    ] = False,
    board: Annotated[
        str | None,
        typer.Option(help="The board, where its image does not tell it (not the XIAO)."),
    ] = None,
    firmware: Annotated[
        bool | None,
        typer.Option(
            "--firmware/--no-firmware",
            help="Copy the firmware in any case, or in none (default: where it differs).",
        ),
    ] = None,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Replace the owner key of another computer.")
    ] = False,
    factory_reset: Annotated[
        bool, typer.Option("--factory-reset", help="Say how a sensor forgets its owner.")
    ] = False,
) -> None:
    """Set a sensor up: firmware, owner key, place, calibration.

    Over USB, in one command; with --sensor over Bluetooth what that allows (no firmware).
    """
    from anklet.cli import setup as work

    work.run(
        work.Wanted(
            port=port,
            sensor=sensor,
            side=side.value if side else None,
            segment=segment.value if segment else None,
            name=name,
            calibrate=calibrate,
            board=board,
            firmware=firmware,
            take_over=take_over,
            factory_reset=factory_reset,
        )
    )


def record(
    person: Person,
    sensor: Sensors = None,
    protocol: Protocol = "split_squat",
    knee: Knee = None,
    enter: Enter = None,
    footwear: Footwear = None,
    mass_kg: MassKg = None,
    block_deg: BlockDeg = None,
    mount: Mount = MountOption.NOMINAL,
    involved: Involved = None,
    injured_on: InjuredOn = None,
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate", help="Record the guided half-minute that the visit's sets then use."
        ),
    ] = False,
    duration: Annotated[
        float | None, typer.Option(min=1, help="End after so many seconds (default: Ctrl-C).")
    ] = None,
    random_side_order: Annotated[
        bool,
        typer.Option(
            "--random-side-order",
            help="Say which leg goes first: at random, balanced over the person's visits.",
        ),
    ] = False,
    simulated: Annotated[
        bool,
        typer.Option(
            "--simulated", help="Sensors on a simulated person (block of 20 deg), for a try."
        ),
    ] = False,
    seconds: SearchSeconds = SEARCH_S,
    store: StoreUrl = None,
) -> None:
    """Record a set live from all sensors in reach; Ctrl-C ends it."""
    from anklet.cli import record as work
    from anklet.cli.assessing import settings_of
    from anklet.cli.persons import NewVisit

    visit = NewVisit(
        person,
        None,
        footwear,
        involved.value if involved else None,
        injured_on.date() if injured_on else None,
    )
    how = work.How(tuple(sensor or ()), simulated, duration, seconds, random_side_order)
    if calibrate:
        from anklet.cli import calibrate as guided

        if duration is not None or block_deg is not None:
            raise UsageError(
                "--calibrate takes half a minute on the flat floor: leave --duration and "
                "--block-deg out."
            )
        guided.run(store, visit, how)
        return
    settings = settings_of(
        protocol_name(protocol),
        block_deg=checked_block(block_deg),
        mount=mount.value,
        knee=knee.value if knee else None,
        enter=enter,
        mass_kg=mass_kg,
    )
    work.run(store, visit, settings, how)


def pull(
    person: Annotated[
        str | None, typer.Option(help="Whose sets they are; without it they are only listed.")
    ] = None,
    sensor: Sensors = None,
    at: Annotated[
        datetime | None,
        typer.Option(formats=AT_FORMATS, help="When sets were recorded whose time is unknown."),
    ] = None,
    side: Annotated[
        SideOption | None, typer.Option(help="Where a sensor without a place was worn.")
    ] = None,
    segment: Annotated[SegmentOption | None, typer.Option(help="The same: its segment.")] = None,
    protocol: Protocol = "split_squat",
    knee: Knee = None,
    enter: Enter = None,
    footwear: Footwear = None,
    mass_kg: MassKg = None,
    block_deg: BlockDeg = None,
    mount: Mount = MountOption.NOMINAL,
    involved: Involved = None,
    injured_on: InjuredOn = None,
    seconds: SearchSeconds = SEARCH_S,
    store: StoreUrl = None,
) -> None:
    """Fetch sets that sensors recorded on their own."""
    from anklet.cli import pull as work
    from anklet.cli.assessing import settings_of
    from anklet.cli.persons import NewVisit

    visit = NewVisit(
        person or "",
        at,
        footwear,
        involved.value if involved else None,
        injured_on.date() if injured_on else None,
    )
    work.run(
        store,
        visit,
        settings_of(
            protocol_name(protocol),
            block_deg=checked_block(block_deg),
            mount=mount.value,
            knee=knee.value if knee else None,
            enter=enter,
            mass_kg=mass_kg,
        ),
        work.How(
            tuple(sensor or ()),
            side.value if side else None,
            segment.value if segment else None,
            seconds,
        ),
    )
