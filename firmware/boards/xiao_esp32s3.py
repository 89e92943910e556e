"""Seeed XIAO ESP32-S3 with an Adafruit 4438 breakout (LSM6DSOX): the Anklet pod.

Pins: MicroPython's SEEED_XIAO_ESP32S3 pins.csv; espressif/arduino-esp32 variants/XIAO_ESP32S3.
"""

# The second is the stock image for any ESP32-S3 with 8 MB of PSRAM, which suits this board too.
MACHINES = ("XIAO ESP32S3", "ESP32S3 module")
I2C = 0
SDA = 5  # D4
SCL = 6  # D5
LED = 21
LED_ON = 0
BUTTON = 0  # BOOT, pulled up on the board
BUTTON_ON = 0
BUTTON_PULL = True
BATTERY = 1  # D0: the middle of 2 x 220 kOhm across the battery, 100 nF to ground
BATTERY_RATIO = 2
HOLD = None
WAKE = 2  # D1, wired to INT1; a pin of the RTC domain, not a strapping pin
# The breakout's component face lies to the lid, its +X along the lid's arrow: the chip's frame is
# the lid's (silkscreen of Adafruit 4438; chip at 0 deg in Adafruit_LSM6DSOX.brd).
REMAP = (1, 0, 0, 0, 1, 0, 0, 0, 1)
