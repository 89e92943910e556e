"""Active against passive at one visit, from the results that the store holds."""

from collections.abc import Mapping, Sequence

from anklet.errors import AnkletError
from anklet.measures.gap import Reach, active_passive_gap
from anklet.measures.uncertainty import summarize_measure
from anklet.model import MEASURES, SIDES, Gap, Kind, Knee, Measure, Side
from anklet.protocols import find_protocol
from anklet.store import Store, VisitResult, VisitSummary
from anklet.visits.courses import Sems, sems


def visit_gaps(
    results: Sequence[VisitResult], of_key: str, sems_of: Mapping[str, Sems]
) -> tuple[Gap, ...]:
    """Compare an assessment of a visit with those of the other kind: active with passive.

    Parameters
    ----------
    results : sequence of VisitResult
        Of one visit; results of one comparability key are taken together.
    of_key : str
        Comparability key of the assessment that is looked at, active or passive.
    sems_of : mapping of comparability key to Sems
        Standard errors of measurement, as `anklet.visits.courses.sems` finds them.

    Returns
    -------
    tuple of Gap
        Where some pair was measured alike, the gaps of such pairs; else why there is none, once a
        leg. Empty without both an active and a passive assessment.
    """
    gaps = [
        active_passive_gap(
            side,
            measure,
            *(_reach(side, measure, held, sems_of) for held in (active, passive)),
        )
        for active in _alike(results, "active")
        for passive in _alike(results, "passive")
        if of_key in (active[0].assessment.key_text, passive[0].assessment.key_text)
        for side in SIDES
        if all(any(side in r.analysis["legs"] for r in held) for held in (active, passive))
        for measure in MEASURES
    ]
    found = tuple(gap for gap in gaps if gap.gap_deg is not None)
    if found:
        return found
    return tuple({(gap.side, gap.reason): gap for gap in gaps}.values())


def latest_gaps(store: Store, person_code: str, visit: VisitSummary) -> tuple[Gap, ...]:
    """Compare active with passive at a visit, where the assessment that is looked at is either."""
    if visit.assessment.kind == "static":
        return ()
    results = store.results(person_code, visit_id=visit.visit_id)
    course = [v for v in store.summaries(person_code) if v.at <= visit.at]
    keys = {result.assessment.key_text for result in results}
    sems_of = {key: sems([v for v in course if v.assessment.key_text == key]) for key in keys}
    return visit_gaps(results, visit.assessment.key_text, sems_of)


def _alike(results: Sequence[VisitResult], kind: Kind) -> list[list[VisitResult]]:
    """The results of a kind, by comparability key."""
    by_key: dict[str, list[VisitResult]] = {}
    for result in results:
        if result.assessment.kind == kind:
            by_key.setdefault(result.assessment.key_text, []).append(result)
    return list(by_key.values())


def _reach(
    side: Side, measure: Measure, held: Sequence[VisitResult], sems_of: Mapping[str, Sems]
) -> Reach:
    legs = [leg for r in held if (leg := r.analysis["legs"].get(side))]
    values = [rep[measure] for leg in legs for s in leg["sets"] for rep in s["reps"]]
    assessment = held[0].assessment
    title, knee = _protocol_says(assessment.protocol)
    return Reach(
        title,
        legs[0]["setup"],
        legs[0]["zero"],
        assessment.key.get("knee") or knee,
        summarize_measure(values, measure),
        sems_of[assessment.key_text][side][measure],
    )


def _protocol_says(name: str) -> tuple[str, Knee | None]:
    try:
        protocol = find_protocol(name)
    except AnkletError:
        return name.replace("_", " ").capitalize(), None
    return protocol.title, protocol.knee
