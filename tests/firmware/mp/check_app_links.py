"""Two links, and orders of messages: live packets come whatever was asked before, to who asked."""

import json

import machine
from anklet_sensor.link import Link
from anklet_sensor.packets import MAX_BYTES, stream_of
from bluetooth import air
from whole import BATTERY, Desk, Sensor


class Cable(Link):
    """A second link, over which everything arrives."""

    name = "usb"
    trusted = True

    def __init__(self, sensor):
        super().__init__(sensor.app.clock)
        self.connected = True
        self.max_packet = MAX_BYTES
        self.sensor = sensor
        self.packets, self.said = [], []
        sensor.app.links.append(self)

    def poll(self):
        while self._replies:
            self.said.append(json.loads(bytes(self._replies.pop(0)[0])))

    def send(self, buf, n):
        self.packets.append(bytes(memoryview(buf)[:n]))
        return True

    def tell(self, app):
        pass

    def ask(self, **message):
        self._put(json.dumps(message).encode(), self.sensor.app.clock.now_us())
        self.sensor.run(0.05)
        return [said for said in self.said if "event" not in said][-1]


def fresh(desk):
    """Packets that came within two seconds, by stream."""
    desk.packets.clear()
    desk.listen(2)
    return [stream for stream, _ in desk.packets]


# Live packets flow after a start, in whatever order things were asked.
sensor = Sensor()
desk = Desk(sensor).own()
first = desk.ask("start", mode="live")["stream"]
desk.listen(3)
desk.leave()
sensor.run(3)
desk = Desk(sensor).own()
desk.ask("resend", stream=first, **{"from": 0, "to": 20})
desk.ask("start", mode="live")
assert len(fresh(desk)) > 25, "no live packets after a resend"
desk.ask("start", mode="untethered")
desk.listen(1)
assert not fresh(desk), "untethered packets are not sent"
desk.ask("start", mode="live")
assert len(fresh(desk)) > 25, "no live packets after untethered"
desk.ask("stop")
desk.listen(1)
second = desk.ask("start", mode="untethered")["stream"]
desk.ask("fetch", stream=first, **{"from": 0, "to": 5})
desk.listen(1)
assert desk.ask("start", mode="live")["stream"] == second
assert fresh(desk).count(second) > 25, "no live packets after a fetch"
desk.ask("stop")
desk.listen(1)

# A link that fetched once does not block the other; a takeover takes nothing that was not asked.
cable = Cable(sensor)
assert cable.ask(do="fetch", stream=first, **{"from": 0, "to": 5})["ok"] == "fetch"
sensor.run(0.5)
desk.ask("start", mode="live")
assert cable.ask(do="fetch", stream=first, **{"from": 0, "to": 5})["error"] == "busy"
desk.central.frozen = True
line = json.dumps({"do": "resend", "stream": first, "from": 0, "to": 40}).encode() + b"\n"
air.write(desk.central.conn, desk.peripheral._control, line)
sensor.run(0.05)
cable.packets.clear()
cable.ask(do="start", mode="live")
sensor.run(1)
streams = [stream_of(packet) for packet in cable.packets]
assert streams and first not in streams, "the other link's packets came along"
desk.central.frozen = False
cable.ask(do="stop")

# Long calibrations: the notes fit, what was kept is used.
odd = [1.0123456789, -0.0123456789, 0.0123456789] * 3
matrix = [odd[i] if i % 4 == 0 else 0.0123456789 for i in range(9)]
matrix[4] = matrix[8] = 0.9876543219
offset = [0.1234567891] * 3
bias = [-0.0123456789] * 3
told = cable.ask(do="start", mode="live")
reply = cable.ask(do="calibrate", acc_offset_m_s2=offset, acc_matrix=matrix, gyr_bias_rad_s=bias)
assert reply.get("ok") == "calibrate", reply
cable.ask(do="stop")
cable.packets.clear()
assert cable.ask(do="start", mode="live").get("ok") == "start"
sensor.run(1)
notes = [json.loads(p[20:-4]) for p in cable.packets if not p[1]]
keys = [key for note in notes for key in note]
for key in ("acc_matrix", "acc_offset_m_s2", "gyr_bias_rad_s", "mode"):
    assert key in keys, (key, keys)
assert cable.ask(do="mark", text='"' * 100)["error"] == "range"
cable.ask(do="stop")
assert "note" not in sensor.app.log.faults

# A bus that fails for a moment costs nothing that the FIFO still holds.
cable.ask(do="start", mode="live")
sensor.run(2)
for outage_s in (0.01, 0.05, 0.3):
    cable.packets.clear()
    sensor.bus.dead = True
    sensor.run(outage_s)
    sensor.bus.dead = False
    sensor.run(1)
    assert not [1 for p in cable.packets if p[1] and p[19] & 2], "a gap after %g s" % outage_s
cable.ask(do="stop")

# The button with the IMU off the bus: a fault, no crash.
sensor.bus.dead = True
sensor.press(0.2)
assert sensor.app.sampling.mode == "idle" and "bus" in sensor.app.log.faults
sensor.bus.dead = False

# Nobody listens and the battery goes: everything is in flash before the power is gone.
desk.leave()
cable.connected = False
sensor.app.start("live")
sensor.run(15)
machine.adc_uv[BATTERY] = 1_640_000
sensor.run(40)
assert sensor.app.sampling.mode == "idle"
stream, last = sensor.app.sampling.stream, sensor.app.sampling.packer.seq - 1
made = sensor.made
sensor.cut()
machine.adc_uv[BATTERY] = 1_950_000
sensor.on()
row = [r for r in sensor.app.delivery.listing() if r["stream"] == stream][0]
assert (row["last"], row["packets"]) == (last, last + 1), (row, last)

# Acknowledged as they come, also while they are being written: nothing stays owed.
desk = Desk(sensor).own()
stream = desk.ask("start", mode="untethered")["stream"]
for k in range(40):
    desk.listen(0.5)
    desk.ask("ack", stream=stream, ranges=[[0, sensor.app.sampling.packer.seq - 1]])
last = desk.ask("stop")["last_seq"]
desk.ask("ack", stream=stream, ranges=[[last - 20, last]])
row = [r for r in desk.ask("journal")["streams"] if r["stream"] == stream]
assert not row or row[0]["unacknowledged"] == 0, row

# A stranger does not keep the owner out for ever; a reboot is answered.
desk.leave()
stranger = Desk(sensor, conn=5)
sensor.run(65)
assert 5 not in air.centrals, "a stranger holds the only place"
desk = Desk(sensor, conn=6).own()
assert desk.ask("reboot")["ok"] == "reboot"
print(json.dumps({"ok": True}))
