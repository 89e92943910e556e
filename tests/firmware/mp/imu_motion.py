"""Motions as functions of a phase 0..1: specific force in m/s2 and angular rate in rad/s."""

from math import cos, pi, radians, sin

G = 9.80665


def still(_phase):
    return 0.0, 0.0, G, 0.0, 0.0, 0.0


def turning(_phase):
    """100 deg/s about z, gravity along x."""
    return G, 0.0, 0.0, 0.0, 0.0, radians(100)


def swing(phase):
    """A shank that swings 30 deg either way, once a cycle of the table."""
    angle = radians(30) * sin(2 * pi * phase)
    rate = radians(30) * 5.2 * cos(2 * pi * phase)
    return G * cos(angle), -G * sin(angle), 0.3 * sin(6 * pi * phase), 0.1 * rate, 0.0, rate


def violent(phase):
    """Beyond both ranges for a part of the cycle."""
    push = 200.0 * sin(2 * pi * phase)
    return push, 0.0, G, 0.0, radians(2600) * sin(2 * pi * phase), 0.0
