"""``anklet demo``: twelve weekly visits of one simulated person, through the whole path."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from anklet.analysis import Settings
from anklet.cli.show import out, progress, say, show_analysis, show_trends
from anklet.errors import DataError
from anklet.exchange.files import atomic_write
from anklet.model import SIDES, Side
from anklet.protocols import find_protocol
from anklet.report import render_report
from anklet.simulate import LegAbility, Movement, simulate_person, to_packets
from anklet.store import Store
from anklet.visits import NewAssessment, choose_key, keep_streams, leading_measure, trends
from anklet.visits.report_pages import report_of

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


def run(folder: Path) -> None:
    """Simulate, send through packets, keep, analyse, print, and write the report."""
    began = time.monotonic()
    database = folder / "demo.sqlite"
    _clear(folder, database)
    out.print(f"{WEEKS} weekly visits of {CODE}, right ankle recovering: split squats on a block.")
    with Store.open(str(database)) as store:
        store.add_person(CODE, "right", (FIRST_VISIT - timedelta(weeks=3)).date())
        with progress("Simulating, storing, analysing", WEEKS) as bar:
            for week in range(WEEKS):
                _visit(store, week)
                bar.advance(bar.task_ids[0])
        key = choose_key(store, CODE, None)
        visits = store.summaries(CODE, key)
        fitted = trends(visits, "right")
        page = report_of(store, CODE, visits[-1].assessment.id)
    atomic_write(folder / "report.html", render_report(page))
    out.print("\nThe last visit:")
    show_analysis(page.analysis)
    show_trends(fitted, leading_measure(visits))
    say(f"\nReport: {folder / 'report.html'}")
    say(f"Data:   {database} (try: anklet compare --person {CODE} --store {database})")
    out.print(f"All of it simulated, in {time.monotonic() - began:.0f} s.", style="dim")


def _clear(folder: Path, database: Path) -> None:
    """Make the folder; remove an earlier demo's database, and no other."""
    if database.exists():
        with Store.open(str(database), create=False) as store:
            others = [p.code for p in store.people() if p.code != CODE]
        if others:
            raise DataError(
                f"{database} holds {others[0]}, who is not of the demo; choose another folder with "
                "--out."
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{database.name}*"):
            old.unlink()
    except OSError as error:
        raise DataError(
            f"The folder {folder} cannot be used ({error.strerror}); choose another with --out."
        ) from error


def _visit(store: Store, week: int) -> None:
    """One visit: both legs simulated, sent as packets, stored, read back and analysed."""
    rng = np.random.default_rng([SEED, week])
    deficit = (HEALTHY_DF_DEG - INJURED_DF_DEG) * np.exp(-week / RECOVERY_WEEKS)
    means: dict[Side, float] = {"left": HEALTHY_DF_DEG, "right": HEALTHY_DF_DEG - 2.0 - deficit}
    abilities: dict[Side, LegAbility] = {
        side: LegAbility(df_deg=means[side] + rng.normal(0, DAY_TO_DAY_DEG)) for side in SIDES
    }
    at = FIRST_VISIT + timedelta(weeks=week)
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
    new = NewAssessment(CODE, at, "split_squat", {"block_deg": SET.block_deg, "knee": "bent"})
    how = Settings(block_deg=SET.block_deg, involved="right", protocol=find_protocol("split_squat"))
    keep_streams(store, new, streams, how)
