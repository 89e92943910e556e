"""Twelve weekly visits of a simulated person, through the whole path: for the demo and a try."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from anklet.analysis import Settings
from anklet.model import SIDES, Side
from anklet.protocols import find_protocol
from anklet.simulate import LegAbility, Movement, simulate_person, to_packets
from anklet.store import SIMULATED, Store
from anklet.visits.keeping import NewAssessment, keep_streams

CODE = "DEMO-01"
FIRST_VISIT = datetime(2026, 3, 2, 18, 0).astimezone()
WEEKS = 12
SET = Movement(
    kind="split_squat",
    reps=8,
    block_deg=20.0,
    tempo_spread=0.25,
    hesitation=0.1,
    pause=0.1,
)
STANCE_DEG = -8.0
"""Lean of the front shank in the split stance."""
HEALTHY_DF_DEG, INJURED_DF_DEG, RECOVERY_WEEKS = 26.0, 16.0, 5.0
DAY_TO_DAY_DEG = 1.0
SEED = 20260324


def simulate_course(
    store: Store,
    on_visit: Callable[[], None] | None = None,
    first_visit: datetime = FIRST_VISIT,
) -> None:
    """Add the simulated person and their visits.

    Parameters
    ----------
    store : Store
    on_visit : callable, optional
        Called after each visit.
    first_visit : datetime, optional
        The others follow weekly.

    Raises
    ------
    StoreError
        When the store has somebody of that code already.
    """
    store.add_person(CODE, "right", (first_visit - timedelta(weeks=3)).date())
    for week in range(WEEKS):
        _visit(store, week, first_visit + timedelta(weeks=week))
        if on_visit is not None:
            on_visit()


def _visit(store: Store, week: int, at: datetime) -> None:
    """One visit: both legs simulated, sent as packets, stored, read back and analysed."""
    rng = np.random.default_rng([SEED, week])
    deficit = (HEALTHY_DF_DEG - INJURED_DF_DEG) * np.exp(-week / RECOVERY_WEEKS)
    means: dict[Side, float] = {"left": HEALTHY_DF_DEG, "right": HEALTHY_DF_DEG - 2.0 - deficit}
    abilities: dict[Side, LegAbility] = {
        side: LegAbility(df_deg=means[side] + rng.normal(0, DAY_TO_DAY_DEG)) for side in SIDES
    }
    stance = replace(SET, start_lean_deg=STANCE_DEG + rng.normal(0, DAY_TO_DAY_DEG))
    legs = simulate_person(stance, abilities, seed=SEED + week, segments=("shank",))
    streams = {
        recording.placement: (
            f"sim-{side}",
            to_packets(
                recording,
                stream=int(rng.integers(1, 2**32)),
                sensor_id=f"sim-{side}",
                unix_s=at.timestamp(),
            ),
        )
        for side, leg in legs.items()
        for recording in leg.recordings.values()
    }
    new = NewAssessment(CODE, at, "split_squat", {"block_deg": SET.block_deg, SIMULATED: True})
    how = Settings(block_deg=SET.block_deg, involved="right", protocol=find_protocol("split_squat"))
    keep_streams(store, new, streams, how)
