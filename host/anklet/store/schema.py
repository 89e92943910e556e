"""The schema: one set of tables for SQLite and PostgreSQL alike (its history: ``migrations/``)."""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

VERSION_TABLE = "anklet_version"
SCHEMA_VERSION = "0003"
"""The newest migration; they are numbered, so that a higher one is known as newer."""


def utc_now() -> datetime:
    """Return the moment at which a row is made."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: kept in UTC, a time without a zone taken as this computer's local time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Turn to UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Say that it is UTC (SQLite forgets)."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What the tables share."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        date: Date,
        bytes: LargeBinary,
        float: Double,
        str: Text,
        dict[str, Any]: JSON(none_as_null=True),
    }


SIDE_RULE = "side IN ('left', 'right')"
SEGMENT_RULE = "segment IN ('shank', 'foot')"


class PersonRow(Base):
    """Somebody, by a code."""

    __tablename__ = "people"
    __table_args__ = (CheckConstraint("involved IN ('left', 'right')", "involved"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    involved: Mapped[str | None] = mapped_column(String(5))
    injured_on: Mapped[date | None]
    notes: Mapped[str]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class VisitRow(Base):
    """One occasion."""

    __tablename__ = "visits"
    __table_args__ = (Index(None, "person_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]
    notes: Mapped[str]


class AssessmentRow(Base):
    """What a set was for."""

    __tablename__ = "assessments"
    __table_args__ = (CheckConstraint("kind IN ('static', 'passive', 'active')", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    kind: Mapped[str] = mapped_column(String(7))
    protocol: Mapped[str]
    key: Mapped[dict[str, Any]]
    key_text: Mapped[str]
    left_out_why: Mapped[str | None]


class SensorRow(Base):
    """One device."""

    __tablename__ = "sensors"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    imu: Mapped[str]


class FileRow(Base):
    """An imported file's own bytes, once however often it is used."""

    __tablename__ = "files"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[bytes]


class RecordingRow(Base):
    """One sensor's part of an assessment; its source is a stream or a file."""

    __tablename__ = "recordings"
    __table_args__ = (
        CheckConstraint(SIDE_RULE, "side"),
        CheckConstraint(SEGMENT_RULE, "segment"),
        CheckConstraint(
            "(sensor_id IS NULL) = (stream IS NULL) AND (sensor_id IS NULL) <> (sha256 IS NULL)",
            "source",
        ),
        UniqueConstraint("assessment_id", "side", "segment", "sha256"),
        UniqueConstraint("assessment_id", "side", "segment", "sensor_id", "stream"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessments.id"))
    side: Mapped[str] = mapped_column(String(5))
    segment: Mapped[str] = mapped_column(String(5))
    name: Mapped[str]
    sensor_id: Mapped[int | None] = mapped_column(ForeignKey("sensors.id"))
    stream: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64), ForeignKey("files.sha256"))
    column_map: Mapped[dict[str, Any] | None]


class PacketRow(Base):
    """One packet, bit for bit; ``samples`` 0 is a note."""

    __tablename__ = "packets"
    __table_args__: ClassVar = {"sqlite_with_rowid": False}

    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensors.id"), primary_key=True)
    stream: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    samples: Mapped[int]
    received_us: Mapped[int] = mapped_column(BigInteger)
    data: Mapped[bytes]


class SetAsideRow(Base):
    """Bytes that could not take their place: a key held with other bytes, or unreadable."""

    __tablename__ = "packets_set_aside"
    __table_args__ = (UniqueConstraint("sensor_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensors.id"))
    stream: Mapped[int | None] = mapped_column(BigInteger)
    seq: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str]
    received_us: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes]


class EchoRow(Base):
    """One exchange between the clocks of sensor and computer."""

    __tablename__ = "clock_echoes"
    __table_args__ = (Index(None, "sensor_id", "stream", "host_sent_us"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensors.id"))
    stream: Mapped[int] = mapped_column(BigInteger)
    host_sent_us: Mapped[int] = mapped_column(BigInteger)
    sensor_us: Mapped[int] = mapped_column(BigInteger)
    host_received_us: Mapped[int] = mapped_column(BigInteger)


class CalibrationRow(Base):
    """A calibration of one placement, valid for a visit until a later one."""

    __tablename__ = "calibrations"
    __table_args__ = (
        CheckConstraint(SIDE_RULE, "side"),
        CheckConstraint(SEGMENT_RULE, "segment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    side: Mapped[str] = mapped_column(String(5))
    segment: Mapped[str] = mapped_column(String(5))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class EventRow(Base):
    """Something said about a moment of an assessment."""

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("kind IN ('marker', 'pain', 'tag', 'overrule')", "kind"),
        CheckConstraint(SIDE_RULE, "side"),
        Index(None, "assessment_id", "t_s"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessments.id"))
    kind: Mapped[str] = mapped_column(String(8))
    side: Mapped[str | None] = mapped_column(String(5))
    t_s: Mapped[float]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class ResultRow(Base):
    """One analysis with its provenance; the latest counts, none is deleted."""

    __tablename__ = "results"
    __table_args__ = (Index(None, "assessment_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessments.id"))
    analysis: Mapped[dict[str, Any]]
    input_digest: Mapped[str] = mapped_column(String(64))
    algorithm: Mapped[int]
    software: Mapped[str]
    protocol: Mapped[str]
    norms: Mapped[str]
    settings: Mapped[dict[str, Any]]
    calibration: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class SummaryRow(Base):
    """A result in short. A table of its own: beside an analysis each would cost its pages."""

    __tablename__ = "summaries"

    result_id: Mapped[int] = mapped_column(ForeignKey("results.id"), primary_key=True)
    primary_measure: Mapped[str | None] = mapped_column(String(11))
    left_minus_right_deg: Mapped[float | None]
    data: Mapped[dict[str, Any]]
