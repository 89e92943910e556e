"""From the IMU's FIFO to finished packets: remap, fuse, pack; what goes wrong becomes a flag."""

import time

import micropython
from micropython import const

from anklet_sensor.errors import Fault
from anklet_sensor.imu.timing import Timebase
from anklet_sensor.packets import AT_REST, LOST_BEFORE, SATURATED

_PAUSE_US = const(100_000)
_SILENT_US = const(300_000)
_AGAIN_US = const(1_000_000)
_RETRY_US = const(20_000)
_TEMPERATURE_US = const(10_000_000)

_WHY = {
    "fifo_overflow": "the IMU's FIFO overflowed: samples are missing; the sensor was too busy",
    "imu": "samples of the IMU came torn and were dropped: check its wiring",
}


@micropython.viper
def _place(counts: ptr16, sample: int, out: ptr16, at: int, axes: ptr8) -> int:
    # One sample, chip frame to lid frame; 1 when any count is at the end of the range.
    # axes: source index and 1 for a minus sign, of x, y, z. -(-32768) does not fit: 32767.
    saturated = 0
    for i in range(6):
        base = 0 if i < 3 else 3
        row = 2 * (i - base)
        value = int(counts[6 * sample + base + int(axes[row])])
        value = (value ^ 0x8000) - 0x8000
        if value >= 32767 or value <= -32767:
            saturated = 1
        if int(axes[row + 1]):
            value = 0 - value
            if value > 32767:
                value = 32767
        out[(at >> 1) + i] = value
    return saturated


