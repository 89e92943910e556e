"""The rest of the stand-ins of check_app_heap.py, and what is on its way through the air."""

import whole  # noqa: F401

air_holds = [(k, 0, bytearray(160)) for k in range(30)]
