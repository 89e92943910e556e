"""What a virtual sensor answers, as the firmware does (docs/protocol.md, "Control")."""

import json
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import cast

from anklet.errors import SensorError
from anklet.sensor.keys import is_key, proof
from anklet.sensor.lines import seal, seal_of
from anklet.sensor.link import PROTOCOL
from anklet.sensor.virtual import VERSION, Body, VirtualSensor

_RANGES, _GAPS, _PAGE, _HEARD = 64, 24, 8, 6
_FREE = frozenset({"hello", "auth", "own"})


@dataclass
class Session:
    """What one connection has proved."""

    authorized: bool
    nonce: str
    host_nonce: str = ""
    failures: int = 0
    heard: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


class VirtualControl:
    """Obeys control lines, for one virtual sensor.

    Parameters
    ----------
    sensor : VirtualSensor
    """

    def __init__(self, sensor: VirtualSensor) -> None:
        self._sensor = sensor

    def session(self, trusted: bool) -> Session:
        """Return the session of a new connection."""
        return Session(trusted, self._sensor.nonce())

    def handle(self, session: Session, line: bytes, now_s: float) -> bytes:
        """Obey a control line; return the reply, empty where none is wanted."""
        arrival_us = self._sensor.clock_us(now_s)
        answer: Body = {"t_us": arrival_us}
        quiet = False
        try:
            if seal_of(line) == "damaged":
                raise SensorError("the message was damaged on its way: send it again", "crc")
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
            quiet = told.get("quiet") is True
            answer.update(command(session, told, now_s))
            answer["ok"] = do
        except SensorError as error:
            answer |= {"error": error.code, "why": str(error)}
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            answer |= {"error": "json", "why": f"the message is not understood ({error!r:.60})"}
        if answer.get("ok") == "echo":
            answer["sent_us"] = self._sensor.clock_us(now_s)
        if quiet and "error" not in answer:
            return b""
        return seal(json.dumps(answer, separators=(",", ":")).encode())

    def _do_hello(self, session: Session, message: Body, _now_s: float) -> Body:
        session.host_nonce = str(message.get("nonce") or "")
        return {
            "protocol": PROTOCOL,
            "fw": VERSION,
            "sensor": self._sensor.sensor_id,
            "boot": self._sensor.boot,
            "owned": self._sensor.owner is not None,
            "nonce": session.nonce,
            **self._place(),
        }

    def _do_auth(self, session: Session, message: Body, _now_s: float) -> Body:
        if self._sensor.owner is None:
            raise SensorError("the sensor has no owner key: set one with own", "state")
        right = proof(self._sensor.owner, "host", session.nonce)
        session.nonce = self._sensor.nonce()
        if not compare_digest(right.encode(), str(message["mac"]).lower().encode()):
            session.failures += 1
            raise SensorError("that is not the proof of this sensor's owner key", "auth")
        session.authorized = True
        return {"mac": proof(self._sensor.owner, "sensor", session.host_nonce)}

    def _do_own(self, session: Session, message: Body, _now_s: float) -> Body:
        if not session.authorized:
            raise SensorError("use USB to set its owner", "auth")
        if message["key"] is not None and not is_key(message["key"]):
            raise SensorError("key must be 64 hex digits", "range")
        self._sensor.owner = message["key"]
        return {"owned": self._sensor.owner is not None}

    def _do_start(self, _session: Session, message: Body, now_s: float) -> Body:
        if message["mode"] not in ("live", "untethered"):
            raise SensorError("mode must be live or untethered", "range")
        if message.get("unix_us") is not None:
            self._sensor.wall_us = int(message["unix_us"]) - self._sensor.clock_us(now_s)
        self._sensor.step(now_s)
        fresh = self._sensor.mode == "idle"
        already = self._sensor.start(message["mode"], now_s)
        if message["mode"] == "live":
            self._sensor.memory.live(self._sensor.stream, whole=fresh)
        return {
            "stream": self._sensor.stream,
            "rate_hz": self._sensor.source.rate_hz,
            "mode": self._sensor.mode,
            "next_seq": self._sensor.next_seq,
            "already": already,
        }

    def _do_stop(self, _session: Session, _message: Body, now_s: float) -> Body:
        return {"stream": self._sensor.stream, "last_seq": self._sensor.stop(now_s)}

    def _do_status(self, _session: Session, _message: Body, now_s: float) -> Body:
        sensor = self._sensor
        return {
            "mode": sensor.mode,
            "stream": sensor.stream,
            "next_seq": sensor.next_seq,
            "battery": sensor.battery,
            "faults": [],
            "uptime_us": sensor.clock_us(now_s),
            "refused": sensor.memory.refused,
        }

    def _do_echo(self, session: Session, message: Body, now_s: float) -> Body:
        arrival_us = self._sensor.clock_us(now_s)
        if message.get("quiet") is True:
            session.heard.append((message["x"], arrival_us))
            return {}
        heard, session.heard = session.heard[-_HEARD:], []
        ago = [[x, arrival_us - heard_us] for x, heard_us in heard]
        return {"x": message.get("x"), "heard": ago}

    def _do_resend(self, _session: Session, message: Body, _now_s: float) -> Body:
        answer = self._sensor.memory.resend(message["stream"], message["from"], message["to"])
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
            self._sensor.memory.ack(message["stream"], first, last)
        return {}

    def _do_journal(self, _session: Session, message: Body, _now_s: float) -> Body:
        held = self._sensor.memory.listing()[message.get("from") or 0 :]
        return {"streams": held[:_PAGE], "more": len(held) > _PAGE}

    def _do_mark(self, _session: Session, message: Body, _now_s: float) -> Body:
        if self._sensor.mode == "idle":
            raise SensorError("no stream runs: start one, then mark it", "state")
        self._sensor.note({"marker": message["text"]})
        return {}

    def _do_time(self, _session: Session, message: Body, now_s: float) -> Body:
        self._sensor.wall_us = int(message["unix_us"]) - self._sensor.clock_us(now_s)
        return {}

    def _do_place(self, _session: Session, message: Body, _now_s: float) -> Body:
        self._sensor.side = message.get("side", self._sensor.side)
        self._sensor.segment = message.get("segment", self._sensor.segment)
        self._sensor.name = message.get("name", self._sensor.name)
        return self._place()

    def _place(self) -> Body:
        sensor = self._sensor
        return {"side": sensor.side, "segment": sensor.segment, "name": sensor.name}
