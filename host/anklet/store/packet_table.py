"""Sensors and their packets, kept bit for bit under the key (sensor, stream, seq)."""

import hashlib
import time
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, func, insert, select, text
from sqlalchemy.orm import Session

from anklet.errors import PacketError
from anklet.packets import decode
from anklet.store.database import Database
from anklet.store.schema import EchoRow, PacketRow, SensorRow, SetAsideRow
from anklet.store.values import ClockEcho, PutReport, Sensor, SetAside, check_sensor_id

_Key = tuple[int, int]

# Made once: a live recording runs them ten times a second, and making them takes as long.
_SENSOR = select(SensorRow).where(SensorRow.uid == bindparam("uid")).with_for_update()
_SENSOR_NUMBER = select(SensorRow.id).where(SensorRow.uid == bindparam("uid")).with_for_update()
_HELD = select(PacketRow.seq, PacketRow.data).where(
    PacketRow.sensor_id == bindparam("sensor"),
    PacketRow.stream == bindparam("stream"),
    PacketRow.seq.between(bindparam("first"), bindparam("last")),
)
_KEEP = insert(PacketRow)
_KEEP_ECHO = insert(EchoRow)


class PacketTable(Database):
    """The part of the store that sensors write to."""

    def set_sensor(self, sensor_id: str, name: str = "", imu: str = "") -> None:
        """Add a sensor, or say its name and IMU anew."""
        with self._write() as session:
            row = locked_sensor(session, sensor_id)
            row.name, row.imu = name, imu

    def sensors(self) -> list[Sensor]:
        """Return every sensor, by id."""
        with self._read() as session:
            rows = session.scalars(select(SensorRow).order_by(SensorRow.uid))
            return [Sensor(row.uid, row.name, row.imu) for row in rows]

    def put_packets(self, sensor_id: str, packets: Iterable[bytes]) -> PutReport:
        """Keep packets: all of the call, on the disk, before it returns; or none and an error.

        Parameters
        ----------
        sensor_id : str
            The sensor that sent them; it is added where unknown.
        packets : iterable of bytes
            In any order, repeated or not.
        """
        return self.put_all_packets({sensor_id: packets})[sensor_id]

    def put_all_packets(self, packets: Mapping[str, Iterable[bytes]]) -> dict[str, PutReport]:
        """Keep packets of several sensors, all in one transaction.

        Parameters
        ----------
        packets : mapping of str to iterable of bytes
            By sensor, see `put_packets`.
        """
        received_us = time.time_ns() // 1000
        arrived = {sensor_id: _Arrived(packets[sensor_id]) for sensor_id in sorted(packets)}
        with self._write() as session:
            return {
                sensor_id: _put(session, _locked_number(session, sensor_id), batch, received_us)
                for sensor_id, batch in arrived.items()  # sorted: no two writers wait in a circle
            }

    def streams(self, sensor_id: str) -> list[int]:
        """Return the streams of which packets are held, in the order they first arrived."""
        with self._read() as session:
            return list(
                session.scalars(
                    select(PacketRow.stream)
                    .join(SensorRow, SensorRow.id == PacketRow.sensor_id)
                    .where(SensorRow.uid == sensor_id)
                    .group_by(PacketRow.stream)
                    .order_by(func.min(PacketRow.received_us), PacketRow.stream)
                )
            )

    def packets(self, sensor_id: str, stream: int) -> list[bytes]:
        """Return a stream's packets as they were sent, by seq."""
        with self._read() as session:
            return stream_bytes(session, sensor_id, stream)

    def missing(self, sensor_id: str, stream: int, last: int | None = None) -> list[_Key]:
        """Return the holes of a stream as (first, last) seq, both missing.

        Parameters
        ----------
        sensor_id, stream : str, int
            Key of the stream.
        last : int, optional
            The stream's last seq where the sensor told it; else the highest held.
        """
        before = func.coalesce(func.lag(PacketRow.seq).over(order_by=PacketRow.seq), -1)
        steps = (
            select(PacketRow.seq, before.label("before"))
            .join(SensorRow, SensorRow.id == PacketRow.sensor_id)
            .where(SensorRow.uid == sensor_id, PacketRow.stream == stream)
            .subquery()
        )
        with self._read() as session:
            gaps = session.execute(
                select(steps.c.before + 1, steps.c.seq - 1)
                .where(steps.c.seq > steps.c.before + 1)
                .order_by(steps.c.seq)
            )
            holes = [(first, end) for first, end in gaps]
            highest = session.scalar(select(func.max(steps.c.seq)))
        after = 0 if highest is None else highest + 1
        return holes if last is None or last < after else [*holes, (after, last)]

    def set_aside(self, sensor_id: str) -> list[SetAside]:
        """Return what of a sensor could not take its place, in the order of arrival."""
        with self._read() as session:
            rows = session.scalars(
                select(SetAsideRow)
                .join(SensorRow, SensorRow.id == SetAsideRow.sensor_id)
                .where(SensorRow.uid == sensor_id)
                .order_by(SetAsideRow.id)
            )
            return [SetAside(row.stream, row.seq, row.data, row.reason) for row in rows]

    def put_echoes(self, sensor_id: str, echoes: Iterable[ClockEcho]) -> None:
        """Keep exchanges between the clocks of a sensor and this computer."""
        self.put_all_echoes({sensor_id: echoes})

    def put_all_echoes(self, echoes: Mapping[str, Iterable[ClockEcho]]) -> None:
        """Keep exchanges of several sensors, all in one transaction."""
        with self._write() as session:
            rows: list[dict[str, Any]] = []
            for sensor_id in sorted(echoes):
                number = {"sensor_id": _locked_number(session, sensor_id)}
                rows += [vars(echo) | number for echo in echoes[sensor_id]]
            if rows:
                session.connection().execute(_KEEP_ECHO, rows)

    def echoes(self, sensor_id: str, stream: int) -> list[ClockEcho]:
        """Return a stream's clock exchanges, in the order they were sent."""
        with self._read() as session:
            rows = session.scalars(
                select(EchoRow)
                .join(SensorRow, SensorRow.id == EchoRow.sensor_id)
                .where(SensorRow.uid == sensor_id, EchoRow.stream == stream)
                .order_by(EchoRow.host_sent_us)
            )
            return [
                ClockEcho(stream, row.host_sent_us, row.sensor_us, row.host_received_us)
                for row in rows
            ]


