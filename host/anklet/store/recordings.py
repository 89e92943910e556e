"""Recordings, calibrations and events: what belongs to an assessment beside its results."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, cast

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from anklet.errors import StoreError
from anklet.model import Placement, Segment, Side
from anklet.store.database import Database
from anklet.store.packet_table import locked_sensor, stream_bytes
from anklet.store.people import to_assessment
from anklet.store.schema import (
    AssessmentRow,
    CalibrationRow,
    EventRow,
    FileRow,
    PersonRow,
    RecordingRow,
    SensorRow,
    VisitRow,
    utc_now,
)
from anklet.store.values import (
    Assessment,
    Event,
    EventKind,
    Json,
    StoredRecording,
    canonical_json,
    plain_json,
)


class Recordings(Database):
    """The part of the store about what was recorded."""

    def add_recording_stream(
        self, assessment_id: int, sensor_id: str, stream: int, placement: Placement, name: str
    ) -> int:
        """Say that a stream belongs to an assessment, before or after its packets arrive.

        Returns the recording's id; saying it twice is harmless.
        """
        with self._write() as session:
            self._check_assessment(session, assessment_id)
            row = RecordingRow(
                assessment_id=assessment_id,
                side=placement.side,
                segment=placement.segment,
                name=name,
                sensor_id=locked_sensor(session, sensor_id).id,
                stream=stream,
            )
            same = _same(session, row)
            return same.id if same is not None else _added(session, row)

    def add_recording_file(
        self,
        assessment_id: int,
        placement: Placement,
        name: str,
        data: bytes,
        column_map: Mapping[str, Any] | None = None,
    ) -> int:
        """Keep a file's own bytes as a recording and return its id.

        The same bytes twice for one placement of an assessment are a duplicate, harmless.

        Raises
        ------
        StoreError
            When the same bytes are there already, read by another column map.
        """
        digest = hashlib.sha256(data).hexdigest()
        with self._write() as session:
            self._check_assessment(session, assessment_id)
            row = RecordingRow(
                assessment_id=assessment_id,
                side=placement.side,
                segment=placement.segment,
                name=name,
                sha256=digest,
                column_map=None if column_map is None else plain_json(column_map),
            )
            same = _same(session, row)
            if same is None:
                if session.scalar(select(FileRow.sha256).filter_by(sha256=digest)) is None:
                    session.add(FileRow(sha256=digest, data=data))
                return _added(session, row)
            if same.column_map != row.column_map:
                raise StoreError(
                    f"The file {name} is already in assessment {assessment_id} as {same.name} "
                    f"({placement}), read by another column map; add a new assessment for it."
                )
            return same.id

    def recordings(self, assessment_id: int) -> list[StoredRecording]:
        """Return an assessment's recordings: left before right, shank before foot."""
        with self._read() as session:
            self._check_assessment(session, assessment_id)
            return _recordings(session, assessment_id)

    def assessments_of_stream(self, sensor_id: str, stream: int) -> list[tuple[str, Assessment]]:
        """Return (person code, assessment) of every assessment that a stream belongs to."""
        with self._read() as session:
            rows = session.execute(
                select(PersonRow.code, AssessmentRow)
                .join(VisitRow, VisitRow.person_id == PersonRow.id)
                .join(AssessmentRow, AssessmentRow.visit_id == VisitRow.id)
                .join(RecordingRow, RecordingRow.assessment_id == AssessmentRow.id)
                .join(SensorRow, SensorRow.id == RecordingRow.sensor_id)
                .where(SensorRow.uid == sensor_id, RecordingRow.stream == stream)
                .order_by(AssessmentRow.id)
            )
            return [(code, to_assessment(row)) for code, row in rows]

    def recording_bytes(self, recording_id: int) -> bytes:
        """Return an imported file's bytes; StoreError where the recording is not a file."""
        with self._read() as session:
            data = session.scalar(
                select(FileRow.data)
                .join(RecordingRow, RecordingRow.sha256 == FileRow.sha256)
                .where(RecordingRow.id == recording_id)
            )
        if data is None:
            raise StoreError(
                f"The store {self.where} holds no imported file as recording {recording_id}; "
                "read its packets instead."
            )
        return data

    def input_digest(self, assessment_id: int) -> str:
        """Return the sha256 of all recordings of an assessment: equal digests, equal inputs.

        It covers placements, file bytes and column maps, and packets; not names, not row ids.
        """
        with self._read() as session:
            self._check_assessment(session, assessment_id)
            parts = [_content(session, r) for r in _recordings(session, assessment_id)]
        return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()

    def put_calibration(self, visit_id: int, placement: Placement, data: Mapping[str, Any]) -> None:
        """Keep a calibration of one placement (plain JSON); it counts until a later one."""
        with self._write() as session:
            self._check_visit(session, visit_id)
            session.add(
                CalibrationRow(
                    visit_id=visit_id,
                    side=placement.side,
                    segment=placement.segment,
                    data=plain_json(data),
                    created_at=utc_now(),
                )
            )

    def calibrations(self, visit_id: int) -> list[tuple[Placement, Json]]:
        """Return a visit's calibrations in the order in which they were kept."""
        with self._read() as session:
            self._check_visit(session, visit_id)
            rows = session.scalars(
                select(CalibrationRow)
                .where(CalibrationRow.visit_id == visit_id)
                .order_by(CalibrationRow.id)
            )
            return [(_placement(row), row.data) for row in rows]

    def put_events(self, assessment_id: int, events: Iterable[Event]) -> None:
        """Keep what was said about moments of an assessment; nothing said is ever deleted."""
        with self._write() as session:
            self._check_assessment(session, assessment_id)
            session.add_all(
                EventRow(
                    assessment_id=assessment_id,
                    kind=event.kind,
                    side=event.side,
                    t_s=event.t_s,
                    data=plain_json(event.data),
                    created_at=utc_now(),
                )
                for event in events
            )

    def events(self, assessment_id: int) -> list[Event]:
        """Return an assessment's events by time, then as they were said: the latest counts."""
        return sorted(self.said(assessment_id), key=lambda event: event.t_s)

    def said(self, assessment_id: int, *kinds: EventKind) -> list[Event]:
        """Return an assessment's events in the order they were said, of all kinds or of some."""
        query = select(EventRow).where(EventRow.assessment_id == assessment_id)
        if kinds:
            query = query.where(EventRow.kind.in_(kinds))
        with self._read() as session:
            self._check_assessment(session, assessment_id)
            return [_event(row) for row in session.scalars(query.order_by(EventRow.id))]

    def said_of(
        self, person_code: str, *kinds: EventKind, saying: str | None = None
    ) -> dict[int, list[Event]]:
        """Return all events of some kinds that are of a person, by assessment, as they were said.

        Assessments of which nothing was said are left out; with ``saying``, so are events whose
        data lack it.
        """
        said = true() if saying is None else EventRow.data[saying].as_string().is_not(None)
        with self._read() as session:
            rows = session.execute(
                select(
                    EventRow.assessment_id,
                    EventRow.kind,
                    EventRow.t_s,
                    EventRow.data,
                    EventRow.side,
                )
                .join(AssessmentRow, AssessmentRow.id == EventRow.assessment_id)
                .join(VisitRow, VisitRow.id == AssessmentRow.visit_id)
                .join(PersonRow, PersonRow.id == VisitRow.person_id)
                .where(PersonRow.code == person_code, PersonRow.deleted_at.is_(None))
                .where(EventRow.kind.in_(kinds), said)
                .order_by(EventRow.id)
            )
            found: dict[int, list[Event]] = {}
            for assessment_id, kind, t_s, data, side in rows:
                event = Event(cast("EventKind", kind), t_s, data, cast("Side | None", side))
                found.setdefault(assessment_id, []).append(event)
            return found


