"""The part of fusion that runs for every sample: integers only, nothing allocated.

Fixed-point numbers: "Q30" is a value times 2**30. 32-bit interpreters only: on amd64 viper reads
a `ptr32` without its sign.

The state is an array("i") of `SIZE` words:

====== ==========================================================================
0-3    orientation w x y z, sensor to earth, Q30
4-6    angular rate of the sample before, counts
7-9    bias: half of the angle that it turns in one sample, Q30
10-12  sum of calibrated acceleration turned to earth, half counts
13-15  sum of angular rate, counts
16-18  sum of acceleration as measured, counts
19     a quarter of the angle that one count turns in one sample, Q33
20     samples in the sums
21-29  accelerometer matrix, row-major, Q14
30-32  accelerometer matrix times offset, counts Q14
33     what word 19 leaves, Q48
====== ==========================================================================
"""

import micropython
from micropython import const

SIZE = const(34)


@micropython.viper
def step(s: ptr32, d: ptr16, o: int) -> int:
    """Take one sample: counts acc xyz, gyr xyz at d[o]; return how many are in the sums.

    The turn since the sample before is that of the mean of both rates. No value here can leave 32
    bits: counts are 16 bits, a matrix row is below 1.75, half angles are below 0.25 rad.
    """
    ax = (int(d[o]) ^ 0x8000) - 0x8000
    ay = (int(d[o + 1]) ^ 0x8000) - 0x8000
    az = (int(d[o + 2]) ^ 0x8000) - 0x8000
    gx = (int(d[o + 3]) ^ 0x8000) - 0x8000
    gy = (int(d[o + 4]) ^ 0x8000) - 0x8000
    gz = (int(d[o + 5]) ^ 0x8000) - 0x8000
    s[13] += gx
    s[14] += gy
    s[15] += gz
    s[16] += ax
    s[17] += ay
    s[18] += az

    gain = s[19]
    rest = s[33]
    i = gx + s[4]
    j = gy + s[5]
    k = gz + s[6]
    i = (i * gain + (i * rest >> 15) >> 3) - s[7]
    j = (j * gain + (j * rest >> 15) >> 3) - s[8]
    k = (k * gain + (k * rest >> 15) >> 3) - s[9]
    s[4] = gx
    s[5] = gy
    s[6] = gz

    # Series for cosine and sine of half the angle, by its square m: to m**3 and m**2.
    ih = i + 0x4000 >> 15
    jh = j + 0x4000 >> 15
    kh = k + 0x4000 >> 15
    m = ih * ih + jh * jh + kh * kh
    mh = m >> 15
    mm = mh * mh
    c = 0x3FFFFFFF - (m >> 1) + mm // 24 - (mm >> 15) * mh // 720
    m = m // 6 - mm // 120
    mh = m >> 15
    ml = m & 0x7FFF
    i -= mh * ih + (ml * ih >> 15)
    j -= mh * jh + (ml * jh >> 15)
    k -= mh * kh + (ml * kh >> 15)

    # q = q * (c, i, j, k): products of upper halves (15 bits) and of upper by lower (14 bits).
    w = s[0]
    x = s[1]
    y = s[2]
    z = s[3]
    wl = (w & 0x7FFF) >> 1
    xl = (x & 0x7FFF) >> 1
    yl = (y & 0x7FFF) >> 1
    zl = (z & 0x7FFF) >> 1
    cl = (c & 0x7FFF) >> 1
    il = (i & 0x7FFF) >> 1
    jl = (j & 0x7FFF) >> 1
    kl = (k & 0x7FFF) >> 1
    w = w >> 15
    x = x >> 15
    y = y >> 15
    z = z >> 15
    c = c >> 15
    i = i >> 15
    j = j >> 15
    k = k >> 15
    m = w * cl - x * il - y * jl - z * kl + wl * c - xl * i - yl * j - zl * k
    s[0] = w * c - x * i - y * j - z * k + (m + 0x2000 >> 14)
    m = x * cl + w * il + y * kl - z * jl + xl * c + wl * i + yl * k - zl * j
    s[1] = x * c + w * i + y * k - z * j + (m + 0x2000 >> 14)
    m = y * cl + w * jl - x * kl + z * il + yl * c + wl * j - xl * k + zl * i
    s[2] = y * c + w * j - x * k + z * i + (m + 0x2000 >> 14)
    m = z * cl + w * kl + x * jl - y * il + zl * c + wl * k + xl * j - yl * i
    s[3] = z * c + w * k + x * j - y * i + (m + 0x2000 >> 14)

    # Calibrate the acceleration, turn it to earth: a + 2 (w t + v x t), t = v x a; q in Q14.
    i = s[21] * ax + s[22] * ay + s[23] * az - s[30] + 0x2000 >> 14
    j = s[24] * ax + s[25] * ay + s[26] * az - s[31] + 0x2000 >> 14
    k = s[27] * ax + s[28] * ay + s[29] * az - s[32] + 0x2000 >> 14
    w = s[0] + 0x8000 >> 16
    x = s[1] + 0x8000 >> 16
    y = s[2] + 0x8000 >> 16
    z = s[3] + 0x8000 >> 16
    ax = y * k - z * j + 0x2000 >> 14
    ay = z * i - x * k + 0x2000 >> 14
    az = x * j - y * i + 0x2000 >> 14
    s[10] += (i << 1) + (w * ax + y * az - z * ay + 0x800 >> 12)
    s[11] += (j << 1) + (w * ay + z * ax - x * az + 0x800 >> 12)
    s[12] += (k << 1) + (w * az + x * ay - y * ax + 0x800 >> 12)
    n = s[20] + 1
    s[20] = n
    return n


@micropython.viper
def store(s: ptr32, out: ptr16, o: int):
    """Write the orientation to out[o]: w x y z, round(32767 q), w >= 0."""
    sign = -1 if s[0] < 0 else 1
    for n in range(4):
        v = s[n] * sign
        v = v - (v >> 15) + 0x4000 >> 15
        if v > 32767:
            v = 32767
        if v < -32767:
            v = -32767
        out[o + n] = v
