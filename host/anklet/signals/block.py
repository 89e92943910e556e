"""The angle of a block, from a sensor laid on it.

The sensor lies still on the level floor, then on the block: lid up, arrow to the toes. The angle is
the turn of gravity between the two, whichever way the arrow points on the slope; the arrow tells
only which end is high. Both lie on the same face, so that the accelerometer's offset and a lid that
is not parallel to the base cancel but for their turn: of 15 mg (0.86 deg) 0.3 deg is left at 20
deg. A sensor that lay on the block alone shows them whole.
"""

from dataclasses import dataclass

import numpy as np

from anklet.errors import CalibrationError
from anklet.model import Floats, Samples
from anklet.signals.calibration import between_deg
from anklet.signals.still import MIN_STILL_S, quiet_nodes, still_spans
from anklet.signals.timebase import to_uniform

LEVEL_DEG = 2.0
"""Two postures nearer than this are one. A block is steeper, or is none."""
STEEPEST_DEG = 45.0
FLAT_DEG = 20.0
"""On the floor the lid is no further from up than this: a case is not quite parallel."""
AIM_DEG = 45.0
"""The slope runs within this of the arrow, else it does not tell which end is high."""
OFFSET_DEG = 0.9
"""What 15 mg of accelerometer offset come to where no level floor was measured."""


@dataclass(frozen=True)
class Block:
    """A block's angle in deg, heel high positive, and what the sensor may be wrong by."""

    deg: float
    error_deg: float
    against_floor: bool

    def __str__(self) -> str:
        against = "against the level floor" if self.against_floor else "without a level floor"
        return (
            f"the block has {self.deg:.1f} deg by the sensor ({against}: within "
            f"{self.error_deg:.1f} deg with an accelerometer offset of 15 mg)."
        )


def measure_block(samples: Samples, name: str) -> Block:
    """Measure a block's angle.

    Parameters
    ----------
    samples : Samples
        The sensor on the floor, then on the block; or on the block alone.
    name : str
        What messages call the recording.

    Raises
    ------
    DataError, CalibrationError
        When it did not lie still, or not as said.
    """
    uniform = to_uniform(samples, name)
    ups = [still.up for still in still_spans(uniform, quiet_nodes(uniform))]
    if not ups:
        raise CalibrationError(
            f"{name}: the sensor did not lie still for {MIN_STILL_S:.0f} s; lay it on the level "
            "floor, then on the block, and leave it for 5 s each."
        )
    lid = np.array([0.0, 0.0, 1.0])
    against_floor = between_deg(ups[0], ups[-1]) > LEVEL_DEG
    floor, on_block = ups[0] if against_floor else lid, ups[-1]
    if between_deg(floor, lid) > FLAT_DEG:
        raise CalibrationError(
            f"{name}: the sensor first lay {between_deg(floor, lid):.0f} deg from lid up; lay it "
            "on the level floor first, lid up."
        )
    deg = between_deg(floor, on_block)
    if deg > STEEPEST_DEG:
        raise CalibrationError(
            f"{name}: the sensor turned by {deg:.0f} deg from floor to block, more than any block "
            f"({STEEPEST_DEG:.0f} deg); lay it on the block lid up."
        )
    if deg > LEVEL_DEG:
        deg *= _heel_high(floor, on_block, name)
    offset = 2 * np.sin(np.radians(abs(deg)) / 2) if against_floor else 1.0
    return Block(deg, max(0.1, float(OFFSET_DEG * offset)), against_floor)


def _heel_high(floor: Floats, on_block: Floats, name: str) -> float:
    """1 where the arrow points down the slope, -1 where up."""
    uphill = on_block - (on_block @ floor) * floor  # in the sensor, up leans to what is high
    arrow = np.array([1.0, 0.0, 0.0])
    aim_deg = between_deg(uphill, arrow - (arrow @ floor) * floor)
    if min(aim_deg, 180 - aim_deg) > AIM_DEG:
        raise CalibrationError(
            f"{name}: the arrow points {min(aim_deg, 180 - aim_deg):.0f} deg away from the slope, "
            "so it does not tell which end is high; point it to the toes."
        )
    return 1.0 if aim_deg > 90 else -1.0
