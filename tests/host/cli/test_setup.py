"""``anklet setup``: firmware by mpremote, owner key, place, calibration."""

import json
import os
import random
import time
from pathlib import Path

import numpy as np
import pytest
from board_rig import Board, small_firmware

from anklet.errors import CalibrationError
from anklet.packets import SAMPLE, SCALES
from anklet.sensor import faces, install
from anklet.sensor.keys import OwnerKeys
from anklet.sensor.motion import Motion
from anklet.sensor.simulated import SimulatedLink
from anklet.sensor.talk import talk
from anklet.sensor.virtual import VirtualSensor
from anklet.sensor.virtual_control import VirtualControl
from anklet.signals.sixface import FACES, GRAVITY_M_S2, direction, fit_six_faces
from host.sensor.sensor_rig import motion
from host.visits_rig import Clock

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo terminal needs POSIX")


class Calibrated(VirtualSensor):
    """Keeps what `calibrate` tells."""

    told = None


@pytest.fixture(autouse=True)
def calibrating(monkeypatch):
    def keep(self, _session, message, _now_s):
        self._sensor.told = message
        return {}

    monkeypatch.setattr(VirtualControl, "_do_calibrate", keep, raising=False)


@pytest.fixture
def keys(tmp_path, monkeypatch):
    monkeypatch.setattr("anklet.sensor.keys.default_path", lambda: tmp_path / "keys.json")
    return OwnerKeys(tmp_path / "keys.json")


@pytest.fixture
def device():
    return Calibrated("e6614c31", motion(), rng=random.Random(1))


@pytest.fixture
def small(tmp_path, monkeypatch):
    firmware = small_firmware(tmp_path / "firmware")
    listing = json.loads((firmware / "package.json").read_text())
    files = tuple((to, firmware / source) for to, source in listing["urls"])
    held = install.Firmware(firmware, listing["version"], files)
    monkeypatch.setattr("anklet.cli.setup.own_firmware", lambda: held)
    return held


@pytest.fixture
def board(tmp_path):
    made = []

    def make(device=None, **how):
        flash = tmp_path / "flash"
        flash.mkdir(exist_ok=True)
        made.append(Board(flash, device, **how))
        return made[-1]

    yield make
    for each in made:
        each.close()


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_an_empty_board_becomes_a_sensor(works, board, device, small, keys, tmp_path):
    the_board = board(device)
    place = ["--side", "left", "--segment", "shank", "--name", "Käthe"]
    said = works("setup", "--port", the_board.port, "--board", "m5stickc_plus2", *place)
    assert "Firmware virtual: 4 files copied" in said
    assert "Käthe (e6614c31), firmware virtual: worn on the left shank" in said
    flash = tmp_path / "flash"
    assert files(flash) == sorted([to for to, _ in small.files] + ["board.json"])
    assert (flash / "main.py").read_text() == "# main.py\n"
    assert json.loads((flash / "board.json").read_text()) == {"board": "m5stickc_plus2"}
    assert the_board.resets == 1
    assert device.owner == keys.get("e6614c31")
    assert len(device.owner) == 64
    assert device.wall_us is not None


def test_only_files_that_differ_are_copied(works, board, device, small, keys, tmp_path):
    the_board = board(device)
    works("setup", "--port", the_board.port)
    (tmp_path / "flash" / "main.py").write_text("# older\n")
    said = works("setup", "--port", the_board.port, "--firmware")
    assert "1 files copied" in said
    assert (tmp_path / "flash" / "main.py").read_text() == "# main.py\n"
    assert "copied" not in works("setup", "--port", the_board.port)  # it is the same version
    assert the_board.resets == 2


def test_a_board_without_micropython_gets_the_steps(anklet, board, small, monkeypatch):
    the_board = board(has_micropython=False)
    monkeypatch.setattr("anklet.sensor.install.SILENCE_S", 2.0)
    monkeypatch.setattr("anklet.sensor.finding.HELLO_S", 0.2)
    ran = anklet("setup", "--port", the_board.port, "--board", "m5stickc_plus2")
    assert ran.code == 1
    assert "does not answer as MicroPython does; put the stock image on it first." in ran.err
    assert f"esptool --chip esp32 --port {the_board.port} write-flash 0x1000 IMAGE.bin" in ran.out


