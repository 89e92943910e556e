"""Virtual sensors on a simulated person."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from anklet.model import SEGMENTS, SIDES, Placement, Segment, Side
from anklet.sensor.motion import Beginning, Motion
from anklet.sensor.simulated import SimulatedLink
from anklet.sensor.timing import Timing
from anklet.sensor.virtual import VirtualSensor

if TYPE_CHECKING:
    from anklet.simulate import SimulatedLeg

PLACEMENTS = (Placement("left", "shank"), Placement("right", "shank"))


def simulated_links(
    placements: Sequence[Placement] = PLACEMENTS,
    *,
    seed: int = 1,
    timing: Timing | None = None,
    calibration: bool = False,
    from_now: bool = False,
    boot: int = 0,
) -> list[SimulatedLink]:
    """Return virtual sensors on a simulated person who does split squats, again and again.

    The same seed is the same person, with the sensors worn alike.

    Parameters
    ----------
    placements : sequence of Placement
        Where sensors are worn.
    seed : int
        Everything random follows from it.
    timing : Timing, optional
    calibration : bool
        Instead the guided half-minute, once, both legs together, from now on.
    from_now : bool
        The person begins now, with quiet standing; else wherever the timing's clock is.
    boot : int
        Another one gives the streams other numbers.
    """
    # vqf and scipy, which nothing else here needs
    import numpy as np

    from anklet.simulate import LegAbility, Movement, SensorErrors, simulate_person

    segments: tuple[Segment, ...] = tuple(
        s for s in SEGMENTS if any(p.segment == s for p in placements)
    )
    abilities: dict[Side, LegAbility] = {side: LegAbility() for side in SIDES}
    worn: dict[Side, dict[Segment, SensorErrors]] = {
        side: {
            s: SensorErrors.random(np.random.default_rng([seed, k, m]))
            for m, s in enumerate(SEGMENTS)
        }
        for k, side in enumerate(SIDES)
    }
    legs = simulate_person(
        Movement(kind="calibration" if calibration else "split_squat"),
        abilities,
        seed=seed,
        segments=segments,
        errors=worn,
        together=calibration,
    )
    return links_on_legs(
        legs,
        placements,
        seed=seed,
        timing=timing,
        from_now=from_now or calibration,
        repeats=not calibration,
        boot=boot,
    )


def links_on_legs(
    legs: "Mapping[Side, SimulatedLeg]",
    placements: Sequence[Placement],
    *,
    seed: int = 1,
    timing: Timing | None = None,
    from_now: bool = True,
    repeats: bool = False,
    boot: int = 0,
) -> list[SimulatedLink]:
    """Return virtual sensors on simulated legs.

    Parameters
    ----------
    legs : mapping of side to SimulatedLeg
    placements : sequence of Placement
        Where sensors are worn.
    seed : int
    timing : Timing, optional
    from_now : bool
        The legs begin when the first sensor is started; else they are wherever the timing's clock
        is.
    repeats : bool
        The legs do the same again and again; else once, and stand at the end.
    boot : int
        Another one gives the streams other numbers.
    """
    from anklet.packets import decode
    from anklet.simulate import to_packets

    longest_s = max(float(leg.trace.t_s[-1]) for leg in legs.values())
    loop_s = longest_s + 10.0 if repeats else math.inf
    begin = Beginning() if from_now else None
    links: list[SimulatedLink] = []
    for k, placement in enumerate(placements):
        recording = legs[placement.side].recordings[placement.segment]
        packets = to_packets(recording, stream=1, sensor_id="simulated", unix_s=0.0)
        samples = [p for p in map(decode, packets) if len(p.samples) == 6]
        rng = random.Random(1_000_000 * boot + 1000 * seed + k)
        motion = Motion(
            [p.samples.tobytes() for p in samples],
            period_us=samples[0].period_us,
            start_s=float(recording.samples.t_s[0]),
            loop_s=loop_s,
            begin=begin,
        )
        sensor = VirtualSensor(
            f"simulated-{placement.side}-{placement.segment}",
            motion,
            side=placement.side,
            segment=placement.segment,
            name=f"simulated {placement}",
            ppm=rng.uniform(-50, 50),
            rng=rng,
        )
        links.append(SimulatedLink(sensor, timing=timing, rng=rng))
    return links
