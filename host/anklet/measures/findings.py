"""What an assessment found beside reps and their comparison, in sentences."""

from anklet.measures.compare import primary_measure
from anklet.measures.sentences import between, number, subject_and_other
from anklet.model import (
    MEASURE_NAMES,
    Analysis,
    Gap,
    HeelRise,
    Hold,
    KneeToWall,
    Leg,
    Static,
)


def findings(analysis: Analysis) -> list[tuple[str, str]]:
    """Return what there is to say, as (what, sentence); nothing where no protocol asked for it."""
    found: list[tuple[str, str]] = []
    for leg in analysis.legs.values():
        who = leg.side.capitalize()
        if leg.static:
            found.append((f"{who}, standing", standing_sentence(leg.static)))
        if leg.holds:
            found.append((f"{who}, held", held_sentence(leg.holds)))
        if analysis.protocol and (fade := fade_sentence(analysis, leg)):
            found.append((f"{who}, over the set", fade))
    lean = {s: v["tibial_lean_deg"] for s, v in analysis.entered.items() if "tibial_lean_deg" in v}
    if lean:
        text = ", ".join(f"{side} {number(deg, sign=True)} deg" for side, deg in lean.items())
        if len(lean) == 2:
            apart = number(lean["left"] - lean["right"], sign=True)
            text += f"; left minus right {apart} deg"
        found.append(("Tilt of the shin in standing, entered", f"{text}."))
    cm = {s: v["knee_to_wall_cm"] for s, v in analysis.entered.items() if "knee_to_wall_cm" in v}
    if cm:
        text = ", ".join(f"{side} {number(value)} cm" for side, value in cm.items())
        if analysis.knee_to_wall:
            text += f"; {_distance(analysis.knee_to_wall)}"
        found.append(("Knee to wall, entered", f"{text}."))
    return found


def standing_sentence(static: Static) -> str:
    """Say how a leg stood."""
    s = static
    return (
        f"over {number(s.length_s, 0)} s the shank swayed by {number(s.sway_deg, 2)} deg forward "
        f"and back and {number(s.sideways_deg, 2)} deg sideways (RMS), at "
        f"{number(s.path_deg_s, 2)} deg/s along its path; 95 % of it within "
        f"{number(s.ellipse_deg2, 1)} deg\u00b2; its zero drifted by "
        f"{number(s.drift_deg, 2, sign=True)} deg."
    )


def held_sentence(holds: tuple[Hold, ...]) -> str:
    """Say where a leg's ends were held."""
    parts: list[str] = []
    for end, name in (("df", MEASURE_NAMES["df_peak_deg"]), ("pf", MEASURE_NAMES["pf_peak_deg"])):
        held = [hold for hold in holds if hold.end == end]
        if held:
            mean = sum(hold.angle_deg for hold in held) / len(held)
            length = sum(hold.length_s for hold in held) / len(held)
            steady = sum(hold.steadiness_deg for hold in held) / len(held)
            count = f"{len(held)} holds" if len(held) > 1 else "one hold"
            parts.append(
                f"{name} {number(mean)} deg ({count} of {number(length)} s, steady to "
                f"{number(steady)} deg)"
            )
    return f"{'; '.join(parts)}."


def fade_sentence(analysis: Analysis, leg: Leg) -> str:
    """Say how the measure that leads changes from rep to rep; empty where nothing tells."""
    measure = analysis.comparison.primary if analysis.comparison else primary_measure(leg)
    forward = -1.0 if measure == "pf_peak_deg" else 1.0
    parts: list[str] = []
    for one_set in leg.sets:
        fade: float | None = getattr(one_set, measure).fade_per_rep
        if fade is not None:
            change = number(forward * fade, 2, sign=True)
            parts.append(
                f"{len(one_set.reps)} reps, {change} deg of {MEASURE_NAMES[measure]} a rep"
            )
    return f"{'; '.join(parts)}." if parts else ""


def heel_rise_sentence(rise: HeelRise) -> str:
    """Say how high the heel rises of a set went, as estimates; or that it cannot be said."""
    count = "one heel rise" if rise.reps == 1 else f"{rise.reps} heel rises"
    mean, total, work = rise.mean, rise.total, rise.work
    if mean is None or total is None:
        return f"{count}; their height cannot be estimated honestly from this set."
    text = (
        f"{count}, estimated: the ankle rose {number(1000 * mean.value_m, 0)} mm "
        f"({between(1000 * mean.low_m, 1000 * mean.high_m, digits=0)}) each, "
        f"{number(total.value_m, 2)} m ({between(total.low_m, total.high_m, digits=2)}) in all"
    )
    if work is None:
        return f"{text}."
    span = between(work.low_j, work.high_j, digits=0)
    return f"{text}; work {number(work.value_j, 0)} J ({span})."


def gap_sentence(gap: Gap) -> str:
    """Compose for instance ``left, dorsiflexion: active 12.1, passive 15.3 deg: ...``."""
    if gap.gap_deg is None:
        return f"{gap.side}: not compared. {gap.reason}"
    what = "reaches less far" if gap.gap_deg < 0 else "reaches further"
    span = f"{number(gap.low_deg, sign=True)} to {number(gap.high_deg, sign=True)}"
    return (
        f"{gap.side}, {MEASURE_NAMES[gap.measure]}: active {number(gap.active_deg)}, passive "
        f"{number(gap.passive_deg)} deg; active {what}, by {number(abs(gap.gap_deg))} deg "
        f"({span}): {gap.verdict}."
    )


def _distance(d: KneeToWall) -> str:
    subject, other = subject_and_other(d.involved)
    size = abs(d.asymmetry_percent)
    within = "within" if size <= d.accepted_percent else "beyond"
    return (
        f"{subject} minus {other} {number(d.difference_cm, sign=True)} cm, {number(size, 0)} % of "
        f"the distance: {within} the {number(d.accepted_percent, 0)} % that experts accept at "
        f"return to play ({d.source})"
    )
