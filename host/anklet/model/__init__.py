"""The value types that everything above speaks: samples in, calibrations, reps and legs out.

Angles are in degrees (dorsiflexion positive), everything else in SI units. Sensor frame: +x along
the arrow on the lid, +z out of the lid, +y completes a right-handed frame.
"""

from anklet.model.assessed import (
    Gap,
    Hold,
    KneeToWall,
    Static,
)
from anklet.model.course import (
    Change,
    Consistency,
    Trend,
    TrendPoint,
)
from anklet.model.heel import (
    HeelRise,
    Height,
    Work,
)
from anklet.model.overrule import Overrule
from anklet.model.protocol import (
    ENTRIES,
    MASS_KG,
    Entry,
    EntryName,
    Protocol,
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
from anklet.model.uncertainty import (
    Estimate,
    Interval,
    Part,
    PartName,
)
from anklet.model.words import (
    MEASURE_NAMES,
    MEASURES,
    SEGMENTS,
    SIDES,
    WHO,
    AxisFrom,
    Bools,
    CalibrationSource,
    Direction,
    Floats,
    Kind,
    Knee,
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
    "ENTRIES",
    "MASS_KG",
    "MEASURES",
    "MEASURE_NAMES",
    "SEGMENTS",
    "SIDES",
    "WHO",
    "Analysis",
    "AxisFrom",
    "Bools",
    "Calibration",
    "CalibrationSource",
    "Change",
    "Comparison",
    "Consistency",
    "Difference",
    "Direction",
    "Entry",
    "EntryName",
    "Estimate",
    "Floats",
    "Gap",
    "HeelRise",
    "Height",
    "Hold",
    "Interval",
    "Kind",
    "Knee",
    "KneeToWall",
    "Leg",
    "Measure",
    "Mount",
    "Overrule",
    "Part",
    "PartName",
    "Placement",
    "Protocol",
    "Quality",
    "Recording",
    "Rep",
    "RepSet",
    "Samples",
    "Segment",
    "Setup",
    "Side",
    "SignFrom",
    "Static",
    "Summary",
    "Trace",
    "Trend",
    "TrendPoint",
    "Who",
    "Work",
    "Zero",
]
