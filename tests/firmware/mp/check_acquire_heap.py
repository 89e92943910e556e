"""Heap per sample of read, remap, fuse and pack; what the models take is not counted."""

import gc
import json
import sys

from acquire_rig import Rig
from imu_bus import Bus

chip, rate_hz = sys.argv[1], int(sys.argv[2])


class FreeBus(Bus):
    taken = 0

    def readfrom_mem_into(self, address, register, buf):
        before = gc.mem_alloc()
        super().readfrom_mem_into(address, register, buf)
        self.taken += gc.mem_alloc() - before


at_us = 12_345
rig = Rig(chip, rate_hz, judge=False, bus=FreeBus, at_us=at_us)
ticks_us = rig.sim.ticks_us


def free_ticks_us():
    before = gc.mem_alloc()
    ticks = ticks_us()
    rig.bus.taken += gc.mem_alloc() - before
    return ticks


rig.clock.ticks_us = free_ticks_us
rig.clock._now_us = 1 << 33  # hours: times are heap objects
rig.run(5)
gc.collect()
gc.disable()
samples = total = 0
for turn in range(160):
    rig.sim.advance(5000)
    rig.bus.taken = 0
    before = gc.mem_alloc()
    samples += rig.acquire.step()
    total += gc.mem_alloc() - before - rig.bus.taken
gc.enable()
print(json.dumps({"samples": samples, "bytes_a_sample": total / samples}))
