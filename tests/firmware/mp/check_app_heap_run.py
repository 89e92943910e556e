"""The whole sensor in 160 kB: a set with a link that fails, real firmware and its fitted ring.

argv: the bytes of the ring. The heap has room for stand-ins (and what they make the string table
grow by) on top, since they do not count.
"""

import gc
import json
import sys

gc.threshold(4096)

from anklet_sensor.ring import Ring
from app_heap_models import flash, model

ring = Ring(int(sys.argv[1]))
from whole import Desk, Sensor

flash.unmount("/flash")
sensor = Sensor(nor=flash, ring=ring, model=model, witness=False)
gc.collect()
free = gc.mem_free()
desk = Desk(sensor).own()
stream = desk.ask("start", mode="live")["stream"]
least = free
for _ in range(100):
    sensor.run(0.2)
    assert not sensor.app.log.faults, sensor.app.log.faults
    desk.forget()
    least = min(least, gc.mem_free())
desk.ask("ack", stream=stream, ranges=[[0, sensor.app.sampling.packer.seq - 1]])
desk.leave()
away = sensor.app.sampling.packer.seq
sensor.run(40)  # longer than the ring lasts: to flash
desk = Desk(sensor).own()
status = desk.ask("status")
assert status["refused"] == 0 and not status["faults"], status
last = desk.ask("stop")["last_seq"]
listed = desk.ask("journal")["streams"]
assert listed[0]["last"] == last
reply = desk.ask("resend", stream=stream, **{"from": away, "to": last})
assert reply["missing"] == [] and reply["queued"] == last + 1 - away, reply
for _ in range(100):
    sensor.run(0.1)
    desk.forget()
print(json.dumps({"ring_bytes": ring.capacity, "free": free, "least_free": least}))
