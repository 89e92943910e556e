"""One stream from start to end: opening notes, samples, slow notes, closing note."""

import os

from anklet_sensor import imu
from anklet_sensor.acquire import Acquire
from anklet_sensor.errors import Fault
from anklet_sensor.fusion import Fusion
from anklet_sensor.packets import CRC_BYTES, HEADER_BYTES, SAMPLE_BYTES, Packer

IDLE = "idle"
LIVE = "live"
UNTETHERED = "untethered"


class Sampling:
    """Starts and stops the IMU and its stream of packets.

    Parameters
    ----------
    board : board.Board
    settings : settings.Settings
    delivery : delivery.Delivery
    log : log.Log
    clock : clock.Clock
    identity : dict
        ``sensor``, ``boot`` and ``fw``: the first note of every stream.
    """

    def __init__(self, board, settings, delivery, log, clock, identity) -> None:
        self.mode = IDLE
        self.stream = 0
        self.imu = None
        self.packer = Packer()
        self._board = board
        self._settings = settings
        self._delivery = delivery
        self._log = log
        self._clock = clock
        self._identity = identity
        self._acquire = None
        self._fusion = None
        self._no_imu = None
        self._wall_offset_us = None
        self.find_imu()

    def find_imu(self) -> None:
        """Look for the IMU; without one the fault is kept, and start looks again."""
        try:
            self.imu = imu.find(self._board.i2c, self._clock)
        except Fault as fault:
            self.imu = None
            self._no_imu = fault
            self._log.fault(fault.code, fault.why)
            return
        self._log.clear("no_imu")
        self._log.clear("wrong_imu")

    def rates_hz(self) -> tuple:
        """Return the nominal rates that this IMU can sample at."""
        return self.imu.RATES_HZ if self.imu else ()

    def rate_hz(self) -> int:
        """Return the rate to sample at: the IMU's nearest to the one that was set."""
        wanted = self._settings.values["rate_hz"]
        return min(self.imu.RATES_HZ, key=lambda rate: abs(rate - wanted))

    def start(self, mode: str) -> None:
        """Begin a new stream, or change the mode of the one that runs.

        Raises
        ------
        Fault
            Without an IMU, or when it does not answer.
        """
        if self.mode != IDLE:
            self._switch(mode)
            return
        if self.imu is None:
            self.find_imu()
        if self.imu is None:
            raise Fault(self._no_imu.code, self._no_imu.why)
        self.stream = self._new_stream()
        rate_hz = self.rate_hz()
        fusion = self._make_fusion(rate_hz)
        acquire = Acquire(
            self.imu,
            self._board.remap,
            fusion,
            self.packer,
            self._clock,
            self._log,
            self._delivery.put,
        )
        try:
            acquire.start(self.stream, rate_hz, self._settings.values["packet_samples"])
        except OSError as error:
            raise Fault("bus", "the IMU does not answer (%r): check its wiring" % error)
        self._acquire, self._fusion = acquire, fusion
        self._delivery.untethered = mode == UNTETHERED
        self.mode = mode
        self._opening_notes(rate_hz)

    def stop(self) -> int:
        """End the stream; return its last sequence number."""
        acquire, fusion = self._acquire, self._fusion
        if self.mode == IDLE or acquire is None or fusion is None:
            return self.packer.seq - 1
        self.mode = IDLE
        acquire.stop()
        self.tell({"end": self.packer.seq})
        self._delivery.flush()
        self._delivery.untethered = False
        self._acquire = None
        try:
            self._settings.change({"learned_bias_rad_s": list(fusion.bias_rad_s)})
        except Fault as fault:
            self._log.fault(fault.code, fault.why)
        return self.packer.seq - 1

    def step(self) -> int:
        """Take what the IMU has; return the number of samples."""
        return self._acquire.step() if self._acquire else 0

    def note(self, content: dict) -> None:
        """Put a note into the stream; Fault "note" when it is too long."""
        packet = self.packer.note(content, self._clock.now_us())
        self._delivery.put(packet, len(packet))

    def tell(self, content: dict) -> None:
        """Put a note into the stream; one that does not fit goes to the log instead."""
        try:
            self.note(content)
        except Fault as fault:
            self._log.fault(fault.code, fault.why)

    def set_wall_clock(self, offset_us: int) -> None:
        """Learn the wall clock: us since 1970 at this boot."""
        self._wall_offset_us = offset_us
        if self.mode != IDLE:
            self._note_time()

    def temperature_c(self):
        """Return the IMU's temperature, None without one."""
        return self.imu.temperature_c if self.imu else None

    def bytes_per_s(self) -> int:
        """Return what a stream at the rate that was set takes."""
        samples = self._settings.values["packet_samples"]
        overhead = HEADER_BYTES + CRC_BYTES
        return self._settings.values["rate_hz"] * (SAMPLE_BYTES + overhead // samples)

    def self_test(self) -> dict:
        """Test the IMU while no stream runs; see `imu/self_test.py`."""
        if self.mode != IDLE:
            raise Fault("state", "the self-test ends sampling: stop first, and lay the sensor down")
        if self.imu is None:
            raise Fault(self._no_imu.code, self._no_imu.why)
        return imu.test(self.imu)

    def wake_on_motion(self, wanted: bool) -> int:
        """Leave the IMU watching for motion, or powered down; return the level that wakes."""
        if self.imu is None:
            return 1
        try:
            if wanted:
                self.imu.wake_on_motion()
            else:
                self.imu.stop()
        except (OSError, Fault) as error:
            self._log.fault("bus", "the IMU could not be put to rest (%r)" % error)
        return self.imu.WAKE_LEVEL

    def at_rest(self) -> bool:
        """Tell whether the sensor lies still."""
        return self._fusion is not None and self._fusion.at_rest

    def settle(self, changes: dict) -> None:
        """Take changed settings into the stream that runs."""
        if self.mode == IDLE:
            return
        if "packet_samples" in changes:
            self.packer.samples_a_packet = changes["packet_samples"]
        self._calibrate(self._fusion)
        for key, value in changes.items():
            self.tell({"set": {key: _short(value)}})

    def _note_time(self) -> None:
        self.tell({"unix_us": self._wall_offset_us + self._clock.now_us()})

    def _switch(self, mode: str) -> None:
        if mode != self.mode:
            self.mode = mode
            self._delivery.untethered = mode == UNTETHERED
            self.tell({"mode": mode})

    def _new_stream(self) -> int:
        while True:
            stream = int.from_bytes(os.urandom(4), "little")
            if stream and not self._delivery.held(stream):
                return stream

    def _make_fusion(self, rate_hz: int) -> Fusion:
        fusion = Fusion(
            rate_hz, acc_lsb_m_s2=self.imu.ACC_LSB_M_S2, gyr_lsb_rad_s=self.imu.GYR_LSB_RAD_S
        )
        self._calibrate(fusion)
        learned = self._settings.values["learned_bias_rad_s"]
        if learned:
            fusion.set_bias(learned)
        return fusion

    def _calibrate(self, fusion) -> None:
        values = self._settings.values
        try:
            fusion.calibrate(
                values["acc_offset_m_s2"], values["acc_matrix"], values["gyr_bias_rad_s"]
            )
            self._log.clear("calibration")
        except Fault as fault:
            self._log.fault(fault.code, fault.why)

    def _opening_notes(self, rate_hz: int) -> None:
        values = self._settings.values
        self.tell(self._identity)
        self.tell({"imu": self.imu.NAME, "rate_hz": rate_hz, "scale": self.imu.SCALE})
        self.tell({key: values[key] for key in ("side", "segment", "name")})
        for key in ("acc_offset_m_s2", "acc_matrix", "gyr_bias_rad_s"):
            self.tell({key: _short(values[key])})
        self.tell({"mode": self.mode})
        if self._wall_offset_us is not None:
            self._note_time()


def _short(value):
    # nine numbers must fit a note: 1e-5 of a matrix is 0.1 mg
    if isinstance(value, (list, tuple)):
        return [round(x, 5) for x in value]
    return value
