"""What the sensor's code takes in 160 kB, and the ring that main.py would make beside it.

Names in this file grow the string table that is measured, which doubles when it is full: few.
"""

import gc
import sys

gc.threshold(4096)

if len(sys.argv) > 1:  # a module that makes stand-ins
    __import__(sys.argv[1])
else:

    class App:
        FLAG_READ = FLAG_WRITE_NO_RESPONSE = FLAG_WRITE = FLAG_NOTIFY = 0

    for name in ("bluetooth", "machine", "esp32"):
        sys.modules[name] = App

import boards
from anklet_sensor import acquire, app, board, fusion, journal, peripheral, usb_link  # noqa: F401
from anklet_sensor.ring import fitted
from boards import loading  # noqa: F401

boards.forget("loading")
del loading
if len(sys.argv) > 2:  # another, which needs the firmware
    __import__(sys.argv[2])
gc.collect()
print(gc.mem_alloc(), fitted(80 * 130).capacity)  # the index of 4.9 MiB of flash
