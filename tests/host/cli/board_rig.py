"""A board on a pseudo terminal: MicroPython's raw REPL, and after a reset the sensor's firmware."""

import builtins
import contextlib
import errno
import hashlib
import io
import json
import os
import stat
import threading
import time
import traceback
import types
from pathlib import Path

from anklet.sensor.lines import LineBuffer
from anklet.sensor.virtual_control import VirtualControl

RAW = b"raw REPL; CTRL-B to exit\r\n>"


class Board:
    """Answers as a board does; its files are in a folder.

    Parameters
    ----------
    folder : Path
    device : VirtualSensor or None
        What main.py makes of it, once it is installed.
    has_micropython : bool
    version : tuple
    """

    def __init__(self, folder, device=None, *, has_micropython=True, version=(1, 25, 0)):
        self.folder, self.device = Path(folder), device
        self.has_micropython, self.version = has_micropython, version
        self.master, self._slave = os.openpty()
        self.port = os.ttyname(self._slave)
        self.resets = 0
        self.running = (self.folder / "main.py").exists()
        self._raw, self._code = False, bytearray()
        self._lines = LineBuffer()
        self._session = None
        self._over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        self._over = True
        self._thread.join()
        os.close(self.master)
        os.close(self._slave)

    def _run(self):
        os.set_blocking(self.master, False)
        while not self._over:
            try:
                data = os.read(self.master, 4096)
            except BlockingIOError:
                data = b""
            if data and self.running and b"\x03" not in data:
                self._control(data)
            elif data and self.has_micropython:
                self.running = False
                for byte in data:
                    self._byte(bytes([byte]))
            if self.running and self.device:
                self._stream()
            time.sleep(0.001)

    def _control(self, data):
        if self._session is None:
            self._obeying = VirtualControl(self.device)
            self._session = self._obeying.session(trusted=True)
        for line in self._lines.feed(data):
            if line.startswith(b"#C "):
                reply = self._obeying.handle(self._session, line[3:], time.perf_counter())
                self._say(b"#C " + reply + b"\r\n" if reply else b"")

    def _stream(self):
        import base64

        self.device.step(time.perf_counter())
        while (packet := self.device.memory.next_packet()) is not None:
            self._say(b"#P " + base64.b64encode(packet) + b"\r\n")

    def _byte(self, byte):
        if byte == b"\x03":
            self._say(b"\r\n>>> ")
        elif byte == b"\x01":
            self._raw, self._code = True, bytearray()
            self._say(RAW)
        elif byte == b"\x02":
            self._raw = False
            self._say(b"\r\n>>> ")
        elif byte == b"\x04" and self._raw:
            code, self._code = bytes(self._code), bytearray()
            if code.startswith(b"\x05A"):
                return
            if code.strip():
                self._execute(code)
            else:
                self._say(b"OK\r\nMPY: soft reboot\r\n" + RAW)
        elif self._raw:
            self._code += byte
            if self._code.endswith(b"\x05A\x01"):
                self._code.clear()
                self._say(b"R\x00")  # no raw paste

    def _execute(self, code):
        said, error = io.StringIO(), ""
        try:
            with contextlib.redirect_stdout(said):
                exec(compile(code, "<board>", "exec"), self._world())  # what mpremote sends
        except OSError as wrong:
            name = errno.errorcode[wrong.errno]
            error = f"Traceback:\r\nOSError: [Errno {wrong.errno}] {name}\r\n"
        except BaseException:  # noqa: BLE001  as the REPL does
            error = traceback.format_exc()
        out = said.getvalue().replace("\n", "\r\n").encode()
        self._say(b"OK" + out + b"\x04" + error.encode() + b"\x04>")

    def _world(self):
        if not hasattr(self, "_globals"):
            real = builtins.__import__
            fake = {"os": self._os(), "machine": types.SimpleNamespace(reset=self._reset)}
            fake["sys"] = types.SimpleNamespace(
                implementation=types.SimpleNamespace(name="micropython", version=self.version)
            )
            fake["time"] = types.SimpleNamespace(sleep_ms=lambda ms: time.sleep(ms / 1000))

            def import_(name, *rest):
                return fake[name] if name in fake else real(name, *rest)

            held = dict(vars(builtins)) | {
                "open": lambda path, mode="r": self._at(path).open(mode),
                "__import__": import_,
            }
            self._globals = {"__builtins__": held, "hashlib": hashlib}
        return self._globals

    def _at(self, path):
        return self.folder / str(path).lstrip("/")

    def _os(self):
        def ilistdir(path=""):
            for entry in self._at(path).iterdir():
                yield entry.name, 0x4000 if entry.is_dir() else 0x8000, 0

        def status(path):
            mode = self._at(path).stat()
            kind = 0x4000 if stat.S_ISDIR(mode.st_mode) else 0x8000
            return (kind, 0, 0, 0, 0, 0, mode.st_size, 0, 0, 0)

        return types.SimpleNamespace(
            ilistdir=ilistdir,
            stat=status,
            mkdir=lambda path: self._at(path).mkdir(),
            remove=lambda path: self._at(path).unlink(),
        )

    def _reset(self):
        self.resets += 1
        self.running = (self.folder / "main.py").exists() and self.device is not None
        self._raw = False
        self._session = None

    def _say(self, data):
        while data and not self._over:
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self.master, data) :]


def small_firmware(folder, version="virtual"):
    """A folder as the firmware's, of three short files."""
    (folder / "anklet_sensor").mkdir(parents=True)
    (folder / "boards").mkdir()
    files = ["anklet_sensor/__init__.py", "boards/m5stickc_plus2.py", "main.py"]
    for name in files:
        (folder / name).write_text(f"# {name}\n")
    listing = {"urls": [[name, name] for name in files], "deps": [], "version": version}
    (folder / "package.json").write_text(json.dumps(listing))
    return folder
