"""Visits: record, analyse, keep. The only place that joins sensors, analysis and store.

`keeping` keeps recordings and results, `importing` files, `streams` puts sensors on one time axis,
`courses` follows a person over the visits and `overview` everybody, `gaps` compares active with
passive at one visit; `live_session` records from sensors, `pulling` fetches what they recorded on
their own, `occasions` finds the visit that a recording belongs to, and `side_order` says which leg
goes first.
"""

from anklet.visits.calibrating import keep_calibration, refresh_calibrations
from anklet.visits.courses import (
    Standing,
    choose_key,
    leading_measure,
    sems,
    standing,
    trends,
    with_own_sem,
)
from anklet.visits.importing import import_calibration, import_files
from anklet.visits.keeping import (
    NewAssessment,
    keep_result,
    keep_streams,
    recompute,
)
from anklet.visits.overview import PersonOverview, overview
from anklet.visits.sink import StoreSink
from anklet.visits.streams import load_recordings

__all__ = [
    "NewAssessment",
    "PersonOverview",
    "Standing",
    "StoreSink",
    "choose_key",
    "import_calibration",
    "import_files",
    "keep_calibration",
    "keep_result",
    "keep_streams",
    "leading_measure",
    "load_recordings",
    "overview",
    "recompute",
    "refresh_calibrations",
    "sems",
    "standing",
    "trends",
    "with_own_sem",
]
