"""What the validation's topics share: the command line, inclination errors, tables."""

import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import numpy as np

from anklet.cli import main

MINUS = "−"


def anklet(*arguments: str) -> tuple[int, str]:
    """Run the command line; return its exit code and what it printed on stderr."""
    said = StringIO()
    argv, sys.argv = sys.argv, ["anklet", *arguments]
    try:
        with redirect_stderr(said), redirect_stdout(StringIO()):
            main()
    except SystemExit as stop:
        return int(stop.code or 0), said.getvalue()
    finally:
        sys.argv = argv
    return 0, said.getvalue()


def up_of(quat: np.ndarray) -> np.ndarray:
    """(n, 3): the upward vertical in the sensor frame, of (n, 4) sensor-to-earth, w first."""
    w, x, y, z = quat.T
    return np.column_stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)])


def between_deg(up: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """(n,): angle between verticals, deg: BROAD's inclination error, 2 acos(sqrt(w^2 + z^2))."""
    across = np.linalg.norm(np.cross(up, reference), axis=1)
    return np.degrees(np.arctan2(across, np.einsum("ij,ij->i", up, reference)))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign; what rounds to zero has none."""
    rounded = round(value, digits)
    return f"{rounded:{'+' if rounded else ''}.{digits}f}".replace("-", MINUS if rounded else "")


def progress(text: str) -> None:
    """Say on stderr what is being done: the whole takes minutes."""
    print(f"  {text}", file=sys.stderr, flush=True)
