"""A NOR flash under the interpreter's real VfsLfs2: its rules, its wear, and power cuts.

Programming only clears bits, erasing sets a whole block. A power cut comes after any byte of
programming (the byte itself may be half-programmed) or in the middle of an erase; from then on
nothing answers until `power_on`.
"""

import errno
import os

import vfs

BLOCK = 4096
_ERASED = b"\xff" * BLOCK
ERASE_COST = 16
"""Bytes of programming that an erase counts for in `left`: so many places where it is cut."""


class Nor:
    """Flash of so many blocks.

    Attributes
    ----------
    left : int
        Bytes of programming until power is cut; -1: never.
    spent : int
        Bytes programmed since power came on, an erase counting ERASE_COST.
    violations : int
        Programming that would have had to set bits.
    """

    def __init__(self, blocks, image=None):
        self.blocks = blocks
        self.data = bytearray(image) if image else bytearray(BLOCK * blocks)
        for start in range(0, 0 if image else len(self.data), BLOCK):
            self.data[start : start + BLOCK] = _ERASED
        self.erases = [0] * blocks
        self.programmed = 0
        self.reads = 0
        self.violations = 0
        self.dead = False
        self.left = -1
        self.spent = 0

    def power_on(self):
        self.dead = False
        self.left = -1
        self.spent = 0

    def _spend(self, n):
        # how many of n bytes are done before the power goes
        if self.dead:
            raise OSError(errno.EIO)
        self.spent += n
        if self.left < 0 or n <= self.left:
            if self.left >= 0:
                self.left -= n
            return n
        self.dead = True
        return self.left

    def readblocks(self, block, buf, offset=0):
        if self.dead:
            raise OSError(errno.EIO)
        self.reads += len(buf)
        start = block * BLOCK + offset
        buf[:] = memoryview(self.data)[start : start + len(buf)]

    def writeblocks(self, block, buf, offset=0):
        start = block * BLOCK + offset
        done = self._spend(len(buf))
        old = self.data[start : start + len(buf)]
        if old != _ERASED[: len(buf)]:
            self.violations += sum(1 for a, b in zip(old, buf) if a & b != b)
        self.data[start : start + done] = memoryview(buf)[:done]
        self.programmed += done
        if done < len(buf):
            self.data[start + done] &= buf[done] | 0x5A  # the byte in work: some of its bits
            raise OSError(errno.EIO)

    def ioctl(self, op, arg):
        if op == 4:
            return self.blocks
        if op == 5:
            return BLOCK
        if op == 6:
            self._erase(arg)
        return 0

    def _erase(self, block):
        start = block * BLOCK
        done = self._spend(ERASE_COST)
        self.erases[block] += 1
        if done < ERASE_COST:
            part = done * (BLOCK // ERASE_COST)  # the rest is neither old nor erased
            self.data[start : start + part] = _ERASED[:part]
            for i in range(start + part, min(start + part + 256, start + BLOCK)):
                self.data[i] |= 0xA5
            raise OSError(errno.EIO)
        self.data[start : start + BLOCK] = _ERASED

    def format(self):
        vfs.VfsLfs2.mkfs(self)

    def mount(self, folder="/f"):
        self._socket = _Socket(self)
        vfs.mount(vfs.VfsLfs2(self._socket), folder)

    def unmount(self, folder="/f"):
        vfs.umount(folder)
        self._socket.nor = None


class _Socket:
    """What one mount sees of the flash: finalisers of files left open write into the void."""

    def __init__(self, nor):
        self.nor = nor

    def readblocks(self, block, buf, offset=0):
        if self.nor:
            self.nor.readblocks(block, buf, offset)

    def writeblocks(self, block, buf, offset=0):
        if self.nor:
            self.nor.writeblocks(block, buf, offset)

    def ioctl(self, op, arg):
        return self.nor.ioctl(op, arg) if self.nor else 0


def power_off(nor):
    """Cut the power: nothing of what the program still has open reaches the flash."""
    nor.dead = True
    nor.unmount()
    nor.power_on()


class Log:
    """A stand-in that keeps what was said."""

    def __init__(self):
        self.faults = {}

    def fault(self, code, why):
        count = self.faults[code][1] + 1 if code in self.faults else 1
        self.faults[code] = (why, count, 0)

    def clear(self, code):
        self.faults.pop(code, None)


class Time:
    """A clock that stands still until it is set on."""

    def __init__(self):
        self.us = 1_000_000

    def now_us(self):
        return self.us


def files(folder):
    return sorted(entry[0] for entry in os.ilistdir(folder))
