"""Small things that the tests of the command line share."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from anklet.model import Samples


def contents(folder):
    """Every file under a folder with its bytes (a database is compared by its own tests)."""
    return {
        path: path.read_bytes() if path.is_file() and ".sqlite" not in path.name else b""
        for path in sorted(folder.rglob("*"))
    }


def process(*arguments, prefix=(), **options):
    """Run a command as a process of its own."""
    return subprocess.run(
        [*prefix, sys.executable, "-m", "anklet", *map(str, arguments)],
        capture_output="stdout" not in options,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


def moved(samples, **fields):
    """The same samples with some fields changed."""
    held = {k: getattr(samples, k).copy() for k in ("t_s", "acc_m_s2", "gyr_rad_s")}
    return Samples(**{**held, **fields})


def without(samples, start_s, end_s):
    """The samples outside a span of time."""
    keep = (samples.t_s < start_s) | (samples.t_s > end_s)
    return Samples(samples.t_s[keep], samples.acc_m_s2[keep], samples.gyr_rad_s[keep])


def columns_of(path):
    """Columns of a CSV file as lists of text, by name."""
    header, *rows = Path(path).read_text().splitlines()
    cells = [row.split(",") for row in rows]
    return {name: [row[k] for row in cells] for k, name in enumerate(header.split(","))}


def numbers(texts):
    """Fields as floats, empty ones NaN."""
    return np.array([float(text) if text else np.nan for text in texts])
