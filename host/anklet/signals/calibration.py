"""Zero, medio-lateral axis and its sign for one sensor, or a plain reason why not."""

from dataclasses import dataclass, replace

import numpy as np

from anklet.errors import CalibrationError
from anklet.model import AxisFrom, Floats, Mount, Placement, SignFrom
from anklet.signals.angle import along, pitch_deg

MIN_TURN_DEG = {"shank": 10.0, "foot": 15.0}
"""A sensor that turned less than this shows no axis: a planted foot's principal axis is noise."""
MIN_EXPLAINED = 0.70
"""Least share of the angular rate along the axis; a squat with 4 deg of valgus has over 0.95."""
MAX_MISALIGNMENT_DEG = 40.0
"""Beyond this the mount is not the nominal one (a strap is rarely more than 15 deg off)."""
MIN_AXIS_TO_VERTICAL_DEG = 30.0
"""A turn about a vertical axis does not move gravity; nearer than this the angle is refused."""
CUE_RATIO, CUE_DEG, CUE_MAX_DEG_S = 2.0, 15.0, 200.0
"""A movement settles the sign when it goes one way twice as far as the other, 15 deg at least, at
no more than 200 deg/s: nobody leans the shank back, or lifts the toes, that far from standing;
gait swings faster."""
MOVING_DEG_S = 5.0


@dataclass(frozen=True, eq=False)
class Axis:
    """A medio-lateral axis in the sensor frame, a positive turn being dorsiflexion.

    Attributes
    ----------
    xyz : (3,) array
        Unit vector.
    explained : float or None
        Share of the moving samples' squared angular rate along it; None for a nominal axis.
    """

    xyz: Floats
    axis_from: AxisFrom
    sign_from: SignFrom
    explained: float | None
    misalignment_deg: float | None


def nominal_axis(placement: Placement) -> Floats:
    """Axis of a sensor mounted exactly as told: shank on the outer side, foot on the laces.

    Sensor +x is up the leg (shank) or to the toes (foot), +z away from the leg or up. A knee that
    goes forward turns the shank positively about the body's left, toes that rise turn the foot
    about its right. The left is +z on the left shank and -z on the right
    one; the right is -y on a foot.

    Returns
    -------
    (3,) array
    """
    if placement.segment == "foot":
        return np.array([0.0, -1.0, 0.0])
    return np.array([0.0, 0.0, 1.0 if placement.side == "left" else -1.0])


def find_axis(
    placement: Placement,
    name: str,
    gyr_rad_s: Floats,
    up: Floats,
    zero_up: Floats,
    mount: Mount,
    *,
    constrained: bool,
    cue: bool,
    assume_sign: bool,
) -> Axis:
    """Find the medio-lateral axis of a sensor from its movement, and the sign from mount or cue.

    The axis is the principal axis of angular rate, perpendicular to gravity at zero where the
    segment stands upright then (``constrained``).

    Parameters
    ----------
    placement : Placement
    name : str
        What messages call the recording.
    gyr_rad_s, up : (n, 3) array
        Angular rate without bias, low-passed, and the upward vertical, sensor frame: the
        movement that the axis is read from.
    zero_up : (3,) array
        The upward vertical at zero (without one, the mean).
    mount : str
        "nominal" gives the sign; "unknown" needs a cue or ``assume_sign``.
    constrained : bool
        The axis is perpendicular to ``zero_up``.
    cue : bool
        A knee bend or heel raise may tell the sign.
    assume_sign : bool
        Without any other source, take the sign nearest to the nominal mount.

    Raises
    ------
    CalibrationError
        When the axis, its sign or the mount cannot be believed, saying what to do.
    """
    nominal = nominal_axis(placement)
    known_up = zero_up if constrained else None
    if _turn_deg(up) < MIN_TURN_DEG[placement.segment]:
        if mount == "unknown":
            raise CalibrationError(
                f"{name}: the {placement} sensor turned only {_turn_deg(up):.0f} deg, too "
                "little to find its axis; record some larger movement (knee bends, heel raises), "
                "or mount it as described and use --mount nominal."
            )
        xyz = _unit(_perpendicular(nominal, known_up))
        return Axis(xyz, "nominal", "nominal", None, between_deg(xyz, nominal))
    xyz, explained = principal_axis(gyr_rad_s, known_up)
    if explained < MIN_EXPLAINED:
        raise CalibrationError(
            f"{name}: the {placement} sensor's movement has no clear axis ({100 * explained:.0f} % "
            f"of it lies along the best one, {100 * MIN_EXPLAINED:.0f} % are needed); is the strap "
            "tight, and does the file hold the exercise?"
        )
    xyz = _most_like(xyz, nominal)
    told = sign_from_cue(placement, xyz, gyr_rad_s, up, zero_up) if cue else None
    if mount == "nominal":
        off_deg = between_deg(xyz, nominal)
        if off_deg > MAX_MISALIGNMENT_DEG:
            raise CalibrationError(
                f"{name}: the {placement} sensor turns about an axis {off_deg:.0f} deg away from "
                "the nominal mount's, so its sign cannot be trusted; check side and segment, or "
                "use --mount unknown."
            )
        if told == (-1.0, "knee_bend"):
            raise CalibrationError(
                f"{name}: the {placement} would lean far back where a knee bends forward; is it "
                "the other side's file? Check, or use --mount unknown."
            )
        return Axis(xyz, "movement", "nominal", explained, off_deg)
    if told is not None:
        return Axis(told[0] * xyz, "movement", told[1], explained, None)
    if not assume_sign:
        raise CalibrationError(
            f"{name}: the {placement} sensor's mount is unknown and no movement tells which way is "
            "forward (slow knee bends or heel raises from quiet standing would); record some, use "
            "--mount nominal, or --relative for ranges with an assumed sign."
        )
    return Axis(xyz, "movement", "assumed", explained, None)


