"""M5StickC Plus2: MPU-6886, battery, LED and buttons in one case.

Pins: docs.m5stack.com/en/core/M5StickC%20PLUS2 (PinMap); hold, battery and LED also in M5Unified
src/utility/Power_Class.cpp. Its stock build is the generic ESP32's: name this board in /board.json.
"""

MACHINES = ("M5StickC Plus2", "M5STICKC_PLUS2")
I2C = 0
SDA = 21
SCL = 22
LED = 19
LED_ON = 1
BUTTON = 37  # A; input only, pulled up on the board
BUTTON_ON = 0
BUTTON_PULL = False
BATTERY = 38
BATTERY_RATIO = 2
HOLD = 4  # high keeps the board on when the power button is let go
WAKE = None  # the IMU's INT is not wired to a pin that can wake
# M5Unified applies no remap, and +z is out of the display. Which end +x is (the arrow of the lid
# frame), the six-face check of docs/firmware.md tells.
REMAP = (1, 0, 0, 0, 1, 0, 0, 0, 1)