def _event(row: EventRow) -> Event:
    return Event(cast("EventKind", row.kind), row.t_s, row.data, cast("Side | None", row.side))


def _same(session: Session, new: RecordingRow) -> RecordingRow | None:
    return session.scalar(
        select(RecordingRow).filter_by(
            assessment_id=new.assessment_id,
            side=new.side,
            segment=new.segment,
            sensor_id=new.sensor_id,
            stream=new.stream,
            sha256=new.sha256,
        )
    )


def _added(session: Session, row: RecordingRow) -> int:
    session.add(row)
    session.flush()
    return row.id


def _recordings(session: Session, assessment_id: int) -> list[StoredRecording]:
    rows = session.execute(
        select(RecordingRow, SensorRow.uid)
        .outerjoin(SensorRow, SensorRow.id == RecordingRow.sensor_id)
        .where(RecordingRow.assessment_id == assessment_id)
        .order_by(RecordingRow.side, RecordingRow.segment.desc(), RecordingRow.id)
    )
    return [
        StoredRecording(
            id=row.id,
            assessment_id=assessment_id,
            placement=_placement(row),
            name=row.name,
            sensor_id=uid,
            stream=row.stream,
            sha256=row.sha256,
            column_map=row.column_map,
        )
        for row, uid in rows
    ]


def _placement(row: RecordingRow | CalibrationRow) -> Placement:
    return Placement(cast("Side", row.side), cast("Segment", row.segment))


def _content(session: Session, recording: StoredRecording) -> str:
    """Return one line that stands for all that a recording holds."""
    if recording.sensor_id is not None and recording.stream is not None:
        digest = hashlib.sha256()
        for data in stream_bytes(session, recording.sensor_id, recording.stream):
            digest.update(len(data).to_bytes(2, "little") + data)
        source = {"sensor": recording.sensor_id, "packets": digest.hexdigest()}
    else:
        source = {"file": recording.sha256, "column_map": recording.column_map}
    return canonical_json({"placement": str(recording.placement), **source})
