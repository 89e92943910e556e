"""``analyze --explain DIR``: one figure for each step from samples to reps."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from anklet.analysis import Stages
from anklet.cli.show import progress
from anklet.errors import DataError
from anklet.model import Analysis, Leg, Side
from anklet.report.figures import line_figure, trace
from anklet.report.style import save_figure
from anklet.signals.contact import residual_speed_m_s
from anklet.signals.leg import Reference, Sensor


def explain(analysis: Analysis, stages: dict[Side, Stages], folder: Path) -> None:
    """Plot every intermediate of an analysis.

    Parameters
    ----------
    analysis : Analysis
    stages : dict
        By side, from `anklet.analysis.analyze_in_stages`.
    folder : Path
        Made where it does not exist; files are numbered in the order of the work.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"The folder {folder} cannot be made ({error.strerror}); choose another for --explain."
        ) from error
    figures = [
        (f"{side}-{name}", figure)
        for side, leg in analysis.legs.items()
        for name, figure in _figures(leg, stages[side])
    ]
    with progress("Plotting", len(figures)) as bar:
        for name, figure in figures:
            save_figure(figure, folder / f"{name}.png")
            bar.advance(bar.task_ids[0])


def _figures(leg: Leg, stages: Stages) -> Iterator[tuple[str, Figure]]:
    for segment, sensor in stages.sensors.items():
        for name, figure in _sensor_figures(sensor, stages.zeros[segment]):
            yield f"{segment}-{name}", figure
    yield from _angle_figures(leg, stages)


def _sensor_figures(sensor: Sensor, zero: Reference) -> Iterator[tuple[str, Figure]]:
    u, where = sensor.uniform, str(sensor.placement)
    t_s = u.t_s
    zeros = []
    if zero.still is not None:
        span = zero.still.span
        zeros = [(float(t_s[span.start]), float(t_s[span.stop - 1]), "zero")]
    holed = np.where(u.measured[:, None], u.acc_m_s2, np.nan)
    yield (
        "1-acceleration",
        line_figure(f"{where}: specific force", _xyz(t_s, holed), "m/s²", zeros),
    )
    holed = np.degrees(np.where(u.measured[:, None], u.gyr_rad_s, np.nan))
    yield "2-rate", line_figure(f"{where}: angular rate", _xyz(t_s, holed), "deg/s", zeros)
    still = [(float(t_s[s.span.start]), float(t_s[s.span.stop - 1]), "still") for s in sensor.still]
    bias = np.degrees(sensor.orientation.bias_rad_s)
    yield "3-bias", line_figure(f"{where}: gyroscope bias", _xyz(t_s, bias), "deg/s", still)
    yield "4-up", line_figure(f"{where}: the vertical", _xyz(t_s, sensor.up), "share", zeros)
    speed = residual_speed_m_s(u, sensor.orientation, zero.up, sensor.placement.segment)
    yield (
        "5-travel",
        line_figure(f"{where}: speed beyond a fixed ankle's", [("speed", t_s, speed)], "m/s"),
    )


def _angle_figures(leg: Leg, stages: Stages) -> Iterator[tuple[str, Figure]]:
    angle = stages.angle
    t_s = angle.t_s
    edges = np.flatnonzero(np.diff(np.concatenate([[0], angle.travelling, [0]])))
    last = len(t_s) - 1
    steps = [
        (float(t_s[a]), float(t_s[min(b, last)]), "step")
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
    yield (
        "6-segments",
        line_figure(
            f"{leg.side}: segments",
            [("shank lean", t_s, angle.shank_deg), ("foot pitch", t_s, angle.foot_deg)],
            "deg",
            [] if angle.gait else steps,
        ),
    )
    yield (
        "7-plane",
        line_figure(
            f"{leg.side}: tilt out of the calibration plane",
            [("tilt", t_s, stages.off_plane_deg)],
            "deg",
        ),
    )
    if np.isfinite(stages.heel_m).any():
        rise = [("rise", t_s, 1000 * stages.heel_m)]
        yield "7-heel", line_figure(f"{leg.side}: rise of the ankle above a flat foot", rise, "mm")
    for count, rep_set in enumerate(leg.sets, 1):
        yield f"8-set-{count}", trace(leg, rep_set)


def _xyz(t_s: np.ndarray, values: np.ndarray) -> list[tuple[str, np.ndarray, np.ndarray]]:
    return [(axis, t_s, values[:, k]) for k, axis in enumerate("xyz")]
