"""``anklet sensors``: what is found, in plain words."""

import os
import random

import pytest
from board_rig import Board

from anklet.errors import SensorError
from anklet.sensor.link import Found
from anklet.sensor.virtual import VirtualSensor
from host.sensor.sensor_rig import motion

AIR = [
    Found("ble", "AA", "Käthe", "c4e5", "left", "shank", 87, "idle", True, True, rssi=-61),
    Found("ble", "BB", "e\x1b[red]", "0001", mode="live", taken=True, rssi=-90),
]


@pytest.fixture
def around(monkeypatch):
    """Say what is on the air and on cables."""

    def set_up(air=(), ports=()):
        async def find(_seconds, _backend=None):
            if isinstance(air, Exception):
                raise air
            return list(air)

        monkeypatch.setattr("anklet.sensor.ble.find", find)
        monkeypatch.setattr("anklet.sensor.usb.find", lambda: [Found("usb", p, p) for p in ports])
        monkeypatch.setattr("anklet.sensor.finding.HELLO_S", 0.3)

    return set_up


@pytest.fixture
def on_cable(tmp_path):
    if os.name != "posix":
        pytest.skip("a pseudo terminal needs POSIX")
    (tmp_path / "main.py").write_text("")
    device = VirtualSensor(
        "0badc4e5", motion(), side="left", segment="shank", name="Käthe", rng=random.Random(1)
    )
    device.start("untethered", 0.0)
    device.step(10.0)
    device.stop(10.0)
    board = Board(tmp_path, device)
    yield board
    board.close()


def test_a_table_of_what_is_on_the_air(works, around):
    around(AIR)
    said = works("sensors")
    (kathe,) = [line for line in said.splitlines() if "Käthe" in line]
    wanted = "Käthe …c4e5 left shank 87 % strong (-61 dBm) waiting set sets to pull Bluetooth"
    assert " ".join(kathe.split()) == wanted
    assert "weak (-90 dBm)" in said
    assert "streaming, in use" in said
    assert "\x1b" not in said
    assert "[red]" in said


def test_a_sensor_on_a_cable_is_listed_once(works, around, on_cable):
    around(AIR[:1], [on_cable.port])
    said = works("sensors")
    assert said.count("Käthe") == 1
    assert on_cable.port in said
    assert "sets to pull" in said
    assert "Bluetooth" not in said


def test_nothing_found(refused, around):
    around()
    assert "No sensor was found; switch it on" in refused("sensors")


def test_bluetooth_off_is_one_sentence(anklet, refused, around, on_cable):
    off = SensorError("Bluetooth cannot search: it is off; switch it on, or use USB.")
    around(off)
    assert refused("sensors") == f"anklet: {off}\n"
    around(off, [on_cable.port])
    ran = anklet("sensors")
    assert ran.code == 0
    assert "Käthe" in ran.out
    assert str(off) in ran.err


def test_only_what_was_asked_for(works, refused, around, on_cable):
    around(AIR[:1], [on_cable.port])
    assert "Bluetooth" in works("sensors", "--ble")
    around(SensorError("off."), [on_cable.port])
    assert on_cable.port in works("sensors", "--usb")


def test_a_port_that_is_no_sensor_is_named(refused, around, on_cable):
    on_cable.running = False
    around([], [on_cable.port])
    assert f"a board on {on_cable.port} does not answer as a sensor" in refused("sensors")
