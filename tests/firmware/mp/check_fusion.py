"""Fusion on its own: made motions, extremes, calibration, gaps, heap."""

import gc
import json
import struct
from math import atan2, cos, degrees, inf, nan, pi, radians, sin, sqrt

import micropython
from anklet_sensor.errors import Fault
from anklet_sensor.fusion import Fusion
from fusion_motions import ACC_LSB, G_COUNTS, roll, sample, still, up

IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1]
ZERO = [0, 0, 0]
done = {}


def off_deg(seen, expected) -> float:
    """Angle between two directions."""
    dot = sum(a * b for a, b in zip(seen, expected))
    cross = (
        seen[1] * expected[2] - seen[2] * expected[1],
        seen[2] * expected[0] - seen[0] * expected[2],
        seen[0] * expected[1] - seen[1] * expected[0],
    )
    return degrees(atan2(sqrt(sum(c * c for c in cross)), dot))


def refused(call, *args) -> str:
    """Return the code of the Fault that a call raises."""
    try:
        call(*args)
    except Fault as fault:
        return fault.code
    return ""


def check_start() -> None:
    """Upright at the first sample from any side, upside down exactly too; no turn before it."""
    for acc in ((0, 0, 1), (0, 0, -1), (0, 1e-3, -1), (0.02, 0, -1), (0, -1, 0), (-0.6, 0, 0.8)):
        n = sqrt(sum(a * a for a in acc))
        acc = tuple(a / n for a in acc)
        fusion = Fusion(104)
        fusion.update_counts(sample([a * G_COUNTS for a in acc], (0, 0, 2000)), 0)
        assert off_deg(up(fusion.q), acc) < 0.06, (acc, fusion.q)
        fusion = Fusion(104)
        still(fusion, 2, 104, acc)
        assert off_deg(up(fusion.q), acc) < 0.06, (acc, fusion.q)
    fusion = Fusion(104)
    still(fusion, 10, 104)
    still(fusion, 30, 104, (0, 0, -1))  # gravity jumps to the other side while no turn is seen
    assert off_deg(up(fusion.q), (0, 0, -1)) < 1, fusion.q
    fusion = Fusion(104)
    fusion.update_counts(bytes(12), 0)  # no gravity at all
    assert fusion.q[0] > 0.999999
    still(fusion, 1, 104, (0, 1, 0))
    assert off_deg(up(fusion.q), (0, 1, 0)) < 0.1


def check_motion() -> None:
    """Fast spins, and slow turns, which are no bias."""
    worst = 0
    for rate_hz in (100, 208):
        for dps in (500, 2290, -2290):
            fusion = Fusion(rate_hz)
            still(fusion, 4, rate_hz)
            angle, _ = roll(fusion, 6, rate_hz, dps)
            _, y, z = up(fusion.q)
            error = (atan2(y, z) - angle + pi) % (2 * pi) - pi
            worst = max(worst, abs(degrees(error)))
    assert worst < 0.12, worst
    done["spin_deg"] = worst
    worst = worst_bias = 0
    for dps in (0.3, 0.8, 2, 3, 4, 5.5):
        fusion = Fusion(104)
        still(fusion, 10, 104, bias_dps=(1, 1, 1))
        angle, rest = roll(fusion, 15, 104, dps, bias_dps=(1, 1, 1))
        _, y, z = up(fusion.q)
        worst = max(worst, abs(degrees(atan2(y, z) - angle)))
        worst_bias = max(worst_bias, abs(degrees(fusion.bias_rad_s[0]) - 1))
        assert dps < 2 or rest <= 1.1 * 104, (dps, rest)  # the end of the rest before
    assert worst < 0.15, worst
    assert worst_bias < 0.05, worst_bias
    done["slow_turn_deg"] = worst


def check_bias() -> None:
    """5 deg/s is learned at rest in any posture, kept, restored; limits; calibrated bias."""
    for bias in ((5, 0, 0), (0, -5, 0), (0, 0, 5), (-5, 5, -5)):
        for acc in ((0, 0, 1), (0.6, 0, -0.8), (1, 0, 0)):
            fusion = Fusion(104)
            rest = still(fusion, 10, 104, acc, bias)
            assert rest > 8 * 104, (bias, acc, rest)
            assert fusion.at_rest
            error = max(abs(degrees(b) - c) for b, c in zip(fusion.bias_rad_s, bias))
            assert error < 0.06, (bias, acc, error)
    kept = fusion.bias_rad_s
    again = Fusion(104)
    again.set_bias(kept)
    assert again.bias_rad_s == kept
    still(again, 1, 104, (1, 0, 0), bias)
    assert off_deg(up(again.q), (1, 0, 0)) < 0.05
    for bad in ((nan, 0, 0), (0, inf, 0), (0, 0), (1, 0, 0)):
        assert refused(again.set_bias, bad) == "calibration", bad
    fusion = Fusion(104)
    assert not still(fusion, 5, 104, bias_dps=(0, 7, 0))  # too fast for rest
    fusion.calibrate(ZERO, IDENTITY, [0, radians(7), 0])
    assert still(fusion, 5, 104, bias_dps=(0, 7, 0))
    assert abs(degrees(fusion.bias_rad_s[1]) - 7) < 0.05
    learned = fusion.bias_rad_s
    fusion.calibrate(ZERO, IDENTITY, [0, radians(7), 0])  # the same once more: nothing is dropped
    assert fusion.bias_rad_s == learned


