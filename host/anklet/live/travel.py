"""When the foot travels (a step), as it happens: the causal twin of `anklet.signals.contact`."""

import math

import numpy as np

from anklet.live.reading import Reading
from anklet.model import Floats, Mount, Segment

STEP_M_S, STEP_M = 0.15, 0.10
STEP_EDGE_M_S, STEP_EDGE = 0.08, 0.2
MERGE_S = 0.4
LEVER_RANGE_M = 0.2
LEVER_TRUST_S = 2.0
DRIFT_HZ = 0.3
"""These are those of `anklet.signals.contact`, with their reasons."""
SHANK_LEVER_M = 0.12
FOOT_LEVER_M = (-0.08, 0.0, 0.06)
"""Toe joint to a sensor on the laces, nominal mount: there is no second look to fit it first."""
CALM_RAD_S, CALM_M_S2, CALM_S = math.radians(10), 0.3, 0.1
"""A sensor that turns and accelerates by less for 0.1 s stands: its speed is set to zero, which
a causal high-pass would reach only seconds after a step."""
_TRUST = LEVER_TRUST_S * np.eye(3)
LONGEST_DOUBT_S = 1.5
"""Slow motion that has not led as far as a step in this time is none."""


class Steps:
    """Tells steps from reps by the speed that turning about a fixed joint does not explain.

    Attributes
    ----------
    since_s : float or None
        When the movement that is, or may be, a step began.
    low_s : float or None
        Since when it has been slow again.
    stepping : bool
        It is a step.
    """

    def __init__(self, segment: Segment, mount: Mount, zero_up: Floats, gravity_m_s2: float):
        nominal = np.array(FOOT_LEVER_M) * (mount == "nominal")
        self._expected = SHANK_LEVER_M * zero_up if segment == "shank" else nominal
        self._lever: Floats = self._expected
        self._gravity_m_s2 = gravity_m_s2
        self._products: Floats = np.zeros((4, 4))
        self.since_s: float | None = None
        self.low_s: float | None = None
        self.stepping = False
        self._start_anew(np.zeros((3, 3)))

    def push(self, reading: Reading, bias_rad_s: Floats) -> None:
        """Take a packet's samples, with the gyroscope's bias, (3,) in rad/s."""
        if not reading.whole:
            return
        gyr = reading.gyr_rad_s - bias_rad_s
        x, y, z = gyr[-1].tolist()
        # what a lever of 1 m along each axis of the sensor adds to the velocity
        turning = reading.to_earth[-1] @ np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        force = reading.to_earth.transpose(1, 0, 2).reshape(3, -1) @ reading.acc_m_s2.reshape(-1)
        force /= len(gyr)
        force[2] -= self._gravity_m_s2
        span_s = reading.gap_s + (len(gyr) - 1) * reading.period_s
        if not reading.joined:
            self._start_anew(turning)
            return
        calm = float(np.abs(gyr).max()) < CALM_RAD_S and float(force @ force) < CALM_M_S2**2
        self._calm_s = self._calm_s + span_s if calm else 0.0
        speed = self._speed_m_s(force, turning, span_s)
        self._follow(speed, float(reading.t_s[0]), float(reading.t_s[-1]), span_s)

    def _speed_m_s(self, force: Floats, turning: Floats, span_s: float) -> float:
        """Integrate and high-pass twice; column 0 is the velocity, 1 to 3 what turning explains."""
        keep = math.exp(-2 * math.pi * DRIFT_HZ * span_s)
        before = self._once.copy()
        self._once[:, 0] = keep * self._once[:, 0] + force * span_s
        self._once[:, 1:] = keep * (self._once[:, 1:] + turning - self._turning)
        self._turning = turning
        self._twice = keep * (self._twice + self._once - before)
        if self._calm_s >= CALM_S:
            self._once[:, 0] = self._once[:, 1:] @ self._lever
            self._twice[:, 0] = self._twice[:, 1:] @ self._lever
        left = self._twice[:, 0] - self._twice[:, 1:] @ self._lever
        speed = math.sqrt(float(left @ left))
        if speed < STEP_M_S and not self.stepping:
            self._fit_lever(span_s)
        return speed

    def _fit_lever(self, span_s: float) -> None:
        self._products += span_s * (self._twice.T @ self._twice)
        normal = self._products[1:, 1:]
        x, y, z = _solved(normal + _TRUST, self._products[1:, 0] - normal @ self._expected)
        share = min(1.0, LEVER_RANGE_M / max(math.sqrt(x * x + y * y + z * z), 1e-9))
        self._lever = self._expected + share * np.array([x, y, z])

    def _follow(self, speed: float, start_s: float, end_s: float, span_s: float) -> None:
        edge = max(STEP_EDGE_M_S, STEP_EDGE * self._fastest if self.stepping else 0.0)
        if speed > edge:
            if self.since_s is None:
                self.since_s = start_s
            self.low_s = None
            self._path_m += speed * span_s
            self._fastest = max(self._fastest, speed)
            if self._fastest > STEP_M_S and self._path_m > STEP_M:
                self.stepping = True
        elif self.since_s is not None and self.low_s is None:
            self.low_s = start_s
        over = self.low_s is not None and end_s - self.low_s > MERGE_S
        doubtful = self.since_s is not None and end_s - self.since_s > LONGEST_DOUBT_S
        if over or (doubtful and not self.stepping):
            self._rest()

    def _start_anew(self, turning: Floats) -> None:
        self._once: Floats = np.zeros((3, 4))
        self._twice: Floats = np.zeros((3, 4))
        self._turning = turning
        self._calm_s = 0.0
        self._rest()

    def _rest(self) -> None:
        self.since_s = self.low_s = None
        self.stepping = False
        self._path_m = self._fastest = 0.0


def _solved(normal: Floats, target: Floats) -> tuple[float, float, float]:
    """Solve three equations, symmetric and far from singular; NumPy takes five times as long."""
    (a, b, c), (_, d, e), (_, _, f) = normal.tolist()
    p, q, r = target.tolist()
    aa, ab, ac = d * f - e * e, c * e - b * f, b * e - c * d
    bb, bc, cc = a * f - c * c, b * c - a * e, a * d - b * b
    whole = a * aa + b * ab + c * ac
    return (
        (aa * p + ab * q + ac * r) / whole,
        (ab * p + bb * q + bc * r) / whole,
        (ac * p + bc * q + cc * r) / whole,
    )
