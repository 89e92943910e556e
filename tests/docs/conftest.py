"""A folder with the recordings that the documents name, and commands run in it."""

import shutil
import sys

import numpy as np
import pytest

from anklet.cli import main
from anklet.exchange.csv_out import write_samples
from anklet.model import Samples
from anklet.simulate import (
    GuidedHalfMinute,
    LegAbility,
    Movement,
    SensorErrors,
    simulate_leg,
    simulate_person,
)
from host.visits_rig import Clock

ABILITIES = {"left": LegAbility(df_deg=27.0), "right": LegAbility(df_deg=19.0)}
SQUAT = Movement(reps=4, block_deg=20.0)


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    """Files by the names that the documents give them."""
    folder = tmp_path_factory.mktemp("recordings")
    worn = {
        side: {"shank": SensorErrors.random(np.random.default_rng(k))}
        for k, side in enumerate(ABILITIES)
    }
    squats = simulate_person(SQUAT, ABILITIES, seed=3, segments=("shank",), errors=worn)
    lunges = simulate_person(Movement(kind="lunge", reps=3), ABILITIES, seed=4, segments=("shank",))
    rise = simulate_leg("left", Movement(kind="heel_rise", reps=4), ABILITIES["left"], seed=5)
    guided = simulate_leg(
        "left",
        Movement(kind="calibration", guided=GuidedHalfMinute()),
        ABILITIES["left"],
        seed=6,
        segments=("shank",),
        errors=worn["left"],
    )
    files = {
        "left.csv": squats["left"].recordings["shank"],
        "right.csv": squats["right"].recordings["shank"],
        "set.csv": squats["left"].recordings["shank"],
        "left-lunge.csv": lunges["left"].recordings["shank"],
        "right-lunge.csv": lunges["right"].recordings["shank"],
        "shank.csv": rise.recordings["shank"],
        "foot.csv": rise.recordings["foot"],
        "calibration.csv": guided.recordings["shank"],
    }
    for name, recording in files.items():
        write_samples(folder / name, recording.samples)
    write_samples(folder / "block.csv", laid_on_a_block(20.0))
    return folder


def laid_on_a_block(block_deg):
    """A sensor that lies still on the level floor for 5 s, then on a block, arrow to the toes."""
    rng = np.random.default_rng(7)
    t_s = np.arange(0, 10, 0.01)
    slope = np.where(t_s < 5, 0.0, np.radians(block_deg))
    up = np.column_stack([-np.sin(slope), np.zeros(len(t_s)), np.cos(slope)])
    return Samples(
        t_s,
        9.81 * up + rng.normal(0, 0.01, (len(t_s), 3)),
        rng.normal(0, 0.001, (len(t_s), 3)),
    )


@pytest.fixture
def page_folder(recordings, tmp_path, monkeypatch):
    """An empty store, and copies of the files, in the folder that commands run in."""
    shutil.copytree(recordings, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANKLET_STORE", str(tmp_path / "store.sqlite"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr("anklet.cli.show.out.width", 120)
    return tmp_path


@pytest.fixture
def anklet(page_folder, monkeypatch, capsys):
    """Run a command in this process, recordings from sensors in simulated time."""
    clock = Clock()
    monkeypatch.setattr("anklet.cli.record.TIMING", clock.timing)
    monkeypatch.setattr("anklet.cli.record.asyncio.run", clock.run)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["anklet", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        written = capsys.readouterr()
        return int(stopped.value.code or 0), written.out, written.err

    return run
