"""The self-test of an IMU. Loaded when asked for, then dropped: the heap is small."""

from micropython import const

from anklet_sensor.errors import Fault

_SETTLE = const(25)
_MEAN = const(5)
_ACC_UNIT_M_S2 = 9.80665e-3
_DEG = 57.29578


def self_test(imu) -> dict:
    """Push the proof masses and see them move; the sensor must lie still for half a second.

    Blocks, and ends sampling. Returns the responses in mg and deg/s.

    Raises
    ------
    Fault
        "self_test": a response is out of the datasheet's limits.
    """
    imu.start(imu.RATES_HZ[-1])
    quiet = _mean(imu)
    imu.push()
    pushed = _mean(imu)
    imu.stop()
    moved = [abs(a - b) for a, b in zip(pushed, quiet)]
    acc_mg = [round(m * imu.ACC_LSB_M_S2 / _ACC_UNIT_M_S2) for m in moved[:3]]
    gyr_dps = [round(m * imu.GYR_LSB_RAD_S * _DEG) for m in moved[3:]]
    _judge(imu, "accelerometer", acc_mg, imu.ACC_SELF_TEST_MG, "mg")
    _judge(imu, "gyroscope", gyr_dps, imu.GYR_SELF_TEST_DPS, "deg/s")
    return {"acc_mg": acc_mg, "gyr_dps": gyr_dps}


def _judge(imu, what: str, moved: list, limits: tuple, unit: str) -> None:
    for value in moved:
        if not limits[0] <= value <= limits[1]:
            why = (
                "the %s of the %s answers its self-test with %s %s, not %d to %d: keep it still "
                "and test again, then replace it"
            )
            raise Fault("self_test", why % (what, imu.NAME, moved, unit, limits[0], limits[1]))


def _mean(imu) -> list:
    sums = [0] * 6
    for i in range(_SETTLE + _MEAN):
        imu.spin(1_000_000 // imu.rate_hz)
        sample = imu.output()
        if i >= _SETTLE:
            sums = [s + value for s, value in zip(sums, sample)]
    return [s / _MEAN for s in sums]
