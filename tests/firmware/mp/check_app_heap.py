"""The whole sensor in 160 kB: a set with a link that fails, real firmware and its fitted ring.

argv "ring": print the size of the ring that main.py would make, and what the code takes, over empty
stock modules. "models": print what is taken with all stand-ins and models. "run" BYTES: use the
sensor with a ring of so many; the heap has the difference on top, since stand-ins (and what they
make the string table grow by) do not count.
"""

import gc
import json
import sys

gc.threshold(4096)

what = sys.argv[1]
if what == "ring":

    class Stock:
        FLAG_READ = FLAG_WRITE_NO_RESPONSE = FLAG_WRITE = FLAG_NOTIFY = 0

    for name in ("bluetooth", "machine", "esp32"):
        sys.modules[name] = Stock
else:
    from nor import Nor

    flash = Nor(40)
    import bluetooth  # noqa: F401
    import imu_motion
    import machine  # noqa: F401
    from imu_bus import Sim
    from lsm6dsox_model import Lsm6dsoxModel

    flash.format()
    flash.mount("/flash")
    sim = Sim()
    sim.now_us = 77_000
    model = Lsm6dsoxModel(sim, imu_motion.swing)
    model.regs[0x10], model.regs[0x11] = 0x44, 0x4C
    model.make_table()  # is kept
    model.power_cycle()
if what != "run":
    import boards
    from anklet_sensor import acquire, app, board, fusion, journal, peripheral, usb_link  # noqa: F401  # noqa: F401  # noqa: F401
    from anklet_sensor.ring import fitted
    from boards import loading  # noqa: F401

    boards.forget("loading")
    del loading
    if what == "models":
        import whole  # noqa: F401

        air_holds = [(k, 0, bytearray(160)) for k in range(30)]  # on its way, or received
    gc.collect()
    taken = gc.mem_alloc()
    print(taken, fitted(80 * 130).capacity)  # the index of 4.9 MiB of flash
    sys.exit()

from anklet_sensor.ring import Ring

ring = Ring(int(sys.argv[2]))
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
