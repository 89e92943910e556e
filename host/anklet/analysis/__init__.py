"""Recordings to results: the whole offline pipeline.

``samples -> still spans, orientation -> zero, axes -> ankle angle -> reps -> sets -> comparison``
"""

from anklet.analysis.assessment import check_fits, setup_worn
from anklet.analysis.calibrated import calibrate
from anklet.analysis.leg import Stages
from anklet.analysis.pipeline import analyze, analyze_in_stages
from anklet.analysis.settings import ALGORITHM, Settings, settings_from_dict

__all__ = [
    "ALGORITHM",
    "Settings",
    "Stages",
    "analyze",
    "analyze_in_stages",
    "calibrate",
    "check_fits",
    "settings_from_dict",
    "setup_worn",
]
