"""A recording as the packets that a sensor would have sent."""

import numpy as np
from vqf import VQF

from anklet.model import Recording
from anklet.packets import SATURATED, Packet, encode, pack_samples

SAMPLES_A_PACKET = 6
BOOT_US = 3_700_000
"""Sensor time at which a simulated recording starts."""


def to_packets(
    recording: Recording, *, stream: int, sensor_id: str, unix_s: float, scale: int = 1
) -> list[bytes]:
    """Pack a recording: notes that describe the stream, samples, and a closing note.

    Packets that were lost leave holes in the sequence numbers. Orientation is VQF's, online.

    Parameters
    ----------
    recording : Recording
    stream : int
        Random number of this start of sampling.
    sensor_id : str
    unix_s : float
        Wall clock at time zero of the recording's clock, s since 1970.
    scale : int
        Code of the count sizes.
    """
    samples = recording.samples
    t_s = samples.t_s
    period_s = float(np.median(np.diff(t_s)))
    node = np.asarray(np.round((t_s - t_s[0]) / period_s), np.int64)
    period_s = float((t_s[-1] - t_s[0]) / node[-1])
    filtered = VQF(period_s).updateBatch(samples.gyr_rad_s.copy(), samples.acc_m_s2.copy())
    at_limit = np.zeros(len(t_s), bool) if samples.saturated is None else samples.saturated
    packed = pack_samples(samples.acc_m_s2, samples.gyr_rad_s, filtered["quat6D"], scale)
    period_us = round(period_s * 1e6)
    notes = [
        {"sensor": sensor_id, "boot": stream ^ 0x5A5A5A5A, "fw": "simulated"},
        {"imu": "simulated", "rate_hz": round(1 / period_s, 3), "scale": scale},
        {"side": recording.placement.side, "segment": recording.placement.segment},
        {"unix_us": round((unix_s + float(t_s[0])) * 1e6)},
    ]
    packets = [
        Packet(stream, seq, BOOT_US, period_us, scale, note=note) for seq, note in enumerate(notes)
    ]
    for chunk in np.unique(node // SAMPLES_A_PACKET):
        held = np.flatnonzero(node // SAMPLES_A_PACKET == chunk)
        time_us = BOOT_US + round(float(t_s[held[0]] - t_s[0]) * 1e6)
        flags = SATURATED if at_limit[held].any() else 0
        seq = len(notes) + int(chunk)
        packets.append(Packet(stream, seq, time_us, period_us, scale, flags, packed[held]))
    last_us = BOOT_US + round(float(t_s[-1] - t_s[0]) * 1e6)
    end_seq = len(notes) + int(node[-1] // SAMPLES_A_PACKET) + 1
    packets.append(Packet(stream, end_seq, last_us, period_us, scale, note={"end": end_seq}))
    return [encode(p) for p in packets]
