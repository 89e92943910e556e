"""The firmware onto a board that runs MicroPython, over USB, by mpremote."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import anklet
from anklet.errors import SensorError

LEAST_VERSION = (1, 25)
BOARD_FILE = "board.json"
SILENCE_S = 30.0
"""mpremote waits 10 s for the prompt; the largest file takes 3 s over a slow USB chip."""
_OLD = "anklet needs MicroPython"
_PREPARE = f"""
import os, sys
if tuple(sys.implementation.version[:2]) < {LEAST_VERSION}:
    raise RuntimeError('{_OLD}')
for folder in {{folders}}:
    try:
        os.mkdir(folder)
    except OSError:
        pass
"""
STOCK_IMAGE = """\
Put stock MicroPython on the board once, then repeat anklet setup:
  1. Take the newest image, 1.25 or later, from micropython.org/download: for the XIAO
     "SEEED_XIAO_ESP32S3" (or "ESP32_GENERIC_S3" with octal SPIRAM), for the M5StickC Plus2
     "ESP32_GENERIC" with SPIRAM.
  2. XIAO: hold BOOT while plugging in.
  3. pip install esptool
     esptool --chip {chip} --port {port} erase-flash
     esptool --chip {chip} --port {port} write-flash {at} IMAGE.bin"""
_CHIPS = {"m5stickc_plus2": ("esp32", "0x1000")}


@dataclass(frozen=True)
class Firmware:
    """The firmware that comes with this program.

    Parameters
    ----------
    folder : Path
    version : str
    files : tuple of (path on the sensor, path in the folder)
    """

    folder: Path
    version: str
    files: tuple[tuple[str, Path], ...]


def own_firmware() -> Firmware:
    """Return the firmware that comes with this program: of the package, or of its source tree.

    Raises
    ------
    SensorError
        When the installation lacks it.
    """
    package = Path(anklet.__file__).parent
    for folder in (package / "firmware", package.parents[1] / "firmware"):
        try:
            told: dict[str, Any] = json.loads((folder / "package.json").read_bytes())
        except FileNotFoundError:
            continue
        files = cast("list[tuple[str, str]]", told["urls"])
        listed = tuple((to, folder / source) for to, source in files)
        return Firmware(folder, str(told["version"]), listed)
    raise SensorError(
        "This installation of anklet lacks the sensor's firmware; install anklet again.", "firmware"
    )


def boards(firmware: Firmware) -> list[str]:
    """Return the names of the boards that the firmware knows."""
    others = {"__init__", "loading"}
    names = (Path(to) for to, _ in firmware.files if to.startswith("boards/"))
    return sorted(p.stem for p in names if p.stem not in others)


def how_to_get_micropython(port: str, board: str | None) -> str:
    """Return what to do with a board that has no MicroPython, in steps."""
    chip, at = _CHIPS.get(board or "", ("esp32s3", "0"))
    return STOCK_IMAGE.format(chip=chip, at=at, port=port)


def install(
    port: str,
    firmware: Firmware,
    *,
    board: dict[str, Any] | None = None,
    scratch: Path,
    on_file: Callable[[str], None] | None = None,
) -> int:
    """Copy those files that differ onto a board, and start it anew.

    Parameters
    ----------
    port : str
    firmware : Firmware
    board : dict, optional
        What ``/board.json`` shall say; left as it is when not given.
    scratch : Path
        A folder for a temporary file.
    on_file : callable, optional
        Told of each file's path on the sensor as it is looked at.

    Returns
    -------
    int
        Number of files that were copied.

    Raises
    ------
    SensorError
        "no_micropython" when the board does not answer as MicroPython does, "old_micropython",
        "port", or "install".
    """
    files = list(firmware.files)
    if board is not None:
        path = scratch / BOARD_FILE
        path.write_text(json.dumps(board))
        files.append((BOARD_FILE, path))
    folders = sorted({str(p) for to, _ in files for p in _parents(to)})
    arguments = ["connect", port, "exec", _PREPARE.replace("{folders}", repr(folders))]
    for to, source in files:
        arguments += ["+", "cp", str(source), f":{to}"]
    said: list[str] = []
    same: set[str] = set()
    for line in _mpremote([*arguments, "+", "reset"], said):
        if line.startswith("Up to date:"):
            same.add(line.split(":", 1)[1].strip())
        elif line.startswith("cp ") and on_file:
            on_file(line.rsplit(":", 1)[-1].strip())
    return len(files) - len(same)


def _parents(path: str) -> Iterator[str]:
    parts = path.split("/")[:-1]
    for k in range(len(parts)):
        yield "/".join(parts[: k + 1])


class _Watchdog:
    """Ends a program that says nothing for `SILENCE_S`."""

    def __init__(self, running: "subprocess.Popen[str]") -> None:
        self._running = running
        self._timer: threading.Timer | None = None
        self.feed()

    def feed(self) -> None:
        self.end()
        self._timer = threading.Timer(SILENCE_S, self._running.kill)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def _mpremote(arguments: list[str], said: list[str]) -> Iterator[str]:
    """Run mpremote; give its lines as they come; SensorError when it fails."""
    if find_spec("mpremote") is None:
        raise SensorError("The program mpremote is missing; install anklet again.", "install")
    command = [sys.executable, "-u", "-m", "mpremote", *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as running:
        watchdog = _Watchdog(running)
        try:
            for line in running.stdout or ():
                watchdog.feed()
                said.append(line.strip())
                yield said[-1]
        finally:
            watchdog.end()
    if running.returncode:
        raise _failure(arguments[1], said)


def _failure(port: str, said: list[str]) -> SensorError:
    text = "\n".join(said)
    if "could not enter raw repl" in text or not text:
        return SensorError(
            f"The board on {port} does not answer as MicroPython does; put the stock image on it "
            "first.",
            "no_micropython",
        )
    if _OLD in text:
        needed = ".".join(map(str, LEAST_VERSION))
        return SensorError(
            f"The board on {port} runs a MicroPython older than {needed}; put the newest stock "
            "image on it.",
            "old_micropython",
        )
    if "failed to access" in text or "no device found" in text:
        return SensorError(
            f"The port {port} cannot be opened; plug the sensor in, close other programs that use "
            "the port, and see that you may use serial ports.",
            "port",
        )
    why = next((line for line in reversed(said) if line), "it does not say why")
    why = why.removeprefix("mpremote: ").rstrip(".")
    return SensorError(
        f"The firmware could not be copied onto the board on {port} ({why}); unplug it, plug it "
        "in and repeat the command.",
        "install",
    )
