"""Recordings into a visit, analysed; results with what they were computed from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from anklet import __version__
from anklet.analysis import (
    ALGORITHM,
    Settings,
    analyze,
    calibrate,
    settings_from_dict,
    setup_worn,
)
from anklet.errors import AnkletError, StoreError
from anklet.exchange.analysis_json import analysis_to_dict
from anklet.exchange.columns import ColumnMap, map_to_dict
from anklet.exchange.csv_in import FileSamples
from anklet.measures.norms import NORMS
from anklet.model import SIDES, Analysis, Kind, Placement, Protocol, Recording
from anklet.packets import decode
from anklet.protocols import find_protocol
from anklet.store import Assessment, Person, Provenance, Store, StoredRecording, key_text
from anklet.visits.analysing import analyze_assessment
from anklet.visits.calibrating import CALIBRATION, calibrations_for, keep_calibration
from anklet.visits.overrules import overrules
from anklet.visits.streams import load_recordings


@dataclass(frozen=True)
class NewAssessment:
    """What an assessment was: whose, when, and the comparability key's parts."""

    person_code: str
    at: datetime
    protocol: str
    key: Mapping[str, Any]
    kind: Kind = "active"

    @property
    def key_text(self) -> str:
        """The whole comparability key."""
        return key_text(self.kind, self.protocol, self.key)


def keep_result(
    store: Store, assessment: Assessment, analysis: Analysis, settings: Settings
) -> None:
    """Keep a result with what it was computed from and by."""
    plain = analysis_to_dict(analysis)
    store.put_result(
        assessment.id,
        plain,
        Provenance(
            input_digest=store.input_digest(assessment.id),
            algorithm=ALGORITHM,
            software=__version__,
            protocol=assessment.protocol,
            norms=str(NORMS),
            settings=asdict(settings),
            calibration={side: leg["calibration"] for side, leg in plain["legs"].items()},
        ),
    )


def recompute(store: Store, assessment: Assessment) -> tuple[Analysis, Settings]:
    """Analyse an assessment's recordings again, with the settings of its latest result.

    Where there is none yet, with what the comparability key names.
    """
    latest = store.latest_result(assessment.id)
    if latest:
        how = settings_from_dict(latest.provenance.settings)
    else:
        block_deg = assessment.key.get("block_deg") or None
        how = Settings(block_deg=block_deg, protocol=_protocol_of(store, assessment))
    return analyze_assessment(store, assessment, how), how


def with_entered(store: Store, assessment_id: int, how: Settings) -> Settings:
    """Return settings with what was entered for an assessment's other leg before."""
    latest = store.latest_result(assessment_id)
    if latest is None:
        return how
    before = settings_from_dict(latest.provenance.settings).entered
    both = {s: {**before.get(s, {}), **how.entered.get(s, {})} for s in SIDES}
    return replace(how, entered={side: values for side, values in both.items() if values})


def import_files(
    store: Store,
    person: Person,
    new: NewAssessment,
    files: Mapping[Placement, tuple[str, FileSamples]],
    columns: ColumnMap,
    settings: Settings,
    calibration_files: Mapping[Placement, tuple[str, FileSamples]] | None = None,
) -> Analysis:
    """Analyse the files of a visit with what it holds already, and keep them byte for byte.

    The same files again are a duplicate, harmless. Nothing is kept when they cannot be analysed.

    Parameters
    ----------
    person : Person
        Added where the store doesn't know the code.
    files : mapping of Placement to (name, FileSamples)
    columns : ColumnMap
        How the files' columns were read; kept with them.
    calibration_files : mapping of Placement to (name, FileSamples), optional
        Of the guided half-minute; kept as a recording of the visit.

    Raises
    ------
    StoreError
        When the assessment holds another recording of the same placement.
    """
    recordings = {p: Recording(p, f.samples, name) for p, (name, f) in files.items()}
    before = calibration_files or {}
    known = calibrate([Recording(p, f.samples, name) for p, (name, f) in before.items()])
    is_known = any(p.code == person.code for p in store.people())
    held = _held_assessment(store, new) if is_known else None
    if held:
        _refuse_second(store.recordings(held.id), {p: f for p, (_, f) in files.items()})
        recordings = {r.placement: r for r in load_recordings(store, held.id)} | recordings
        settings = with_entered(store, held.id, settings)
        earlier = calibrations_for(store, held)
        for recording in store.recordings(held.id):
            if recording.placement in before and recording.placement not in earlier:
                raise StoreError(
                    f"The set of the {recording.placement} is kept already without this "
                    "calibration; give the visit another date and time with --at."
                )
        known = earlier | known
    said = overrules(store, held.id) if held else ()
    analysis = analyze(list(recordings.values()), settings, known, said)
    if not is_known:
        store.add_person(person.code, person.involved, person.injured_on)
    if before:
        calibration = _assessment(store, replace(new, protocol=CALIBRATION, key={}))
        _add_files(store, calibration, before, columns)
        keep_calibration(store, calibration)
    assessment = _assessment(store, new)
    _add_files(store, assessment, files, columns)
    keep_result(store, assessment, analysis, settings)
    return analysis


