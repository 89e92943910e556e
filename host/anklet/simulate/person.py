"""What a leg can do, and how long its bones are."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LegAbility:
    """How far a leg's ankle reaches, in deg from quiet standing.

    Parameters
    ----------
    df_deg, pf_deg : float
        Weight-bearing dorsiflexion, and plantarflexion in a heel rise (negative).
    df_free_deg : float
        Dorsiflexion without load (on the table).
    """

    df_deg: float = 25.0
    pf_deg: float = -38.0
    df_free_deg: float = 14.0


@dataclass(frozen=True)
class Body:
    """Geometry of a leg in m and deg.

    Parameters
    ----------
    toe_m, ankle_height_m : float
        Ankle joint behind and above the toe joint, foot flat.
    shank_sensor_m : (float, float, float)
        Shank sensor from the ankle joint: forward, outward, up the leg.
    foot_sensor_m : (float, float, float)
        Foot sensor from the ankle joint: to the toes, outward, up.
    rest_lean_deg : float
        Lean of the tibia in quiet standing; angles count from there.
    toe_out_deg : float
        Turn of the leg outwards.
    valgus_share, valgus_noise_deg : float
        Movement out of the sagittal plane: a share of the lean, and slow wandering (RMS).
    skin_slide_m : float
        The shank sensor slides up the leg by this much at 45 deg of lean: skin and muscle.
    """

    toe_m: float = 0.13
    ankle_height_m: float = 0.08
    shank_sensor_m: tuple[float, float, float] = (0.0, 0.045, 0.11)
    foot_sensor_m: tuple[float, float, float] = (0.07, 0.0, -0.01)
    rest_lean_deg: float = 4.0
    toe_out_deg: float = 12.0
    valgus_share: float = 0.03
    valgus_noise_deg: float = 0.6
    skin_slide_m: float = 0.0

    @staticmethod
    def random(rng: np.random.Generator) -> "Body":
        """Draw a leg: small to large feet, and a strap from just above the ankle to mid-shank."""
        return Body(
            toe_m=float(rng.uniform(0.10, 0.16)),
            ankle_height_m=float(rng.uniform(0.06, 0.10)),
            shank_sensor_m=(
                float(rng.uniform(-0.03, 0.03)),
                float(rng.uniform(0.03, 0.06)),
                float(rng.uniform(0.08, 0.25)),
            ),
            foot_sensor_m=(float(rng.uniform(0.05, 0.09)), 0.0, float(rng.uniform(-0.02, 0.0))),
            rest_lean_deg=float(rng.uniform(1, 7)),
            toe_out_deg=float(rng.uniform(0, 20)),
            valgus_share=float(rng.uniform(0, 0.08)),
            valgus_noise_deg=float(rng.uniform(0.3, 1.2)),
            skin_slide_m=float(rng.uniform(-0.004, 0.004)),
        )
