"""The models fail on what real chips quietly answer with wrong data."""

import imu_motion
from imu_bus import Misuse, Sim
from lsm6ds3trc_model import Lsm6ds3trcModel
from lsm6dsox_model import Lsm6dsoxModel
from mpu6886_model import Mpu6886Model


def misuse(call, word):
    try:
        call()
    except Misuse as error:
        assert word in str(error), error
        return
    raise AssertionError("not noticed: " + word)


def put(model, *pairs):
    for register, value in pairs:
        model.sim.advance(100)
        model.write(register, value)


def get(model, register, n=1):
    buf = bytearray(n)
    model.read(register, buf, n)
    return buf


def st(cls, fifo):
    sim = Sim()
    model = cls(sim, imu_motion.still)
    misuse(lambda: put(model, (0x18, 0x01)), "reserved")
    misuse(lambda: put(model, (0x0F, 0x00)), "not to be written")
    put(model, (0x10, 0x54), (0x11, 0x5C))
    sim.advance(100_000)
    misuse(lambda: get(model, 0x22, 6), "BDU")
    misuse(lambda: get(model, 0x40), "TIMESTAMP")
    put(model, (0x12, 0x41))
    misuse(lambda: model.write(0x10, 0x54), "reset")
    misuse(lambda: get(model, 0x10), "reset")
    sim.advance(60)
    assert get(model, 0x12)[0] == 0x04 and get(model, 0x10)[0] == 0, "reset brings the defaults"
    put(model, (0x12, 0x40), (0x10, 0x54), (0x11, 0x5C))
    misuse(lambda: get(model, 0x22, 6), "IF_INC")
    put(model, (0x12, 0x44), (0x19, 0x20))
    # BDU: what a low byte froze stays until it is read again
    sim.advance(50_000)
    low = get(model, 0x2C)[0]
    sim.advance(50_000)
    row = model.table[6 * (model.shown % model.rows) + 2]
    assert low | get(model, 0x2D)[0] << 8 == row & 0xFFFF
    put(model, *fifo)
    sim.advance(200_000)
    return model


def lsm6dsox():
    model = st(Lsm6dsoxModel, ((0x09, 0x55), (0x0A, 0x46)))
    level = get(model, 0x3A, 2)
    words = level[0] | (level[1] & 3) << 8
    assert 120 <= words <= 126 and words % 3 == 0
    misuse(lambda: get(model, 0x78, 6), "torn")
    misuse(lambda: get(model, 0x79, 7), "torn")
    misuse(lambda: get(model, 0x78, 7 * (words + 1)), "holds")
    block = get(model, 0x78, 14)
    assert block[0] >> 3 == 1 and block[7] >> 3 == 2, "78h follows 7Eh"
    assert all(bin(block[i]).count("1") % 2 == 0 for i in (0, 7)), "parity"
    assert block[0] & 6 == block[7] & 6, "one time slot, one TAG_CNT"
    model.broken(0x78, 13)
    assert get(model, 0x3A)[0] == words - 3, "a word leaves with its last byte"
    misuse(lambda: put(model, (0x09, 0x45)), "batch rates")
    model.sim.advance(2_000_000)
    level = get(model, 0x3A, 2)
    assert level[1] & 0x48 == 0x48 and level[0] | (level[1] & 3) << 8 == 512
    assert not get(model, 0x3B)[0] & 0x48, "the overrun latch clears when read"


def lsm6ds3trc():
    fifo = ((0x5C, 0x10), (0x07, 0x80), (0x08, 0x09), (0x09, 0x08), (0x0A, 0x2E))
    model = st(Lsm6ds3trcModel, fifo)
    status = get(model, 0x3A, 4)
    words = status[0] | (status[1] & 7) << 8
    assert words % 9 == 0 and status[2] == 0
    misuse(lambda: get(model, 0x3E, 3), "torn")
    misuse(lambda: get(model, 0x3E, 2 * words + 2), "holds")
    get(model, 0x3E, 8)
    assert get(model, 0x3C)[0] == 4, "PATTERN is the next word's place"
    model.sim.advance(2_000_000)
    status = get(model, 0x3A, 2)
    assert status[1] & 0x40 and status[0] == 0, "an overrun reads DIFF 0"
    put(model, (0x0A, 0x28), (0x5C, 0x00))
    misuse(lambda: put(model, (0x0A, 0x2E)), "TIMER_HR")


def mpu6886():
    sim = Sim()
    model = Mpu6886Model(sim, imu_motion.violent)
    misuse(lambda: put(model, (0x1B, 0x18)), "sleeps")
    misuse(lambda: put(model, (0x6B, 0x00)), "CLKSEL")
    misuse(lambda: put(model, (0x1A, 0x82)), "reserved")
    misuse(lambda: put(model, (0x23, 0xF8)), "reserved")
    put(model, (0x6B, 0x01), (0x1A, 2), (0x1B, 0x18), (0x1C, 0x18), (0x19, 4))
    sim.advance(20_000)
    model.run()
    assert max(model.table) == 0x7F7F, "OUTPUT_LIMIT is not set"
    put(model, (0x23, 0x18), (0x6A, 0x44))
    sim.advance(100_000)
    misuse(lambda: get(model, 0x73), "latched")
    misuse(lambda: get(model, 0x70, 8), "into the FIFO")
    misuse(lambda: get(model, 0x74, 13), "torn")
    count = get(model, 0x72, 2)
    assert (count[0] << 8 | count[1]) % 14 == 0
    misuse(lambda: get(model, 0x74, 14 * 30), "empty")
    sim.advance(1_000_000)
    assert get(model, 0x72, 2) == b"\x04\x00" and get(model, 0x3A)[0] == 0x10
    assert get(model, 0x3A)[0] == 0, "INT_STATUS clears when read"
    put(model, (0x6B, 0x80))
    misuse(lambda: get(model, 0x72, 2), "reset")


lsm6dsox()
lsm6ds3trc()
mpu6886()
print("ok")
