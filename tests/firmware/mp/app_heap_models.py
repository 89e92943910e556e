"""The stand-ins and models of check_app_heap.py and check_app_heap_run.py."""

import bluetooth  # noqa: F401
import imu_motion
import machine  # noqa: F401
from imu_bus import Sim
from lsm6dsox_model import Lsm6dsoxModel
from nor import Nor

flash = Nor(40)
flash.format()
flash.mount("/flash")
sim = Sim()
sim.now_us = 77_000
model = Lsm6dsoxModel(sim, imu_motion.swing)
model.regs[0x10], model.regs[0x11] = 0x44, 0x4C
model.make_table()  # is kept
model.power_cycle()