def check_calibration() -> None:
    """Raw counts with offset, scale and misalignment give the true vertical; bad values nothing."""
    matrix = [1.05, 0.04, -0.03, -0.02, 0.93, 0.05, 0.01, -0.06, 1.1]
    offset = [0.8, -1.1, 0.5]
    a, b, c, d, e, f, g, h, i = matrix
    det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    inverse = [e * i - f * h, c * h - b * i, b * f - c * e]
    inverse += [f * g - d * i, a * i - c * g, c * d - a * f]
    inverse += [d * h - e * g, b * g - a * h, a * e - b * d]
    fusion = Fusion(104)
    fusion.calibrate(offset, matrix, ZERO)
    for acc in ((0, 0, 1), (0, -1, 0), (0.48, 0.6, -0.64)):
        true = [x * 9.80665 for x in acc]
        raw = [
            (sum(inverse[3 * r + k] * true[k] for k in range(3)) / det + offset[r]) / ACC_LSB
            for r in range(3)
        ]
        fusion.lost(1000)
        fusion.update_counts(sample(raw, (0, 0, 0)), 0)
        assert off_deg(up(fusion.q), acc) < 0.06, (acc, up(fusion.q))
    before = bytes(fusion._s)
    for bad in (
        ([nan, 0, 0], IDENTITY, ZERO),
        ([0, inf, 0], IDENTITY, ZERO),
        ([0, 0, 6], IDENTITY, ZERO),
        ([0, 0], IDENTITY, ZERO),
        (ZERO, [1, 0, 0, 0, 1, 0, 0, 0, nan], ZERO),
        (ZERO, [0] * 9, ZERO),
        (ZERO, [1, 0, 0, 0, -1, 0, 0, 0, 1], ZERO),
        (ZERO, [1, 0.3, 0, 0, 1, 0, 0, 0, 1], ZERO),
        (ZERO, IDENTITY[:8], ZERO),
        (ZERO, IDENTITY, [0, 0, nan]),
        (ZERO, IDENTITY, [0, 0.6, 0]),
    ):
        assert refused(fusion.calibrate, *bad) == "calibration", bad
        assert bytes(fusion._s) == before
    assert refused(Fusion, 52) == refused(Fusion, 2000) == "setting"


def check_gaps() -> None:
    """A short gap in a turn is bridged, behind a long one inclination is found; bias is kept."""
    fusion = Fusion(104)
    still(fusion, 8, 104, bias_dps=(2, 0, 0))
    bias = fusion.bias_rad_s
    for k in range(104):
        angle = radians(60) * (k + 0.5) / 104
        if not 40 <= k < 60:
            acc = (0, G_COUNTS * sin(angle), G_COUNTS * cos(angle))
            if k == 60:
                fusion.lost(12)
                fusion.lost(8)
            fusion.update_counts(sample(acc, (60, 0, 0), (2, 0, 0)), 0)
    _, y, z = up(fusion.q)
    assert abs(degrees(atan2(y, z) - angle)) < 0.5  # it turned by 11.5 deg meanwhile
    done["gap_deg"] = abs(degrees(atan2(y, z) - angle))
    fusion.lost(200)
    still(fusion, 1, 104, (1, 0, 0), (2, 0, 0))
    assert off_deg(up(fusion.q), (1, 0, 0)) < 0.05
    assert abs(fusion.bias_rad_s[0] - bias[0]) < radians(0.1)


def check_extremes() -> None:
    """Any counts: a unit quaternion and a bias within limits, at every sample."""
    seed = 1
    ends = (-32768, 32767, -32767, 0, 1, -1)
    buf = bytearray(12)
    out = bytearray(8)
    for rate_hz in (100, 208):
        fusion = Fusion(rate_hz)
        fusion.calibrate([5, -5, 5], [1.25, 0.25, 0.25, -0.25, 1.25, -0.25, 0.25, 0.25, 0.75], ZERO)
        for n in range(6000):
            for i in range(6):
                seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
                kind = n // 1000  # at random, at the ends, held at one end
                value = (seed >> 8) % 65536 - 32768
                value = value if kind < 2 else ends[(seed >> 8) % 6] if kind < 4 else ends[i % 2]
                struct.pack_into("<h", buf, 2 * i, value)
            fusion.update_counts(buf, 0)
            fusion.store_q(out, 0)
            q = struct.unpack("<4h", out)
            assert q[0] >= 0
            norm = sqrt(sum(v * v for v in q)) / 32767
            assert abs(norm - 1) < 1e-3, (n, norm)
            assert max(abs(b) for b in fusion.bias_rad_s) < radians(8.1)
        fusion.calibrate(ZERO, IDENTITY, ZERO)
        still(fusion, 30, rate_hz, (0, 0, 0))  # a dead sensor
        still(fusion, 60, rate_hz, (0, 0.6, 0.8))
        assert off_deg(up(fusion.q), (0, 0.6, 0.8)) < 0.5, off_deg(up(fusion.q), (0, 0.6, 0.8))


