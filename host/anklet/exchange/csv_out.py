"""Angles, orientations and samples to CSV; each file whole or not at all."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from anklet.errors import DataError
from anklet.exchange.columns import ANKLET
from anklet.exchange.files import atomic_write
from anklet.model import SIDES, Floats, Samples, Side, Trace

MAX_ROWS = 50_000_000
"""About five days at 104 Hz."""


def write_angles(path: str | Path, traces: Mapping[Side, Trace]) -> None:
    """Write ankle angles as ``t_s,left_deg,right_deg``.

    Parameters
    ----------
    path : path
        The file; an older one is replaced.
    traces : mapping of side to Trace
        One leg or both. Rows are uniform at the faster rate from the earlier start to the later
        end; a field is empty where the angle is not measured.

    Raises
    ------
    DataError
        When the file cannot be written, or the legs do not share a clock.
    """
    t_s, degrees = merge_traces(traces)
    columns: list[Iterable[str]] = [map(repr, t_s.tolist())]
    columns += [_fields(degrees[side], len(t_s)) for side in SIDES]
    _write(path, "t_s,left_deg,right_deg", columns)


def merge_traces(traces: Mapping[Side, Trace]) -> tuple[Floats, dict[Side, Floats | None]]:
    """Put the legs on one uniform grid.

    Returns
    -------
    t_s : (n,) array
        From the earlier start to the later end at the faster rate, s.
    degrees : dict of side to (n,) array or None
        Ankle angle in deg, NaN where not measured; None for a leg that is missing.

    Raises
    ------
    DataError
        When the legs lie so far apart that they cannot share a clock.
    """
    held = [trace for trace in traces.values() if len(trace.deg)]
    degrees: dict[Side, Floats | None] = dict.fromkeys(SIDES)
    if not held:
        return np.zeros(0), degrees
    rate_hz = max(trace.rate_hz for trace in held)
    t0_s = min(trace.t0_s for trace in held)
    end_s = max(trace.t0_s + (len(trace.deg) - 1) / trace.rate_hz for trace in held)
    rows = round((end_s - t0_s) * rate_hz) + 1
    if rows > MAX_ROWS:
        raise DataError(
            f"The legs' recordings are {(end_s - t0_s) / 86400:.1f} days apart by their time "
            "columns; all files of one call must share one clock."
        )
    t_s = t0_s + np.arange(rows) / rate_hz
    for side, trace in traces.items():
        if not len(trace.deg):
            continue
        shift = (trace.t0_s - t0_s) * rate_hz
        if trace.rate_hz == rate_hz and abs(shift - round(shift)) < 1e-3:
            out = np.full(rows, np.nan)
            out[round(shift) : round(shift) + len(trace.deg)] = trace.deg
            degrees[side] = out
        else:
            degrees[side] = np.interp(t_s, trace.t_s, trace.deg, left=np.nan, right=np.nan)
    return t_s, degrees


def write_orientation(path: str | Path, t_s: Floats, quat: Floats) -> None:
    """Write orientation as ``t_s,qw,qx,qy,qz``.

    Parameters
    ----------
    path : path
        The file; an older one is replaced.
    t_s : (n,) array
        Times in s; they read back exactly.
    quat : (n, 4) array
        Sensor to earth, w first.

    Raises
    ------
    DataError
        When the file cannot be written.
    """
    columns: list[Iterable[str]] = [map(repr, t_s.tolist())]
    columns += [[f"{v:.9f}" for v in q.tolist()] for q in quat.T]
    _write(path, "t_s,qw,qx,qy,qz", columns)


def write_samples(path: str | Path, samples: Samples) -> None:
    """Write samples as Anklet's own CSV; every number reads back exactly.

    Raises
    ------
    DataError
        When the file cannot be written.
    """
    atomic_write(path, samples_text(samples))


def samples_text(samples: Samples) -> str:
    """Return samples as Anklet's own CSV; every number reads back exactly."""
    table = np.column_stack([samples.t_s, samples.acc_m_s2, samples.gyr_rad_s])
    return _text(",".join(ANKLET.names), [map(repr, c.tolist()) for c in table.T])


def _fields(degrees: Floats | None, rows: int) -> Iterable[str]:
    if degrees is None:
        return [""] * rows
    return ["" if v != v else f"{v:.4f}" for v in degrees.tolist()]


def _write(path: str | Path, header: str, columns: list[Iterable[str]]) -> None:
    atomic_write(path, _text(header, columns))


def _text(header: str, columns: list[Iterable[str]]) -> str:
    rows = map(",".join, zip(*columns, strict=True))
    return "\n".join([header, *rows, ""])
