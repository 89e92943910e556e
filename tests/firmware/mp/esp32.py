"""Stand-in of MicroPython's `esp32`: what was asked to wake the board."""

WAKEUP_ALL_LOW = False
WAKEUP_ANY_HIGH = True

wake = {}
NOT_RTC = set()  # pins outside the RTC domain cannot wake


def wake_on_ext0(pin, level):
    _check((pin,))
    wake["ext0"] = (pin.number, level)


def wake_on_ext1(pins, level):
    _check(pins)
    wake["ext1"] = ([pin.number for pin in pins], level)


def _check(pins):
    for pin in pins:
        if pin.number in NOT_RTC:
            raise ValueError("invalid pin")
