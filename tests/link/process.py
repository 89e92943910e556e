"""One sensor's program on MicroPython, its socket, and its share of the simulated time."""

import asyncio
import contextlib
import os
import signal
import socket
import struct
import subprocess
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from link.simtime import SimLoop

HEAD = struct.Struct("<HBQ")
GO, REPLY, EVENT = b"GRE"
SLEEP, CALL, ACK = b"ZCA"
GONE = ConnectionResetError("the sensor's program has ended")

Call = Callable[[bytes], Awaitable[tuple[int, bytes]]]


class Process:
    """A program that runs while simulated time stands, and sleeps while it passes.

    Parameters
    ----------
    name : str
        For messages.
    command : list of str
        The interpreter and the script.
    environment : dict
        Added to the environment; ``LINK_SOCKET`` is set here.
    socket_path : Path
        Must be short.
    output_path : Path
        Gets what the program prints.
    on_call : callable
        Awaited with each call of the program; returns (errno or 0, bytes).
    on_exit : callable
        Called with the exit code, once.
    console : int, optional
        File descriptor of the program's stdin and stdout; stderr goes to the output in any case.

    Attributes
    ----------
    exit_code : int or None
        None while it runs; negative: the signal that ended it.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        environment: dict[str, str],
        socket_path: Path,
        output_path: Path,
        on_call: Call,
        on_exit: Callable[[int], None],
        console: int | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimLoop), "the rig needs the simulated time of link.simtime"
        self.exit_code: int | None = None
        self._loop = loop
        self._name = name
        self._on_call, self._on_exit = on_call, on_exit
        self._received = bytearray()
        self._replies: deque[tuple[asyncio.Future[tuple[int, bytes]], Callable]] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._socket: socket.socket | None = None
        self._release = loop.hold(name)
        self._waking: asyncio.TimerHandle | None = None
        self._listener = socket.socket(socket.AF_UNIX)
        socket_path.unlink(missing_ok=True)
        self._listener.bind(str(socket_path))
        self._listener.listen(1)
        loop.add_reader(self._listener, self._accept)
        with output_path.open("ab") as output:
            self._popen = subprocess.Popen(
                command,
                env={**os.environ, **environment, "LINK_SOCKET": str(socket_path)},
                stdin=subprocess.DEVNULL if console is None else console,
                stdout=output if console is None else console,
                stderr=output,
            )
        self._pidfd = os.pidfd_open(self._popen.pid)
        loop.add_reader(self._pidfd, self._ended)

    async def tell(self, kind: bytes, payload: bytes) -> tuple[int, bytes]:
        """Send an event and return (status, bytes) of the program's handler.

        Raises
        ------
        ConnectionResetError
            When the program has ended or ends meanwhile.
        """
        if self._socket is None:
            raise GONE
        future: asyncio.Future[tuple[int, bytes]] = self._loop.create_future()
        self._replies.append((future, self._loop.hold(self._name)))
        self._send(EVENT, kind + payload)
        return await future

    def post(self, kind: bytes, payload: bytes) -> None:
        """Send an event whose outcome does not matter."""
        if self._socket is not None:
            self._spawn(self._posted(kind, payload))

    def kill(self) -> None:
        """Cut its power: SIGKILL; returns when it is dead."""
        if self.exit_code is None:
            self._popen.send_signal(signal.SIGKILL)
            self._ended()

    async def _posted(self, kind: bytes, payload: bytes) -> None:
        with contextlib.suppress(ConnectionResetError):  # then nobody is left to be told
            await self.tell(kind, payload)

    def _accept(self) -> None:
        self._loop.remove_reader(self._listener)
        self._socket, _ = self._listener.accept()
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._readable)
        self._send(GO, b"")

    def _send(self, kind: int, payload: bytes) -> None:
        now_us = round(self._loop.time() * 1e6)
        if self._socket is not None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # then it is ending
                self._socket.sendall(HEAD.pack(len(payload), kind, now_us) + payload)

    def _readable(self) -> None:
        assert self._socket is not None
        try:
            data = self._socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            self._loop.remove_reader(self._socket)
            return
        self._received += data
        while len(self._received) >= HEAD.size:
            n, kind, us = HEAD.unpack_from(self._received)
            if len(self._received) < HEAD.size + n:
                return
            payload = bytes(self._received[HEAD.size : HEAD.size + n])
            del self._received[: HEAD.size + n]
            self._frame(kind, us, payload)

    def _frame(self, kind: int, us: int, payload: bytes) -> None:
        if kind == SLEEP:
            self._waking = self._loop.call_at(us * 1e-6, self._wake)
            self._release()
        elif kind == ACK:
            future, release = self._replies.popleft()
            if not future.done():
                future.set_result((struct.unpack_from("<h", payload)[0], payload[2:]))
            self._loop.call_soon(release)  # after those who wait for it have run
        elif kind == CALL:
            self._spawn(self._call(payload))

    async def _call(self, payload: bytes) -> None:
        error, data = await self._on_call(payload)
        self._send(REPLY, struct.pack("<h", error) + data)

    def _wake(self) -> None:
        self._waking = None
        self._release = self._loop.hold(self._name)
        self._send(GO, b"")

    def _spawn(self, work) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _ended(self) -> None:
        if self.exit_code is not None:
            return
        self.exit_code = self._popen.wait()
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        for end in (self._socket, self._listener):
            if end is not None:
                self._loop.remove_reader(end)
                end.close()
        self._socket = None
        if self._waking is not None:
            self._waking.cancel()
        for task in self._tasks:
            task.cancel()
        self._release()
        while self._replies:
            future, release = self._replies.popleft()
            release()
            if not future.done():
                future.set_exception(GONE)
                future.exception()  # it may be that nobody waits any more
        self._on_exit(self.exit_code)