def locked_sensor(session: Session, sensor_id: str) -> SensorRow:
    """Return a sensor's row, added where unknown, locked so that its writers take turns."""
    check_sensor_id(sensor_id)
    row = session.scalar(_SENSOR, {"uid": sensor_id})
    if row is None:
        session.execute(
            text(
                "INSERT INTO sensors (uid, name, imu) VALUES (:uid, '', '') "
                "ON CONFLICT (uid) DO NOTHING"
            ),
            {"uid": sensor_id},
        )
        row = session.scalars(_SENSOR, {"uid": sensor_id}).one()
    return row


def stream_bytes(session: Session, sensor_id: str, stream: int) -> list[bytes]:
    """Return a stream's packets by seq."""
    return list(
        session.scalars(
            select(PacketRow.data)
            .join(SensorRow, SensorRow.id == PacketRow.sensor_id)
            .where(SensorRow.uid == sensor_id, PacketRow.stream == stream)
            .order_by(PacketRow.seq)
        )
    )


def _locked_number(session: Session, sensor_id: str) -> int:
    """Return a sensor's number, as `locked_sensor` does its row, which takes longer."""
    number = session.connection().scalar(_SENSOR_NUMBER, {"uid": sensor_id})
    return locked_sensor(session, sensor_id).id if number is None else number


class _Arrived:
    """Packets of one sensor, before it is known which are held already."""

    def __init__(self, packets: Iterable[bytes]) -> None:
        self.fresh: dict[_Key, dict[str, Any]] = {}
        self.repeats: list[dict[str, Any]] = []
        self.damaged: list[dict[str, Any]] = []
        for data in packets:
            try:
                packet = decode(data)
            except PacketError as error:
                self.damaged.append({"reason": str(error), "data": data})
                continue
            row = {
                "stream": packet.stream,
                "seq": packet.seq,
                "samples": len(packet.samples),
                "data": data,
            }
            if self.fresh.setdefault((packet.stream, packet.seq), row) is not row:
                self.repeats.append(row)


def _put(session: Session, sensor: int, arrived: _Arrived, received_us: int) -> PutReport:
    """Keep the packets of a sensor, given its number."""
    fresh = dict(arrived.fresh)
    held = _held(session, sensor, fresh)
    repeats = arrived.repeats + [fresh.pop(key) for key in held]
    first = held | {key: row["data"] for key, row in fresh.items()}
    others = [r for r in repeats if r["data"] != first[r["stream"], r["seq"]]]
    aside = arrived.damaged + [
        {"stream": row["stream"], "seq": row["seq"], "data": row["data"]}
        | {"reason": "Its key is held already with other bytes."}
        for row in others
    ]
    common = {"sensor_id": sensor, "received_us": received_us}
    if fresh:
        session.connection().execute(_KEEP, [row | common for row in fresh.values()])
    if aside:
        _set_aside(session, sensor, [row | common for row in aside])
    return PutReport(
        stored=len(fresh),
        duplicates=len(repeats) - len(others),
        conflicts=tuple(dict.fromkeys((row["stream"], row["seq"]) for row in others)),
        damaged=tuple(row["reason"] for row in arrived.damaged),
    )


def _held(session: Session, sensor: int, keys: Iterable[_Key]) -> dict[_Key, bytes]:
    """Return those keys that are in the table, with their bytes."""
    wanted: dict[int, set[int]] = {}
    for stream, seq in keys:
        wanted.setdefault(stream, set()).add(seq)
    held: dict[_Key, bytes] = {}
    for stream, seqs in wanted.items():
        span = {"first": min(seqs), "last": max(seqs)}
        given = {"sensor": sensor, "stream": stream} | span
        rows = session.connection().execute(_HELD, given)
        held |= {(stream, seq): data for seq, data in rows if seq in seqs}
    return held


def _set_aside(session: Session, sensor: int, rows: list[dict[str, Any]]) -> None:
    """Keep bytes that have no place, each once however often it arrives."""
    by_digest = {hashlib.sha256(row["data"]).hexdigest(): row for row in rows}
    known = session.scalars(
        select(SetAsideRow.sha256).where(
            SetAsideRow.sensor_id == sensor, SetAsideRow.sha256.in_(by_digest)
        )
    )
    for digest in set(by_digest) - set(known):
        session.add(SetAsideRow(**by_digest[digest], sha256=digest))
