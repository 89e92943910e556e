"""LED patterns as a camera sees them, presses as a finger makes them; nothing allocated a step."""

import json

import micropython
from anklet_sensor.indicator import FLASH, PATTERNS, PAUSE, Button, Indicator
from anklet_sensor.log import GROUPS, OTHER

WRAP = 1 << 30


class Time:
    """Counts as the port does, from shortly before the wrap."""

    def __init__(self):
        self.ticks = WRAP - 7_000_000

    def ticks_us(self):
        return self.ticks

    def go(self, us):
        self.ticks = (self.ticks + us) & (WRAP - 1)


class Led:
    level = 0

    def __call__(self, level):
        self.level = level


def film(indicator, led, time, ms, step_ms=10):
    """Return the durations of light and dark, in ms: on, off, on, off ..."""
    seen, level, since = [], 1, 0
    for now in range(0, ms, step_ms):
        indicator.step()
        if led.level != level:
            seen.append(now - since)
            level, since = led.level, now
        time.go(step_ms * 1000)
    return seen


def new(name="idle", code=None):
    time, led = Time(), Led()
    indicator = Indicator(led, time)
    indicator.show(name)
    indicator.fault(code)
    return indicator, led, time


def units(pattern):
    return [unit * 20 for unit in pattern]


def states_show_their_pattern():
    for name, pattern in PATTERNS.items():
        assert len(pattern) % 2 == 0 and 0 not in pattern, name
        indicator, led, time = new(name)
        wanted = units(pattern) * 4
        seen = film(indicator, led, time, sum(wanted) + 50)
        assert seen == wanted, (name, seen)
    assert len(set(PATTERNS.values())) == len(PATTERNS)


def faults_are_counted():
    for flashes, codes in GROUPS.items():
        indicator, led, time = new("live", codes.split()[0])
        round_ms = units(FLASH) * (flashes - 1) + [FLASH[0] * 20, PAUSE * 20]
        wanted = round_ms + units(PATTERNS["live"])
        seen = film(indicator, led, time, 2 * sum(wanted) + 50)
        assert seen == wanted * 2, (codes, seen)
    indicator, led, time = new("live", "unheard_of")
    assert film(indicator, led, time, 20_000).count(FLASH[0] * 20) >= OTHER
    indicator.fault(None)
    assert film(indicator, led, time, 2050) == units(PATTERNS["live"]) * 2


def identify_wins_and_ends():
    indicator, led, time = new("untethered", "no_imu")
    indicator.identify(2)
    assert film(indicator, led, time, 2000) == [100] * 19
    seen = film(indicator, led, time, 1500)
    assert FLASH[0] * 20 in seen, seen
    indicator.identify(60)
    film(indicator, led, time, 1000)
    indicator.identify(0)
    assert FLASH[0] * 20 in film(indicator, led, time, 1500)
    indicator.identify(10**9)
    indicator.identify(-5)
    assert FLASH[0] * 20 in film(indicator, led, time, 1500)


def a_late_loop_only_delays():
    indicator, led, time = new("live")
    film(indicator, led, time, 500)
    time.go(60_000_000)
    seen = film(indicator, led, time, 3000)
    assert seen[1:].count(80) >= 2, seen


class Finger:
    def __init__(self, young=False):
        self.time = Time()
        self.level = 0
        self.button = Button(self.pressed, self.time)
        self.events = []
        if not young:
            self.wait(6000)

    def pressed(self):
        return self.level

    def wait(self, ms, step_ms=5):
        for _ in range(0, ms, step_ms):
            event = self.button.step()
            if event:
                self.events.append(event)
            self.time.go(step_ms * 1000)

    def press(self, ms, then_ms=600):
        for level in (1, 0):
            for bounce in (level, 1 - level, level, 1 - level, level):
                self.level = bounce
                self.wait(5)
            self.wait(ms if level else then_ms)
        told, self.events = self.events, []
        return told


def presses_are_told_apart():
    finger = Finger()
    assert finger.press(80) == ["short"]
    assert finger.press(1500) == ["short"]
    assert finger.press(80, then_ms=150) == []
    assert finger.press(80) == ["double"]
    assert finger.press(80, then_ms=150) == []
    assert finger.press(80, then_ms=150) == ["double"]
    assert finger.press(80) == ["short"], "a third press stands alone"
    assert finger.press(3500) == ["long"]
    assert finger.press(15_000) == ["long"], "no reset long after the start"


def noise_is_no_press():
    finger = Finger()
    for _ in range(20):
        finger.level = 1
        finger.wait(20)
        finger.level = 0
        finger.wait(50)
    finger.wait(1000)
    assert finger.events == []


def held_opens_a_window_of_30_s():
    finger = Finger()
    assert not finger.button.held
    finger.level = 1
    finger.wait(2900)
    assert not finger.button.held
    finger.wait(200)
    assert finger.button.held
    finger.wait(60_000, 20)
    assert finger.button.held, "as long as it is pressed"
    finger.level = 0
    finger.wait(29_000, 20)
    assert finger.button.held
    finger.wait(1500)
    assert not finger.button.held
    assert finger.events == ["long"]


def reset_begins_at_the_start():
    finger = Finger(young=True)
    finger.wait(2000)
    assert finger.press(10_500) == ["long", "reset"]
    assert finger.press(12_000) == ["long"]
    finger = Finger(young=True)
    assert finger.press(9000) == ["long"]
    finger = Finger(young=True)
    finger.level = 1
    finger.wait(11_000)
    assert finger.events == ["long", "reset"], "pressed while the board started"


def nothing_is_allocated():
    indicator, led, time = new("untethered", "bus")
    indicator.identify(1)
    finger = Finger()
    turns = range(3000)
    ticks = [0]
    time.ticks_us = finger.time.ticks_us = lambda: ticks[0]
    indicator._ticks_us = finger.button._ticks_us = time.ticks_us
    indicator.step()
    micropython.heap_lock()
    for turn in turns:
        ticks[0] = turn * 10_000
        finger.level = turn // 50 & 1
        indicator.step() if turn > 200 else None
        finger.button.step()
    micropython.heap_unlock()


for check in (
    states_show_their_pattern,
    faults_are_counted,
    identify_wins_and_ends,
    a_late_loop_only_delays,
    presses_are_told_apart,
    noise_is_no_press,
    held_opens_a_window_of_30_s,
    reset_begins_at_the_start,
    nothing_is_allocated,
):
    check()
    print("ok", check.__name__)
patterns = {name: units(pattern) for name, pattern in PATTERNS.items()}
print(json.dumps({"patterns": patterns, "groups": GROUPS}))
