"""Sets without a computer: the button, a power cut, another boot, fetching, acknowledging."""

import json

from whole import Desk, Sensor

sensor = Sensor()
sensor.press(0.2)
assert sensor.app.sampling.mode == "untethered"
sensor.run(20)
sensor.press(0.2)
assert sensor.app.sampling.mode == "idle"
first = sensor.app.sampling.stream
whole = sensor.app.sampling.packer.seq - 1

sensor.press(0.2)
second = sensor.app.sampling.stream
assert second != first
sensor.run(7)
sensor.press(0.1), sensor.press(0.1)  # not within 0.4 s: a stop, then a third set
third = sensor.app.sampling.stream
assert third not in (first, second) and sensor.app.sampling.mode == "untethered"
sensor.run(5)
lost_from = sensor.app.sampling.packer.seq
sensor.cut()

made = sensor.made
app = sensor.on()
assert "journal_torn" in app.log.faults or not app.log.faults, app.log.faults
desk = Desk(sensor).own()
listed = {row["stream"]: row for row in desk.ask("journal")["streams"]}
assert set(listed) == {first, second, third}, listed
assert listed[first]["last"] == whole and listed[first]["unacknowledged"] == whole + 1
for stream, row in listed.items():
    reply = desk.ask("fetch", stream=stream, **{"from": 0, "to": row["last"]})
    assert reply["missing"] == [] and reply["queued"] == row["last"] + 1, reply
    desk.listen(6)
assert {"event": "sent", "stream": third, "from": 0, "to": listed[third]["last"]} in desk.events
for key, data in desk.packets.items():
    assert made[key] == data
assert len(desk.packets) == sum(row["packets"] for row in listed.values())
cut_off = lost_from - 1 - listed[third]["last"]
assert cut_off <= 18, "more than the last second is gone: %d packets" % cut_off

fetched = len(desk.packets)
for stream, row in listed.items():
    desk.ask("ack", stream=stream, ranges=[[0, row["last"]]])
desk.leave()
sensor.app.close()
sensor.cut()
sensor.on()
desk = Desk(sensor).own()
rows = desk.ask("journal")["streams"]
assert all(row["unacknowledged"] == 0 for row in rows), rows
print(json.dumps({"fetched": fetched, "cut_off": cut_off}))
