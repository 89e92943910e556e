"""The battery's estimate and the inactivity timer, on simulated time."""

from anklet_sensor.power import Battery, Inactivity, percent_of


class Time:
    def __init__(self, us=0):
        self.us = us

    def now_us(self):
        return self.us


def run(battery, time, seconds, loaded=False):
    """Return the seconds at which it said that it became low."""
    low = []
    for second in range(seconds):
        for _ in range(4):
            if battery.step(loaded):
                low.append(second)
            time.us += 250_000
    return low


def the_table_falls_and_is_bounded():
    percents = [percent_of(mv) for mv in range(2000, 4500)]
    assert percents == sorted(percents)
    assert percent_of(3269) == 0
    assert percent_of(3610) == 5
    assert percent_of(3840) == 50
    assert percent_of(3855) == 55
    assert percent_of(4200) == percent_of(9999) == 100


def one_bad_reading_moves_little():
    time = Time(2**31)
    readings = [3840]
    battery = Battery(lambda: readings[0], time, 5)
    assert battery.percent is None
    run(battery, time, 1)
    assert battery.percent == 50
    readings[0] = 4200
    run(battery, time, 1)
    assert 50 < battery.percent < 61, battery.percent
    run(battery, time, 100)
    assert battery.percent >= 99, battery.percent


def the_load_is_allowed_for():
    time = Time()
    battery = Battery(lambda: 3810, time, 5)
    run(battery, time, 1, loaded=True)
    assert battery.percent == 50, battery.percent


def low_is_told_once_and_not_for_a_dip():
    time = Time()
    readings = [3800]
    battery = Battery(lambda: readings[0], time, 5)
    run(battery, time, 5)
    readings[0] = 3400
    assert run(battery, time, 8) == [], "a dip of 8 s"
    readings[0] = 3800
    assert run(battery, time, 60) == []
    assert not battery.low
    readings[0] = 3400
    low = run(battery, time, 300)
    assert len(low) == 1, low
    assert battery.low and battery.percent < 5
    readings[0] = 3900
    assert run(battery, time, 60) == []
    assert not battery.low, "charged again"
    readings[0] = 3400
    assert len(run(battery, time, 300)) == 1
    time = Time()
    battery = Battery(lambda: 3300, time, 5)
    assert run(battery, time, 60) == [10], "low from the start"


def no_battery_is_no_low_battery():
    for mv in (None, 0, 1200):
        time = Time()
        battery = Battery(lambda mv=mv: mv, time, 30)
        assert run(battery, time, 60) == []
        assert battery.percent is None
        assert not battery.low


def inactivity_ends_when_moved():
    time = Time(2**40)
    idle = Inactivity(time, 600)
    time.us += 599_999_999
    assert idle.idle_s == 599 and not idle.due
    time.us += 1
    assert idle.due
    idle.moved()
    assert not idle.due and idle.idle_s == 0
    idle.after_s = 30
    time.us += 30_000_000
    assert idle.due


for check in (
    the_table_falls_and_is_bounded,
    one_bad_reading_moves_little,
    the_load_is_allowed_for,
    low_is_told_once_and_not_for_a_dip,
    no_battery_is_no_low_battery,
    inactivity_ends_when_moved,
):
    check()
    print("ok", check.__name__)
