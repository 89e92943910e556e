"""Forces and stresses of the pod by formula; no CAD needed. Expected, not measured.

Material figures are ranges, for printed PETG: the checks hold at both ends of them.
"""

from dataclasses import dataclass
from math import radians, tan

from enclosure.parameters import KEY, SNAP, Key, Pod, Snap

MODULUS_MPA = (1500.0, 3000.0)
"""Printed PETG: 2000 to 3000 MPa along the layers (additive.tools, PETG, as built); less across
them, and a secant at the strains here is below the modulus at zero: hence from 1500."""
FRICTION = (0.2, 0.45)
"""Plastic on the same plastic, rough from the print; assumed."""
STRENGTH_ALONG_MPA = 44.0
"""Printed PETG along the layers, the lowest of 44 to 56 MPa (additive.tools)."""
STRENGTH_ACROSS_MPA = 25.0
"""Printed PETG across the layers, the lowest of 25 to 38 MPa (additive.tools)."""
STRAIN_MAX = 0.015
"""For an arm that bends across its layers, used seldom; chosen, not from a data sheet: the least
elongation at break across the layers given there is 5 %."""
INSERT_N = (8.0, 90.0)
"""Closing the lid: felt as a snap, and still possible with two thumbs; chosen."""
HOLD_LEAST_N = 20.0
"""Pulling the lid off must need more than this; chosen: about 300 times the lid's weight."""
TUG_N = 60.0
"""A hard pull on the strap, as when it catches; chosen."""
LACE_N = 20.0
"""A lace across a finger, pulled while tying; chosen."""
SAFETY = 1.5


@dataclass(frozen=True)
class Range:
    """Least and greatest value over the range of materials."""

    low: float
    high: float


def snap_strain(snap: Snap = SNAP) -> float:
    """Return the greatest strain of an arm while its hook passes the wall.

    ``1.5 * y * h / l**2``: a cantilever of constant rectangular section, from
    "Snap-Fit Joints for Plastics, a design guide" (Bayer MaterialScience), shape 1:
    permissible deflection ``y = 0.67 * strain * l**2 / h``.
    """
    return 1.5 * snap.overlap_mm * snap.thickness_mm / snap.length_mm**2


def snap_deflection_n(modulus_mpa: float, snap: Snap = SNAP) -> float:
    """Return the force that bends one arm by its overlap.

    ``P = b * h**2 / 6 * E * strain / l`` (Bayer design guide, deflection force).
    """
    section_mm3 = snap.width_mm * snap.thickness_mm**2 / 6
    return section_mm3 * modulus_mpa * snap_strain(snap) / snap.length_mm


def mating_n(deflection_n: float, face_deg: float, friction: float) -> float:
    """Return the force along the way in (or out) that a sloped face needs.

    ``W = P * (mu + tan a) / (1 - mu * tan a)`` (Bayer design guide, mating force); infinite where
    the denominator is not positive: the face locks itself.
    """
    slope = tan(radians(face_deg))
    give = 1 - friction * slope
    return deflection_n * (friction + slope) / give if give > 0 else float("inf")


def closing_n(snap: Snap = SNAP) -> Range:
    """Return the force that closes the lid: all arms together."""
    return _all_arms(snap, snap.lead_deg)


def holding_n(snap: Snap = SNAP) -> Range:
    """Return the force that pulls the lid off: all arms together."""
    return _all_arms(snap, snap.hold_deg)


def key_strain(key: Key = KEY) -> float:
    """Return the greatest strain of a key pressed down to the end; formula as `snap_strain`."""
    return 1.5 * (key.gap_mm + key.travel_mm) * key.thickness_mm / key.length_mm**2


def key_press_n(modulus_mpa: float, key: Key = KEY) -> float:
    """Return the force that bends a key to the end, without the button's own.

    ``F = E * b * h**3 * y / (4 * l**3)``: end-loaded cantilever (any strength of materials, e.g.
    Roark's Formulas for Stress and Strain).
    """
    way = key.gap_mm + key.travel_mm
    return modulus_mpa * key.width_mm * key.thickness_mm**3 * way / (4 * key.length_mm**3)


def bar_stress_mpa(pod: Pod, tug_n: float = TUG_N) -> float:
    """Return the stress in the bar that the strap pulls on.

    ``6 * (F * L / 8) / (t * b**2)``: evenly loaded beam, ends taken as free to turn (Roark), which
    is more than in the real bar with its held ends; bent in the wing's plane, along the layers.
    """
    moment_n_mm = tug_n * pod.slot_length_mm / 8
    return 6 * moment_n_mm / (pod.wing_mm * pod.bar_mm**2)


def finger_stress_mpa(pod: Pod, lace_n: float = LACE_N) -> float:
    """Return the stress at the root of a finger pressed down by a lace at its middle.

    ``6 * F * a / (b * t**2)``: cantilever (Roark); along the layers.
    """
    arm_mm = (pod.finger_length_mm - 7.0) / 2
    return 6 * lace_n * arm_mm / (pod.finger_width_mm * pod.finger_mm**2)


def problems(pod: Pod, snap: Snap = SNAP, key: Key = KEY) -> list[str]:
    """Return what is too weak, too stiff or too loose, as sentences; empty when all is well."""
    closing, holding = closing_n(snap), holding_n(snap)
    allowed_mpa = STRENGTH_ALONG_MPA / SAFETY
    checks = [
        (
            snap_strain(snap) <= STRAIN_MAX,
            f"an arm of the lid is strained by {snap_strain(snap):.2%}, more than {STRAIN_MAX:.1%}",
        ),
        (
            INSERT_N[0] <= closing.low and closing.high <= INSERT_N[1],
            f"closing takes {closing.low:.0f} to {closing.high:.0f} N, not {INSERT_N[0]:.0f} to "
            f"{INSERT_N[1]:.0f}",
        ),
        (
            holding.low >= HOLD_LEAST_N,
            f"the lid may come off at {holding.low:.0f} N, less than {HOLD_LEAST_N:.0f}",
        ),
        (
            holding.high < float("inf"),
            "the lid may lock itself for good: make the holding face flatter",
        ),
        (
            key_strain(key) <= STRAIN_MAX,
            f"a key is strained by {key_strain(key):.2%}, more than {STRAIN_MAX:.1%}",
        ),
        (
            key_press_n(MODULUS_MPA[1], key) <= 6.0,
            f"a key may take {key_press_n(MODULUS_MPA[1], key):.1f} N, more than 6",
        ),
    ]
    if pod.foot:
        stress = finger_stress_mpa(pod)
        checks.append((stress <= allowed_mpa, f"a finger bears {stress:.0f} MPa of a lace"))
    else:
        stress = bar_stress_mpa(pod)
        checks.append((stress <= allowed_mpa, f"a bar bears {stress:.0f} MPa of a tug"))
    return [sentence for good, sentence in checks if not good]


def _all_arms(snap: Snap, face_deg: float) -> Range:
    low, high = (
        snap.count * mating_n(snap_deflection_n(modulus, snap), face_deg, friction)
        for modulus, friction in zip(MODULUS_MPA, FRICTION, strict=True)
    )
    return Range(low, high)
