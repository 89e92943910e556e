"""Any ESP32 with an IMU on I2C; what differs is set in /board.json.

Pins: MicroPython's ESP32 quick reference puts I2C on SCL 22 and SDA 21 by custom; BOOT is GPIO0 on
every development kit (Espressif's ESP32-DevKitC guide).
"""

MACHINES = ()
I2C = 0
SDA = 21
SCL = 22
LED = None
LED_ON = 1
BUTTON = 0
BUTTON_ON = 0
BUTTON_PULL = True
BATTERY = None
BATTERY_RATIO = 2
HOLD = None
WAKE = None
REMAP = (1, 0, 0, 0, 1, 0, 0, 0, 1)
