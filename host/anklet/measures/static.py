"""Quiet standing as numbers: how far and how fast the shank sways, and whether its zero drifts."""

import numpy as np

from anklet.model import Floats, Static

MIN_STAND_S = 20.0
"""A shorter stand gives no sway: measures of it settle at 20 to 30 s (Le Clair and Riach, Clin
Biomech 11:176, 1996)."""
EDGE_S = 3.0
"""Drift is the mean over the last seconds minus the mean over the first: as long as a zero."""
CHI2_95 = 5.991465
"""95 % point of the chi-square distribution with two degrees of freedom."""


def measure_stand(
    lean_deg: Floats, sideways_deg: Floats, rate_hz: float, start_s: float
) -> Static | None:
    """Measure one stretch of quiet standing.

    Parameters
    ----------
    lean_deg, sideways_deg : (n,) array
        The shank's lean (knee forward positive, from the zero) and its tilt sideways, low-passed.
    rate_hz, start_s : float
        Rate of both, and time of the first node.

    Returns
    -------
    Static or None
        RMS about the mean and mean speed along the path as Prieto et al. (IEEE Trans Biomed Eng
        43:956, 1996, doi:10.1109/10.532130) define them for the centre of pressure, here for the
        shank's inclination, in deg. The ellipse is the one that holds 95 % of a bivariate normal,
        pi x chi2 x sqrt(det covariance) (Schubert and Kirchner, Gait Posture 39:518, 2014). None
        where the stand is shorter than `MIN_STAND_S`.
    """
    n, edge = len(lean_deg), round(EDGE_S * rate_hz)
    if n < MIN_STAND_S * rate_hz - 1:
        return None
    both = np.vstack([lean_deg, sideways_deg])
    covariance = np.cov(both, bias=True)
    steps = np.diff(both, axis=1)
    return Static(
        start_s=start_s,
        end_s=start_s + (n - 1) / rate_hz,
        sway_deg=float(np.sqrt(covariance[0, 0])),
        sideways_deg=float(np.sqrt(covariance[1, 1])),
        path_deg_s=float(np.hypot(*steps).sum() * rate_hz / (n - 1)),
        ellipse_deg2=float(np.pi * CHI2_95 * np.sqrt(max(0.0, np.linalg.det(covariance)))),
        mean_deg=float(lean_deg.mean()),
        drift_deg=float(lean_deg[-edge:].mean() - lean_deg[:edge].mean()),
    )
