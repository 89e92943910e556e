"""Inertial measurement units: finding one; a driver a chip, loaded only when its chip is there."""

import sys

from micropython import const

from anklet_sensor.errors import Fault

_ST_WHO_AM_I = const(0x0F)
_INVENSENSE_WHO_AM_I = const(0x75)


def find(i2c, clock):
    """Return the driver of the IMU on the bus.

    Raises
    ------
    Fault
        "no_imu": nothing answers; "wrong_imu": what answers is none that this firmware knows.
    """
    if i2c is None:
        raise Fault("no_imu", "the board has no I2C bus that works: correct /board.json")
    driver, address, strangers = _look(i2c)
    if driver:
        return driver(i2c, address, clock)
    if strangers:
        raise Fault("wrong_imu", "this firmware has no driver for the chip at" + strangers)
    raise Fault("no_imu", "no IMU answers on the I2C bus: check its wiring and its power")


def load(i2c) -> bool:
    """Load the driver of the chip on the bus, while the heap has room; say whether there is one."""
    return i2c is not None and _look(i2c)[0] is not None


def test(driver) -> dict:
    """Run `self_test.py`, whose code does not stay in the heap."""
    module = __import__("anklet_sensor.imu.self_test", None, None, ("self_test",))
    del sys.modules["anklet_sensor.imu.self_test"]
    globals()["self_test"] = None
    return module.self_test(driver)


def _look(i2c) -> tuple:
    strangers = ""
    for address, register in (
        (0x6A, _ST_WHO_AM_I),
        (0x6B, _ST_WHO_AM_I),
        (0x68, _INVENSENSE_WHO_AM_I),
        (0x69, _INVENSENSE_WHO_AM_I),
    ):
        try:
            who_am_i = i2c.readfrom_mem(address, register, 1)[0]
        except OSError:  # nothing at this address
            continue
        driver = _driver(register, who_am_i)
        if driver:
            return driver, address, ""
        strangers += " 0x%02X (WHO_AM_I 0x%02X)" % (address, who_am_i)
    return None, 0, strangers


def _driver(register: int, who_am_i: int):
    if register == _INVENSENSE_WHO_AM_I:
        if who_am_i == 0x19:
            from anklet_sensor.imu.mpu6886 import Mpu6886

            return Mpu6886
    elif who_am_i == 0x6C:  # the LSM6DSO, the same but for its learning core, says so too
        from anklet_sensor.imu.lsm6dsox import Lsm6dsox

        return Lsm6dsox
    elif who_am_i == 0x6A:
        from anklet_sensor.imu.lsm6ds3trc import Lsm6ds3trc

        return Lsm6ds3trc
    return None