def test_an_old_micropython_is_refused(anklet, board, small, monkeypatch):
    monkeypatch.setattr("anklet.sensor.finding.HELLO_S", 0.2)
    ran = anklet("setup", "--port", board(version=(1, 24, 1)).port)
    assert ran.code == 1
    assert "older than 1.25" in ran.err


def test_the_sensor_of_another_computer_is_left_alone(refused, works, board, device, small, keys):
    device.owner = "5a" * 32
    (small.folder.parent / "flash").mkdir()
    (small.folder.parent / "flash" / "main.py").write_text("# main.py\n")
    the_board = board(device)
    assert "--take-over" in refused("setup", "--port", the_board.port, "--side", "left")
    assert device.side is None
    assert device.owner == "5a" * 32
    works("setup", "--port", the_board.port, "--take-over", "--no-firmware")
    assert device.owner == keys.get("e6614c31")


def test_a_sensor_that_records_is_not_interrupted(refused, board, device, small, keys, tmp_path):
    (tmp_path / "flash").mkdir()
    (tmp_path / "flash" / "main.py").write_text("# main.py\n")
    device.start("untethered", time.perf_counter())
    said = refused("setup", "--port", board(device).port, "--firmware")
    assert "records now" in said


@pytest.fixture
def on_air(device, monkeypatch):
    """The sensor over Bluetooth: it wants a proof."""
    clock = Clock()
    link = SimulatedLink(device, timing=clock.timing, kind="ble")
    link.trusted = False

    async def reach(_wanted, _seconds):
        return [None], None

    monkeypatch.setattr("anklet.cli.setup.TIMING", clock.timing)
    monkeypatch.setattr("anklet.cli.setup.asyncio.run", clock.run)
    monkeypatch.setattr("anklet.cli.setup.reach", reach)
    monkeypatch.setattr("anklet.cli.setup.link_to", lambda _found: link)
    return link


def test_over_bluetooth_the_owner_may_say_the_place(works, on_air, device, keys):
    device.owner = keys.make("e6614c31")
    said = works("setup", "--sensor", "4c31", "--side", "right", "--segment", "foot")
    assert "worn on the right foot" in said
    assert (device.side, device.segment) == ("right", "foot")


def test_over_bluetooth_a_stranger_may_not(refused, on_air, device, keys):
    keys.make("e6614c31")  # made before the folder is compared
    assert "refuses own: use USB to set its owner" in refused("setup", "--sensor", "4c31")
    device.owner = "5a" * 32
    keys.forget("e6614c31")
    keys.make("other")
    assert "belongs to another computer" in refused("setup", "--sensor", "4c31")


def test_bad_usage(refused, monkeypatch):
    from anklet.sensor.link import Found

    assert "20 bytes" in refused("setup", "--port", "x", "--name", "ä" * 11, code=2)
    known = refused("setup", "--port", "x", "--board", "none", code=2)
    assert "m5stickc_plus2" in known
    assert "--sensor" in refused("setup", "--sensor", "c4e5", "--firmware", code=2)
    monkeypatch.setattr("anklet.sensor.usb.find", list)
    assert "No board is plugged in" in refused("setup")
    both = [Found("usb", port, "board") for port in ("A", "B")]
    monkeypatch.setattr("anklet.sensor.usb.find", lambda: both)
    assert "--port: A (board), B (board)" in refused("setup", code=2)


def test_factory_reset_is_explained(works):
    assert "hold it for 10 s" in works("setup", "--factory-reset")


def test_the_whole_firmware_comes_with_the_program():
    firmware = install.own_firmware()
    on_disk = {
        str(p.relative_to(firmware.folder).as_posix())
        for folder in ("anklet_sensor", "boards")
        for p in (firmware.folder / folder).rglob("*.py")
    } | {"main.py"}
    assert {to for to, _ in firmware.files} == on_disk
    assert all(path.is_file() for _, path in firmware.files)
    assert install.boards(firmware) == ["generic_esp32", "m5stickc_plus2", "xiao_esp32s3"]


