"""The clock fit alone: a counter of known error, read through pauses."""

import json

from anklet_sensor.clock import Clock
from anklet_sensor.imu.timing import Timebase

MASK = 0x3FFFFFFF


class Counter:
    """Ticks that are 1 + e times too fast, and an MCU that reads them when it can."""

    def __init__(self, tick_us, error_ppm, at_us=0, tick0=0):
        self.now_us = at_us
        self.origin_us = at_us
        self.tick_us = tick_us / (1 + error_ppm * 1e-6)
        self.tick0 = tick0
        self.clock = Clock(self.ticks_us)
        self.seed = 7

    def ticks_us(self):
        return self.now_us & MASK

    def random(self, n):
        self.seed = self.seed * 75 % 65537
        return self.seed * n // 65537

    def read(self, base, before_us, after_us):
        before = self.ticks_us()
        self.now_us += before_us
        tick = int((self.now_us - self.origin_us) / self.tick_us) + self.tick0 & MASK
        self.now_us += after_us
        base.add(tick, before, self.ticks_us())
        return tick

    def error_us(self, base, tick):
        """Where the fit puts this tick, less where it is."""
        ticks = (tick - self.tick0) & MASK
        return base.at_us(tick) - (ticks * self.tick_us + self.origin_us - self.start_us)


def follow(tick_us, ticks_a_sample, error_ppm, seconds, pause_every=0, **options):
    counter = Counter(tick_us, error_ppm, **options)
    counter.start_us = counter.now_us
    base = Timebase(counter.clock, tick_us, ticks_a_sample)
    worst = 0
    turn = 0
    while counter.now_us - counter.start_us < seconds * 1_000_000:
        counter.now_us += 5_000 + counter.random(20_000)
        turn += 1
        # a pause before the counter is read, or after: either spoils one bound only
        pause = 70_000 if pause_every and turn % pause_every == 0 else 0
        late = turn % (2 * pause_every or 1) == 0
        tick = counter.read(base, 80 + pause * late, 80 + pause * (not late))
        counter.clock.now_us()
        if counter.now_us - counter.start_us > (10_000_000 if tick_us > 1000 else 3_000_000):
            worst = max(worst, abs(counter.error_us(base, tick)))
    true_ns = ticks_a_sample * counter.tick_us * 1000
    return round(worst), abs(base.period_ns() - true_ns) / true_ns * 1e6


report = {}
for name, settings in {
    "nominal": (25, 192, 0, 60),
    "fast": (25, 192, 40_000, 60),
    "slow": (25, 384, -40_000, 60),
}.items():
    report[name] = follow(*settings)
report["paused"] = follow(25, 192, 10_000, 60, pause_every=4)
report["wrapped"] = follow(25, 192, 10_000, 60, at_us=MASK - 20_000_000, tick0=MASK - 1_000_000)
for error_ppm in (-10_000, 0, 10_000):
    worst, ppm = report["coarse %d" % error_ppm] = follow(10_000, 1, error_ppm, 60)

# a counter that stands still is not followed into nonsense
counter = Counter(25, 0)
base = Timebase(counter.clock, 25, 192)
for _ in range(500):
    counter.now_us += 20_000
    base.add(1234, counter.ticks_us(), counter.ticks_us())
report["stuck_period_us"] = base.period_us()
print(json.dumps(report))
