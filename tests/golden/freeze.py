"""Write frozen results (and, with ``--input``, a new input) for ``test_frozen_results``."""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "host"))

from test_analysis import golden_recordings

from anklet.analysis import Settings, analyze
from anklet.exchange.analysis_json import analysis_to_dict
from anklet.packets import pack_samples
from anklet.simulate import LegAbility, Movement, simulate_person

HERE = Path(__file__).parent

if "--input" in sys.argv:
    people = simulate_person(
        Movement(reps=4, hesitation=0.3), {"left": LegAbility(), "right": LegAbility(18.0)}, seed=7
    )
    arrays = {}
    for side, leg in people.items():
        for segment, recording in leg.recordings.items():
            s = recording.samples
            counts = pack_samples(
                s.acc_m_s2, s.gyr_rad_s, np.tile([1.0, 0, 0, 0], (len(s.t_s), 1)), 1
            )
            arrays[f"{side}_{segment}_t_us"] = np.round(s.t_s * 1e6).astype(np.int64)
            arrays[f"{side}_{segment}_acc"] = counts["acc"]
            arrays[f"{side}_{segment}_gyr"] = counts["gyr"]
    np.savez_compressed(HERE / "frozen_input.npz", **arrays)

result = analysis_to_dict(analyze(golden_recordings(), Settings(involved="right")))
(HERE / "frozen_results.json").write_text(json.dumps(result, indent=1) + "\n")
