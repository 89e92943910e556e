"""The value types of the store: what goes in and what comes out, free of any database."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from anklet.errors import StoreError, UsageError
from anklet.model import Kind, Placement, Side

CALIBRATION = "calibration"
"""The protocol under which a guided half-minute is kept."""

SIMULATED = "simulated"
"""Part of a comparability key: recorded with simulated sensors, so of nobody."""

EventKind = Literal["marker", "pain", "tag", "overrule"]
Json = dict[str, Any]

MAX_CODE = 32
MAX_SENSOR_ID = 64
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Person:
    """Somebody, by a pseudonymous code; ``involved`` is the injured side."""

    code: str
    involved: Side | None = None
    injured_on: date | None = None
    notes: str = ""


@dataclass(frozen=True)
class Visit:
    """Everything recorded on one occasion for one person; ``at`` is in UTC."""

    id: int
    person_code: str
    at: datetime
    notes: str = ""


@dataclass(frozen=True)
class Assessment:
    """What a set was for; ``key_text`` is the comparability key (see :func:`key_text`).

    ``left_out_why`` is None unless it is kept without counting.
    """

    id: int
    visit_id: int
    kind: Kind
    protocol: str
    key: Json
    key_text: str
    left_out_why: str | None = None


@dataclass(frozen=True)
class KeyCount:
    """A comparability key, and how many of a person's assessments with a result carry it."""

    key_text: str
    kind: Kind
    protocol: str
    key: Json
    results: int


@dataclass(frozen=True)
class Sensor:
    """One device; ``sensor_id`` is the microcontroller's own id, never a Bluetooth address."""

    sensor_id: str
    name: str = ""
    imu: str = ""


@dataclass(frozen=True)
class StoredRecording:
    """One sensor's part of an assessment: a stream of packets, or an imported file.

    Either ``sensor_id`` and ``stream`` are set, or ``sha256`` (of the file's bytes) is.
    ``column_map`` says how another maker's columns were read; None for Anklet's own.
    """

    id: int
    assessment_id: int
    placement: Placement
    name: str
    sensor_id: str | None = None
    stream: int | None = None
    sha256: str | None = None
    column_map: Json | None = None


@dataclass(frozen=True)
class PutReport:
    """What became of the packets of one call; all of it is committed.

    Parameters
    ----------
    stored, duplicates : int
        Packets that are new, and packets that were held already with the same bytes.
    conflicts : tuple of (stream, seq)
        Keys held already with other bytes: set aside, and not to be acknowledged.
    damaged : tuple of str
        One sentence for each of the packets that cannot be read: set aside as well.
    """

    stored: int = 0
    duplicates: int = 0
    conflicts: tuple[tuple[int, int], ...] = ()
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True)
class SetAside:
    """Bytes that could not take their place; ``stream`` and ``seq`` are None if unreadable."""

    stream: int | None
    seq: int | None
    data: bytes
    reason: str


@dataclass(frozen=True)
class ClockEcho:
    """One exchange that ties a stream's clock to the computer's, in us since 1970.

    The computer's times are of a clock that is not set while it records (`anklet.visits.sink`).
    """

    stream: int
    host_sent_us: int
    sensor_us: int
    host_received_us: int


@dataclass(frozen=True)
class Event:
    """Something said about a moment of an assessment.

    Parameters
    ----------
    kind : str
        marker, pain, tag or overrule.
    t_s : float
        Time in s, on the clock of the assessment's recordings; never a rep's number.
    data : dict
        What was said, as plain JSON (a pain score, a tag's text, the rep's new validity).
    side : str or None
        The leg that it is about; None for both.
    """

    kind: EventKind
    t_s: float
    data: Json = field(default_factory=dict[str, Any])
    side: Side | None = None


@dataclass(frozen=True)
class Provenance:
    """What a result was computed from and by; enough to compute it again.

    Parameters
    ----------
    input_digest : str
        Digest of the assessment's recordings when it was computed.
    algorithm : int
        The integer that rises when numbers change.
    software : str
        Version of anklet.
    protocol, norms : str
        Name and version of the protocol and of the literature figures.
    settings, calibration : dict
        The analysis' settings, and the calibration of each placement, as plain JSON.
    """

    input_digest: str
    algorithm: int
    software: str
    protocol: str = ""
    norms: str = ""
    settings: Json = field(default_factory=dict[str, Any])
    calibration: Json = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Result:
    """One analysis of one assessment; ``created_at`` is in UTC."""

    id: int
    assessment_id: int
    analysis: Json
    provenance: Provenance
    created_at: datetime


@dataclass(frozen=True)
class VisitResult:
    """The latest result of one assessment, with its visit: one dot of a trend."""

    visit_id: int
    at: datetime
    assessment: Assessment
    analysis: Json


def key_text(kind: str, protocol: str, key: Mapping[str, Any]) -> str:
    """Canonical text of a comparability key: equal texts may be compared, others not.

    Names are sorted, None counts as absent, 20.0 equals 20, and spaces around words and capitals
    don't matter.

    Examples
    --------
    >>> key_text("active", "split_squat", {"knee": " Bent", "block_deg": 20.0, "footwear": None})
    '{"block_deg":20,"kind":"active","knee":"bent","protocol":"split_squat"}'
    """
    whole = {**key, "kind": kind, "protocol": protocol}
    held = {name: _plain(value) for name, value in whole.items() if value is not None}
    return canonical_json(held)


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: sorted names, no spaces.

    Raises
    ------
    StoreError
        Where the value is not plain JSON, or holds NaN.
    """
    try:
        return json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
    except (TypeError, ValueError) as error:
        raise StoreError(f"The store keeps plain JSON only, without NaN: {error}.") from error


def plain_json(value: Mapping[str, Any]) -> Json:
    """Return a JSON object as it is; StoreError as :func:`canonical_json`."""
    canonical_json(value)
    return dict(value)


def check_person_code(code: str) -> str:
    """Return a person's code as it is.

    Raises
    ------
    UsageError
        Where it holds anything but letters, digits, dots, dashes and underscores, or over 32, or
        begins with none of the first two.
    """
    if not _CODE.fullmatch(code) or len(code) > MAX_CODE:
        raise UsageError(
            f"The person code {code!r} cannot be used; take 1 to {MAX_CODE} letters, digits, dots, "
            "dashes or underscores, a letter or digit first, and no names."
        )
    return code


def check_sensor_id(sensor_id: str) -> str:
    """Return a sensor's id as it is; StoreError where it isn't plain letters and digits."""
    if not _NAME.fullmatch(sensor_id) or len(sensor_id) > MAX_SENSOR_ID:
        raise StoreError(
            f"The sensor id {sensor_id!r} cannot be used; it needs 1 to {MAX_SENSOR_ID} letters, "
            "digits, dots, dashes or underscores."
        )
    return sensor_id


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip().casefold()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
