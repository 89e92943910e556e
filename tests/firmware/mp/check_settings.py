"""Settings: checked, written whole or not at all, never lost without a word."""

import binascii
import json
import os
import sys

from anklet_sensor.errors import Fault
from anklet_sensor.settings import Settings
from nor import Log, Nor

PATH = "/f/settings.json"
KEY = "0123456789abcdef" * 4
NAN, INF = float("nan"), float("inf")
REFUSED = {
    "rate_hz": (0, 105, 104.0, "104", None, True, [104], -104),
    "packet_samples": (0, 8, 6.0, True, "6", None, 1 << 40),
    "side": ("", "Left", 1, False, [], "both"),
    "segment": ("thigh", 0, ["foot"]),
    "name": ("x" * 21, "\xe9" * 11, "a\nb", "\x7f", 5, None, "\ud83e\uddb6", b"x"),
    "owner": ("", KEY[1:], KEY + "0", KEY[:-1] + "g", KEY.upper(), 5, True, [KEY]),
    "acc_offset_m_s2": (
        [0, 0],
        [0] * 4,
        [0, 0, NAN],
        [INF, 0, 0],
        [6, 0, 0],
        None,
        "000",
        [0, 0, None],
    ),
    "acc_matrix": (
        [0] * 9,
        [1] * 9,
        [1] * 8,
        [NAN] * 9,
        [2] + [0] * 8,
        [[1, 0, 0]] * 3,
        [-1] + [0, 0, 0, 1] * 2,
    ),
    "gyr_bias_rad_s": ([0, 0, 0.6], [0, -INF, 0], [True, 0, 0], {}, [0, 0, "0"]),
    "learned_bias_rad_s": ([0, NAN, 0], 0, [1, 0, 0]),
    "sleep_after_s": (29, 86401, 600.0, None),
    "low_battery_percent": (0, 31, False),
    "usb_data": (0, 1, None, "true"),
}
TAKEN = {
    "rate_hz": 208,
    "packet_samples": 1,
    "side": "left",
    "segment": "foot",
    "name": "Kn\xf6chel \u53f3",
    "owner": KEY,
    "acc_offset_m_s2": [0.1, -0.25, 3],
    "acc_matrix": [1.01, 0, 0, 0.001, 0.99, 0, 0, 0, 1],
    "gyr_bias_rad_s": [0.01, -0.02, 0.5],
    "learned_bias_rad_s": [0.001, 0.002, -0.003],
    "sleep_after_s": 30,
    "low_battery_percent": 30,
    "usb_data": False,
}


def fails(settings, changes, code):
    try:
        settings.change(changes)
    except Fault as fault:
        assert fault.code == code and len(fault.why) > 15, (changes, fault.code, fault.why)
        return
    raise AssertionError(changes)


def loaded(faults=0):
    log = Log()
    settings = Settings(PATH, log)
    assert len(log.faults) == faults, log.faults
    return settings


def read(kind=""):
    with open(PATH + kind, "rb") as file:
        return file.read()


def write(data, kind=""):
    with open(PATH + kind, "wb") as file:
        file.write(data)


def clean():
    for kind in ("", ".new", ".old"):
        try:
            os.remove(PATH + kind)
        except OSError:
            pass


def checked():
    settings = loaded()
    defaults = settings.values.copy()
    assert set(defaults) == set(REFUSED) == set(TAKEN)
    for key, values in REFUSED.items():
        for value in values:
            fails(settings, {key: value}, "setting")
            fails(settings, {"name": "new", key: value}, "setting")
    fails(settings, {"colour": 1}, "setting")
    assert settings.values == defaults and loaded().values == defaults
    settings.change(TAKEN)
    assert settings.values == TAKEN and loaded().values == TAKEN
    for key, value in defaults.items():
        settings.change({key: value})
    assert loaded().values == defaults
    before = os.stat(PATH)
    text = read()
    write(b"x" + text)
    settings.change({"name": ""})
    assert read() == b"x" + text and before, "nothing changed, and yet it was written"
    clean()


