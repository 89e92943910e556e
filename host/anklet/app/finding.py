"""What a recording came to, in sentences."""

from anklet.app.recording import Recording
from anklet.app.texts import _
from anklet.measures.findings import findings
from anklet.model import Calibration, Placement, Protocol
from anklet.report.numbers import legs
from anklet.report.words import calibration_sentence, reps_sentence


def finding(recording: Recording, protocol: Protocol) -> tuple[list[str], bool]:
    """Return what a recording came to, and whether it is of use."""
    if recording.guided and recording.calibrations:
        return [_grade(place, c) for place, c in recording.calibrations.items()], True
    if recording.outcome is None or recording.outcome.analysis is None:
        return [recording.trouble], False
    analysis = recording.outcome.analysis
    if protocol.direction is None:
        return [f"{name}: {words}" for name, words in findings(analysis)], True
    recorded = [leg for leg in legs(analysis) if leg.side in recording.sides]
    return [f"{leg.side}: {reps_sentence(leg)}" for leg in recorded], True


def details(recording: Recording) -> list[str]:
    """Return the numbers behind a guided half-minute's grades."""
    placed = recording.calibrations.items() if recording.guided else ()
    return [f"{str(place).capitalize()}: {calibration_sentence(c)}." for place, c in placed]


def _grade(place: Placement, calibration: Calibration) -> str:
    name = str(place).capitalize()
    if calibration.quality == "good":
        return _("{sensor}: good.").format(sensor=name)
    words = _("{sensor}: fair, since {reasons}. It can be used; done again it may be better.")
    return words.format(sensor=name, reasons=_(" and ").join(calibration.reasons))
