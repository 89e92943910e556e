"""Recordings into a visit, analysed; results with what they were computed from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from anklet import __version__
from anklet.analysis import (
    ALGORITHM,
    Settings,
    settings_from_dict,
    setup_worn,
)
from anklet.errors import AnkletError, StoreError
from anklet.exchange.analysis_json import analysis_to_dict
from anklet.measures.norms import NORMS
from anklet.model import SIDES, Analysis, Kind, Placement, Protocol
from anklet.packets import decode
from anklet.protocols import find_protocol
from anklet.store import Assessment, Provenance, Store, StoredRecording, key_text
from anklet.visits.analysing import analyze_assessment


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
    """Analyse an assessment's recordings again, with its settings as they are now."""
    how = settings_of(store, assessment)
    return analyze_assessment(store, assessment, how), how


def settings_of(store: Store, assessment: Assessment) -> Settings:
    """Return the settings of an assessment's latest result.

    Where there is none yet, what the comparability key names; the involved side is what is kept of
    the person now.
    """
    latest = store.latest_result(assessment.id)
    if latest:
        how = settings_from_dict(latest.provenance.settings)
    else:
        block_deg = assessment.key.get("block_deg") or None
        how = Settings(block_deg=block_deg, protocol=_protocol_of(store, assessment))
    return replace(how, involved=store.person_of(assessment.id).involved)


def with_entered(store: Store, assessment_id: int, how: Settings) -> Settings:
    """Return settings with what was said of an assessment before: the other leg's values, mass."""
    latest = store.latest_result(assessment_id)
    if latest is None:
        return how
    before = settings_from_dict(latest.provenance.settings)
    both = {s: {**before.entered.get(s, {}), **how.entered.get(s, {})} for s in SIDES}
    return replace(
        how,
        entered={side: values for side, values in both.items() if values},
        mass_kg=before.mass_kg if how.mass_kg is None else how.mass_kg,
    )


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
    assessment = assessment_of(store, new)
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


def held_assessment(store: Store, new: NewAssessment) -> Assessment | None:
    """The assessment of this visit, protocol and key, where there is one."""
    return next(
        (
            assessment
            for visit in store.visits(new.person_code)
            if visit.at == new.at.astimezone()
            for assessment in store.assessments(visit.id)
            if assessment.key_text == new.key_text and assessment.left_out_why is None
        ),
        None,
    )


def assessment_of(store: Store, new: NewAssessment) -> Assessment:
    """The visit's assessment of this protocol and key, added where there is none."""
    held = held_assessment(store, new)
    if held:
        return held
    visit_id = visit_at(store, new)
    if visit_id is None:
        visit_id = store.add_visit(new.person_code, new.at)
    added = store.add_assessment(visit_id, new.kind, new.protocol, new.key)
    return next(a for a in store.assessments(visit_id) if a.id == added)


def visit_at(store: Store, new: NewAssessment) -> int | None:
    """Return the person's visit of just that time, None without one."""
    visits = store.visits(new.person_code)
    return next((v.id for v in visits if v.at == new.at.astimezone()), None)
