"""The result of an analysis as JSON, ``anklet.analysis/1`` (``analysis.schema.json`` beside)."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from importlib import resources
from typing import Any, cast

import numpy as np

from anklet.model import MEASURES, Analysis, Calibration, Leg, RepSet

SCHEMA = "anklet.analysis/1"


def analysis_to_dict(analysis: Analysis) -> dict[str, Any]:
    """Return an analysis as plain JSON values.

    Returns
    -------
    dict
        As :func:`schema` says: what is absent is None, never NaN; numbers are Python's own.
    """
    return _plain(
        {
            "schema": SCHEMA,
            "algorithm": analysis.algorithm,
            "block_deg": analysis.block_deg,
            "legs": {side: _leg(leg) for side, leg in analysis.legs.items()},
            "comparison": asdict(analysis.comparison) if analysis.comparison else None,
            "notes": analysis.notes,
            "protocol": analysis.protocol,
            "entered": analysis.entered,
            "knee_to_wall": asdict(analysis.knee_to_wall) if analysis.knee_to_wall else None,
        }
    )


def calibration_to_dict(calibration: Calibration) -> dict[str, Any]:
    """Return a calibration as plain JSON values."""
    return _plain(asdict(calibration))


def calibration_from_dict(data: Mapping[str, Any]) -> Calibration:
    """Return what `calibration_to_dict` wrote; other keys are passed over."""
    held: dict[str, Any] = {f.name: data[f.name] for f in fields(Calibration) if f.name in data}
    for name, value in held.items():
        held[name] = tuple(cast("list[Any]", value)) if isinstance(value, list) else value
    return Calibration(**held)


def dump_json(value: object) -> str:
    """Return JSON text, indented, ended by a newline; NaN and infinity become null."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of :func:`analysis_to_dict`."""
    file = resources.files("anklet.exchange") / "analysis.schema.json"
    return json.loads(file.read_text("utf-8"))


def _leg(leg: Leg) -> dict[str, Any]:
    return {
        "setup": leg.setup,
        "zero": leg.zero,
        "calibration": {segment: asdict(c) for segment, c in leg.calibration.items()},
        "sets": [_rep_set(s) for s in leg.sets],
        "samples": leg.samples,
        "lost_samples": leg.lost_samples,
        "holds": [asdict(hold) for hold in leg.holds],
        "static": asdict(leg.static) if leg.static else None,
        "estimates": {m: asdict(e) if (e := leg.estimates.get(m)) else None for m in MEASURES},
        "block_measured_deg": leg.block_measured_deg,
    }


def _rep_set(rep_set: RepSet) -> dict[str, Any]:
    out = asdict(rep_set)
    out["reps"] = [{**asdict(rep), "valid": rep.valid} for rep in rep_set.reps]
    return out


def _plain(value: Any) -> Any:
    """Numpy's values to Python's, tuples to lists, NaN and infinity to None."""
    if isinstance(value, np.ndarray | np.generic):
        return _plain(cast("Any", value).tolist())
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in cast("list[Any]", value)]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
