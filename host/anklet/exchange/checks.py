"""What no recording of a leg can be: checks that hold for files and for packets alike."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from anklet.errors import DataError
from anklet.model import Bools, Floats, Samples

MIN_SAMPLES = 20
"""A second at the slowest rate."""
MIN_RATE_HZ, MAX_RATE_HZ = 20.0, 2000.0

RATE_LIMIT_RAD_S = 75.0
"""Beyond the widest range of any wearable gyroscope (+-4000 deg/s = 69.8 rad/s)."""
ACC_LIMIT_M_S2 = 4000.0
"""Beyond the widest range of any wearable accelerometer (high-g parts reach +-400 g)."""
GRAVITY_RANGE_M_S2 = (6.0, 18.0)
"""Where the median of the specific force's magnitude lies, rest to running."""

_TURN_S = 0.5
_TURN_WINDOWS = 40
_FULL_SCALE_M_S2 = 1.9 * 9.80665
_FULL_SCALE_RAD_S = np.radians(120.0)


def check_samples(
    samples: Samples, name: str, where: Callable[[int], str] | None = None
) -> tuple[str, ...]:
    """Refuse samples that cannot be right; return sentences about what is merely doubtful.

    Parameters
    ----------
    samples : Samples
        The recording, times in s on any clock.
    name : str
        What messages call it by (a file, a sensor).
    where : callable, optional
        Says where a sample is, from its index ("line 17"); by default "sample 16".

    Returns
    -------
    tuple of str
        Warnings: saturated samples.

    Raises
    ------
    DataError
        Too few samples, NaN, times that do not rise, a rate outside 20..2000 Hz, times in ms, us
        or ns, acceleration in g or mg or without gravity, angular rate in deg/s, a sensor that
        never changes.
    """
    at = where or _sample
    t_s, acc, gyr = samples.t_s, samples.acc_m_s2, samples.gyr_rad_s
    if len(t_s) < MIN_SAMPLES:
        raise DataError(
            f"{name} holds {len(t_s)} samples; at least {MIN_SAMPLES} are needed: record again, "
            "or check that the file is complete."
        )
    for quantity, values in (
        ("time", t_s[:, None]),
        ("acceleration", acc),
        ("angular rate", gyr),
    ):
        bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
        if len(bad):
            raise DataError(
                f"{name}, {at(int(bad[0]))}: the {quantity} is not a finite number "
                f"({len(bad)} such in all); leave samples that are missing out."
            )
    _check_times(t_s, name, at)
    _check_acc(acc, name)
    _check_gyr(samples, name)
    for quantity, values, limit, unit in (
        ("acceleration", acc, ACC_LIMIT_M_S2, "m/s2"),
        ("angular rate", gyr, RATE_LIMIT_RAD_S, "rad/s"),
    ):
        size = np.abs(values).max(axis=1)
        if size.max() > limit:
            raise DataError(
                f"{name}, {at(int(np.argmax(size > limit)))}: the {quantity} of "
                f"{size.max():.4g} {unit} is beyond every sensor's range; correct or delete it."
            )
    if samples.saturated is None or not samples.saturated.any():
        return ()
    count = int(samples.saturated.sum())
    first = int(np.argmax(samples.saturated))
    return (
        f"{name}: {count} samples are at the end of the sensor's range, the first at "
        f"{at(first)}; choose a wider range next time.",
    )


def mark_saturated(samples: Samples) -> Samples:
    """Mark where a channel stands at its limit, besides what is marked already.

    A limit is the largest or the smallest value of a channel when it is held exactly for 3 samples
    or longer, 5 in all, and is entered by a jump of several quanta (a slow turning point is entered
    by one); it is at least 1.9 g or 120 deg/s, since the smallest ranges are 2 g and 125 deg/s.

    Returns
    -------
    Samples
        The same values; ``saturated`` is an (n,) bool array.
    """
    n = len(samples.t_s)
    out = np.zeros(n, bool) if samples.saturated is None else samples.saturated.copy()
    for values, least in (
        (samples.acc_m_s2, _FULL_SCALE_M_S2),
        (samples.gyr_rad_s, _FULL_SCALE_RAD_S),
    ):
        for channel in values.T:
            for signed in (channel, -channel):
                out |= _plateau(signed, least)
    return replace(samples, saturated=out)