def check_zero(placement: Placement, name: str, zero_up: Floats, axis: Floats) -> None:
    """Refuse a zero that cannot be quiet standing, or an axis that gravity does not see.

    Raises
    ------
    CalibrationError
    """
    tilt_deg = between_deg(zero_up, axis)
    if min(tilt_deg, 180 - tilt_deg) < MIN_AXIS_TO_VERTICAL_DEG:
        raise CalibrationError(
            f"{name}: the {placement} sensor's axis is {min(tilt_deg, 180 - tilt_deg):.0f} deg "
            "from vertical at rest, where gravity does not show its turn (at least "
            f"{MIN_AXIS_TO_VERTICAL_DEG:.0f} deg are needed); turn the leg so that the toes point "
            "up."
        )


def check_upright(placement: Placement, name: str, zero_up: Floats) -> None:
    """Refuse a nominal mount whose arrow (shank) or lid (foot) is not up in quiet standing.

    Raises
    ------
    CalibrationError
    """
    expected = np.array([1.0, 0, 0]) if placement.segment == "shank" else np.array([0, 0, 1.0])
    off_deg = between_deg(zero_up, expected)
    if off_deg > MAX_MISALIGNMENT_DEG:
        what = "arrow" if placement.segment == "shank" else "lid"
        raise CalibrationError(
            f"{name}: in the first still span the {placement} sensor's {what} is {off_deg:.0f} "
            "deg from vertical, so this is not quiet standing in the nominal mount; stand still "
            "for 3 s before the set (cut off what came before), or use --mount unknown."
        )


def assume_forward(shank: Axis, up: Floats, mean_up: Floats) -> Axis:
    """Best guess at the sign of a planted shank's axis, which stays labelled "assumed".

    A squat rests at the top and visits its deepest lean: the lean is skewed to the positive.

    Parameters
    ----------
    shank : Axis
    up : (n, 3) array
        The upward vertical over the recording, sensor frame.
    mean_up : (3,) array
        Its mean.
    """
    if shank.sign_from != "assumed":
        return shank
    lean = pitch_deg(up, mean_up, shank.xyz)
    lean = lean - lean.mean()
    return replace(shank, xyz=shank.xyz if np.mean(lean**3) >= 0 else -shank.xyz)


