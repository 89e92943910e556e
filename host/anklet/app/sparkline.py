"""The last visits' differences between the sides, as a line the size of a word."""

from collections.abc import Sequence

WIDTH, HEIGHT, INSET = 128, 36, 4


def sparkline(values_deg: Sequence[float]) -> str:
    """Return an inline SVG: the values joined, the last one ringed, zero as a hairline.

    Parameters
    ----------
    values_deg : sequence of float
        Earliest first; an empty drawing without any.
    """
    if not values_deg:
        return f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true"></svg>'
    low, high = min(0.0, *values_deg), max(0.0, *values_deg)
    high += 1e-9 if high == low else 0.0

    def y(deg: float) -> float:
        return INSET + (high - deg) / (high - low) * (HEIGHT - 2 * INSET)

    step = (WIDTH - 2 * INSET) / max(len(values_deg) - 1, 1)
    points = [(INSET + k * step, y(deg)) for k, deg in enumerate(values_deg)]
    line = " ".join(f"{x:.1f},{at:.1f}" for x, at in points)
    label = f"{values_deg[-1]:+.1f} deg between the sides at the last of {len(values_deg)} visits"
    return (
        f'<svg class="spark" role="img" aria-label="{label}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<path d="M0,{y(0):.1f} H{WIDTH}" stroke="var(--hair)"/>'
        f'<polyline points="{line}" fill="none" stroke="var(--ink)" stroke-width="1.6"/>'
        f'<circle cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="3" fill="var(--ink)"/></svg>'
    )
