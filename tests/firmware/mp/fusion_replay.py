"""Replay a file of samples (12 bytes each) through Fusion; write w x y z counts and bias."""

import sys

from anklet_sensor.fusion import Fusion

_SAMPLES = 256


def replay(fusion, samples, orientations) -> int:
    """Feed a stream of samples; write 8 bytes for each. Returns how many at rest."""
    buf = bytearray(20 * _SAMPLES)
    view = memoryview(buf)
    at_rest = 0
    while True:
        n = samples.readinto(view[: 12 * _SAMPLES]) // 12
        if not n:
            return at_rest
        for i in range(n):
            fusion.update_counts(buf, 12 * i)
            fusion.store_q(buf, 12 * _SAMPLES + 8 * i)
            at_rest += fusion.at_rest
        orientations.write(view[12 * _SAMPLES : 12 * _SAMPLES + 8 * n])


if __name__ == "__main__":
    rate_hz = int(sys.argv[1])
    for name in sys.argv[2:]:
        fusion = Fusion(rate_hz)
        with open(name, "rb") as samples, open(name + ".q", "wb") as orientations:
            n = replay(fusion, samples, orientations)
        print(name, n, fusion.bias_rad_s)
