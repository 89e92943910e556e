"""The sentences and table cells of the page, from the values alone."""

from dataclasses import dataclass
from datetime import date

from anklet.measures.compare import shown_measure
from anklet.measures.findings import heel_rise_sentence
from anklet.measures.sentences import (
    DASH,
    between,
    difference_sentence,
    half_text,
    number,
    parts_line,
)
from anklet.model import (
    MEASURE_NAMES,
    MEASURES,
    Analysis,
    Calibration,
    Difference,
    Estimate,
    Leg,
    Measure,
)
from anklet.report.numbers import counted_by_hand, legs, rejections, values

SETUPS = {
    "planted": "shank sensor, foot flat and still: ankle angle while the foot is planted",
    "paired": "shank and foot sensors: ankle angle in any movement",
    "table": "foot sensor, shank held still: change of ankle angle",
}
ZEROS = {
    "standing": "zero is quiet standing",
    "neutral": "zero is the neutral held by the examiner",
    "none": "no zero: ranges only",
}
SIGNS = {
    "nominal": "sign from mount",
    "knee_bend": "sign from knee bends",
    "heel_raise": "sign from heel raises",
    "assumed": "sign assumed",
}
NO_LSI = f"{DASH} where its own 95 % interval is wider than \u00b112 points, or it has no zero"


@dataclass(frozen=True)
class Row:
    """One line of the table; ``cells`` are a leg's mean and its interval, left first."""

    name: str
    leads: bool
    cells: tuple[tuple[str, str], ...]
    difference: tuple[str, str]
    error: str
    lsi: str
    lsi_known: bool


def verdict_sentence(analysis: Analysis) -> str:
    """Say what the comparison found in the measure that leads, or why there is none."""
    measure = shown_measure(analysis)
    comparison = analysis.comparison
    measured = legs(analysis)
    if any(leg.static for leg in measured):
        return "Quiet standing was measured; its numbers are below."
    if not any(leg.reps for leg in measured):
        return "No rep was found, so there is nothing to measure."
    if comparison is None:
        if len(measured) == 1:
            return (
                f"Only the {measured[0].side} leg was measured, so there is no other to compare "
                "with."
            )
        return "The two legs cannot be compared: one of them has no valid rep of the same kind."
    difference = comparison.measures.get(measure)
    if difference is None:
        return (
            f"The {MEASURE_NAMES[measure]} of the two legs cannot be compared: too few valid reps."
        )
    return difference_sentence(difference, measure, comparison.involved)


def rows(analysis: Analysis) -> list[Row]:
    """The table: dorsiflexion, plantarflexion, range."""
    return [_row(analysis, measure) for measure in MEASURES]


def reps_sentence(leg: Leg) -> str:
    """How many reps of a leg count, and why the others do not."""
    total = len(leg.reps)
    if total == 0:
        return "no reps found"
    used = sum(rep.valid for rep in leg.reps)
    text = f"{used} of {_count(total, 'rep')} used, in {_count(len(leg.sets), 'set')}"
    why = ", ".join(f"{reason} ({n})" for reason, n in rejections(leg).most_common())
    if why:
        text += f"; set aside: {why}"
    elif used < total:
        text += f"; {total - used} set aside"
    for reason, n in counted_by_hand(leg).most_common():
        text += f"; {reason} ({n})"
    if leg.zero == "none":
        return text
    partly = [
        f"{len(values(leg, m))} for {MEASURE_NAMES[m]}"
        for m in ("df_peak_deg", "pf_peak_deg")
        if len(values(leg, m)) > used
    ]
    return f"{text}; {' and '.join(partly)}" if partly else text


def heel_rise_sentences(leg: Leg) -> list[str]:
    """What is known of the heights, and the work, of each set of heel rises."""
    return [
        f"set {count}: {heel_rise_sentence(held.heel_rise)}"
        for count, held in enumerate(leg.sets, 1)
        if held.heel_rise
    ]


def setups(measured: list[Leg]) -> list[tuple[str, str]]:
    """Which sensors, what they may claim, where zero comes from; once where the legs are alike."""
    texts = [(f"{leg.side}: ", f"{SETUPS[leg.setup]}; {ZEROS[leg.zero]}") for leg in measured]
    return [("", texts[0][1])] if len({text for _, text in texts}) == 1 else texts