def test_the_esptool_commands_are_those_of_the_docs():
    page = (Path(__file__).parents[3] / "docs" / "firmware.md").read_text()
    steps = install.how_to_get_micropython("PORT", None)
    for line in [line.strip() for line in steps.splitlines() if "esptool --chip" in line]:
        assert line.replace(" --port PORT", "") in page


# calibration, on virtual time


def lying(order, *, moved=0, seed=3):
    """A sensor that is laid on its faces, 5 s each and 2 s of turning between."""
    rng = np.random.default_rng(seed)
    distort = np.eye(3) + rng.uniform(-0.02, 0.02, (3, 3))
    offset = rng.uniform(-0.5, 0.5, 3)
    payloads = []
    lsb = SCALES[1]
    for face in order:
        for k in range(120):
            still = k < 86
            up = direction(face)
            acc = GRAVITY_M_S2 * distort @ up + offset + rng.normal(0, 0.02, (6, 3))
            gyr = 0.02 + rng.normal(0, 0.002, (6, 3))
            if not still or k < moved:
                gyr = gyr + rng.normal(0, 1.0, (6, 3))
                acc = acc + rng.normal(0, 2.0, (6, 3))
            samples = np.zeros(6, SAMPLE)
            samples["acc"] = np.round(acc / lsb.acc_m_s2)
            samples["gyr"] = np.round(gyr / lsb.gyr_rad_s)
            samples["quat"][:, 0] = 32767
            payloads.append(samples.tobytes())
    device = Calibrated("six", Motion(payloads), rng=random.Random(1))
    return device, distort, offset


def calibrate(device, told):
    clock = Clock()

    async def act():
        link = SimulatedLink(device, timing=clock.timing, rng=random.Random(2))
        async with talk(link, clock.timing) as conversation:
            await conversation.greet({})
            found = await faces.collect(conversation, lambda *news: told.append(news))
            await faces.write(conversation, fit_six_faces(found))

    clock.run(act())


def test_six_faces_in_any_order_calibrate_a_sensor():
    order = ["x up", "z down", "z down", "y up", "x down", "y down", "z up"]
    device, distort, offset = lying(order)
    told = []
    calibrate(device, told)
    assert sorted(news for _, news, _ in told if news) == sorted(FACES)
    assert any(why == "z down is done already" for _, _, why in told)
    sent = device.told
    matrix = np.reshape(sent["acc_matrix"], (3, 3))
    ups = np.random.default_rng(1).normal(0, 1, (100, 3))
    ups /= np.linalg.norm(ups, axis=1)[:, None]
    measured = GRAVITY_M_S2 * ups @ distort.T + offset
    off = (measured - sent["acc_offset_m_s2"]) @ matrix.T - GRAVITY_M_S2 * ups
    rms_mg = 1000 * np.sqrt((off**2).sum(axis=1).mean()) / GRAVITY_M_S2
    print(f"error after calibration: {rms_mg:.2f} mg rms")
    assert rms_mg < 2
    np.testing.assert_allclose(sent["gyr_bias_rad_s"], 0.02, atol=5e-4)
    note = json.dumps({"acc_matrix": sent["acc_matrix"]}, separators=(",", ":"))
    assert len(note) <= 140
    assert device.mode == "idle"
    assert [e for e in device.memory.listing() if e["unacknowledged"]] == []


def test_faces_that_are_never_shown_are_named():
    device, *_ = lying(["x up", "z up", "z down"])
    with pytest.raises(CalibrationError, match="missing: x down, y up, y down"):
        calibrate(device, [])
    assert device.told is None
    assert device.mode == "idle"


def test_a_face_that_is_not_still_does_not_count():
    device, *_ = lying(FACES, moved=120)
    with pytest.raises(CalibrationError, match="missing: z up"):
        calibrate(device, [])