def check_update() -> None:
    """Floats and counts agree; fractions of a count add up; NaN is refused and harmless."""
    fusion, other = Fusion(104), Fusion(104)
    lsb = 0.00122173048
    for k in range(520):
        gx = 300 * ((k % 50) - 25)
        fusion.update_counts(
            sample((0, 0, G_COUNTS), (0, 0, 0))[:6] + struct.pack("<3h", gx, 0, 9), 0
        )
        other.update(gx * lsb, 0, 9 * lsb, 0, 0, round(G_COUNTS) * ACC_LSB)
    assert max(abs(a - b) for a, b in zip(fusion.q, other.q)) < 1e-6
    fusion = Fusion(104)
    for _ in range(1040):
        fusion.update(0, 0, 0.3 * lsb, 0, 0, 9.81)
    assert abs(fusion.bias_rad_s[2] - 0.3 * lsb) < 0.05 * lsb, fusion.bias_rad_s
    before = fusion.q
    for bad in (nan, inf, -inf):
        try:
            fusion.update(0, bad, 0, 0, 0, 9.81)
            raise AssertionError("not finite, yet taken")
        except (ValueError, OverflowError):
            pass
    fusion.update(0, 0, 0, 0, 0, 9.81)
    fusion.update(1e6, 0, 0, 0, 0, -1e6)  # beyond the range: held at its end
    assert abs(fusion.q[0] - before[0]) < 0.02


def check_buffers() -> None:
    """bytes, bytearray and memoryview at any even offset; others are refused."""
    s = sample((0, 0, G_COUNTS), (1, 2, 3))
    for buf in (s, bytearray(s), memoryview(bytearray(s))):
        fusion = Fusion(104)
        fusion.update_counts(buf, 0)
        for offset in (1, 2, -2, -1, 12):
            try:
                fusion.update_counts(buf, offset)
                raise AssertionError(offset)
            except ValueError:
                pass
    fusion.update_counts(bytes(20) + s, 20)
    out = bytearray(12)
    fusion.store_q(out, 4)
    assert struct.unpack_from("<h", out, 4)[0] == 32767
    assert out[:4] == bytes(4)
    for offset in (3, 6, -2):
        try:
            fusion.store_q(out, offset)
            raise AssertionError(offset)
        except ValueError:
            pass


def heap_a_sample(rate_hz: int, dps: float) -> float:
    """Bytes allocated a sample, on average over blocks, with nothing collected."""
    fusion = Fusion(rate_hz)
    moving = bytearray(sample((0, 0, G_COUNTS), (dps, 0, 0)) + bytes(8))
    resting = sample((0, 0, G_COUNTS), (0, 0, 0))
    for k in range(6 * rate_hz):
        fusion.update_counts(moving if k & 64 else resting, 0) if dps else still(fusion, 1, 1)
    n = 4 * fusion._block
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    for _ in range(n):
        fusion.update_counts(moving, 0)
        fusion.store_q(moving, 12)
    used = gc.mem_alloc() - before
    gc.enable()
    return used / n


def check_heap() -> None:
    """Little on average; nothing between corrections: those samples run under heap_lock."""
    done["heap_moving"] = max(heap_a_sample(rate_hz, 50) for rate_hz in (100, 104, 208))
    done["heap_resting"] = max(heap_a_sample(rate_hz, 0) for rate_hz in (100, 104, 208))
    assert max(done["heap_moving"], done["heap_resting"]) <= 232, done
    fusion = Fusion(104)
    buf = bytearray(sample((0, 0, G_COUNTS), (10, 20, 30)) + bytes(8))
    fusion.update_counts(buf, 0)
    micropython.heap_lock()
    for _ in range(fusion._block - 1):
        fusion.update_counts(buf, 0)
        fusion.store_q(buf, 12)
        fusion.at_rest  # noqa: B018
    micropython.heap_unlock()


for check in (check_start, check_motion, check_bias, check_calibration, check_gaps):
    check()
for check in (check_extremes, check_update, check_buffers, check_heap):
    check()
print(json.dumps(done))
