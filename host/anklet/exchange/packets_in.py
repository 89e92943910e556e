"""A sensor's packets into samples in SI units."""

from collections.abc import Iterable

import numpy as np

from anklet.errors import PacketError
from anklet.exchange.checks import check_samples
from anklet.model import Samples
from anklet.packets import SATURATED, Packet, concatenate, decode


def samples_from_packets(packets: Iterable[bytes], name: str) -> Samples:
    """Read the samples of one stream.

    Parameters
    ----------
    packets : iterable of bytes
        In the order of their sequence numbers; missing ones leave gaps.
    name : str
        What messages call the stream.

    Returns
    -------
    Samples
        Times on the wall clock that the stream's opening note gives, s since 1970 (else since the
        sensor's boot).

    Raises
    ------
    PacketError, DataError
        When a packet cannot be read, or the samples cannot be right.
    """
    decoded = [_decode(data, name) for data in packets]
    block = concatenate(decoded)
    clocks = (p.note["unix_us"] - p.time_us for p in decoded if p.note and "unix_us" in p.note)
    samples = Samples(
        np.asarray(next(clocks, 0) + block.t_us, float) * 1e-6,
        block.acc_m_s2,
        block.gyr_rad_s,
        (block.flags & SATURATED) > 0,
    )
    check_samples(samples, name)
    return samples


def _decode(data: bytes, name: str) -> Packet:
    try:
        return decode(data)
    except PacketError as error:
        raise PacketError(f"{name}: {error}") from error
