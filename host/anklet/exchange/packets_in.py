"""A sensor's packets into samples in SI units."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from anklet.errors import PacketError
from anklet.exchange.checks import check_samples
from anklet.model import Floats, Samples
from anklet.packets import SATURATED, Packet, concatenate, decode

ToSeconds = Callable[[NDArray[np.int64]], Floats]
"""Sensor time, (n,) in us since its boot, to the time axis of all, (n,) in s."""


@dataclass(frozen=True, eq=False)
class Constants:
    """A sensor's own calibration, which its packets' counts are before.

    Parameters
    ----------
    acc_offset_m_s2, gyr_bias_rad_s : (3,) array
    acc_matrix : (3, 3) array
        Calibrated acceleration is matrix @ (measured - offset), in the lid frame.
    """

    acc_offset_m_s2: Floats
    acc_matrix: Floats
    gyr_bias_rad_s: Floats

    def told(self, note: dict[str, Any], name: str) -> "Constants":
        """Return what holds after a note; PacketError when its numbers are none."""
        changes = {**note, **_dict(note.get("set"))}
        shapes = {"acc_offset_m_s2": (3,), "acc_matrix": (3, 3), "gyr_bias_rad_s": (3,)}
        fresh: dict[str, Any] = {}
        for key, shape in shapes.items():
            if changes.get(key) is None:
                continue
            try:
                value = np.asarray(changes[key], float).reshape(shape)
            except (TypeError, ValueError):
                value = np.full(shape, np.nan)
            if not np.isfinite(value).all():
                raise PacketError(
                    f"{name}: a note of the sensor gives no usable {key}; calibrate the sensor "
                    "again and update its firmware."
                )
            fresh[key] = value
        return replace(self, **fresh) if fresh else self


UNCALIBRATED = Constants(np.zeros(3), np.eye(3), np.zeros(3))


def samples_from_packets(
    packets: Iterable[bytes], name: str, to_seconds: ToSeconds | None = None
) -> Samples:
    """Read the samples of one stream, calibrated as its notes say.

    Parameters
    ----------
    packets : iterable of bytes
        In the order of their sequence numbers; missing ones leave gaps.
    name : str
        What messages call the stream.
    to_seconds : callable, optional
        From sensor time to the time axis of all; `clock_of` the stream's own notes when not given.

    Returns
    -------
    Samples
        Times on that axis: the wall clock that the stream's notes give, s since 1970 (else since
        the sensor's boot).

    Raises
    ------
    PacketError, DataError
        When a packet cannot be read, or the samples cannot be right.
    """
    return samples_of(read_packets(packets, name), name, to_seconds)


def samples_of(
    packets: Sequence[Packet], name: str, to_seconds: ToSeconds | None = None
) -> Samples:
    """Do the same as `samples_from_packets` with packets that are decoded already."""
    block = concatenate(packets)
    acc, gyr = _calibrated(packets, block.acc_m_s2, block.gyr_rad_s, name)
    clock = to_seconds or clock_of(packets) or since_boot
    samples = Samples(clock(block.t_us), acc, gyr, (block.flags & SATURATED) > 0)
    check_samples(samples, name)
    return samples


def read_packets(packets: Iterable[bytes], name: str) -> list[Packet]:
    """Decode packets; PacketError names the stream."""
    return [_decode(data, name) for data in packets]


def clock_of(packets: Iterable[Packet]) -> ToSeconds | None:
    """Return the wall clock that a stream's notes give, s since 1970; None where it has none.

    The first such note counts: the sensor was told the time before the stream, or during it.
    """
    for packet in packets:
        unix_us = (packet.note or {}).get("unix_us")
        if type(unix_us) is int and unix_us > 0:
            offset_us = unix_us - packet.time_us
            return lambda t_us: np.asarray(offset_us + t_us, float) * 1e-6
    return None


def since_boot(t_us: NDArray[np.int64]) -> Floats:
    """(n,) array: seconds since the sensor's boot."""
    return np.asarray(t_us, float) * 1e-6


def _calibrated(
    packets: Sequence[Packet], acc: Floats, gyr: Floats, name: str
) -> tuple[Floats, Floats]:
    """Take the sensor's calibration into account, each from its note on."""
    constants = UNCALIBRATED
    spans: list[tuple[int, Constants]] = []
    at = 0
    for packet in packets:
        if packet.note is None:
            at += len(packet.samples)
        elif (told := constants.told(packet.note, name)) is not constants:
            constants = told
            spans.append((at, told))
    acc, gyr = acc.copy(), gyr.copy()
    for k, (start, held) in enumerate(spans):
        stop = spans[k + 1][0] if k + 1 < len(spans) else at
        acc[start:stop] = (acc[start:stop] - held.acc_offset_m_s2) @ held.acc_matrix.T
        gyr[start:stop] -= held.gyr_bias_rad_s
    return acc, gyr


def _dict(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _decode(data: bytes, name: str) -> Packet:
    try:
        return decode(data)
    except PacketError as error:
        raise PacketError(f"{name}: {error}") from error