def axes_of(remap) -> bytes:
    """Return source and sign of each lid axis, from a 3 x 3 rotation of -1, 0 and 1 (lid = R chip).

    Raises
    ------
    Fault
        "remap": not nine numbers, not -1, 0 or 1, or no rotation (a mirror image, an axis twice).
    """
    rows = list(remap)
    if len(rows) != 9 or any(not isinstance(v, int) or not -1 <= v <= 1 for v in rows):
        raise Fault("remap", "the board's axis remap must be nine numbers -1, 0 or 1: correct it")
    a, b, c, d, e, f, g, h, i = rows
    crowded = any(abs(x) + abs(y) + abs(z) != 1 for x, y, z in ((a, b, c), (d, e, f), (g, h, i)))
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if crowded or determinant != 1:
        raise Fault("remap", "the board's axis remap is no rotation: correct the board's file")
    axes = bytearray(6)
    for k in range(9):
        if rows[k]:
            axes[2 * (k // 3)] = k % 3
            axes[2 * (k // 3) + 1] = rows[k] < 0
    return bytes(axes)


class Acquire:
    """Samples one stream.

    Parameters
    ----------
    imu : driver of `anklet_sensor.imu`
    remap : sequence of 9 int
        Rotation from the chip's frame to the lid's.
    fusion : fusion.Fusion
    packer : packets.Packer
    clock : clock.Clock
    log : log.Log
    emit : callable
        Called with (buf, n) for every finished packet; `buf` is used again afterwards.
    """

    def __init__(self, imu, remap, fusion, packer, clock, log, emit) -> None:
        self.imu = imu
        self.fusion = fusion
        self.timebase = Timebase(clock, imu.tick_us, imu.ticks_a_sample)
        self._axes = axes_of(remap)
        self._packer = packer
        self._clock = clock
        self._log = log
        self._emit = emit
        self._rate_hz = 0

    def start(self, stream: int, rate_hz: int, samples_a_packet: int) -> None:
        """Start the IMU and a stream at seq 0; OSError or Fault when the IMU does not."""
        self.imu.start(rate_hz)
        self._rate_hz = rate_hz
        self._packer.samples_a_packet = samples_a_packet
        self._packer.begin(stream, self.imu.SCALE)
        self.timebase = Timebase(self._clock, self.imu.tick_us, self.imu.ticks_a_sample)
        self._log.clear("fifo_overflow")
        self._saturated = 0
        self._gap = False
        self._expected_us = None
        self._fused_us = 0
        self._fails = 0
        self._failed_at = self._heard_at = self._warmed_at = self._stepped_at = (
            self._clock.ticks_us()
        )
        self._ailing = False

    def step(self) -> int:
        """Take what the FIFO holds, at most 12 samples; return how many."""
        now = self._clock.ticks_us()
        if time.ticks_diff(now, self._stepped_at) > _PAUSE_US:
            self._heard_at = now  # it was the MCU that paused
        self._stepped_at = now
        if self._fails and time.ticks_diff(now, self._failed_at) < self._patience_us(now):
            return 0
        try:
            n = self._read(now)
        except OSError as error:
            self._fail(now, "bus", "the IMU does not answer (%s): check its wiring" % error)
            return 0
        except Fault as fault:
            self._fail(now, fault.code, fault.why)
            return 0
        self._look_aside(now)
        if n:
            self._hear(now)
            if not self.timebase.ready:  # samples without a time are of no use
                self._begin_gap()
                return 0
        for i in range(n):
            self._take(i)
        return n

    def note(self, obj: dict) -> None:
        """Put a note into the stream."""
        packet = self._packer.note(obj, self._clock.now_us())
        self._emit(packet, len(packet))

    def stop(self) -> None:
        """Finish the open packet and power the IMU down."""
        self._seal()
        try:
            self.imu.stop()
        except (OSError, Fault) as error:
            self._log.fault("bus", "the IMU could not be powered down (%r)" % error)

    def _patience_us(self, now: int) -> int:
        # often while the FIFO still holds everything, then rarely
        return _AGAIN_US if time.ticks_diff(now, self._heard_at) > _AGAIN_US else _RETRY_US

    def _read(self, now: int) -> int:
        imu = self.imu
        if time.ticks_diff(now, self._heard_at) > _SILENT_US:
            self._look()
        try:
            n = imu.read()
        except OSError as error:
            self._log.fault("bus", "a transfer from the IMU failed (%s): check its wiring" % error)
            self._ailing = True
            imu.recover()
            n = imu.read()
        if imu.lost:
            self._miss(imu.lost, _WHY[imu.lost])
            imu.lost = ""
        return n

    def _look_aside(self, now: int) -> None:
        # clock and temperature: a failure here must not cost the samples just read
        try:
            self.imu.stamp(self.timebase)
            if time.ticks_diff(now, self._warmed_at) > _TEMPERATURE_US:
                self._warmed_at = now
                self.imu.measure_temperature()
        except OSError as error:
            self._log.fault("bus", "the IMU's clock could not be read (%s): check wiring" % error)
            self._ailing = True

    def _look(self) -> None:
        # silence: a chip that lost power answers, but holds its defaults
        if not self.imu.configured():
            self._miss("imu", "the IMU lost its settings, and probably power: check its wiring")
            self._restart()
        elif time.ticks_diff(self._clock.ticks_us(), self._heard_at) > _AGAIN_US:
            self._miss("imu", "the IMU gave no samples for a second: it was started again")
            self._restart()

    def _restart(self) -> None:
        self._heard_at = self._clock.ticks_us()
        self._begin_gap()
        self.timebase.restart()
        self.imu.start(self._rate_hz)
        self._fails = 0

    def _fail(self, now: int, code: str, why: str) -> None:
        self._failed_at = now
        self._fails += 1
        if time.ticks_diff(now, self._heard_at) > _AGAIN_US:
            self._begin_gap()
        self._ailing = True
        self._log.fault(code, why)

    def _hear(self, now: int) -> None:
        self._heard_at = now
        self._fails = 0
        if self._ailing:
            self._ailing = False
            self._log.clear("bus")
            self._log.clear("imu")

    def _miss(self, code: str, why: str) -> None:
        self._log.fault(code, why)
        if code == "imu":  # an overflow stands until the next start: data is gone
            self._ailing = True
        if not self.imu.TIMESTAMPS:  # samples were not counted while they were lost
            self.timebase.restart()
        self._begin_gap()

    def _begin_gap(self) -> None:
        self._seal()  # a packet's samples are equally spaced
        self._gap = True

    def _take(self, i: int) -> None:
        packer = self._packer
        if not packer.n:
            self._open(self.imu.ticks[i])
        buf, offset = packer.buf, packer.offset()
        self._saturated |= _place(self.imu.counts, i, buf, offset, self._axes)
        self.fusion.update_counts(buf, offset)
        self.fusion.store_q(buf, offset + 12)
        if packer.add():
            self._seal()

    def _open(self, tick: int) -> None:
        time_us = self.timebase.at_us(tick)
        flags = 0
        if not self._gap and self._expected_us is not None:
            self.timebase.pace(tick - self._tick & 0x3FFFFFFF, self._sealed)
        self._tick = tick
        if self._gap:
            self._gap = False
            flags = LOST_BEFORE
            period_us = self.timebase.period_us()
            if self._expected_us is not None:
                missed = (time_us - self._expected_us + period_us // 2) // period_us
                self.fusion.lost(max(missed, 1))
        self._packer.open(time_us, flags)
        self._opened_us = time_us

    def _seal(self) -> None:
        packer = self._packer
        if not packer.n:
            return
        period_us = self.timebase.period_us()
        self._sealed = packer.n
        self._expected_us = self._opened_us + packer.n * period_us
        if period_us != self._fused_us:
            self._fused_us = period_us
            self.fusion.set_rate(1e9 / self.timebase.period_ns())
        flags = (SATURATED if self._saturated else 0) | (AT_REST if self.fusion.at_rest else 0)
        self._saturated = 0
        self._emit(packer.buf, packer.seal(period_us, flags))
