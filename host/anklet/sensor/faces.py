"""Six faces of a sensor, one after the other, from its live stream."""

from collections.abc import Callable, Sequence

from anklet.errors import CalibrationError, SensorError
from anklet.packets import Packet, concatenate
from anklet.sensor.control import TRIES
from anklet.sensor.talk import Talk
from anklet.signals.sixface import FACES, HOLD_S, Face, SixFace, StillFace, still_face

LOOK_S = 0.25
PATIENCE_S = 120.0
"""For the next face; whoever needs longer was called away."""
SILENCE_S = 5.0
OFFSET_DIGITS, MATRIX_DIGITS, BIAS_DIGITS = 5, 6, 6
"""Decimals: 0.001 mg, 0.001 mg at 1 g and 0.0001 deg/s; all nine numbers fit one note."""

OnFace = Callable[[Sequence[Face], Face | None, str], None]
"""Told of the faces done, the newest when it is just done, and what is waited for."""


async def collect(talk: Talk, on_face: OnFace | None = None) -> dict[Face, StillFace]:
    """Record until the sensor lay still on all six faces, in any order.

    The stream is ended and given up afterwards: it is no recording of anybody.

    Raises
    ------
    CalibrationError
        When no further face was shown for long.
    SensorError
        When nothing arrives.
    """
    stream = (await talk.request("start", mode="live", tries=TRIES)).integer("stream")
    try:
        return await _collect(talk, stream, on_face or _nobody)
    finally:
        last = (await talk.request("stop", tries=TRIES)).integer("last_seq")
        await talk.request("ack", stream=stream, ranges=[[0, last]], tries=TRIES)


async def write(talk: Talk, fit: SixFace) -> None:
    """Keep a calibration in the sensor, which uses it from now on."""
    matrix = [round(float(v), MATRIX_DIGITS) for v in fit.acc_matrix.ravel()]
    await talk.request(
        "calibrate",
        acc_offset_m_s2=[round(float(v), OFFSET_DIGITS) for v in fit.acc_offset_m_s2],
        acc_matrix=matrix,
        gyr_bias_rad_s=[round(float(v), BIAS_DIGITS) for v in fit.gyr_bias_rad_s],
        tries=TRIES,
    )


async def _collect(talk: Talk, stream: int, on_face: OnFace) -> dict[Face, StillFace]:
    done: dict[Face, StillFace] = {}
    held: list[Packet] = []
    talk.packets.clear()
    now_s = talk.timing.now_s
    news_s = heard_s = now_s()
    told = None
    while len(done) < len(FACES):
        await talk.timing.sleep(LOOK_S)
        fresh = [p for p in talk.packets if p.stream == stream and p.note is None]
        talk.packets.clear()
        if fresh:
            heard_s = now_s()
        held = _latest([*held, *fresh])
        face, why = _face(held)
        if face is not None and face not in done:
            done[face] = _means(held)
            news_s = now_s()
            on_face(list(done), face, "")
            held, told = [], None
        else:
            waits = f"{face} is done already" if face else why
            if waits != told:
                on_face(list(done), None, waits)
                told = waits
        _give_up(done, now_s() - news_s, now_s() - heard_s)
    return done


def _give_up(done: dict[Face, StillFace], waited_s: float, silent_s: float) -> None:
    if silent_s > SILENCE_S:
        raise SensorError(
            "The sensor sends nothing; switch it off and on and calibrate again.", "timeout"
        )
    if waited_s > PATIENCE_S:
        absent = ", ".join(face for face in FACES if face not in done)
        raise CalibrationError(
            f"No further face was shown for {PATIENCE_S:.0f} s, missing: {absent}; nothing was "
            "changed, calibrate again."
        )


def _latest(packets: list[Packet]) -> list[Packet]:
    """The newest packets that follow each other without a hole, of `HOLD_S` and a bit."""
    kept: list[Packet] = []
    length_s = 0.0
    for packet in reversed(packets):
        if kept and kept[-1].seq != packet.seq + 1:
            break
        kept.append(packet)
        length_s += len(packet.samples) * packet.period_us * 1e-6
        if length_s >= HOLD_S:
            break
    return kept[::-1]


def _face(packets: Sequence[Packet]) -> tuple[Face | None, str]:
    length_s = sum(len(p.samples) * p.period_us for p in packets) * 1e-6
    if length_s < HOLD_S:
        return None, "hold it still"
    block = concatenate(packets)
    return still_face(block.acc_m_s2, block.gyr_rad_s)


def _means(packets: Sequence[Packet]) -> StillFace:
    block = concatenate(packets)
    return StillFace(block.acc_m_s2.mean(axis=0), block.gyr_rad_s.mean(axis=0))


def _nobody(_done: Sequence[Face], _face: Face | None, _why: str) -> None:
    """Nobody watches."""