def cut_at_every_byte():
    settings = loaded()
    settings.change({"owner": KEY, "name": "old"})
    old = settings.values
    settings.change({"name": "new"})
    text = read()
    for n in range(len(text)):
        write(text[:n])
        log = Log()
        kept = Settings(PATH, log)
        assert kept.values == old and "settings" in log.faults, n
        damaged = bytearray(text)
        damaged[n] ^= 1 << n % 8
        write(damaged)
        log = Log()
        assert Settings(PATH, log).values == old and "settings" in log.faults, n
    kept = loaded(faults=1)
    kept.change({"name": "newer"})
    assert loaded().values["name"] == "newer"
    write(b"trash")
    assert loaded(faults=1).values == old, "a damaged file took the place of the previous one"
    write(b"trash", ".old")
    log = Log()
    assert Settings(PATH, log).values["owner"] is None and "owner" in log.faults["settings"][0]
    for trash in (b"", b"\xff" * 5000, b"00000000\n", b"%08x\n[]" % binascii.crc32(b"[]")):
        clean()
        write(trash)
        assert loaded(faults=1).values["rate_hz"] == 104
    clean()


def a_newer_firmware_was_here():
    values = {"name": "n", "future": [1, 2], "rate_hz": 416, "owner": KEY}
    text = json.dumps(values).encode()
    write(b"%08x\n" % binascii.crc32(text) + text)
    settings = loaded(faults=1)
    assert settings.values["owner"] == KEY and settings.values["rate_hz"] == 104
    assert "future" not in settings.values
    settings.change({"side": "left"})
    assert json.loads(read()[9:])["future"] == [1, 2], "what a newer firmware set is gone"
    assert loaded().values["side"] == "left"
    clean()


def a_full_flash_changes_nothing():
    settings = loaded()
    settings.change({"name": "old"})
    filler, n = open("/f/filler", "wb"), 0
    try:
        while True:
            filler.write(bytes(512))
            filler.flush()
            n += 1
    except OSError:
        pass
    fails(settings, TAKEN, "flash")
    assert settings.values["name"] == "old" and loaded().values["name"] == "old"
    filler.close()
    os.remove("/f/filler")
    settings.change(TAKEN)
    assert loaded().values == TAKEN


def power_cuts(stride):
    """Cut after every so many bytes of a change; then the settings are the old or the new ones."""
    nor = Nor(16)
    nor.format()
    nor.mount()
    Settings(PATH, Log()).change({"owner": KEY, "name": "0"})
    nor.unmount()
    image, at, cuts, name, olds = bytes(nor.data), 0, 0, 0, 0
    while True:
        nor.data[:] = image
        nor.power_on()
        nor.mount()
        settings = Settings(PATH, Log())
        nor.spent = 0
        nor.left = at
        try:
            settings.change({"name": str(name + 1), "side": "left"})
        except Fault:
            cuts += 1
        whole = not nor.dead
        nor.power_on()
        nor.unmount()
        nor.mount()
        log = Log()
        kept = Settings(PATH, log)
        assert kept.values["owner"] == KEY, at
        assert kept.values["name"] in (str(name), str(name + 1)), (at, kept.values)
        assert not whole or kept.values["name"] == str(name + 1), "a finished change was lost"
        olds += kept.values["name"] == str(name)
        kept.change({"name": "after"})
        nor.unmount()
        nor.mount()
        assert Settings(PATH, Log()).values["name"] == "after"
        nor.unmount()
        if whole:
            assert nor.violations == 0
            return {"cuts": cuts, "old": olds, "bytes": at}
        at += stride


if sys.argv[1] == "rules":
    flash = Nor(24)
    flash.format()
    flash.mount()
    checked()
    cut_at_every_byte()
    a_newer_firmware_was_here()
    a_full_flash_changes_nothing()
    print(json.dumps({"ok": True}))
else:
    print(json.dumps(power_cuts(int(sys.argv[2]))))
