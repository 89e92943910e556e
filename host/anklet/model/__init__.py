"""The value types that everything above speaks: samples in, calibrations, reps and legs out.

Angles are in degrees (dorsiflexion positive), everything else in SI units. Sensor frame: +x along
the arrow on the lid, +z out of the lid, +y completes a right-handed frame.
"""

from anklet.model.course import (
    Trend,
    TrendPoint,
)
from anklet.model.results import (
    Analysis,
    Calibration,
    Comparison,
    Difference,
    Leg,
    Rep,
    RepSet,
    Summary,
    Trace,
)
from anklet.model.samples import (
    Placement,
    Recording,
    Samples,
)
from anklet.model.words import (
    MEASURES,
    SEGMENTS,
    SIDES,
    WHO,
    AxisFrom,
    Bools,
    CalibrationSource,
    Direction,
    Floats,
    Measure,
    Mount,
    Quality,
    Segment,
    Setup,
    Side,
    SignFrom,
    Who,
    Zero,
)

__all__ = [
    "MEASURES",
    "SEGMENTS",
    "SIDES",
    "WHO",
    "Analysis",
    "AxisFrom",
    "Bools",
    "Calibration",
    "CalibrationSource",
    "Comparison",
    "Difference",
    "Direction",
    "Floats",
    "Leg",
    "Measure",
    "Mount",
    "Placement",
    "Quality",
    "Recording",
    "Rep",
    "RepSet",
    "Samples",
    "Segment",
    "Setup",
    "Side",
    "SignFrom",
    "Summary",
    "Trace",
    "Trend",
    "TrendPoint",
    "Who",
    "Zero",
]
