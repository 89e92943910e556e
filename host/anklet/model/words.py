"""The words of the field as types; the order in which legs, segments and measures are shown."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

Side = Literal["left", "right"]
Kind = Literal["static", "passive", "active"]
Knee = Literal["straight", "bent"]
Segment = Literal["shank", "foot"]
Setup = Literal["planted", "paired", "table"]
Zero = Literal["standing", "neutral", "none"]
Mount = Literal["nominal", "unknown"]
Direction = Literal["df_first", "pf_first", "both"]
AxisFrom = Literal["movement", "nominal"]
SignFrom = Literal["nominal", "knee_bend", "heel_raise", "assumed"]
CalibrationSource = Literal["set", "beginning", "recording"]
Quality = Literal["good", "fair"]
Who = Literal["left", "right", "difference"]
Measure = Literal["df_peak_deg", "pf_peak_deg", "rom_deg"]

SIDES: tuple[Side, ...] = ("left", "right")
WHO: tuple[Who, ...] = ("left", "right", "difference")
SEGMENTS: tuple[Segment, ...] = ("shank", "foot")
MEASURES: tuple[Measure, ...] = ("df_peak_deg", "pf_peak_deg", "rom_deg")

MEASURE_NAMES: dict[Measure, str] = {
    "df_peak_deg": "dorsiflexion",
    "pf_peak_deg": "plantarflexion",
    "rom_deg": "range",
}
