"""What was found, in plain sentences: the same words on the screen, on the page and in the app."""

from anklet.model import (
    MEASURE_NAMES,
    Change,
    Consistency,
    Difference,
    Interval,
    Measure,
    Part,
    Side,
)

DASH = "\u2013"


def number(value: float | None, digits: int = 1, *, sign: bool = False) -> str:
    """Write a number with a true minus; an en dash for None."""
    if value is None:
        return DASH
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    if float(text) == 0.0:
        text = text.lstrip("+-")
    return text.replace("-", "\u2212")


def between(low: float, high: float, *, sign: bool = False, digits: int = 1) -> str:
    """Write an interval."""
    return f"{number(low, digits, sign=sign)} to {number(high, digits, sign=sign)}"


def subject_and_other(involved: Side | None) -> tuple[Side, Side]:
    """The two ends of a difference: involved minus uninvolved, left minus right where unmarked."""
    return ("right", "left") if involved == "right" else ("left", "right")


def difference_sentence(difference: Difference, measure: Measure, involved: Side | None) -> str:
    """Say which leg reaches how much less, and whether the measurement can tell.

    For instance ``Right reaches 3.9 deg less dorsiflexion than left: within measurement error,
    ±4.5 deg that this measurement can't tell apart.``
    """
    subject, other = subject_and_other(involved)
    gain = difference.difference_deg * (-1.0 if measure == "pf_peak_deg" else 1.0)
    size = number(abs(gain))
    verb, what = "moves through" if measure == "rom_deg" else "reaches", MEASURE_NAMES[measure]
    if float(size) == 0.0:
        finding = f"{subject.capitalize()} {verb} the same {what} as {other}"
    else:
        amount = "less" if gain < 0 else "more"
        finding = f"{subject.capitalize()} {verb} {size} deg {amount} {what} than {other}"
    zone = f"\u00b1{number(difference.half_deg)} deg"
    return f"{finding}: {difference.verdict}, {zone} that this measurement can't tell apart."


def change_sentence(change: Change, involved: Side | None) -> str:
    """Say how the difference changed, and whether the measurement can tell."""
    subject, other = subject_and_other(involved)
    half = (change.high_deg - change.low_deg) / 2
    return (
        f"Since the visit before, {subject} minus {other} changed by "
        f"{number(change.change_deg, sign=True)} deg of {MEASURE_NAMES[change.measure]}: "
        f"{change.verdict}, \u00b1{number(half)} deg for a change of a difference."
    )


def consistency_sentence(found: Consistency) -> str:
    """Say on how many visits the same leg reached less, and how often chance does that."""
    what = MEASURE_NAMES[found.measure]
    if found.less is None:
        return (
            f"Over the last {found.visits} visits with both legs each leg reached less {what} "
            "equally often."
        )
    lower_reaches_more = found.measure == "pf_peak_deg"
    less: Side = found.less if not lower_reaches_more else _other(found.less)
    of_100 = round(100 * found.chance)
    share = "all" if found.same == found.visits else str(found.same)
    return (
        f"On {share} of the last {found.visits} visits with both legs {less} had less {what} "
        f"than {_other(less)}; equal legs would be as one-sided in "
        f"{of_100 or 'fewer than 1'} of 100 such rows of visits."
    )


def half_text(interval: Interval | None) -> str:
    """Half of an interval after its sign; a dash for None."""
    return f"\u00b1{number(interval.half_deg)}" if interval else DASH


def parts_line(parts: tuple[Part, ...]) -> str:
    """Name parts and their standard deviations."""
    return ", ".join(f"{part.name} {number(part.sd_deg, 2)}" for part in parts)


def _other(side: Side) -> Side:
    return "right" if side == "left" else "left"
