"""What lists and trends need of an analysis: a few hundred bytes instead of tens of thousands."""

import math
from collections.abc import Mapping
from typing import Any

from anklet.model import MEASURES, SIDES, Measure
from anklet.store.values import Json

_PRIMARY: dict[str, Measure] = {"df_first": "df_peak_deg", "pf_first": "pf_peak_deg"}


def summary_of(analysis: Mapping[str, Any]) -> Json:
    """Summarise an analysis (the JSON of the file contract; what it lacks is absent or None).

    Returns
    -------
    dict
        ``legs``: by side ``setup``, ``zero``, ``reps``, ``rejected`` (reps of which a peak does not
        stand) and ``measures``: by measure ``mean``, ``sd``, ``n`` over the valid reps of all sets,
        in deg. ``involved``, ``primary``: of the comparison, else of the movement.
        ``differences``: by measure what the comparison says, None without one.
        ``left_minus_right_deg``: of the primary measure, None without a comparison.
    """
    held: Json = analysis.get("legs") or {}
    legs: dict[str, Json] = {side: held[side] for side in SIDES if held.get(side)}
    compared: Json = analysis.get("comparison") or {}
    measures: Json = compared.get("measures") or {}
    primary: Measure | None = compared.get("primary") or _primary(legs)
    differences: dict[str, Json] = {
        measure: {name: d.get(name) for name in ("difference_deg", "low_deg", "high_deg")}
        | {name: d.get(name) for name in ("lsi_percent", "verdict")}
        for measure in MEASURES
        if (d := measures.get(measure))
    }
    leading = differences[primary]["difference_deg"] if primary in differences else None
    sign = -1 if compared.get("involved") == "right" else 1
    return {
        "legs": {side: _leg(leg) for side, leg in legs.items()},
        "involved": compared.get("involved"),
        "primary": primary,
        "differences": differences or None,
        "left_minus_right_deg": None if leading is None else sign * leading,
    }


def _leg(leg: Mapping[str, Any]) -> Json:
    sets: list[Json] = leg.get("sets") or []
    reps: list[Json] = [rep for s in sets for rep in s.get("reps") or ()]
    return {
        "setup": leg.get("setup"),
        "zero": leg.get("zero"),
        "reps": len(reps),
        "rejected": sum(not (rep.get("df_valid") and rep.get("pf_valid")) for rep in reps),
        "measures": {m: _moments([rep.get(m) for rep in reps]) for m in MEASURES},
    }


def _moments(values: list[float | None]) -> Json:
    held = [v for v in values if v is not None]
    if not held:
        return {"mean": None, "sd": None, "n": 0}
    mean = math.fsum(held) / len(held)
    squares = math.fsum((v - mean) ** 2 for v in held)
    return {
        "mean": mean,
        "sd": math.sqrt(squares / (len(held) - 1)) if len(held) > 1 else None,
        "n": len(held),
    }


def _primary(legs: Mapping[str, Json]) -> Measure | None:
    """What the movement of a leg that is not compared was made for."""
    for leg in legs.values():
        sets = leg.get("sets") or ()
        if sets and leg.get("zero") != "none":
            return _PRIMARY.get(sets[0].get("direction"), "rom_deg")
        if sets:
            return "rom_deg"
    return None