def _add_files(
    store: Store,
    assessment: Assessment,
    files: Mapping[Placement, tuple[str, FileSamples]],
    columns: ColumnMap,
) -> None:
    _refuse_second(store.recordings(assessment.id), {p: f for p, (_, f) in files.items()})
    for placement, (name, file) in files.items():
        store.add_recording_file(assessment.id, placement, name, file.data, map_to_dict(columns))


def keep_streams(
    store: Store,
    new: NewAssessment,
    streams: Mapping[Placement, tuple[str, Sequence[bytes]]],
    settings: Settings,
) -> Analysis:
    """Keep the packets of an assessment, then analyse what the store holds.

    Parameters
    ----------
    streams : mapping of Placement to (sensor id, packets)
        One stream each.

    Raises
    ------
    StoreError
        When packets contradict those that are held; both are kept.
    """
    assessment = _assessment(store, new)
    for placement, (sensor_id, packets) in streams.items():
        report = store.put_packets(sensor_id, packets)
        if report.conflicts or report.damaged:
            raise StoreError(
                f"Of the packets of the {placement} {len(report.conflicts)} contradict others and "
                f"{len(report.damaged)} are damaged; they are set aside, fetch them again."
            )
        stream = decode(packets[0]).stream
        refuse_second_stream(store.recordings(assessment.id), placement, sensor_id, stream)
        store.add_recording_stream(assessment.id, sensor_id, stream, placement, str(placement))
    analysis = analyze_assessment(store, assessment, settings)
    keep_result(store, assessment, analysis, settings)
    return analysis


def refuse_second_stream(
    held: Sequence[StoredRecording], placement: Placement, sensor_id: str, stream: int
) -> None:
    """Refuse a stream whose place in an assessment is taken by another.

    Raises
    ------
    StoreError
        Its packets stay in the store.
    """
    for other in held:
        if other.placement == placement and (other.sensor_id, other.stream) != (sensor_id, stream):
            raise StoreError(
                f"This visit holds another recording of the {placement} already; the packets "
                "are kept, make another visit for them."
            )


def _protocol_of(store: Store, assessment: Assessment) -> Protocol | None:
    """The protocol that an assessment names, where it is known and goes with its sensors.

    Assessments from before protocols were checked may name anything.
    """
    try:
        protocol = find_protocol(assessment.protocol)
    except AnkletError:
        return None
    placements = [r.placement for r in store.recordings(assessment.id)]
    if any(setup_worn(placements, p.side) not in protocol.setups for p in placements):
        return None
    return replace(protocol, knee=assessment.key.get("knee") or protocol.knee)


def _refuse_second(held: Sequence[StoredRecording], files: Mapping[Placement, FileSamples]) -> None:
    for recording in held:
        file = files.get(recording.placement)
        if file and file.sha256 != recording.sha256:
            raise StoreError(
                f"This visit holds another recording of the {recording.placement} already "
                f"({recording.name}); give the visit's own date and time with --at."
            )


def _held_assessment(store: Store, new: NewAssessment) -> Assessment | None:
    """The assessment of this visit, protocol and key, where there is one."""
    return next(
        (
            assessment
            for visit in store.visits(new.person_code)
            if visit.at == new.at.astimezone()
            for assessment in store.assessments(visit.id)
            if assessment.key_text == new.key_text
        ),
        None,
    )


def _assessment(store: Store, new: NewAssessment) -> Assessment:
    """The visit's assessment of this protocol and key, added where there is none."""
    held = _held_assessment(store, new)
    if held:
        return held
    visits = store.visits(new.person_code)
    visit_id = next((v.id for v in visits if v.at == new.at.astimezone()), None)
    if visit_id is None:
        visit_id = store.add_visit(new.person_code, new.at)
    added = store.add_assessment(visit_id, new.kind, new.protocol, new.key)
    return next(a for a in store.assessments(visit_id) if a.id == added)
