"""The log: bounded, rate-limited, whole after a power cut, silent when flash fails."""

import os
import sys

from anklet_sensor.log import OTHER, Log, flashes

FOLDER = sys.argv[1]
PATH = FOLDER + "/log.txt"
OLD = PATH + ".old"


class Time:
    def __init__(self):
        self.us = 1_234_567

    def now_us(self):
        return self.us


def fresh(size=8192):
    for path in (PATH, OLD):
        try:
            os.remove(path)
        except OSError:
            pass
    time = Time()
    return Log(PATH, time, size), time


def text_of(path):
    with open(path) as file:
        return file.read()


def repeats_reach_flash_once_a_minute():
    log, time = fresh()
    for _ in range(61):
        log.fault("bus", "the sensor did not answer")
        time.us += 1_000_000
    assert log.faults["bus"] == ("the sensor did not answer", 61, 61_234_567), log.faults
    assert text_of(PATH) == (
        "-- boot\n1.234 bus x1 the sensor did not answer\n"
        "61.234 bus x61 the sensor did not answer\n"
    ), text_of(PATH)
    log.clear("bus")
    log.fault("bus", "again")
    assert log.faults["bus"][1] == 1
    assert "again" not in text_of(PATH), "a fault that comes and goes filled the flash"


def two_files_stay_in_bounds():
    log, time = fresh(size=1000)
    for i in range(200):
        log.fault("code%d" % (i % 8), "why %d" % i * (i % 7))
        time.us += 10_000_000
        assert os.stat(PATH)[6] <= 500
    assert os.stat(OLD)[6] <= 500
    everything = text_of(OLD) + text_of(PATH)
    assert "why 199" in everything
    assert "why 192" in everything
    pages, offset = "", 0
    while True:
        page = log.read(offset, 37)
        if not page:
            break
        pages += page
        offset += len(page)
    assert pages == everything
    assert log.read(len(everything) + 5, 10) == ""
    assert log.read(0, 0) == ""


def a_torn_line_is_skipped():
    log, time = fresh()
    log.fault("flash", "full")
    with open(PATH, "a") as file:
        file.write("2.0 bus x1 half of a li")
    log = Log(PATH, time)
    assert log.read(0, 999) == "-- boot\n1.234 flash x1 full\n", log.read(0, 999)
    log.fault("bus", "whole")
    assert log.read(0, 999).endswith("full\n-- boot\n1.234 bus x1 whole\n"), log.read(0, 999)
    with open(PATH, "w") as file:
        file.write("no line at all")
    log = Log(PATH, time)
    log.fault("bus", "x")
    assert log.read(0, 999) == "-- boot\n1.234 bus x1 x\n"


def rotten_flash_reads_as_text():
    log, _ = fresh()
    with open(PATH, "wb") as file:
        file.write(b"\xff\x80ok\n")
    assert log.read(0, 99) == "??ok\n"


def a_write_error_is_kept_and_goes():
    time = Time()
    log = Log(FOLDER + "/nowhere/log.txt", time)
    log.fault("bus", "x")
    log.fault("no_imu", "y")
    assert set(log.faults) == {"bus", "no_imu", "log"}, log.faults
    assert log.faults["log"][1] == 2
    assert "cannot be written" in log.faults["log"][0]
    os.mkdir(FOLDER + "/nowhere")
    time.us += 60_000_000
    log.fault("bus", "x")
    assert "log" not in log.faults
    assert log.read(0, 99) == "-- boot\n61.234 bus x2 x\n", log.read(0, 99)
    os.mkdir(FOLDER + "/taken")
    log = Log(FOLDER + "/taken", time)
    log.fault("bus", "x")
    assert log.read(0, 99) == ""
    assert log.faults["log"][1] >= 2


def crash_keeps_the_traceback():
    log, _ = fresh()
    for _ in range(2):
        try:
            {}["kaputt"]
        except KeyError as error:
            log.crash(error)
    text = log.read(0, 4000)
    assert text.count("crash x1 KeyError") == 2
    assert text.count("Traceback") == 2
    assert "check_log.py" in text
    assert log.worst() == "crash"

    def deep(n):
        if n:
            deep(n - 1)
        raise ValueError("bottom")

    try:
        deep(30)
    except ValueError as error:
        log.crash(error)
    tail = log.read(len(text), 4000)
    assert len(tail) < 1300, tail
    assert tail.endswith("ValueError: bottom\n"), tail


def the_worst_is_told():
    log, time = fresh()
    assert log.worst() is None
    for code in ("usb", "low_battery", "flash", "no_imu", "bus"):
        log.fault(code, "")
        time.us += 1
        assert log.worst() == code, (code, log.worst())
    log.fault("calibration", "")
    assert log.worst() == "bus"
    for code in ("bus", "no_imu", "flash", "low_battery"):
        log.clear(code)
    assert log.worst() == "calibration"
    assert flashes("never heard of") == OTHER


def lines_stay_lines():
    log, _ = fresh()
    log.fault("setting", "two\nlines, \xfc and much more " + "x" * 500)
    text = log.read(0, 999)
    assert text.count("\n") == 2, text
    assert len(text) < 260, text
    assert "two?lines, ?? and" in text, text


for check in (
    repeats_reach_flash_once_a_minute,
    two_files_stay_in_bounds,
    a_torn_line_is_skipped,
    rotten_flash_reads_as_text,
    a_write_error_is_kept_and_goes,
    crash_keeps_the_traceback,
    the_worst_is_told,
    lines_stay_lines,
):
    check()
    print("ok", check.__name__)
