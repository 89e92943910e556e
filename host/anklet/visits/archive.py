"""Everything that is held of a person, in one zip that outlives the program."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from anklet import __version__
from anklet.errors import AnkletError
from anklet.exchange.csv_out import samples_text
from anklet.exchange.files import atomic_file
from anklet.exchange.tables import table_text
from anklet.store import Assessment, Store, StoredRecording, Visit
from anklet.visits.remarks import remarks_of
from anklet.visits.streams import load_recordings
from anklet.visits.tables import rep_rows, visit_rows

README = """\
Everything that Anklet {version} holds of {code}, written on {today}.

person.json                  code, involved side, date of injury, notes
visits.json                  each visit: notes, calibrations, and its assessments with what was said
                             of them (events), their recordings and where those are in here
results/ASSESSMENT-N.json    each analysis ever made, with what it was made from and by
reps.csv, visits.csv         the latest results as tables: one row a rep, one row a set of a leg;
                             without the assessments that are left out (visits.json says why)
samples/*.csv                each recording in SI units, sensor frame, on the time of its assessment
files/*                      imported files, byte for byte
packets/*.packets            what sensors sent, byte for byte: each packet with its length before it
                             (2 bytes, little-endian); Anklet's docs/protocol.md says what is in it

Angles are in deg: dorsiflexion positive, plantarflexion negative, 0 is quiet standing. Times of
visits carry their time zone; t_s and the like are seconds on the clock of the assessment's
recordings.
{problems}"""


def write_everything(store: Store, person_code: str, path: str | Path) -> None:
    """Write all that a store holds of a person as a zip, whole or not at all.

    Recordings that cannot be read as samples are in it byte for byte; README.txt then says why.

    Raises
    ------
    StoreError
        When the store doesn't know the person.
    DataError
        When the file cannot be written.
    """
    person = store.person(person_code)
    visits = store.visits(person_code)
    results = store.results(person_code)
    said = remarks_of(store, person_code)
    problems: list[str] = []
    with atomic_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("person.json", _json(asdict(person)))
        archive.writestr("visits.json", _json([_visit(store, visit) for visit in visits]))
        archive.writestr("reps.csv", table_text(list(rep_rows(results))))
        archive.writestr("visits.csv", table_text(list(visit_rows(results, said))))
        for visit in visits:
            for assessment in store.assessments(visit.id):
                for name, data in _of_assessment(store, assessment, problems):
                    archive.writestr(name, data)
        archive.writestr(
            "README.txt",
            README.format(
                version=__version__,
                code=person.code,
                today=date.today(),
                problems="".join(f"\nNot among the samples: {why}\n" for why in problems),
            ),
        )


def _of_assessment(
    store: Store, assessment: Assessment, problems: list[str]
) -> Iterator[tuple[str, bytes | str]]:
    for count, result in enumerate(store.all_results(assessment.id), 1):
        yield f"results/{assessment.id}-{count}.json", _json(asdict(result))
    for recording in store.recordings(assessment.id):
        yield _file_name(recording), _source(store, recording)
    try:
        for recording in load_recordings(store, assessment.id):
            where = recording.placement
            name = f"samples/{assessment.id}-{where.side}-{where.segment}.csv"
            yield name, samples_text(recording.samples)
    except AnkletError as error:
        problems.append(f"assessment {assessment.id}: {error}")


def _source(store: Store, recording: StoredRecording) -> bytes:
    if recording.sensor_id is None or recording.stream is None:
        return store.recording_bytes(recording.id)
    packets = store.packets(recording.sensor_id, recording.stream)
    return b"".join(len(p).to_bytes(2, "little") + p for p in packets)


def _file_name(recording: StoredRecording) -> str:
    """Where a recording's own bytes are; the names that files had may hold anything."""
    where = f"{recording.id}-{recording.placement.side}-{recording.placement.segment}"
    if recording.stream is not None:
        return f"packets/{where}.packets"
    return f"files/{where}{Path(recording.name).suffix[:8]}"


def _visit(store: Store, visit: Visit) -> dict[str, Any]:
    return {
        "id": visit.id,
        "at": visit.at.astimezone(),
        "notes": visit.notes,
        "calibrations": [
            {"placement": str(p), "calibration": data} for p, data in store.calibrations(visit.id)
        ],
        "assessments": [_assessment(store, a) for a in store.assessments(visit.id)],
    }


def _assessment(store: Store, assessment: Assessment) -> dict[str, Any]:
    return {
        "id": assessment.id,
        "kind": assessment.kind,
        "protocol": assessment.protocol,
        "key": assessment.key,
        "left_out_why": assessment.left_out_why,
        "events": [asdict(event) for event in store.events(assessment.id)],
        "recordings": [_recording(store, r) for r in store.recordings(assessment.id)],
    }


def _recording(store: Store, recording: StoredRecording) -> dict[str, Any]:
    echoes = (
        [asdict(echo) for echo in store.echoes(recording.sensor_id, recording.stream)]
        if recording.sensor_id is not None and recording.stream is not None
        else []
    )
    return {
        "placement": str(recording.placement),
        "name": recording.name,
        "file": _file_name(recording),
        "sensor": recording.sensor_id,
        "stream": recording.stream,
        "sha256": recording.sha256,
        "column_map": recording.column_map,
        "clock_echoes": echoes,
    }


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=_text) + "\n"


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
