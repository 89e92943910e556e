"""Streams of sensors read back from the store, all of an assessment's on one time axis."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from anklet.errors import DataError
from anklet.exchange.columns import map_from_dict
from anklet.exchange.csv_in import parse_samples
from anklet.exchange.packets_in import ToSeconds, clock_of, read_packets, samples_of, since_boot
from anklet.model import Placement, Recording, Samples
from anklet.packets import Packet
from anklet.sensor.link import segment_of, side_of
from anklet.signals.clock import MIN_ECHOES, Echo, fit_clock
from anklet.store import Store, StoredRecording

APART_S = 60.0
"""Legs whose times are unknown are put this far apart: sets of different legs never meet."""


@dataclass(frozen=True)
class Notes:
    """What a stream's notes say of it.

    Parameters
    ----------
    sensor_id, boot, name : str
        Empty where the notes are missing.
    placement : Placement or None
        Where it was worn at the start; None where nobody had said.
    clock : callable or None
        The wall clock, see `anklet.exchange.packets_in.clock_of`.
    """

    sensor_id: str
    boot: str
    name: str
    placement: Placement | None
    clock: ToSeconds | None


def read_notes(packets: Sequence[Packet]) -> Notes:
    """Gather what a stream's notes say; of each key the first one counts."""
    told: dict[str, Any] = {}
    for packet in packets:
        told = {**(packet.note or {}), **told}
    side, segment = side_of(told.get("side")), segment_of(told.get("segment"))
    return Notes(
        str(told.get("sensor") or ""),
        str(told.get("boot") or ""),
        str(told.get("name") or ""),
        Placement(side, segment) if side and segment else None,
        clock_of(packets),
    )


@dataclass(frozen=True, eq=False)
class _Stream:
    """Samples of one stream; ``timed``: on the wall clock, else since the sensor's boot."""

    recording: StoredRecording
    boot: str
    samples: Samples
    timed: bool


def load_recordings(store: Store, assessment_id: int) -> list[Recording]:
    """Read an assessment's recordings back from their packets or their files' own bytes.

    Times of files are the files'; times of streams count from the first stream's start. A sensor's
    time is mapped by its clock echoes where there are enough, else by the wall clock in its notes.
    Streams of one sensor in one place (it restarted) are one recording with a gap. Where a leg has
    one sensor whose time is unknown, the leg is put after the others.

    Raises
    ------
    DataError
        When sensors of one leg cannot be put on one time axis, or packets cannot be read.
    """
    held = store.recordings(assessment_id)
    files = [r for r in held if r.stream is None]
    streams = [
        _read(store, r, r.sensor_id, r.stream)
        for r in held
        if r.sensor_id is not None and r.stream is not None
    ]
    merged = _on_one_axis(_merged(streams))
    return [Recording(r.placement, _file_samples(store, r), r.name) for r in files] + merged


def axis_start_unix_s(store: Store, assessment_id: int) -> float | None:
    """Return when the time axis of :func:`load_recordings` begins, s since 1970.

    None where nothing says it: of files, and of streams whose time is unknown or that hold no
    sample yet. It moves when a stream comes that began earlier.
    """
    starts_s = [
        float(clock(np.array([first.time_us], np.int64))[0])
        for r in store.recordings(assessment_id)
        if r.sensor_id is not None and r.stream is not None
        for packets in [read_packets(store.packets(r.sensor_id, r.stream), r.name)]
        if (first := next((p for p in packets if len(p.samples)), None))
        and (clock := echo_clock(store, r.sensor_id, r.stream, r.name) or clock_of(packets))
    ]
    return min(starts_s, default=None)


def echo_clock(store: Store, sensor_id: str, stream: int, name: str) -> ToSeconds | None:
    """Return a stream's clock by its stored echoes, s since 1970; None without enough of them."""
    echoes = store.echoes(sensor_id, stream)
    if len(echoes) < MIN_ECHOES:
        return None
    fit = fit_clock(
        [Echo(e.host_sent_us * 1e-6, e.sensor_us, e.host_received_us * 1e-6) for e in echoes], name
    )
    return fit.to_host_s


def _read(store: Store, recording: StoredRecording, sensor_id: str, stream: int) -> _Stream:
    packets = read_packets(store.packets(sensor_id, stream), recording.name)
    clock = echo_clock(store, sensor_id, stream, recording.name) or clock_of(packets)
    samples = samples_of(packets, recording.name, clock or since_boot)
    return _Stream(recording, read_notes(packets).boot, samples, clock is not None)


def _file_samples(store: Store, held: StoredRecording) -> Samples:
    columns = map_from_dict(held.column_map or {}, held.name)
    return parse_samples(store.recording_bytes(held.id), held.name, columns).samples


def _merged(streams: Sequence[_Stream]) -> list[_Stream]:
    """Join the streams of one placement, as of a sensor that restarted."""
    by_place: dict[Placement, list[_Stream]] = {}
    for stream in streams:
        by_place.setdefault(stream.recording.placement, []).append(stream)
    return [_joined(place, parts) for place, parts in by_place.items()]


def _joined(placement: Placement, parts: Sequence[_Stream]) -> _Stream:
    if len(parts) == 1:
        return parts[0]
    if len({p.recording.sensor_id for p in parts}) > 1:
        raise DataError(
            f"Two sensors were both worn as the {placement} in this recording; give each its own "
            "place with anklet setup."
        )
    one_clock = all(p.timed for p in parts) or (
        not any(p.timed for p in parts) and len({p.boot for p in parts}) == 1
    )
    if not one_clock:
        raise DataError(
            f"The {placement} sensor restarted and its time after that is unknown, so its parts "
            "cannot be joined; record again."
        )
    ordered = sorted(parts, key=lambda p: p.samples.t_s[0])
    joined = ordered[0].samples
    for part in ordered[1:]:
        joined = _appended(joined, part.samples)
    return replace(ordered[0], samples=joined)


def _appended(before: Samples, after: Samples) -> Samples:
    """Put samples after others; what two clock fits let overlap belongs to the former."""
    new = after.t_s > before.t_s[-1]

    def both(name: str) -> Any:
        return np.concatenate([getattr(before, name), getattr(after, name)[new]])

    return Samples(both("t_s"), both("acc_m_s2"), both("gyr_rad_s"), both("saturated"))


def _on_one_axis(streams: Sequence[_Stream]) -> list[Recording]:
    timed = [s for s in streams if s.timed]
    start_s = min((float(s.samples.t_s[0]) for s in timed), default=0.0)
    end_s = max((float(s.samples.t_s[-1]) - start_s for s in timed), default=-APART_S)
    recordings: list[Recording] = []
    for stream in streams:
        where, t_s = stream.recording.placement, stream.samples.t_s
        if stream.timed:
            t_s = t_s - start_s
        else:
            _refuse_untimed(where, streams)
            t_s = t_s - t_s[0] + end_s + APART_S
            end_s = float(t_s[-1])
        recordings.append(Recording(where, replace(stream.samples, t_s=t_s), stream.recording.name))
    return recordings


def _refuse_untimed(where: Placement, streams: Sequence[_Stream]) -> None:
    """A sensor without a time cannot be set against another one of the same leg."""
    for other in streams:
        place = other.recording.placement
        if place != where and place.side == where.side:
            raise DataError(
                f"The time of the {where} sensor is unknown, so it cannot be put on one time axis "
                f"with the {place} sensor; record again with a computer in reach, or let anklet "
                "pull set the sensor's clock before."
            )
