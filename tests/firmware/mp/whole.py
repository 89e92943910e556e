"""The whole sensor on simulated time: real App, board, driver, flash; modelled IMU, NOR and air.

`Desk` is the desktop's side of a link: it speaks the protocol and keeps what comes.
"""

import binascii
import json

import imu_motion
import machine
from anklet_sensor.app import App
from anklet_sensor.auth import mac
from anklet_sensor.board import Board
from anklet_sensor.clock import Clock
from anklet_sensor.packets import check, seq_of, stream_of
from anklet_sensor.peripheral import Peripheral
from anklet_sensor.ring import Ring
from bluetooth import BLE, air
from imu_bus import Bus, Sim
from lsm6dsox_model import Lsm6dsoxModel
from nor import Nor

KEY = "5a" * 32
BUTTON = 0
BATTERY = 1
PROFILE = {
    "SDA": 5,
    "SCL": 6,
    "I2C": 0,
    "LED": 21,
    "LED_ON": 0,
    "BUTTON": BUTTON,
    "BUTTON_ON": 0,
    "BUTTON_PULL": 0,
    "BATTERY": BATTERY,
    "BATTERY_RATIO": 2,
    "HOLD": None,
    "WAKE": 2,
    "REMAP": (1, 0, 0, 0, 1, 0, 0, 0, 1),
}
TURN_US = 2000


class Sensor:
    """A sensor that can be switched on, cut off and switched on again: its flash stays."""

    def __init__(self, nor=None, imu=True, ring=None, model=None, witness=True):
        self.nor = nor or Nor(96)
        self.nor.format()
        self.sim = model.sim if model else Sim()
        self.sim.now_us = 77_000
        self.has_imu = imu
        self.model = model
        self.ring = ring
        self.witness = witness
        machine.levels[BUTTON] = 1
        machine.adc_uv[BATTERY] = 1_950_000
        self.made = {}  # (stream, seq) -> bytes, of everything that the packer made
        self.on()

    def on(self):
        """Switch on."""
        self.nor.mount("/flash")
        air.reset()
        self.model = self.model or Lsm6dsoxModel(self.sim, imu_motion.swing)
        self.bus = Bus(self.sim, self.model) if self.has_imu else Bus(self.sim)
        board = Board("test", PROFILE, [])
        board.i2c = self.bus
        board.idle_ms = lambda ms: self.sim.advance(1000 * ms)
        clock = Clock(self.sim.ticks_us)

        def make_ring(reserve):
            return self.ring or Ring(20_000)

        self.app = App(board, make_ring, _links, clock, "/flash/anklet")
        if self.witness:
            self._witness()
        return self.app

    def cut(self):
        """Cut the power and leave it off."""
        self.nor.dead = True  # what the program still has open must not reach the flash
        self.nor.unmount("/flash")
        self.nor.power_on()

    def run(self, seconds):
        """Let the loop turn."""
        end = self.sim.now_us + int(seconds * 1_000_000)
        while self.sim.now_us < end:
            self.turn()

    def turn(self):
        self.sim.advance(TURN_US)
        air.step(self.sim.now_us)
        self.app.step()

    def press(self, seconds):
        """Hold the button for so long."""
        machine.levels[BUTTON] = 0
        self.run(seconds)
        machine.levels[BUTTON] = 1
        self.run(0.5)

    def _witness(self):
        delivery, put = self.app.delivery, self.app.delivery.put

        def witnessed(buf, n):
            assert check(buf, n)
            key = (stream_of(buf), seq_of(buf))
            assert key not in self.made, "a packet was made twice"
            self.made[key] = bytes(memoryview(buf)[:n])
            return put(buf, n)

        delivery.put = witnessed


class Desk:
    """A central that has found the sensor."""

    def __init__(self, sensor, conn=1, **link):
        self.sensor = sensor
        self.central = air.connect(conn, **link)
        self.peripheral = sensor.app.links[0]
        self.packets = {}
        self.events = []
        self._line = b""
        self._read = 0
        self._replies = {}
        self._id = 0

    def own(self):
        """Prove the owner key, after setting it if there is none."""
        hello = self.ask("hello", nonce="00" * 16)
        if not hello["owned"]:
            self.sensor.press(3.5)
            assert "ok" in self.ask("own", key=KEY)
        nonce = self.ask("hello", nonce="00" * 16)["nonce"]
        reply = self.ask("auth", mac=mac(KEY, "host", nonce))
        assert reply["mac"] == mac(KEY, "sensor", "00" * 16), reply
        return self

    def ask(self, do, timeout_s=3, **arguments):
        """Send a message and wait for its reply."""
        self._id += 1
        arguments["id"], arguments["do"] = self._id, do
        line = json.dumps(arguments).encode() + b"\n"
        step = self.central.mtu - 3
        for i in range(0, len(line), step):
            air.write(self.central.conn, self.peripheral._control, line[i : i + step])
        end = self.sensor.sim.now_us + int(timeout_s * 1_000_000)
        while self._id not in self._replies:
            assert self.sensor.sim.now_us < end, "no reply to %s" % do
            self.sensor.turn()
            self.hear()
        return self._replies.pop(self._id)

    def hear(self):
        """Sort what has come in."""
        received = self.central.received
        while self._read < len(received):
            _, handle, data = received[self._read]
            self._read += 1
            if handle == self.peripheral._data:
                assert check(data, len(data)), "a packet came damaged"
                self.packets[stream_of(data), seq_of(data)] = data
            elif handle == self.peripheral._control:
                self._line += data
        while b"\n" in self._line:
            line, self._line = self._line.split(b"\n", 1)
            message = json.loads(line)
            assert message.pop("crc") == binascii.crc32(line[: line.rfind(b',"crc":')]), line
            if "id" in message:
                self._replies[message["id"]] = message
            else:
                self.events.append(message)

    def forget(self):
        """Let go of what came, for tests that measure the heap."""
        self.central.received.clear()
        self._read = 0

    def listen(self, seconds):
        self.sensor.run(seconds)
        self.hear()

    def fetch_missing(self, stream, last):
        """Ask for every hole, wait, and return what the sensor no longer has."""
        gone = []
        for first, end in holes(self.packets, stream, last):
            reply = self.ask("resend", stream=stream, **{"from": first, "to": end})
            gone += reply["missing"]
        for _ in range(200):
            if not holes(self.packets, stream, last):
                break
            self.listen(0.1)
        return gone

    def leave(self):
        air.disconnect(self.central.conn)


def holes(packets, stream, last):
    """Return the ranges of seq that did not come."""
    found = []
    for seq in range(last + 1):
        if (stream, seq) in packets:
            continue
        if found and found[-1][1] == seq - 1:
            found[-1][1] = seq
        else:
            found.append([seq, seq])
    return found


def notes(packets, stream):
    """Return the notes of a stream in order."""
    keys = sorted(key for key in packets if key[0] == stream)
    return [json.loads(packets[key][20:-4]) for key in keys if not packets[key][1]]


def _links(app):
    return [Peripheral(BLE(), app, "/flash/anklet/bonds.txt")]
