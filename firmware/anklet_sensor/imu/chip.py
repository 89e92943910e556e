"""What all IMU drivers share: registers, the buffer of samples."""

import struct
import time
from array import array

from micropython import const

from anklet_sensor.errors import Fault

MAX_SAMPLES = const(12)
"""Samples a read takes at most: 5.7 ms of I2C at 400 kHz."""

FIFO_OVERFLOW = "fifo_overflow"
FIFO_TORN = "imu"


class Chip:
    """One IMU on an I2C bus. Any method may raise OSError: the bus failed.

    Attributes
    ----------
    counts : bytearray
        12 bytes a sample, six little-endian int16: acc xyz, gyr xyz, in the chip's frame.
    ticks : array
        The chip's time of each sample, in ticks of tick_us modulo 2**30.
    lost : str
        Why samples are missing before the first that the last `read` gave (FIFO_OVERFLOW,
        FIFO_TORN), or empty; the reader clears it.
    temperature_c : float or None
        As of the last `measure_temperature`.
    """

    NAME = ""
    SCALE = 0
    RATES_HZ: tuple = ()
    ACC_LSB_M_S2 = 0.0
    GYR_LSB_RAD_S = 0.0
    WAKE_LEVEL = 1
    TIMESTAMPS = True
    tick_us = 25
    ticks_a_sample = 1
    ACC_SELF_TEST_MG = (0, 0)
    GYR_SELF_TEST_DPS = (0, 0)

    def __init__(self, i2c, address: int, clock) -> None:
        self.counts = bytearray(12 * MAX_SAMPLES)
        self.ticks = array("i", [0] * MAX_SAMPLES)
        self.lost = ""
        self.temperature_c = None
        self.rate_hz = 0
        self.address = address
        self._i2c = i2c
        self._clock = clock
        self._byte = bytearray(1)
        self._discard = 0
        self._alive = False
        self._kept = ()

    def start(self, rate_hz: int) -> None:
        """Reset the chip and sample into its FIFO."""
        raise NotImplementedError

    def stop(self) -> None:
        """Power down."""
        raise NotImplementedError

    def read(self) -> int:
        """Move samples from the FIFO into `counts` and `ticks`; return how many, at most 12."""
        n = self._drain()
        self._alive = n > 0
        if n and self._discard > 0:
            self._discard -= n
            self.lost = ""
            return 0
        return n

    def configured(self) -> bool:
        """Tell whether the chip still holds what `start` set; a chip that lost power does not."""
        return all(self._get(register) == value for register, value in self._kept)

    def _drain(self) -> int:
        raise NotImplementedError

    def push(self) -> None:
        """Switch the self-test's electrostatic forces on."""
        raise NotImplementedError

    def output(self) -> tuple:
        """Return the newest sample, counts acc xyz, gyr xyz."""
        raise NotImplementedError

    def _check_rate(self, rate_hz: int) -> None:
        if rate_hz not in self.RATES_HZ:
            raise Fault(
                "setting", "the %s samples at one of %s Hz" % (self.NAME, list(self.RATES_HZ))
            )
        self.rate_hz = rate_hz

    def _configure(self, settings: tuple) -> None:
        for register, value in settings:
            self._put(register, value)
        self._kept = settings
        if not self.configured():
            raise Fault("imu", "the %s does not keep its settings: check its power" % self.NAME)

    def _await_clear(self, register: int, mask: int) -> None:
        start = self._clock.ticks_us()
        while self._get(register) & mask:
            if time.ticks_diff(self._clock.ticks_us(), start) > 100_000:
                raise Fault("imu", "the %s does not end its reset: check its power" % self.NAME)

    def spin(self, us: int) -> None:
        """Wait; only at the start, and in the self-test."""
        start = self._clock.ticks_us()
        while time.ticks_diff(self._clock.ticks_us(), start) < us:
            pass

    def _put(self, register: int, value: int) -> None:
        self._byte[0] = value
        self._i2c.writeto_mem(self.address, register, self._byte)

    def _get(self, register: int) -> int:
        self._i2c.readfrom_mem_into(self.address, register, self._byte)
        return self._byte[0]

    def _get_bytes(self, register: int, form: str) -> tuple:
        data = self._i2c.readfrom_mem(self.address, register, struct.calcsize(form))
        return struct.unpack(form, data)
