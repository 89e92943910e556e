"""An assessment's recordings analysed, with what its visit knows of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from anklet.analysis import Settings, analyze
from anklet.errors import CalibrationError
from anklet.model import Analysis, Calibration, Overrule, Placement, Recording
from anklet.store import Assessment, Store
from anklet.visits.calibrating import calibrations_for
from anklet.visits.overrules import overrules
from anklet.visits.streams import load_recordings


def analyze_assessment(store: Store, assessment: Assessment, settings: Settings) -> Analysis:
    """Analyse what an assessment holds, under its visit's calibrations and what was said of reps.

    Raises
    ------
    AnkletError
        When it cannot be.
    """
    return analyze_under(
        load_recordings(store, assessment.id),
        settings,
        calibrations_for(store, assessment),
        overrules(store, assessment.id),
    )


def analyze_under(
    recordings: Sequence[Recording],
    settings: Settings,
    known: Mapping[Placement, Calibration],
    said: Sequence[Overrule],
) -> Analysis:
    """Analyse under a visit's calibrations, or without them and a note where they do not fit.

    Raises
    ------
    AnkletError
        When it cannot be.
    """
    try:
        return analyze(recordings, settings, known, said)
    except CalibrationError as error:
        if not known:
            raise
        note = f"The visit's calibration is not used: {error}"
        analysis = analyze(recordings, settings, overrules=said)
        return replace(analysis, notes=(note, *analysis.notes))
