"""What each module of the firmware costs in heap, source compiled here as on the board.

Usage: measure_heap.py MODULE ...   in the order of import. The last line is JSON: module -> bytes,
and what is free in the end. Stand-ins for stock modules come first and do not count.
"""

import gc
import json
import sys

for name in ("machine", "esp32", "bluetooth"):
    try:
        __import__(name)
    except ImportError:
        print(name, "has no stand-in")
cost = {}
gc.collect()
stand_ins = before = gc.mem_alloc()
for name in sys.argv[1:]:
    __import__(name)
    gc.collect()
    cost[name] = gc.mem_alloc() - before
    before += cost[name]
print(json.dumps({"cost": cost, "free": gc.mem_free() + stand_ins}))
