"""How good a guided half-minute was, in plain words: good, fair with reasons, or refused."""

from collections import Counter
from collections.abc import Sequence
from typing import NoReturn

from anklet.errors import CalibrationError
from anklet.model import Segment
from anklet.signals.leg import Sensor
from anklet.signals.phases import Phase

EXPLAINED_FAIR, EXPLAINED_LEAST = 0.95, 0.85
"""Share of the rate along one axis; simulated bends with 0.6 deg of wander have 0.99."""
AGREE_FAIR_DEG, AGREE_MOST_DEG = 8.0, 15.0
"""Between one movement's axis and that of all. An axis that is off by 8 deg costs 0.3 deg at 40
deg of lean, by 15 deg 1 deg (tan of the lean x cos of the error: a hinge seen askew)."""
AMPLE_DEG = {"shank": 15.0, "foot": 20.0}
"""Median size: smaller movements leave the axis less sure."""
CALM_DEG_S = 3.0
"""RMS rate of quiet standing is 1.3-1.8 deg/s at the shank (see `anklet.signals.still`), somewhat
more where the beginning of the first bend is taken along."""
DRIFT_FAIR_DEG, DRIFT_MOST_DEG = 3.0, 6.0
"""Between first and last standing: people come back within some 2 deg, a slipped strap does not."""

MOVEMENTS: dict[Segment, str] = {"shank": "knee bends", "foot": "heel raises"}
ASKS: dict[Segment, str] = {
    "shank": "bend the knees again, {how}with the heels down",
    "foot": "rise onto the toes again, {how}",
}
FAULTS: dict[str, tuple[str, str]] = {
    "small": ("too small ({far:.0f} deg)", "further and "),
    "quick": ("too quick", "slower and "),
    "heel": ("done with the heel coming up", "less far and "),
    "step": ("mixed with steps", "on the spot and "),
    "long": ("held for too long", "without staying down and "),
}


def refuse_too_few(sensor: Sensor, moves: Sequence[Phase], needed: int) -> NoReturn:
    """Say what was wrong with the movements, most of all, and how to do them again.

    Raises
    ------
    CalibrationError
    """
    what = MOVEMENTS[sensor.placement.segment]
    faulty = [p for p in moves if p.fault]
    if not faulty:
        seen = str(len(moves)) if moves else "no"
        _refuse(
            sensor,
            f"{seen} {what} were seen after quiet standing ({needed} are needed)",
            "slowly and ",
        )
    usual = Counter(p.fault for p in faulty).most_common(1)[0][0]
    far_deg = max(p.far_deg for p in faulty if p.fault == usual)
    wrong, how = FAULTS[usual]
    _refuse(sensor, f"of the {what} {len(faulty)} were {wrong.format(far=far_deg)}", how)


def grade(
    sensor: Sensor,
    explained: float,
    apart_deg: float,
    far_deg: float,
    calm_deg_s: float | None,
    turned_deg: float | None,
) -> tuple[str, ...]:
    """Say why a calibration is fair, not good; empty when it is good.

    Parameters
    ----------
    sensor : Sensor
    explained : float
        Share of the turning about the axis, 0..1.
    apart_deg : float
        Largest angle between the axis of one movement and that of all.
    far_deg : float
        Median size of the movements.
    calm_deg_s : float or None
        RMS rate of the first standing.
    turned_deg : float or None
        Angle of the last standing to the first; None without one.

    Raises
    ------
    CalibrationError
        When it is poor.
    """
    segment = sensor.placement.segment
    what = MOVEMENTS[segment]
    if explained < EXPLAINED_LEAST:
        share = f"only {100 * explained:.0f} % of the turning was about one axis"
        _refuse(sensor, share, "slower and straight ahead, ")
    if apart_deg > AGREE_MOST_DEG:
        _refuse(sensor, f"the {what} differ by {apart_deg:.0f} deg", "each straight ahead, ")
    if turned_deg is not None and turned_deg > DRIFT_MOST_DEG:
        raise CalibrationError(
            f"{sensor.name}: the {sensor.placement} stands {turned_deg:.0f} deg from where it "
            "stood at the beginning, so the strap has slipped or the stance was another; fasten it "
            "and do the calibration again, standing alike before and after."
        )
    reasons: list[str] = []
    if explained < EXPLAINED_FAIR:
        reasons.append(f"{100 * explained:.0f} % of the turning was about one axis")
    if apart_deg > AGREE_FAIR_DEG:
        reasons.append(f"the {what} differ by up to {apart_deg:.0f} deg")
    if far_deg < AMPLE_DEG[segment]:
        reasons.append(f"the {what} were small ({far_deg:.0f} deg)")
    if calm_deg_s is not None and calm_deg_s > CALM_DEG_S:
        reasons.append(f"the first standing was not calm ({calm_deg_s:.1f} deg/s)")
    if turned_deg is None:
        reasons.append("no quiet standing was seen at the end")
    elif turned_deg > DRIFT_FAIR_DEG:
        reasons.append(f"the last standing differs by {turned_deg:.0f} deg from the first")
    return tuple(reasons)


def _refuse(sensor: Sensor, wrong: str, how: str) -> NoReturn:
    ask = ASKS[sensor.placement.segment].format(how=how).rstrip(", ").removesuffix(" and")
    raise CalibrationError(
        f"{sensor.name}: the {sensor.placement} sensor is not calibrated, since {wrong}; {ask}."
    )
