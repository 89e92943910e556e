"""``anklet setup``: firmware, owner key, place and calibration of one sensor."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from anklet.cli.reach import reach
from anklet.cli.sensors import plain
from anklet.cli.show import err, out, say
from anklet.errors import SensorError, UsageError
from anklet.model import Segment, Side
from anklet.sensor import faces, usb
from anklet.sensor.finding import ask_port, link_to
from anklet.sensor.greeting import Identity
from anklet.sensor.install import (
    Firmware,
    boards,
    how_to_get_micropython,
    install,
    own_firmware,
)
from anklet.sensor.keys import OwnerKeys
from anklet.sensor.link import Found, Link
from anklet.sensor.talk import Talk, talk
from anklet.sensor.timing import Timing
from anklet.sensor.usb import UsbLink
from anklet.signals.sixface import FACES, Face, SixFace, fit_six_faces

TIMING = Timing()
START_S = 40.0
"""A board without a filesystem makes one at its first start."""
NAME_BYTES = 20
RESET = """\
A sensor forgets its owner, its place and its calibration by hand only, so that nobody does it from
afar: switch it on, and within 5 s press its button and hold it for 10 s. Recordings stay. Then plug
it in and run anklet setup. (XIAO: the button is BOOT; press it after the start, not during it.)"""
HOW = """\
Lay the sensor still on each of its six faces, in any order, on a level table (or against the same
flat surface): lid up, lid down, arrow up, arrow down, and on both sides. Each takes 3 s."""
SHOWN: dict[Face, str] = {
    "z up": "lid up",
    "z down": "lid down",
    "x up": "arrow up",
    "x down": "arrow down",
    "y up": "left side up",
    "y down": "left side down",
}


@dataclass(frozen=True)
class Wanted:
    """What shall be set up."""

    port: str | None
    sensor: str | None
    side: Side | None
    segment: Segment | None
    name: str | None
    calibrate: bool
    board: str | None
    firmware: bool | None
    take_over: bool
    factory_reset: bool


def run(wanted: Wanted) -> None:
    """Set a sensor up, and say what was done."""
    if wanted.factory_reset:
        say(RESET)
        return
    _check(wanted)
    if wanted.sensor is not None:
        found, _ = asyncio.run(reach([wanted.sensor], 5.0))
        asyncio.run(_settle(link_to(found[0]), wanted))
        return
    port = wanted.port or _only_port()
    _install(port, wanted)
    asyncio.run(_settle(UsbLink(port), wanted))


def _check(wanted: Wanted) -> None:
    if wanted.sensor and (wanted.port or wanted.firmware or wanted.board):
        raise UsageError(
            "--sensor is for Bluetooth; firmware and board need a cable, so leave --sensor out."
        )
    if wanted.name is not None and len(wanted.name.encode()) > NAME_BYTES:
        raise UsageError(f"--name may have {NAME_BYTES} bytes (letters with accents have two).")
    if wanted.board is not None and wanted.board not in (known := boards(own_firmware())):
        raise UsageError(f"--board {wanted.board} is not known; there are {', '.join(known)}.")


def _only_port() -> str:
    ports: Sequence[Found] = usb.find()
    if len(ports) == 1:
        return ports[0].address
    if not ports:
        raise SensorError(
            "No board is plugged in; connect the sensor by a USB cable that carries data (some "
            "only charge).",
            "not_found",
        )
    listed = ", ".join(f"{p.address} ({plain(p.name)})" for p in ports)
    raise UsageError(f"Several boards are plugged in; choose one with --port: {listed}.")


def _install(port: str, wanted: Wanted) -> None:
    """Copy the firmware where it differs, and wait for the sensor to answer."""
    if wanted.firmware is False:
        return
    firmware = own_firmware()
    with err.status(f"Asking the board on {port}"):
        asked = asyncio.run(ask_port(port, TIMING))
    if asked is not None:
        found, identity = asked
        _refuse_foreign(identity, wanted, OwnerKeys())
        if identity.firmware == firmware.version and not (wanted.firmware or wanted.board):
            return
        if found.mode in ("live", "untethered"):
            raise SensorError(
                "The sensor records now; end that (a short press, or its computer), then set it "
                "up.",
                "state",
            )
    _copy(port, firmware, wanted.board)
    with err.status("Waiting for the sensor to start"):
        if not _answers(port):
            raise SensorError(
                f"The firmware is installed, but no sensor answers on {port}; unplug it, plug it "
                "in and repeat the command.",
                "timeout",
            )


def _copy(port: str, firmware: Firmware, board: str | None) -> None:
    from rich.progress import BarColumn, Progress, TextColumn

    what = TextColumn("{task.description}"), BarColumn()
    with (
        TemporaryDirectory() as scratch,
        Progress(*what, console=err, transient=True, disable=not err.is_terminal) as bar,
    ):
        task = bar.add_task("Copying the firmware", total=len(firmware.files))
        try:
            copied = install(
                port,
                firmware,
                board={"board": board} if board else None,
                scratch=Path(scratch),
                on_file=lambda _path: bar.advance(task),
            )
        except SensorError as error:
            bar.stop()
            if error.code in ("no_micropython", "old_micropython"):
                say(how_to_get_micropython(port, board))
            raise
    say(f"Firmware {firmware.version}: {copied} files copied, the others were there already.")


def _answers(port: str) -> bool:
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s:
        if asyncio.run(ask_port(port, TIMING)) is not None:
            return True
        time.sleep(1.0)
    return False


async def _settle(link: Link, wanted: Wanted) -> None:
    """Owner key, place, clock, calibration."""
    keys = OwnerKeys()
    async with talk(link, TIMING) as conversation:
        identity = await conversation.meet()
        _refuse_foreign(identity, wanted, keys)
        ours = await conversation.take_ownership(keys)
        identity = await conversation.greet(keys)
        if ours and not link.trusted:
            say("The owner key went over the air just now; set it by USB where strangers listen.")
        place = {"side": wanted.side, "segment": wanted.segment, "name": wanted.name}
        told = {key: value for key, value in place.items() if value is not None}
        if told:
            await conversation.place(told)
            identity = await conversation.meet()
        await conversation.set_time()
        if wanted.calibrate:
            await _calibrate(conversation)
    name = plain(identity.name) or f"Anklet {identity.sensor_id[-4:]}"
    where = f"{identity.side} {identity.segment}" if identity.side and identity.segment else None
    say(
        f"{name} ({identity.sensor_id}), firmware {identity.firmware}: "
        + (f"worn on the {where}" if where else "no side and segment yet (--side, --segment)")
        + "; its owner key is on this computer."
    )


def _refuse_foreign(identity: Identity, wanted: Wanted, keys: OwnerKeys) -> None:
    if identity.owned and keys.get(identity.sensor_id) is None and not wanted.take_over:
        raise SensorError(
            f"The sensor {identity.sensor_id} belongs to another computer, whose key would no "
            "longer be valid; give --take-over if it shall be so, or bring the key.",
            "no_key",
        )


async def _calibrate(conversation: Talk) -> None:
    say(HOW)
    found = await faces.collect(conversation, _tell_face)
    fit: SixFace = fit_six_faces(found)
    await faces.write(conversation, fit)
    say(
        f"Calibrated: the six faces fit to {fit.residual_mg:.1f} mg (worst: {SHOWN[fit.worst]}, "
        f"{fit.worst_mg:.1f} mg)."
    )


def _tell_face(done: Sequence[Face], newest: Face | None, why: str) -> None:
    left = [SHOWN[face] for face in FACES if face not in done]
    if newest is not None:
        say(f"  {SHOWN[newest]}: done. " + (f"Left: {', '.join(left)}." if left else "All six."))
    elif out.is_terminal:
        for face, shown in SHOWN.items():
            why = why.replace(face, shown)
        out.print(f"  ({why})", style="dim", markup=False)
