"""Messages of the desktop: checked, obeyed, answered (docs/protocol.md, "Control")."""

import gc
import json

from micropython import const

from anklet_sensor import messages
from anklet_sensor.auth import mac
from anklet_sensor.errors import Fault
from anklet_sensor.link import STAMP
from anklet_sensor.packets import MAX_BYTES

PROTOCOL = const(1)
_SEQ_MOST = const(0xFFFFFFFF)
_PLACE_MOST = const(0xFFFFFF)  # in a listing or the log
_PAGE_CHARS = const(800)
_LOG_CHARS = const(400)  # each may take two in JSON
_GAPS = const(24)
_RANGES = const(64)

_FREE = ("hello", "auth", "own", "version")
_PLACE = ("side", "segment", "name")
_CALIBRATION = ("acc_offset_m_s2", "acc_matrix", "gyr_bias_rad_s")


class Control:
    """Obeys what links bring; a message that is wrong in any way changes nothing.

    Parameters
    ----------
    device : app.App
    """

    def __init__(self, device) -> None:
        self._device = device
        self._commands = {
            "hello": self._hello,
            "auth": self._auth,
            "own": self._own,
            "version": self._version,
            "start": self._start,
            "stop": self._stop,
            "status": self._status,
            "echo": self._echo,
            "resend": self._resend,
            "fetch": self._resend,
            "ack": self._ack,
            "journal": self._journal,
            "get": self._get,
            "set": self._set,
            "place": self._place,
            "calibrate": self._calibrate,
            "identify": self._identify,
            "mark": self._mark,
            "time": self._time,
            "log": self._log,
            "selftest": self._selftest,
            "reboot": self._reboot,
        }

    def handle(self, link, line, arrival_us: int) -> None:
        """Obey one line (None: it was too long) and reply to it."""
        answer: dict = {"t_us": arrival_us}
        quiet = False
        try:
            message = messages.parse(line)
            if messages.is_id(message.get("id")):
                answer["id"] = message["id"]
            name = messages.text(message, "do", 1, 32)
            command = self._commands.get(name)
            if command is None:
                raise Fault("unknown", "there is no command %s" % name)
            if name not in _FREE and not link.session.authorized:
                raise Fault("auth", "prove the owner key first (hello, then auth), or use USB")
            if "took_ms" in message:
                link.took(1000 * messages.whole(message, "took_ms", 0, 60_000))
            quiet = message.get("quiet") is True
            answer.update(command(link, message, arrival_us))
            answer["ok"] = name
        except Fault as fault:
            answer["error"], answer["why"] = fault.code, fault.why
        except MemoryError:
            gc.collect()
            answer["error"], answer["why"] = "memory", "there is no memory for this: send less"
        except OSError as error:
            answer["error"], answer["why"] = "io", "the hardware failed (%r): try again" % error
        if answer.get("error") == "auth":
            answer["nonce"] = link.session.nonce
        if not quiet or "error" in answer:
            _send(link, answer)
        if link.session.exhausted:
            link.drop("auth")

    def step(self) -> None:
        """Tell when a resend is through."""
        sent = self._device.delivery.next_sent()
        link = self._device.data_link
        if sent and link:
            _send(link, {"event": "sent", "stream": sent[0], "from": sent[1], "to": sent[2]})

    # who is there

    def _hello(self, link, message: dict, _arrival_us: int) -> dict:
        nonce = message.get("nonce")
        if nonce is not None:
            link.session.host_nonce = messages.text(message, "nonce", 16, 64)
        device = self._device
        values = device.settings.values
        answer = self._version(link, message, 0)
        answer.update({key: values[key] for key in _PLACE})
        answer["sensor"] = device.sensor_id
        answer["boot"] = device.boot
        answer["owned"] = bool(values["owner"])
        answer["nonce"] = link.session.nonce
        return answer

    def _version(self, _link, _message: dict, _arrival_us: int) -> dict:
        return {"fw": self._device.version, "protocol": PROTOCOL}

    def _auth(self, link, message: dict, _arrival_us: int) -> dict:
        session = link.session
        owner = self._device.settings.values["owner"]
        proof = messages.hex_key(message, "mac")
        if not owner:
            raise Fault("state", "the sensor has no owner key: set one with own")
        if not session.prove(owner, proof):
            raise Fault("auth", "that is not the proof of this sensor's owner key")
        return {"mac": mac(owner, "sensor", session.host_nonce) if session.host_nonce else None}

    def _own(self, link, message: dict, _arrival_us: int) -> dict:
        if "key" not in message:
            raise Fault("missing", "key is missing: 64 hex digits, or null to forget the owner")
        key = None if message["key"] is None else messages.hex_key(message, "key").lower()
        if not (link.session.authorized or self._device.button.held):
            raise Fault("auth", "hold the sensor's button for 3 s, or use USB, to set its owner")
        self._device.settings.change({"owner": key})
        for other in self._device.links:
            other.session.revoke()
        link.session.authorized = link.trusted or key is not None
        return {"owned": key is not None}

    # streams

    def _start(self, link, message: dict, arrival_us: int) -> dict:
        mode = messages.text(message, "mode", 1, 10)
        if mode not in ("live", "untethered"):
            raise Fault("range", "mode must be live or untethered")
        unix_us = messages.unix_us(message) if message.get("unix_us") is not None else 0
        if mode == "live":
            _check_room(link)
        answer = self._device.start(mode, link if mode == "live" else None)
        if unix_us:
            self._device.set_time(unix_us, arrival_us)
        return answer

    def _stop(self, _link, _message: dict, _arrival_us: int) -> dict:
        return self._device.stop()

    def _resend(self, link, message: dict, _arrival_us: int) -> dict:
        device = self._device
        stream = messages.whole(message, "stream", 0, _SEQ_MOST)
        first = messages.whole(message, "from", 0, _SEQ_MOST)
        last = messages.whole(message, "to", first, _SEQ_MOST)
        _check_room(link)
        device.claim(link)
        answer = device.delivery.resend(stream, first, last)
        missing = answer["missing"]
        return {
            "queued": answer["queued"],
            "missing": missing[:_GAPS],
            "more": len(missing) > _GAPS,
        }

    def _ack(self, _link, message: dict, _arrival_us: int) -> dict:
        stream = messages.whole(message, "stream", 0, _SEQ_MOST)
        ranges = message.get("ranges")
        if not isinstance(ranges, list) or len(ranges) > _RANGES:
            raise Fault("type", "ranges must be a list of at most %d [first, last]" % _RANGES)
        for item in ranges:
            if not isinstance(item, list) or len(item) != 2:
                raise Fault("type", "each of ranges must be [first, last]")
            messages.checked(
                item[1], "last", messages.checked(item[0], "first", 0, _SEQ_MOST), _SEQ_MOST
            )
        self._device.delivery.ack(stream, ranges)
        return {}

    def _journal(self, _link, message: dict, _arrival_us: int) -> dict:
        listing = self._device.delivery.listing()
        page, chars = [], 0
        for entry in listing[messages.whole(message, "from", 0, _PLACE_MOST, 0) :]:
            chars += len(json.dumps(entry)) + 2
            if chars > _PAGE_CHARS:
                return {"streams": page, "more": True}
            page.append(entry)
        return {"streams": page, "more": False}

    def _mark(self, _link, message: dict, _arrival_us: int) -> dict:
        try:
            self._device.mark(messages.text(message, "text", 1, 100))
        except Fault as fault:
            raise Fault("range" if fault.code == "note" else fault.code, fault.why)
        return {}

    # clocks

    def _echo(self, link, message: dict, arrival_us: int) -> dict:
        if message.get("quiet") is True:
            link.hear(messages.whole(message, "x", 0, 999), arrival_us)
            return {}
        heard, link.echoes = link.echoes, []
        answer = {"x": message.get("x")}
        if heard:
            answer["heard"] = [[x, arrival_us - heard_us] for x, heard_us in heard]
        return answer

    def _time(self, _link, message: dict, arrival_us: int) -> dict:
        self._device.set_time(messages.unix_us(message), arrival_us)
        return {}

    # settings

    def _get(self, _link, _message: dict, _arrival_us: int) -> dict:
        return {"settings": self._device.public_settings()}

    def _set(self, _link, message: dict, _arrival_us: int) -> dict:
        changes = message.get("settings")
        if not isinstance(changes, dict) or not changes:
            raise Fault("type", "settings must be an object that names what to change")
        if "owner" in changes:
            raise Fault("setting", "the owner key is set with own")
        return {"settings": self._device.configure(changes)}

    def _place(self, _link, message: dict, _arrival_us: int) -> dict:
        return self._configure(message, _PLACE)

    def _calibrate(self, _link, message: dict, _arrival_us: int) -> dict:
        return self._configure(message, _CALIBRATION)

    def _configure(self, message: dict, keys: tuple) -> dict:
        changes = {key: message[key] for key in keys if key in message}
        if not changes:
            raise Fault("missing", "at least one of %s is needed" % ", ".join(keys))
        values = self._device.configure(changes)
        return {key: values[key] for key in keys}

    # the sensor itself

    def _status(self, link, _message: dict, _arrival_us: int) -> dict:
        answer = self._device.status()
        answer["link"] = link.name
        return answer

    def _identify(self, _link, message: dict, _arrival_us: int) -> dict:
        self._device.indicator.identify(messages.whole(message, "seconds", 0, 300, 10))
        return {}

    def _log(self, _link, message: dict, _arrival_us: int) -> dict:
        start = messages.whole(message, "from", 0, _PLACE_MOST, 0)
        text = self._device.log.read(start, _LOG_CHARS)
        return {"text": text, "next": start + len(text)}

    def _selftest(self, _link, _message: dict, _arrival_us: int) -> dict:
        return self._device.sampling.self_test()

    def _reboot(self, _link, _message: dict, _arrival_us: int) -> dict:
        self._device.reboot()
        return {}


def _send(link, answer: dict) -> None:
    line = bytearray(json.dumps(answer, separators=(",", ":")).encode())
    stamp_at = -1
    if answer.get("ok") == "echo":
        line[-1:] = b',"sent_us":' + (STAMP % 0).encode() + b"}"
        stamp_at = len(line) - len(STAMP % 0) - 1
    messages.seal(line)
    if len(line) > messages.MAX_LINE:
        why = "the reply would be longer than %d bytes: ask for less" % messages.MAX_LINE
        kept = {key: answer[key] for key in ("id", "t_us") if key in answer}
        kept.update({"error": "size", "why": why})
        line, stamp_at = bytearray(json.dumps(kept).encode()), -1
        messages.seal(line)
    link.reply(line, stamp_at)


def _check_room(link) -> None:
    if link.max_packet < MAX_BYTES:
        why = "packets of %d bytes do not fit this connection's MTU: ask for at least %d"
        raise Fault("mtu", why % (MAX_BYTES, MAX_BYTES + 3))