def _plateau(values: Floats, least: float) -> Bools:
    """Where one channel stands at its largest value; (n,) bool array."""
    none = np.zeros(len(values), bool)
    top = values.max(initial=-np.inf)
    if top < least:
        return none
    held = values == top
    edges = np.flatnonzero(np.diff(held, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    long = ends - starts >= 3
    starts, ends = starts[long], ends[long]
    if (ends - starts).sum() < 5:
        return none
    steps = np.abs(np.diff(values))
    quantum = np.quantile(steps[steps > 0], 0.01) if (steps > 0).any() else 0.0
    beside = np.concatenate([starts[starts > 0] - 1, ends[ends < len(values)]])
    if len(beside) and np.median(top - values[beside]) < 3 * quantum:
        return none
    out = none
    for start, end in zip(starts, ends, strict=True):
        out[start:end] = True
    return out


def _sample(index: int) -> str:
    return f"sample {index}"


def _check_times(t_s: Floats, name: str, at: Callable[[int], str]) -> None:
    step_s = np.diff(t_s)
    wrong = np.flatnonzero(step_s <= 0)
    if len(wrong):
        k = int(wrong[0]) + 1
        if step_s[k - 1] == 0:
            raise DataError(
                f"{name}, {at(k)}: the time {t_s[k]:.15g} s is repeated ({len(wrong)} times do not "
                "rise in all); keep one sample of each time."
            )
        raise DataError(
            f"{name}, {at(k)}: the time goes back from {t_s[k - 1]:.15g} to {t_s[k]:.15g} s; sort "
            "the samples by time, or split the file where the clock started again."
        )
    middle = float(np.median(step_s))
    for unit, per_second in (("ms", 1e3), ("us", 1e6), ("ns", 1e9)):
        if 1 / MAX_RATE_HZ < middle / per_second <= 1 / MIN_RATE_HZ:
            raise DataError(
                f"{name}: samples are {middle:.6g} s apart by the time column, which looks "
                f'like {unit}; convert it to s, or use a column map with t_unit = "{unit}".'
            )
    rate_hz = 1 / middle
    if not MIN_RATE_HZ * (1 - 1e-6) <= rate_hz <= MAX_RATE_HZ * (1 + 1e-6):
        raise DataError(
            f"{name}: samples are {middle:.6g} s apart ({rate_hz:.6g} Hz); "
            f"{MIN_RATE_HZ:g} to {MAX_RATE_HZ:g} Hz can be used: check the time column, or record "
            "at another rate."
        )


def _check_acc(acc: Floats, name: str) -> None:
    if not np.ptp(acc, axis=0).any():
        raise DataError(
            f"{name}: the acceleration never changes; the sensor was not measuring: record again."
        )
    middle = float(np.median(np.linalg.norm(acc, axis=1)))
    for unit, one in (("g", 1.0), ("mg", 1000.0)):
        if 0.7 * one < middle < 1.3 * one:
            raise DataError(
                f"{name}: the acceleration is {middle:.4g} in the middle, so it is in {unit}; "
                f'convert it to m/s2, or use a column map with acc_unit = "{unit}".'
            )
    low, high = GRAVITY_RANGE_M_S2
    if not low < middle < high:
        raise DataError(
            f"{name}: the acceleration is {middle:.4g} m/s2 in the middle, but at rest gravity "
            "gives 9.8; it must be in m/s2 and hold gravity (not free or linear acceleration)."
        )


def _check_gyr(samples: Samples, name: str) -> None:
    gyr = samples.gyr_rad_s
    if not np.ptp(gyr, axis=0).any():
        raise DataError(
            f"{name}: the angular rate never changes; the gyroscope was not measuring: record "
            "again."
        )
    top = float(np.abs(gyr).max())
    if RATE_LIMIT_RAD_S < top < np.degrees(RATE_LIMIT_RAD_S) or _turns_like_degrees(samples):
        raise DataError(
            f"{name}: an angular rate of up to {top:.4g} rad/s does not fit the acceleration, "
            "so it is in deg/s; convert it to rad/s, or use a column map with "
            'gyr_unit = "deg_s".'
        )


def _turns_like_degrees(samples: Samples) -> bool:
    """Whether gravity turns in the sensor as it would if the angular rate were in deg/s.

    In the half seconds that turn most, specific force is turned back by the integrated angular
    rate, once as rad/s and once as deg/s: gravity, constant in space, then scatters least with the
    true unit. Slow movement in deg/s has peaks that are plausible in rad/s, so size cannot tell.
    """
    t_s, acc, gyr = samples.t_s, samples.acc_m_s2, samples.gyr_rad_s
    step_s = float(np.median(np.diff(t_s)))
    width = max(4, round(_TURN_S / step_s))
    count = len(t_s) // width
    if count == 0:
        return False
    cut = slice(0, count * width)
    t_s, acc, gyr = (v[cut].reshape(count, width, *v.shape[1:]) for v in (t_s, acc, gyr))
    whole = t_s[:, -1] - t_s[:, 0] < 1.5 * width * step_s
    turn = np.where(whole, np.linalg.norm(gyr, axis=2).mean(axis=1), -1.0)
    most = np.argsort(turn)[-min(_TURN_WINDOWS, max(1, int(whole.sum()) // 10)) :]
    acc, gyr = acc[most], gyr[most]
    as_rad = _scatter(acc, gyr * step_s)
    as_deg = _scatter(acc, np.radians(gyr * step_s))
    return bool(np.median(as_rad) > 4.0 and np.median(as_rad) > 4 * np.median(as_deg))


def _scatter(acc: Floats, turn: Floats) -> NDArray[np.float64]:
    """Variance of specific force turned back to each window's start.

    Parameters
    ----------
    acc : (w, k, 3) array
        Specific force of w windows of k samples, m/s2.
    turn : (w, k, 3) array
        Rotation vector from each sample to the next, rad, sensor frame.

    Returns
    -------
    (w,) array
        Sum of the three axes' variances, (m/s2)^2.
    """
    angle = np.linalg.norm(turn, axis=2, keepdims=True)
    axis = turn / np.maximum(angle, 1e-12)
    half = np.concatenate([np.cos(angle / 2), axis * np.sin(angle / 2)], axis=2)
    back = np.zeros((len(acc), 4))
    back[:, 0] = 1.0
    turned = np.empty_like(acc)
    for k in range(acc.shape[1]):
        w, v = back[:, :1], back[:, 1:]
        cross = 2 * np.cross(v, acc[:, k])
        turned[:, k] = acc[:, k] + w * cross + np.cross(v, cross)
        hw, hv = half[:, k, :1], half[:, k, 1:]
        back = np.concatenate(
            [w * hw - (v * hv).sum(axis=1, keepdims=True), w * hv + hw * v + np.cross(v, hv)],
            axis=1,
        )
    return turned.var(axis=1).sum(axis=1)
