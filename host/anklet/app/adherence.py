"""The last weeks as boxes: filled where there was a visit."""

from collections.abc import Iterable
from datetime import date, timedelta

WEEKS, BOX, GAP = 16, 14, 4


def weeks_with_visit(days: Iterable[date], today: date) -> list[tuple[date, int]]:
    """Return Monday and number of days with a visit of each of the last weeks, this one last."""
    monday = today - timedelta(days=today.weekday())
    firsts = [monday - timedelta(weeks=k) for k in reversed(range(WEEKS))]
    held = set(days)
    return [(m, sum(m + timedelta(days=d) in held for d in range(7))) for m in firsts]


def adherence(days: Iterable[date], today: date) -> str:
    """Return an inline SVG of the last weeks."""
    weeks = weeks_with_visit(days, today)
    width = WEEKS * (BOX + GAP)
    boxes = "".join(
        f'<rect x="{k * (BOX + GAP) + 0.5}" y="0.5" width="{BOX - 1}" height="{BOX - 1}" rx="2" '
        f'fill="{"var(--ink)" if n else "none"}" stroke="var(--muted)">'
        f"<title>week of {m.day} {m:%b}: {n} with a visit</title></rect>"
        for k, (m, n) in enumerate(weeks)
    )
    label = f"a visit in {sum(n > 0 for _, n in weeks)} of the last {WEEKS} weeks"
    return (
        f'<svg role="img" aria-label="{label}" width="{width}" height="{BOX}" '
        f'viewBox="0 0 {width} {BOX}">{boxes}</svg>'
    )
