"""Sensors: links to devices, and how what they measure reaches the disk without a loss.

A link (`ble`, `usb`, `replay`, `simulated`) carries packets in and control lines both ways; above
it nothing knows which one it is. `capture` records from several sensors at once, `pull` fetches
what they recorded on their own; both write into a sink, and only what the sink has committed is
acknowledged. Import the module that you need: none loads a driver before it is used.
"""
