"""Minutes of sampling with the pauses of garbage collection: nothing lost, all in time."""

import gc
import json
import sys

from acquire_rig import Rig

chip, rate_hz, minutes, error_ppm, drift = sys.argv[1:6]
options = {"odr_us": int(sys.argv[6])} if len(sys.argv) > 6 else {}
rig = Rig(chip, int(rate_hz), error_ppm=int(error_ppm), drift_ppm_s=float(drift), **options)
sim, judge = rig.sim, rig.judge
sim.pauses = [
    [sim.now_us + 700_000, 1_000_000, 70_000],
    [sim.now_us + 5_000_000, 60_000_000, 300_000],
]
rig.run(60 * float(minutes))
gc.collect()
period_ns = rig.acquire.timebase.period_ns()
true_ns = rig.model.true_period_us() * 1000
print(
    json.dumps(
        {
            "samples": judge.samples,
            "taken": judge.k + 1,
            "lost": judge.lost,
            "gaps": judge.gaps,
            "faults": rig.log.history,
            "first_us": judge.first_us,
            "worst_us": judge.worst_us,
            "worst_jump_us": judge.worst_jump_us,
            "period_ppm": (period_ns - true_ns) / true_ns * 1e6,
            "heap": gc.mem_alloc(),
            "transfers": rig.bus.transfers,
        }
    )
)
