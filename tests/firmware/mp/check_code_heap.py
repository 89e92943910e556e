"""Heap that the modules of packets, memory and settings take, compiled from source."""

import gc
import json

import anklet_sensor.errors  # noqa: F401

sizes = {}
for name in (
    "packets",
    "ring",
    "acks",
    "segment",
    "segment_files",
    "journal",
    "delivery",
    "settings",
):
    gc.collect()
    before = gc.mem_alloc()
    __import__("anklet_sensor." + name)
    gc.collect()
    sizes[name] = gc.mem_alloc() - before
print(json.dumps(sizes))
