"""What the sensor's code takes in 160 kB, and the ring that main.py would make beside it.

argv "ring": print both, over empty stock modules. "models": print what is taken with all stand-ins
and models. Names in this file grow the string table that is measured: they are few.
"""

import gc
import sys

gc.threshold(4096)

if sys.argv[1] == "ring":

    class Stock:
        FLAG_READ = FLAG_WRITE_NO_RESPONSE = FLAG_WRITE = FLAG_NOTIFY = 0

    for name in ("bluetooth", "machine", "esp32"):
        sys.modules[name] = Stock
else:
    import app_heap_models  # noqa: F401
import boards
from anklet_sensor import acquire, app, board, fusion, journal, peripheral, usb_link  # noqa: F401  # noqa: F401  # noqa: F401
from anklet_sensor.ring import fitted
from boards import loading  # noqa: F401

boards.forget("loading")
del loading
if sys.argv[1] == "models":
    import whole  # noqa: F401

    air_holds = [(k, 0, bytearray(160)) for k in range(30)]  # on its way, or received
gc.collect()
taken = gc.mem_alloc()
print(taken, fitted(80 * 130).capacity)  # the index of 4.9 MiB of flash