def samples_sentence(leg: Leg) -> str:
    """How complete the data are."""
    return f"{leg.samples:,} of {leg.samples + leg.lost_samples:,} samples"


def calibration_sentence(calibration: Calibration) -> str:
    """The quality of one sensor's calibration."""
    parts = [f"axis from {'movement' if calibration.axis_from == 'movement' else 'the mount'}"]
    if calibration.explained_variance is not None:
        parts[0] += f" ({number(100 * calibration.explained_variance)} % of the turning)"
    if calibration.misalignment_deg is not None:
        parts.append(f"{number(calibration.misalignment_deg)} deg off the mount")
    if calibration.stillness_deg_s is not None:
        parts.append(f"still to {number(calibration.stillness_deg_s, 2)} deg/s")
    parts.append(SIGNS[calibration.sign_from])
    if calibration.quality is not None:
        parts.append(f"{calibration.quality} guided calibration")
    parts += calibration.reasons
    if calibration.drift_deg is not None:
        parts.append(f"zero drifted by {number(calibration.drift_deg, sign=True)} deg")
    return ", ".join(parts)


def sem_sentences(analysis: Analysis) -> list[str]:
    """The standard error of measurement behind each verdict, and its source; no repeats."""
    if analysis.comparison is None:
        return []
    by_text: dict[str, list[str]] = {}
    for measure, difference in analysis.comparison.measures.items():
        if difference is not None:
            text = f"{number(difference.sem_deg, 2)} deg ({difference.sem_source})"
            by_text.setdefault(text, []).append(MEASURE_NAMES[measure])
    if len(by_text) == 1:
        return list(by_text)
    return [f"{' and '.join(names)} {text}" for text, names in by_text.items()]


def intervals_sentence(analysis: Analysis) -> str:
    """Say what the table's intervals are for and made of, and what the day alone gives."""
    measure = shown_measure(analysis)
    held = [(leg.side, e) for leg in legs(analysis) if (e := leg.estimates.get(measure))]
    if not held:
        return ""
    today = ", ".join(f"{side} {half_text(e.today)}" for side, e in held if e.today)
    known = f"{MEASURE_NAMES[measure]} this day alone: {today} deg" if today else "one rep each"
    each = max(e.each_rep_half_deg for _, e in held)
    parts = "; ".join(f"{side} {parts_line(e.long_run.parts)}" for side, e in held)
    sources = "; ".join(
        f"{p.name}: {p.source}" for p in held[0][1].long_run.parts if p.name != "rep-to-rep"
    )
    return (
        f"95 %, for the long run (the mean of many such visits); {known}; one rep's angle: "
        f"\u00b1{number(each)} deg. Parts, SD in deg: {parts} ({sources})."
    )


def weeks_since(injured_on: date | None, visit_on: date | None) -> str:
    """How long after the injury the visit was; empty where the dates do not tell."""
    if injured_on is None or visit_on is None or visit_on < injured_on:
        return ""
    weeks, days = divmod((visit_on - injured_on).days, 7)
    return f"{_count(weeks, 'week') if weeks else _count(days, 'day')} since injury"


def _row(analysis: Analysis, measure: Measure) -> Row:
    comparison = analysis.comparison
    difference = comparison.measures.get(measure) if comparison else None
    lsi = difference.lsi_percent if difference else None
    lsi_half = difference.lsi_half_percent if difference else None
    return Row(
        name=MEASURE_NAMES[measure].capitalize(),
        leads=measure == shown_measure(analysis),
        cells=tuple(_cell(leg.estimates.get(measure)) for leg in legs(analysis)),
        difference=_difference_cell(difference),
        error=f"\u00b1{number(difference.half_deg)}" if difference else DASH,
        lsi=f"{number(lsi, 0)} % \u00b1{number(lsi_half, 0)}" if lsi is not None else DASH,
        lsi_known=lsi is not None,
    )


def _cell(mean: Estimate | None) -> tuple[str, str]:
    if mean is None:
        return DASH, ""
    return number(mean.value_deg), between(mean.long_run.low_deg, mean.long_run.high_deg)


def _difference_cell(difference: Difference | None) -> tuple[str, str]:
    if difference is None:
        return DASH, ""
    return (
        number(difference.difference_deg, sign=True),
        between(difference.low_deg, difference.high_deg, sign=True),
    )


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
