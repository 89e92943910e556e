"""The sensor's flash: VfsLfs2 on a file that outlives the program, as flash outlives power.

What LittleFS has not committed when the program is killed is lost, as on the board.
"""

import os

BLOCK = 4096


class FlashFile:
    """A block device on a file.

    Parameters
    ----------
    path : str
        Made, as erased flash, when there is none.
    blocks : int
        Of 4096 bytes.
    """

    def __init__(self, path, blocks):
        self.blocks = blocks
        self.new = not _exists(path)
        if self.new:
            with open(path, "wb") as file:
                for _ in range(blocks):
                    file.write(b"\xff" * BLOCK)
        self._file = open(path, "r+b")

    def readblocks(self, block, buf, offset=0):
        self._file.seek(block * BLOCK + offset)
        self._file.readinto(buf)

    def writeblocks(self, block, buf, offset=0):
        self._file.seek(block * BLOCK + offset)
        self._file.write(buf)

    def ioctl(self, op, _arg):
        if op == 4:
            return self.blocks
        if op == 5:
            return BLOCK
        return 0

    def mount(self, folder):
        if self.new:
            os.VfsLfs2.mkfs(self)
        os.mount(os.VfsLfs2(self), folder)


def _exists(path):
    try:
        os.stat(path)
    except OSError:
        return False
    return True