def assume_signs(
    shank: Axis, foot: Axis, shank_rad_s: Floats, foot_rad_s: Floats
) -> tuple[Axis, Axis]:
    """Best guess at two assumed signs, which stay labelled "assumed".

    The leg's own swing turns both segments as one, so that a forward lean goes with toes down: the
    rates are opposed. And the fastest turn of a walking shank is its swing, from knee forward back:
    the lean's rate is skewed to the negative (Salarian 2004, doi:10.1109/TBME.2004.827933).

    Parameters
    ----------
    shank, foot : Axis
    shank_rad_s, foot_rad_s : (n, 3) array
        Angular rates without bias at the same times, each in its sensor's frame.
    """
    lean, pitch = along(shank_rad_s, shank.xyz), along(foot_rad_s, foot.xyz)
    flip_shank = flip_foot = 1.0
    if (
        shank.sign_from == "assumed"
        and float(np.mean(lean**3)) > 0.3 * float(np.mean(lean**2)) ** 1.5
    ):
        flip_shank = -1.0
    if foot.sign_from == "assumed" and flip_shank * float(lean @ pitch) > 0:
        flip_foot = -1.0
    return replace(shank, xyz=flip_shank * shank.xyz), replace(foot, xyz=flip_foot * foot.xyz)


def shows_axis(placement: Placement, gyr_rad_s: Floats, up: Floats, zero_up: Floats) -> bool:
    """Whether this movement, (n, 3) each, turns a sensor far and clearly enough."""
    enough = _turn_deg(up) >= MIN_TURN_DEG[placement.segment]
    return enough and principal_axis(gyr_rad_s, zero_up)[1] >= MIN_EXPLAINED


def principal_axis(gyr_rad_s: Floats, known_up: Floats | None) -> tuple[Floats, float]:
    """Principal axis of angular rate, perpendicular to ``known_up`` where given.

    Returns
    -------
    axis : (3,) array
        Unit vector, sign arbitrary.
    explained : float
        Share of the squared rate along it, of all that could lie along it.
    """
    moving = np.einsum("ij,ij->i", gyr_rad_s, gyr_rad_s) > np.radians(MOVING_DEG_S) ** 2
    rates = gyr_rad_s[moving] if moving.sum() > 10 else gyr_rad_s
    power, axes = np.linalg.eigh(_spread(rates, known_up))
    return axes[:, -1], float(power[-1] / max(power.sum(), 1e-12))


def sign_from_cue(
    placement: Placement, xyz: Floats, gyr_rad_s: Floats, up: Floats, zero_up: Floats
) -> tuple[float, SignFrom] | None:
    """Sign that makes the large excursion knee forward (shank) or heel up (foot), and its name.

    None where no excursion settles it (`CUE_RATIO`, `CUE_DEG`).
    """
    if np.degrees(np.percentile(np.abs(along(gyr_rad_s, xyz)), 99)) > CUE_MAX_DEG_S:
        return None
    low, high = np.percentile(pitch_deg(up, zero_up, xyz), [1, 99])
    far, near = max(-low, high), max(0.0, min(-low, high))
    if far < CUE_DEG or far < CUE_RATIO * near:
        return None
    toward = 1.0 if high > -low else -1.0
    return (toward, "knee_bend") if placement.segment == "shank" else (-toward, "heel_raise")


def _turn_deg(up: Floats) -> float:
    """How far gravity swung in the sensor frame: the 98 % range about its mean direction."""
    if not len(up):
        return 0.0
    mean = _unit(up.mean(axis=0))
    _, axes = np.linalg.eigh(_spread(up, mean))
    across = along(up, axes[:, -1])
    low, high = np.percentile(np.degrees(np.arctan2(across, along(up, mean))), [1, 99])
    return float(high - low)


def _spread(v: Floats, without: Floats | None) -> Floats:
    """(3, 3) array: the sum of squares of vectors, what lies along a unit vector taken off."""
    squares = np.einsum("ij,ik->jk", v, v)
    if without is None:
        return squares
    across = np.eye(3) - np.outer(without, without)
    return across @ squares @ across


def _most_like(xyz: Floats, nominal: Floats) -> Floats:
    return xyz if xyz @ nominal >= 0 else -xyz


def _perpendicular(v: Floats, to: Floats | None) -> Floats:
    return v if to is None else v - (v @ to) * to


def _unit(v: Floats) -> Floats:
    return v / np.linalg.norm(v)


def between_deg(a: Floats, b: Floats) -> float:
    """Angle between two vectors, deg."""
    cosine = (a @ b) / (np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
