"""The command line as a user meets it, and simulated recordings to feed it."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli_helpers import contents

from anklet.cli import main
from anklet.exchange.csv_out import write_samples
from anklet.simulate import LegAbility, Movement, simulate_person

ABILITIES = {"left": LegAbility(df_deg=27.0), "right": LegAbility(df_deg=20.0)}
MOVEMENTS = {
    "squat": Movement(reps=3, standing_s=4.5),
    "rise": Movement(kind="heel_rise", reps=3, standing_s=4.5),
    "table": Movement(kind="table", reps=3, standing_s=4.5),
}


@dataclass(frozen=True)
class Ran:
    """What a command gave back."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Simulated:
    """CSV files of simulated sets, their samples, and the truth."""

    folder: Path
    legs: dict

    def path(self, movement, side, segment="shank"):
        return self.folder / f"{movement}-{side}-{segment}.csv"

    def samples(self, movement, side, segment="shank"):
        return self.legs[movement][side].recordings[segment].samples

    def reps(self, movement, side):
        return self.legs[movement][side].reps


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    """One short set of each kind of movement, both legs, shank and foot."""
    folder = tmp_path_factory.mktemp("simulated")
    legs = {
        name: simulate_person(movement, ABILITIES, seed=5) for name, movement in MOVEMENTS.items()
    }
    held = Simulated(folder, legs)
    for name, sides in legs.items():
        for side, leg in sides.items():
            for segment in leg.recordings:
                write_samples(held.path(name, side, segment), held.samples(name, side, segment))
    return held


@pytest.fixture
def anklet(capsys, monkeypatch, tmp_path):
    """Run a command in this process, in an empty folder, without a store of the user's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANKLET_STORE", str(tmp_path / "default.sqlite"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr("anklet.cli.show.out.width", 120)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["anklet", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        written = capsys.readouterr()
        return Ran(int(stopped.value.code or 0), written.out, written.err)

    return run


@pytest.fixture
def works(anklet):
    """Run a command that must succeed without a word on stderr, and return what it prints."""

    def run(*arguments):
        ran = anklet(*arguments)
        assert (ran.code, ran.err) == (0, "")
        return ran.out

    return run


@pytest.fixture
def refused(anklet, tmp_path):
    """Run a command that must refuse in one plain sentence and leave the folder as it was."""

    def run(*arguments, code=1):
        before = contents(tmp_path)
        ran = anklet(*arguments)
        assert ran.code == code, ran
        assert ran.out == ""
        assert ran.err.startswith("anklet: ")
        assert ran.err.endswith(".\n")
        assert ran.err.count("\n") == 1
        assert contents(tmp_path) == before
        return ran.err

    return run
