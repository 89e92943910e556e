"""Naps: who naps is woken with all others, and never too early."""

import asyncio

import pytest

from anklet.sensor.timing import TICK_S, Ticks, Timing
from host.sensor.sensor_rig import VirtualLoop


def run(work):
    """Run on virtual time: naps of its loop, and when each moment of waking was."""

    async def main():
        loop = asyncio.get_running_loop()
        return await work(Timing(now_s=loop.time, ticks=Ticks(loop.time)))

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


def test_naps_of_many_end_together_on_a_tick():
    async def work(timing):
        async def napper(seconds):
            await timing.nap(seconds)
            return timing.now_s()

        wanted_s = [0.0, 0.001, 0.01, 0.031, 0.0325, 0.04, 0.2]
        began_s = timing.now_s()
        return began_s, wanted_s, await asyncio.gather(*map(napper, wanted_s))

    began_s, wanted_s, woken_s = run(work)
    for asked_s, at_s in zip(wanted_s, woken_s, strict=True):
        assert 0 <= at_s - (began_s + asked_s) <= TICK_S + 0.001
        assert at_s % TICK_S == pytest.approx(0.0005, abs=1e-6)
    assert len(set(woken_s)) == 4


def test_naps_one_after_the_other_miss_no_tick():
    async def work(timing):
        began_s = timing.now_s()
        for _ in range(1000):
            await timing.nap(0)
        return timing.now_s() - began_s

    assert run(work) == pytest.approx(1000 * TICK_S, abs=TICK_S)


def test_who_is_cancelled_leaves_the_others_napping():
    async def work(timing):
        one, other = (asyncio.ensure_future(timing.nap(0.5)) for _ in range(2))
        await asyncio.sleep(0.1)
        one.cancel()
        await asyncio.wait_for(other, 1.0)
        return one.cancelled()

    assert run(work)


def test_without_ticks_a_nap_is_a_sleep():
    async def main():
        slept = []

        async def sleep(seconds):
            slept.append(seconds)

        await Timing(sleep=sleep).nap(0.7)
        return slept

    assert asyncio.run(main()) == [0.7]
