"""A set streamed over Bluetooth: notes, every packet, a link that fails, acknowledgement."""

import json

from whole import Desk, Sensor, notes

sensor = Sensor()
desk = Desk(sensor).own()
assert desk.ask("place", side="left", segment="shank", name="Lö")["ok"] == "place"
assert desk.ask("time", unix_us=1_790_000_000_000_000)["ok"] == "time"
started = desk.ask("start", mode="live")
stream = started["stream"]
assert (started["rate_hz"], started["already"]) == (104, False)
assert desk.ask("start", mode="live")["already"]
desk.listen(5)
assert desk.ask("mark", text="first rep")["ok"] == "mark"

held = len(desk.packets)
sensor_side = sensor.app.links[0]
desk.leave()
sensor.run(20)  # the set goes on; nobody listens
assert not sensor_side.connected and sensor.app.sampling.mode == "live"
again = Desk(sensor).own()
again.packets = desk.packets
assert again.ask("start", mode="live")["stream"] == stream
again.listen(3)
stopped = again.ask("stop")
assert stopped["stream"] == stream
again.listen(1)
assert again.fetch_missing(stream, stopped["last_seq"]) == []
assert again.packets == sensor.made, (len(again.packets), len(sensor.made))

told = {}
for note in notes(again.packets, stream):
    told.update(note)
assert told["sensor"] == sensor.app.sensor_id and told["boot"] == sensor.app.boot
assert (told["imu"], told["rate_hz"], told["scale"]) == ("LSM6DSOX", 104, 1)
assert (told["side"], told["segment"], told["name"]) == ("left", "shank", "Lö")
assert told["marker"] == "first rep" and told["end"] == stopped["last_seq"]
assert abs(told["unix_us"] - 1_790_000_000_000_000) < 2_000_000

rows = again.ask("journal")["streams"]
assert [row["stream"] for row in rows] == [stream] and rows[0]["unacknowledged"] > 0, rows
assert again.ask("ack", stream=stream, ranges=[[0, stopped["last_seq"]]])["ok"] == "ack"
rows = again.ask("journal")["streams"]
assert not rows or rows[0]["unacknowledged"] == 0, rows
assert not sensor.app.log.faults, sensor.app.log.faults
print(json.dumps({"packets": len(again.packets), "before": held}))
