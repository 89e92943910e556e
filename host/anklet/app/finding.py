"""What a recording came to, in sentences."""

from anklet.app.recording import Recording
from anklet.measures.findings import findings
from anklet.model import Protocol
from anklet.report.numbers import legs
from anklet.report.words import calibration_sentence, reps_sentence


def finding(recording: Recording, protocol: Protocol) -> tuple[list[str], bool]:
    """Return what a recording came to, and whether it is of use."""
    if recording.guided and recording.calibrations:
        placed = recording.calibrations.items()
        return [f"{place}: {calibration_sentence(c)}" for place, c in placed], True
    if recording.outcome is None or recording.outcome.analysis is None:
        return [recording.trouble], False
    analysis = recording.outcome.analysis
    if protocol.direction is None:
        return [f"{name}: {words}" for name, words in findings(analysis)], True
    recorded = [leg for leg in legs(analysis) if leg.side in recording.sides]
    return [f"{leg.side}: {reps_sentence(leg)}" for leg in recorded], True
