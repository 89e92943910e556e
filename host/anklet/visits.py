"""Visits: the only place that joins recordings, analysis and store."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from anklet import __version__
from anklet.analysis import ALGORITHM, Settings, analyze
from anklet.errors import StoreError
from anklet.exchange.analysis_json import analysis_to_dict
from anklet.exchange.columns import ColumnMap, map_from_dict, map_to_dict
from anklet.exchange.csv_in import FileSamples, parse_samples
from anklet.exchange.packets_in import samples_from_packets
from anklet.measures.norms import BORROWED_SEM, NORMS
from anklet.measures.trend import fit_trend
from anklet.model import (
    MEASURES,
    SIDES,
    WHO,
    Analysis,
    Measure,
    Placement,
    Recording,
    Samples,
    Side,
    Trend,
    Who,
)
from anklet.packets import decode
from anklet.store import (
    Assessment,
    Person,
    Provenance,
    Store,
    StoredRecording,
    VisitResult,
    key_text,
)

DEFAULT_KIND = "active"


@dataclass(frozen=True)
class NewAssessment:
    """What an assessment was: whose, when, and the comparability key's parts."""

    person_code: str
    at: datetime
    protocol: str
    key: Mapping[str, Any]


def load_recordings(store: Store, assessment_id: int) -> list[Recording]:
    """Read an assessment's recordings back from their packets or their files' own bytes.

    Times of files are the files'; times of streams count from the first stream's start.
    """
    held = [(r, _samples_of(store, r)) for r in store.recordings(assessment_id)]
    start_s = min((float(s.t_s[0]) for r, s in held if r.stream is not None), default=0.0)
    return [
        Recording(
            r.placement, replace(s, t_s=s.t_s - (start_s if r.stream is not None else 0)), r.name
        )
        for r, s in held
    ]


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
    """Analyse an assessment's recordings again, with the settings of its latest result."""
    latest = store.latest_result(assessment.id)
    how = Settings(**latest.provenance.settings) if latest else Settings()
    return analyze(load_recordings(store, assessment.id), how), how


def import_files(
    store: Store,
    person: Person,
    new: NewAssessment,
    files: Mapping[Placement, tuple[str, FileSamples]],
    columns: ColumnMap,
    settings: Settings,
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

    Raises
    ------
    StoreError
        When the assessment holds another recording of the same placement.
    """
    recordings = {p: Recording(p, f.samples, name) for p, (name, f) in files.items()}
    is_known = any(p.code == person.code for p in store.people())
    held = _held_assessment(store, new) if is_known else None
    if held:
        _refuse_second(store.recordings(held.id), {p: f for p, (_, f) in files.items()})
        recordings = {r.placement: r for r in load_recordings(store, held.id)} | recordings
    analysis = analyze(list(recordings.values()), settings)
    if not is_known:
        store.add_person(person.code, person.involved, person.injured_on)
    assessment = _assessment(store, new)
    for placement, (name, file) in files.items():
        store.add_recording_file(assessment.id, placement, name, file.data, map_to_dict(columns))
    keep_result(store, assessment, analysis, settings)
    return analysis


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
        for other in store.recordings(assessment.id):
            if other.placement == placement and other.stream != stream:
                raise StoreError(
                    f"This visit holds another recording of the {placement} already; the packets "
                    "are kept, make another visit for them."
                )
        store.add_recording_stream(assessment.id, sensor_id, stream, placement, str(placement))
    analysis = analyze(load_recordings(store, assessment.id), settings)
    keep_result(store, assessment, analysis, settings)
    return analysis


def choose_key(store: Store, person_code: str, wanted: str | None) -> str:
    """Choose the comparability key to show: the only one, the n-th, or the one that says so.

    Raises
    ------
    StoreError
        When there is none, or several and no choice.
    """
    keys = [k.key_text for k in store.keys(person_code)]
    if not keys:
        raise StoreError(f"Nothing is analysed for {person_code} yet; import a visit first.")
    if wanted is None and len(keys) == 1:
        return keys[0]
    if wanted is not None:
        if wanted.isdigit() and 1 <= int(wanted) <= len(keys):
            return keys[int(wanted) - 1]
        found = [k for k in keys if wanted in k]
        if len(found) == 1:
            return found[0]
    listed = "; ".join(f"{n}: {k}" for n, k in enumerate(keys, 1))
    raise StoreError(
        f"{person_code} has results that must not be mixed; choose one with --key NUMBER: {listed}."
    )


def trends(
    results: Sequence[VisitResult], involved: Side | None
) -> dict[Measure, dict[Who, Trend]]:
    """Fit each measure's trend for both legs and their difference.

    Parameters
    ----------
    results : sequence of VisitResult
        Of one comparability key, by visit.
    involved : str or None
        Differences are involved minus uninvolved, else left minus right.
    """
    fitted: dict[Measure, dict[Who, Trend]] = {}
    for measure in MEASURES:
        sem = BORROWED_SEM[measure].deg
        values: dict[Who, list[tuple[float, float]]] = {who: [] for who in WHO}
        for day, legs in _by_visit(results, measure):
            for side, value in legs.items():
                values[side].append((day, value))
            if len(legs) == 2:
                sign = -1 if involved == "right" else 1
                values["difference"].append((day, sign * (legs["left"] - legs["right"])))
        fitted[measure] = {
            who: fit_trend(
                measure,
                [day for day, _ in points],
                [value for _, value in points],
                sem * (np.sqrt(2) if who == "difference" else 1),
            )
            for who, points in values.items()
            if points
        }
    return fitted


def _by_visit(
    results: Sequence[VisitResult], measure: Measure
) -> list[tuple[float, dict[Side, float]]]:
    """Day and each leg's mean over its valid reps, a visit at a time."""
    legs: dict[int, dict[Side, float]] = {}
    days: dict[int, float] = {}
    for result in results:
        at = result.at.astimezone()
        days[result.visit_id] = at.toordinal() + (at.hour * 60 + at.minute) / 1440
        for side in SIDES:
            leg = result.analysis["legs"].get(side)
            reps = [rep[measure] for s in leg["sets"] for rep in s["reps"]] if leg else []
            valid = [value for value in reps if value is not None]
            if valid:
                legs.setdefault(result.visit_id, {})[side] = float(np.mean(valid))
    return sorted((days[visit], held) for visit, held in legs.items())


def _samples_of(store: Store, held: StoredRecording) -> Samples:
    if held.stream is not None and held.sensor_id is not None:
        return samples_from_packets(store.packets(held.sensor_id, held.stream), held.name)
    columns = map_from_dict(held.column_map or {}, held.name)
    return parse_samples(store.recording_bytes(held.id), held.name, columns).samples


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
    wanted = key_text(DEFAULT_KIND, new.protocol, new.key)
    return next(
        (
            assessment
            for visit in store.visits(new.person_code)
            if visit.at == new.at.astimezone()
            for assessment in store.assessments(visit.id)
            if assessment.key_text == wanted
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
    added = store.add_assessment(visit_id, DEFAULT_KIND, new.protocol, new.key)
    return next(a for a in store.assessments(visit_id) if a.id == added)
