"""A board with a modelled IMU on its bus; time, button and end go through the wire."""

import struct
import sys

import imu_motion
from imu_bus import Bus
from lsm6dsox_model import Lsm6dsoxModel
from wire import wire

RESTART, ASLEEP = 10, 11
"""Exit codes: the program wants to be started anew; it sleeps until something wakes it."""

_TURN_US = 300  # what a turn of the loop takes at least
_BATTERY_MV = 3950


class SimBoard:
    """What the firmware knows of a board (anklet_sensor/board.py).

    Parameters
    ----------
    setup : dict
        ``sensor_id``, ``motion`` (a name in imu_motion), ``imu_ppm``, ``idle_ms`` (least sleep).
    """

    def __init__(self, setup):
        self.name = "simulated"
        self.faults = []
        self.remap = (1, 0, 0, 0, 1, 0, 0, 0, 1)
        self.sensor_id = setup["sensor_id"]
        self.wakes = ("button", "motion")
        self.model = Lsm6dsoxModel(
            wire, getattr(imu_motion, setup["motion"]), error_ppm=setup["imu_ppm"]
        )
        self.i2c = Bus(wire, self.model)
        self.lit = 0
        self.pressed = 0
        self.milli_volts = _BATTERY_MV
        self._idle_ms = setup["idle_ms"]
        wire.handlers[ord("b")] = self._press

    def led(self, on):
        self.lit = on

    def button(self):
        return self.pressed

    def battery_mv(self):
        return self.milli_volts

    def watchdog(self):
        wire.advance(_TURN_US)
        wire.deliver()

    def rest_watchdog(self):
        pass

    def idle_ms(self, ms):
        wire.sleep_until(wire.now_us + 1000 * max(ms, self._idle_ms))

    def sleep(self):
        sys.exit(ASLEEP)

    off = sleep

    def reset(self):
        sys.exit(RESTART)

    def _press(self, event):
        self.pressed = struct.unpack("<B", event)[0]
        return 0, b""
