"""Files into a visit, kept byte for byte: sets, and calibrations of their own."""

from collections.abc import Mapping, Sequence

from anklet.analysis import Settings, analyze, calibrate
from anklet.errors import StoreError
from anklet.exchange.columns import ColumnMap, map_to_dict
from anklet.exchange.csv_in import FileSamples
from anklet.model import Analysis, Calibration, Placement, Recording
from anklet.store import CALIBRATION, Assessment, Person, Store, StoredRecording
from anklet.visits.analysing import analyze_under
from anklet.visits.calibrating import (
    calibrations_for,
    calibrations_now,
    keep_calibration,
)
from anklet.visits.keeping import (
    NewAssessment,
    assessment_of,
    held_assessment,
    keep_result,
    visit_at,
    with_entered,
)
from anklet.visits.overrules import overrules
from anklet.visits.streams import load_recordings


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

    What the visit holds is the other leg of the same assessment, and calibrations.

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
    held = held_assessment(store, new) if is_known else None
    visits = calibrations_now(store, visit_at(store, new)) if is_known else {}
    earlier = {placement: c for placement, c in visits.items() if placement in files}
    if held:
        _refuse_second(store.recordings(held.id), {p: f for p, (_, f) in files.items()})
        recordings = {r.placement: r for r in load_recordings(store, held.id)} | recordings
        settings = with_entered(store, held.id, settings)
        under = calibrations_for(store, held)
        for recording in store.recordings(held.id):
            earlier.pop(recording.placement, None)
            if recording.placement in before and recording.placement not in under:
                raise StoreError(
                    f"The set of the {recording.placement} is kept already without this "
                    "calibration; give the visit another date and time with --at."
                )
        earlier |= under
    said = overrules(store, held.id) if held else ()
    if before:
        analysis = analyze(list(recordings.values()), settings, earlier | known, said)
    else:
        analysis = analyze_under(list(recordings.values()), settings, earlier, said)
    if not is_known:
        store.add_person(person.code, person.involved, person.injured_on)
    if before:
        _add_calibration(store, new, before, columns)
    assessment = assessment_of(store, new)
    _add_files(store, assessment, files, columns)
    keep_result(store, assessment, analysis, settings)
    return analysis


def import_calibration(
    store: Store,
    person: Person,
    new: NewAssessment,
    files: Mapping[Placement, tuple[str, FileSamples]],
    columns: ColumnMap,
) -> dict[Placement, Calibration]:
    """Keep the files of a guided half-minute; what its visit gets after them uses it.

    Parameters are as of `import_files`. Nothing is kept when it is refused.

    Raises
    ------
    DataError, CalibrationError
        What was wrong with it, and what to do again.
    StoreError
        When the visit holds another one of the same placement.
    """
    calibrate([Recording(p, f.samples, name) for p, (name, f) in files.items()])
    if all(p.code != person.code for p in store.people()):
        store.add_person(person.code, person.involved, person.injured_on)
    return _add_calibration(store, new, files, columns)


def _add_calibration(
    store: Store,
    new: NewAssessment,
    files: Mapping[Placement, tuple[str, FileSamples]],
    columns: ColumnMap,
) -> dict[Placement, Calibration]:
    calibration = assessment_of(
        store, NewAssessment(new.person_code, new.at, protocol=CALIBRATION, key={})
    )
    _add_files(store, calibration, files, columns)
    return keep_calibration(store, calibration)


def _add_files(
    store: Store,
    assessment: Assessment,
    files: Mapping[Placement, tuple[str, FileSamples]],
    columns: ColumnMap,
) -> None:
    _refuse_second(store.recordings(assessment.id), {p: f for p, (_, f) in files.items()})
    for placement, (name, file) in files.items():
        store.add_recording_file(assessment.id, placement, name, file.data, map_to_dict(columns))


def _refuse_second(held: Sequence[StoredRecording], files: Mapping[Placement, FileSamples]) -> None:
    for recording in held:
        file = files.get(recording.placement)
        if file and file.sha256 != recording.sha256:
            raise StoreError(
                f"This visit holds another recording of the {recording.placement} already "
                f"({recording.name}); give the visit's own date and time with --at."
            )
