"""Streams into samples: the sensor's own calibration, and its clock."""

import numpy as np
import pytest

from anklet.errors import PacketError
from anklet.exchange.packets_in import clock_of, read_packets, samples_from_packets
from anklet.packets import SAMPLE, SCALES, Packet, encode

G = 9.80665


def stream(*notes, packets=40, later=()):
    """Packets at rest, notes before them and in the middle."""
    rng = np.random.default_rng(1)
    made = [Packet(7, k, 1000, 0, note=note) for k, note in enumerate(notes)]
    for k in range(packets):
        if k == packets // 2:
            made += [Packet(7, len(made), 1000 + k * 60_000, 0, note=n) for n in later]
        samples = np.zeros(6, SAMPLE)
        samples["acc"] = rng.integers(-9, 9, (6, 3)) + np.array(
            [0, 0, round(G / SCALES[1].acc_m_s2)]
        )
        samples["gyr"] = rng.integers(-9, 9, (6, 3))
        made.append(Packet(7, len(made), 1000 + k * 60_000, 10_000, samples=samples))
    return [encode(p) for p in made]


def test_counts_are_before_the_sensors_calibration():
    plain = samples_from_packets(stream(), "it")
    matrix = [1.01, 0.02, 0, 0, 0.99, 0, 0, 0, 1.02]
    notes = [
        {"acc_offset_m_s2": [0.1, -0.2, 0.3]},
        {"acc_matrix": matrix},
        {"gyr_bias_rad_s": [0.01, 0, -0.02]},
    ]
    told = samples_from_packets(stream(*notes), "it")
    wanted = (plain.acc_m_s2 - [0.1, -0.2, 0.3]) @ np.reshape(matrix, (3, 3)).T
    np.testing.assert_allclose(told.acc_m_s2, wanted)
    np.testing.assert_allclose(told.gyr_rad_s, plain.gyr_rad_s - [0.01, 0, -0.02])


def test_a_calibration_counts_from_its_note_on():
    plain = samples_from_packets(stream(), "it")
    change = {"set": {"gyr_bias_rad_s": [0.1, 0, 0], "rate_hz": 104}}
    told = samples_from_packets(stream({"gyr_bias_rad_s": [0, 0, 0]}, later=[change]), "it")
    off = plain.gyr_rad_s - told.gyr_rad_s
    np.testing.assert_allclose(off[:120], 0)
    np.testing.assert_allclose(off[120:], np.tile([0.1, 0, 0], (120, 1)))


@pytest.mark.parametrize("wrong", [[1, 2], "x", [1, 2, None], [[1], [2], 3], {"a": 1}])
def test_a_calibration_that_is_none_is_refused(wrong):
    with pytest.raises(PacketError, match=r"left: .*no usable acc_offset_m_s2"):
        samples_from_packets(stream({"acc_offset_m_s2": wrong}), "left")


def test_time_from_the_notes():
    unix_us = 1_800_000_000_000_000
    samples = samples_from_packets(stream({"unix_us": unix_us}), "it")
    assert samples.t_s[0] == pytest.approx(1.8e9)
    late = samples_from_packets(stream(later=[{"unix_us": unix_us + 1_200_000}]), "it")
    assert late.t_s[0] == pytest.approx(1.8e9)
    assert clock_of(read_packets(stream(), "it")) is None
    assert clock_of(read_packets(stream({"unix_us": "now"}), "it")) is None
    shifted = samples_from_packets(stream(), "it", lambda t_us: t_us * 1e-6 + 5)
    assert shifted.t_s[0] == pytest.approx(5.001)
