"""The axes of the chip, turned to those of the lid: rotations only, both sensors alike."""

import imu_motion
from acquire_rig import Rig
from anklet_sensor.acquire import _place, axes_of
from anklet_sensor.errors import Fault

I3 = (1, 0, 0, 0, 1, 0, 0, 0, 1)


def refused(remap):
    try:
        axes_of(remap)
    except Fault as fault:
        assert fault.code == "remap" and "correct" in fault.why
        return True
    return False


def rotations():
    """All 24 turns of a cube are taken, and their 24 mirror images refused."""
    taken = mirrored = 0
    for a in range(3):
        for b in range(3):
            for c in range(3):
                if len({a, b, c}) < 3:
                    continue
                for signs in range(8):
                    rows = [0] * 9
                    for row, (axis, bit) in enumerate(((a, 1), (b, 2), (c, 4))):
                        rows[3 * row + axis] = -1 if signs & bit else 1
                    if refused(rows):
                        mirrored += 1
                    else:
                        taken += 1
                        turned(rows)
    assert (taken, mirrored) == (24, 24)


def turned(rows):
    sample = [100, -200, 300, -4000, 5000, -6000]
    counts = b"".join((v & 0xFFFF).to_bytes(2, "little") for v in [0] * 6 + sample)
    out = bytearray(40)
    assert _place(counts, 1, out, 20, axes_of(rows)) == 0
    got = [int.from_bytes(out[20 + 2 * i : 22 + 2 * i], "little") for i in range(6)]
    got = [v - 65536 if v > 32767 else v for v in got]
    expected = [
        sum(rows[3 * r + c] * sample[base + c] for c in range(3))
        for base in (0, 3)
        for r in range(3)
    ]
    assert got == expected, (rows, got)


def ends_of_range():
    flip = axes_of((1, 0, 0, 0, -1, 0, 0, 0, -1))
    out = bytearray(12)
    for value, flagged in ((0x8000, 1), (0x8001, 1), (0x7FFF, 1), (0x7FFE, 0), (0x8002, 0)):
        counts = bytearray(12)
        counts[2], counts[3] = value & 255, value >> 8
        assert _place(counts, 0, out, 0, flip) == flagged
        if value == 0x8000:
            assert out[2:4] == b"\xff\x7f", "-(-32768) does not fit"


def equally_spaced():
    """A gap seals the packet: none holds samples from both sides."""
    rig = Rig("lsm6dsox", 208)
    rig.run(3)
    while rig.packer.n != 3:
        rig.run(0.001)
    sealed = rig.judge.seq
    rig.sim.advance(2_000_000)
    while rig.judge.seq == sealed:
        rig.acquire.step()
    assert rig.judge.samples % 6 == 3, "the open packet goes out with its three samples"
    rig.run(1)
    rig.acquire.note({"marker": "here"})
    rig.acquire.stop()
    assert rig.packer.n == 0 and not rig.model.period_us


def rests():
    """AT_REST comes after seconds of stillness, and goes with a swing."""
    for motion, expected in ((imu_motion.still, 4), (imu_motion.swing, 0)):
        flags = []
        rig = Rig("lsm6dsox", 104, motion=motion, judge=False)
        rig.acquire._emit = lambda buf, n: flags.append(buf[19])
        rig.run(6)
        assert flags[0] == 0 and flags[-1] == expected, flags


for bad in (
    I3[:8],
    I3 + (0,),
    (1, 0, 0, 1, 0, 0, 0, 0, 1),
    (0,) * 9,
    (2,) + I3[1:],
    (1.0,) + I3[1:],
):
    assert refused(bad), bad
rotations()
ends_of_range()
equally_spaced()
rests()
print("ok")
