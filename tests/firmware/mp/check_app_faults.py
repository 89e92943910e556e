"""What wearables meet: no IMU, an empty battery, a shelf, a crash, a reset by the button."""

import json

import machine
from imu_bus import Bus
from whole import BATTERY, Desk, Sensor

# No IMU: it says so and can be spoken to; one that appears is found.
sensor = Sensor(imu=False)
assert sensor.app.log.worst() == "no_imu"
desk = Desk(sensor).own()
reply = desk.ask("start", mode="live")
assert reply["error"] == "no_imu" and "wiring" in reply["why"], reply
assert desk.ask("status")["imu"] is None
sensor.app.board.i2c = Bus(sensor.sim, sensor.model or 0) if sensor.model else None
assert desk.ask("start", mode="live")["ok"] == "start"
assert "no_imu" not in sensor.app.log.faults
desk.ask("stop")

# Settings: checked, kept, used; a wrong one changes nothing.
assert desk.ask("set", settings={"rate_hz": 100})["error"] == "setting"
assert desk.ask("set", settings={"packet_samples": 3})["ok"] == "set"
desk.ask("start", mode="live")
assert desk.ask("set", settings={"rate_hz": 208})["error"] == "state"
desk.listen(1)
desk.ask("set", settings={"packet_samples": 5})
desk.listen(2)
counts = set(data[1] for data in desk.packets.values())
assert counts >= {0, 3, 5} and 6 not in counts, counts
bad = desk.ask("calibrate", acc_offset_m_s2=[0, 0, 0], acc_matrix=[0] * 9, gyr_bias_rad_s=[0] * 3)
assert bad["error"] == "setting", bad
good = [1.01, 0, 0, 0, 0.99, 0, 0, 0, 1]
assert "ok" in desk.ask("calibrate", acc_matrix=good)
assert desk.ask("get")["settings"]["acc_matrix"] == good
assert "owner" not in desk.ask("get")["settings"]

# Battery: told, the set closed, a start refused.
machine.adc_uv[BATTERY] = 1_640_000
sensor.run(60)
assert sensor.app.sampling.mode == "idle" and sensor.app.battery.low
assert desk.ask("start", mode="untethered")["error"] == "low_battery"
assert sensor.app.log.worst() == "low_battery", sensor.app.log.faults
machine.adc_uv[BATTERY] = 2_000_000
sensor.run(90)
assert not sensor.app.battery.low and not sensor.app.log.faults, sensor.app.log.faults

# The bus fails in the middle of a set: the gap is told, the set goes on.
desk.ask("start", mode="live")
desk.listen(2)
sensor.app.board.i2c.dead = True
desk.listen(1)
assert "bus" in sensor.app.log.faults
sensor.app.board.i2c.dead = False
desk.listen(3)
assert "bus" not in sensor.app.log.faults
flagged = [data for data in desk.packets.values() if data[1] and data[19] & 2]
assert len(flagged) == 1, len(flagged)
desk.ask("stop")

# Nobody there, nothing moves: it sleeps, and motion or the button wake it.
desk.ask("set", settings={"sleep_after_s": 30})
desk.leave()
slept = []
sensor.app.board.sleep = lambda level: slept.append(sensor.sim.now_us)
sensor.run(35)
assert slept, "it stays awake"
assert sensor.model.knock(400), "the IMU does not watch for motion"

# Held at the start: settings go, recordings stay.
sensor.cut()
sensor.on()
assert sensor.app.settings.values["owner"]
sensor.press(11)
assert sensor.app.reboot_asked and sensor.app.settings.values["owner"] is None
assert sensor.app.settings.values["packet_samples"] == 6
print(json.dumps({"ok": True}))
