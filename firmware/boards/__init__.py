"""The boards that Anklet knows; one file each, constants only. docs/firmware.md explains the names.

The first whose MACHINES name the running build is taken, the last where none does.
"""

import sys

NAMES = ("xiao_esp32s3", "m5stickc_plus2", "generic_esp32")


def forget(name: str) -> None:
    """Let go of a module of this package: what was read once need not stay in the heap."""
    del sys.modules["boards." + name]
    globals()[name] = None
