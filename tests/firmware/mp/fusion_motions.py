"""Made samples for fusion's checks: a sensor that turns about one axis, in place."""

import struct
from math import cos, radians, sin

ACC_LSB = 0.0047856452
GYR_LSB = 0.00122173048
G_COUNTS = 9.80665 / ACC_LSB


def sample(acc_counts, rate_dps, bias_dps=(0, 0, 0)) -> bytes:
    """Pack acceleration in counts, rate and bias in deg/s."""
    gyr = [round(radians(r + b) / GYR_LSB) for r, b in zip(rate_dps, bias_dps)]
    return struct.pack("<6h", *[round(a) for a in acc_counts], *gyr)


def still(fusion, seconds, rate_hz, acc=(0, 0, 1), bias_dps=(0, 0, 0)) -> int:
    """Keep it still, acc in g; return the samples at rest."""
    s = sample([a * G_COUNTS for a in acc], (0, 0, 0), bias_dps)
    rest = 0
    for _ in range(seconds * rate_hz):
        fusion.update_counts(s, 0)
        rest += fusion.at_rest
    return rest


def roll(fusion, seconds, rate_hz, dps, bias_dps=(0, 0, 0)) -> tuple:
    """Roll about x (horizontal) from level; return the last angle in rad and samples at rest."""
    rest = 0
    angle = 0.0
    for k in range(1, int(seconds * rate_hz) + 1):
        angle = radians(dps) * (k - 0.5) / rate_hz  # it set off half a sample ago
        acc = (0, G_COUNTS * sin(angle), G_COUNTS * cos(angle))
        fusion.update_counts(sample(acc, (dps, 0, 0), bias_dps), 0)
        rest += fusion.at_rest
    return angle, rest


def up(q) -> tuple:
    """Return the vertical seen from the sensor."""
    w, x, y, z = q
    return 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)
