"""A virtual sensor: what the firmware says and does (docs/protocol.md), with motion made up."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, cast

from anklet.errors import SensorError
from anklet.packets import Packet, decode, encode
from anklet.sensor.keys import is_key, proof
from anklet.sensor.link import PROTOCOL
from anklet.sensor.memory import Memory
from anklet.sensor.motion import Source

VERSION = "virtual"
RING_PACKETS, FLASH_PACKETS = 600, 30_000
_RANGES, _GAPS, _PAGE = 64, 24, 8
_FREE = frozenset({"hello", "auth", "own"})

Body = dict[str, Any]


@dataclass
class Session:
    """What one connection has proved."""

    authorized: bool
    nonce: str
    host_nonce: str = ""
    failures: int = 0


@dataclass
class VirtualSensor:
    """A sensor that exists in this program only.

    Parameters
    ----------
    sensor_id : str
    source : Source
    side, segment, name : str or None
    owner : str or None
        Its owner key in hex.
    ppm : float
        By how much its clock runs fast.
    ring_packets, flash_packets : int
        Its memory.
    rng : random.Random
        Streams, boots and nonces follow from it.
    on_reboot : callable or None
        Told when it starts anew (its link is gone then).
    """

    sensor_id: str
    source: Source
    side: str | None = None
    segment: str | None = None
    name: str = ""
    owner: str | None = None
    ppm: float = 0.0
    ring_packets: int = RING_PACKETS
    flash_packets: int = FLASH_PACKETS
    rng: random.Random = field(default_factory=random.Random)
    on_reboot: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        self.memory = Memory(self.ring_packets, self.flash_packets)
        self.made: dict[tuple[int, int], bytes] = {}
        self.keep_made = False
        self.mode = "idle"
        self.stream = 0
        self.battery = 87
        self.boot_s: float | None = None
        self.boot_us = self.rng.randrange(10**6, 10**9)
        self._wall_us: int | None = None
        self._seq = 0
        self._begin()

    def clock_us(self, now_s: float) -> int:
        """Return the sensor's clock at a moment of the host's."""
        if self.boot_s is None:
            self.boot_s = now_s
        return self.boot_us + int((now_s - self.boot_s) * (1e6 + self.ppm))

    def step(self, now_s: float) -> None:
        """Make the packets that are complete by now."""
        now_us = self.clock_us(now_s)
        while self.mode != "idle":
            due_us = self.source.due_us(self._k)
            if due_us is None or self._start_us + due_us > now_us:
                return
            start = (self._start_us, self._start_s)
            self._keep(self.source.packet(self._k, self.stream, self._seq, *start))
            self._k += 1

    def reboot(self, now_s: float, graceful: bool = False) -> list[tuple[int, int]]:
        """Start anew; return the keys of what is gone for good, none when it shut down first."""
        self.step(now_s)
        if graceful:
            self.stop(now_s)
            self.memory.flush()
        gone = self.memory.power_cut()
        self.mode = "idle"
        self.stream = self._seq = 0
        self.boot_s, self.boot_us = now_s, 2_000_000
        self._wall_us = None
        self._begin()
        if self.on_reboot is not None:
            self.on_reboot()
        return gone

    def start(self, mode: str, now_s: float) -> bool:
        """Begin a stream, or change the mode of the one that runs; True: it ran already."""
        already = self.mode == mode
        if self.mode != "idle":
            self.mode = mode
            self.memory.untethered = mode == "untethered"
            return already
        self.mode = mode
        self.memory.untethered = mode == "untethered"
        self._k, self._seq = 0, 0
        self._start_s, self._start_us = now_s, self.clock_us(now_s)
        if self.source.stream is not None:
            self.stream = self.source.stream
            return False
        while self.memory.holds(stream := self.rng.randrange(1, 1 << 32)):
            pass
        self.stream = stream
        self._note({"sensor": self.sensor_id, "boot": self.boot, "fw": VERSION})
        self._note({"imu": "virtual", "rate_hz": self.source.rate_hz, "scale": 1})
        self._note({"side": self.side, "segment": self.segment, "name": self.name})
        self._note({"mode": mode})
        if self._wall_us is not None:
            self._note({"unix_us": self._wall_us + self._start_us})
        return False

    def stop(self, now_s: float) -> int:
        """End the stream; return its last seq."""
        self.step(now_s)
        if self.mode != "idle":
            if self.source.stream is None:
                self._note({"end": self._seq})
            self.mode = "idle"
            self.memory.untethered = False
        return self._seq - 1

    def session(self, trusted: bool) -> Session:
        """Return the session of a new connection."""
        return Session(trusted, self._nonce())

    def handle(self, session: Session, line: bytes, now_s: float) -> bytes:
        """Obey a control line; return the reply."""
        arrival_us = self.clock_us(now_s)
        answer: Body = {"t_us": arrival_us}
        try:
            message = json.loads(line)
            if not isinstance(message, dict):
                raise ValueError
            told = cast("Body", message)
            answer["id"] = told.get("id")
            do = str(told.get("do"))
            command = getattr(self, f"_do_{do}", None)
            if command is None:
                raise SensorError(f"there is no command {do}", "unknown")
            if do not in _FREE and not session.authorized:
                raise SensorError("prove the owner key first (hello, then auth)", "auth")
            answer.update(command(session, told, now_s))
            answer["ok"] = do
        except SensorError as error:
            answer |= {"error": error.code, "why": str(error)}
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            answer |= {"error": "json", "why": f"the message is not understood ({error!r:.60})"}
        if answer.get("ok") == "echo":
            answer["sent_us"] = self.clock_us(now_s)
        return json.dumps(answer, separators=(",", ":")).encode()

    def _do_hello(self, session: Session, message: Body, _now_s: float) -> Body:
        session.host_nonce = str(message.get("nonce") or "")
        return {
            "protocol": PROTOCOL,
            "fw": VERSION,
            "sensor": self.sensor_id,
            "boot": self.boot,
            "owned": self.owner is not None,
            "nonce": session.nonce,
            **self._place(),
        }

    def _do_auth(self, session: Session, message: Body, _now_s: float) -> Body:
        if self.owner is None:
            raise SensorError("the sensor has no owner key: set one with own", "state")
        right = proof(self.owner, "host", session.nonce)
        session.nonce = self._nonce()
        if not compare_digest(right.encode(), str(message["mac"]).lower().encode()):
            session.failures += 1
            raise SensorError("that is not the proof of this sensor's owner key", "auth")
        session.authorized = True
        return {"mac": proof(self.owner, "sensor", session.host_nonce)}

    def _do_own(self, session: Session, message: Body, _now_s: float) -> Body:
        if not session.authorized:
            raise SensorError("use USB to set its owner", "auth")
        if message["key"] is not None and not is_key(message["key"]):
            raise SensorError("key must be 64 hex digits", "range")
        self.owner = message["key"]
        return {"owned": self.owner is not None}

    def _do_start(self, _session: Session, message: Body, now_s: float) -> Body:
        if message["mode"] not in ("live", "untethered"):
            raise SensorError("mode must be live or untethered", "range")
        if message.get("unix_us") is not None:
            self._wall_us = int(message["unix_us"]) - self.clock_us(now_s)
        self.step(now_s)
        fresh = self.mode == "idle"
        already = self.start(message["mode"], now_s)
        if message["mode"] == "live":
            self.memory.live(self.stream, whole=fresh)
        return {
            "stream": self.stream,
            "rate_hz": self.source.rate_hz,
            "mode": self.mode,
            "next_seq": self._seq,
            "already": already,
        }

    def _do_stop(self, _session: Session, _message: Body, now_s: float) -> Body:
        return {"stream": self.stream, "last_seq": self.stop(now_s)}

    def _do_status(self, _session: Session, _message: Body, now_s: float) -> Body:
        state = {"mode": self.mode, "stream": self.stream, "next_seq": self._seq}
        state |= {"battery": self.battery, "faults": [], "uptime_us": self.clock_us(now_s)}
        return state | {"refused": self.memory.refused}

    def _do_echo(self, _session: Session, message: Body, _now_s: float) -> Body:
        return {"x": message.get("x")}

    def _do_resend(self, _session: Session, message: Body, _now_s: float) -> Body:
        answer = self.memory.resend(message["stream"], message["from"], message["to"])
        if answer is None:
            raise SensorError("too many ranges wait to be sent", "busy")
        queued, missing = answer
        more = len(missing) > _GAPS
        return {"queued": queued, "missing": missing[:_GAPS], "more": more}

    _do_fetch = _do_resend

    def _do_ack(self, _session: Session, message: Body, _now_s: float) -> Body:
        if len(message["ranges"]) > _RANGES:
            raise SensorError(f"ranges must be at most {_RANGES}", "type")
        for first, last in message["ranges"]:
            self.memory.ack(message["stream"], first, last)
        return {}

    def _do_journal(self, _session: Session, message: Body, _now_s: float) -> Body:
        held = self.memory.listing()[message.get("from") or 0 :]
        return {"streams": held[:_PAGE], "more": len(held) > _PAGE}

    def _do_mark(self, _session: Session, message: Body, _now_s: float) -> Body:
        if self.mode == "idle":
            raise SensorError("no stream runs: start one, then mark it", "state")
        self._note({"marker": message["text"]})
        return {}

    def _do_time(self, _session: Session, message: Body, now_s: float) -> Body:
        self._wall_us = int(message["unix_us"]) - self.clock_us(now_s)
        return {}

    def _do_place(self, _session: Session, message: Body, _now_s: float) -> Body:
        self.side = message.get("side", self.side)
        self.segment = message.get("segment", self.segment)
        self.name = message.get("name", self.name)
        return self._place()

    def _place(self) -> Body:
        return {"side": self.side, "segment": self.segment, "name": self.name}

    def _begin(self) -> None:
        self.boot = f"{self.rng.getrandbits(32):08x}"
        self._k = self._start_us = 0
        self._start_s = 0.0

    def _nonce(self) -> str:
        return f"{self.rng.getrandbits(128):032x}"

    def _note(self, note: Body) -> None:
        due_us = self.source.due_us(self._k - 1) if self._k else 0
        time_us = self._start_us + (due_us or 0)
        self._keep(encode(Packet(self.stream, self._seq, time_us, 0, note=note)))

    def _keep(self, data: bytes) -> None:
        if self.source.stream is not None:
            self._seq = decode(data).seq
        if self.keep_made:
            self.made[self.stream, self._seq] = data
        self.memory.put(self.stream, self._seq, data)
        self._seq += 1
