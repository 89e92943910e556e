"""Guided calibrations of a visit: kept with their recordings, used by what is recorded after."""

from anklet.analysis import calibrate
from anklet.errors import AnkletError
from anklet.exchange.analysis_json import calibration_from_dict, calibration_to_dict
from anklet.model import Calibration, Placement
from anklet.store import Assessment, Store
from anklet.visits.streams import load_recordings

GUIDE = (
    (0.0, "Stand still, feet flat on the floor, for 5 s."),
    (5.0, "Now bend your knees slowly, three times, heels down."),
    (20.0, "Rise onto your toes, twice."),
    (27.0, "Stand still again until the end."),
)
"""What is asked for, and when: s from the start."""
GUIDE_S = 34.0


def keep_calibration(store: Store, assessment: Assessment) -> dict[Placement, Calibration]:
    """Calibrate from an assessment's recordings, and keep it for what the visit records after.

    Raises
    ------
    DataError, CalibrationError
        What was wrong with it, and what to do again; its recordings stay.
    """
    found = calibrate(load_recordings(store, assessment.id))
    newest = {r.placement: r.id for r in store.recordings(assessment.id)}
    kept = store.calibrations(assessment.visit_id)
    for placement, calibration in found.items():
        data = calibration_to_dict(calibration)
        data |= {"assessment": assessment.id, "recording": newest[placement]}
        if (placement, data) not in kept:
            store.put_calibration(assessment.visit_id, placement, data)
    return found


def refresh_calibrations(store: Store, visit_id: int) -> list[str]:
    """Calibrate again from the recordings of all calibrations that a visit keeps.

    Returns
    -------
    list of str
        Why one that was accepted is refused now; its numbers of then stay in use.
    """
    refused: list[str] = []
    accepted = {data.get("assessment") for _, data in store.calibrations(visit_id)}
    for assessment in store.assessments(visit_id):
        if assessment.id in accepted:
            try:
                keep_calibration(store, assessment)
            except AnkletError as error:
                refused.append(str(error))
    return refused


def calibrations_for(store: Store, assessment: Assessment) -> dict[Placement, Calibration]:
    """Return the calibrations that an assessment's recordings were made under.

    Of each placement the latest one kept whose recording was begun before.
    """
    first: dict[Placement, int] = {}
    for recording in store.recordings(assessment.id):
        first[recording.placement] = min(recording.id, first.get(recording.placement, recording.id))
    found: dict[Placement, tuple[int, Calibration]] = {}
    for placement, data in store.calibrations(assessment.visit_id):
        made = int(data.get("recording") or 0)
        newest = found[placement][0] if placement in found else 0
        if newest <= made < first.get(placement, 0):
            found[placement] = made, calibration_from_dict(data)
    return {placement: calibration for placement, (_, calibration) in found.items()}


def calibrations_now(store: Store, visit_id: int | None) -> dict[Placement, Calibration]:
    """Return the latest calibration of each placement of a visit: what is recorded next uses it."""
    if visit_id is None:
        return {}
    return {p: calibration_from_dict(data) for p, data in store.calibrations(visit_id)}
