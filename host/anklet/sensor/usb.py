"""The link over a USB serial port, by pyserial: text lines among whatever else is on the console.

Packets come as ``#P base64``, control goes and comes as ``#C json``; any other line is ignored.
"""

import asyncio
import binascii
import os
import threading
from typing import TYPE_CHECKING

from anklet.errors import SensorError
from anklet.sensor.lines import LineBuffer
from anklet.sensor.link import Found, Kind, OnBytes, OnLost
from anklet.sensor.timing import Timing

if TYPE_CHECKING:
    from serial import Serial

BAUD = 115_200
READ_S = 0.1
"""How long the reader waits for the first byte before it looks whether it shall end."""
WRITE_S = 2.0
"""A sensor reads at least every few ms: a port that takes nothing for so long is stuck."""
PACKET, CONTROL = b"#P ", b"#C "
_END_S = 2.0


def find() -> list[Found]:
    """Return this computer's USB serial ports; what is behind each only a hello tells."""
    from serial.tools.list_ports import comports

    ports = [port for port in comports() if port.vid is not None]
    return [
        Found("usb", port.device, port.product or port.description or port.device)
        for port in sorted(ports, key=lambda p: p.device)
    ]


def read_packet(line: bytes) -> bytes | None:
    """Return the packet in a line, None where there is none that is whole."""
    if not line.startswith(PACKET):
        return None
    try:
        return binascii.a2b_base64(line[len(PACKET) :].strip(), strict_mode=True)
    except binascii.Error:
        return None


class UsbLink:
    """A sensor on a cable: whoever plugs it in holds it, so that it needs no owner key.

    Parameters
    ----------
    port : Found or str
        What `find` gave, or a port's name.
    timing : Timing, optional
    """

    kind: Kind = "usb"
    trusted = True

    def __init__(self, port: Found | str, *, timing: Timing | None = None) -> None:
        self.address = port if isinstance(port, str) else port.address
        self.name = f"the sensor on {self.address}"
        self._timing = timing or Timing()
        self._serial: Serial | None = None
        self._reader: threading.Thread | None = None
        self._writing = asyncio.Lock()
        self._on_packet: OnBytes = _nobody
        self._on_line: OnBytes = _nobody
        self._on_lost: OnLost = _nobody

    def listen(self, on_packet: OnBytes, on_line: OnBytes, on_lost: OnLost) -> None:
        """Say who is told of what arrives."""
        self._on_packet, self._on_line, self._on_lost = on_packet, on_line, on_lost

    async def open(self) -> None:
        """Open the port and read from now on.

        Raises
        ------
        SensorError
            "not_found" or "port" (no permission, in use by another program).
        """
        await self.close()
        port = await asyncio.to_thread(self._open_port)
        self._serial = port
        loop = asyncio.get_running_loop()
        self._reader = threading.Thread(
            target=self._read, args=(port, loop), name=f"read {self.address}", daemon=True
        )
        self._reader.start()
        await self._write(b"\n")  # ends a half line that somebody left

    async def close(self) -> None:
        """Close the port."""
        port, self._serial = self._serial, None
        reader, self._reader = self._reader, None
        if reader is not None:
            await asyncio.to_thread(reader.join, _END_S)
        if port is not None:
            await asyncio.to_thread(_close, port)

    async def send_line(self, line: bytes) -> float:
        """Write a control line; return when it was handed over, host s."""
        return await self._write(CONTROL + line + b"\n")

    async def _write(self, data: bytes) -> float:
        async with self._writing:
            port = self._serial
            if port is None:
                raise SensorError(f"{self._start()} is not connected.", "lost")
            sent_s = self._timing.now_s()
            try:
                await asyncio.to_thread(port.write, data)
            except OSError as error:  # pyserial's errors are of this kind
                raise SensorError(
                    f"{self._start()} takes no message ({error}); unplug it and plug it in again.",
                    "lost",
                ) from error
            return sent_s

    def _open_port(self) -> "Serial":
        from serial import Serial, SerialException
        from serial.tools.list_ports import comports

        port = Serial(baudrate=BAUD, timeout=READ_S, write_timeout=WRITE_S)
        port.port = self.address
        if os.name == "nt":
            # Boards with a separate USB chip reset by these lines; only Microsoft's own driver
            # (USB in the microcontroller) needs them raised, as mpremote found out.
            makers = [p.manufacturer for p in comports() if p.device == self.address]
            port.dtr = port.rts = makers[:1] == ["Microsoft"]
        else:
            port.exclusive = True
        try:
            port.open()
        except (SerialException, OSError, ValueError) as error:
            if os.name == "posix" and not os.path.exists(self.address):  # noqa: PTH110
                raise SensorError(
                    f"There is no port {self.address}; plug the sensor in.", "not_found"
                ) from error
            raise SensorError(
                f"The port {self.address} cannot be opened ({error}); close other programs that "
                "use it, and see that you may use serial ports.",
                "port",
            ) from error
        return port

    def _read(self, port: "Serial", loop: asyncio.AbstractEventLoop) -> None:
        lines = LineBuffer()
        try:
            while port is self._serial:
                data = port.read(max(1, port.in_waiting))
                now_s = self._timing.now_s()
                if found := lines.feed(data):
                    loop.call_soon_threadsafe(self._take, port, found, now_s)
        except (OSError, TypeError) as error:  # TypeError: pyserial's, as its port is closed
            self._gone(port, loop, str(error))

    def _gone(self, port: "Serial", loop: asyncio.AbstractEventLoop, why: str) -> None:
        if port is self._serial and not loop.is_closed():
            loop.call_soon_threadsafe(self._lost, port, why)

    def _take(self, port: "Serial", lines: list[bytes], now_s: float) -> None:
        if port is not self._serial:
            return
        for line in lines:
            if line.startswith(CONTROL):
                self._on_line(line[len(CONTROL) :], now_s)
            elif packet := read_packet(line):
                self._on_packet(packet, now_s)

    def _lost(self, port: "Serial", why: str) -> None:
        if port is self._serial:
            self._serial = None
            _close(port)
            self._on_lost(f"{self._start()} was unplugged ({why}).")

    def _start(self) -> str:
        return self.name[:1].upper() + self.name[1:]


def _close(port: "Serial") -> None:
    try:
        port.close()
    except OSError:
        return  # it is gone already


def _nobody(*_arguments: object) -> None:
    """Nobody listens yet."""
