"""Active against passive at one visit, from the results that the store holds."""

from collections.abc import Callable, Sequence

from anklet.errors import AnkletError
from anklet.measures.gap import Reach, active_passive_gap
from anklet.measures.metrics import summarize
from anklet.measures.norms import BORROWED_SEM, Sem
from anklet.model import MEASURES, SIDES, Gap, Kind, Knee, Measure, Side
from anklet.protocols import find_protocol
from anklet.store import Store, VisitResult, VisitSummary

SemOf = Callable[[str, Measure], Sem]
"""The standard error of measurement of a protocol's measure."""


def borrowed(_protocol: str, measure: Measure) -> Sem:
    """Return the literature's."""
    return BORROWED_SEM[measure]


def visit_gaps(results: Sequence[VisitResult], sem_of: SemOf = borrowed) -> tuple[Gap, ...]:
    """Compare each active assessment of a visit with each passive one.

    Parameters
    ----------
    results : sequence of VisitResult
        Of one visit; results of one comparability key are taken together.
    sem_of : callable

    Returns
    -------
    tuple of Gap
        Where some pair was measured alike, the gaps of such pairs; else why there is none, once a
        leg. Empty without both an active and a passive assessment.
    """
    gaps = [
        _gap(side, measure, active, passive, sem_of)
        for active in _alike(results, "active")
        for passive in _alike(results, "passive")
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
    return visit_gaps(store.results(person_code, visit_id=visit.visit_id))


def _alike(results: Sequence[VisitResult], kind: Kind) -> list[list[VisitResult]]:
    """The results of a kind, by comparability key."""
    by_key: dict[str, list[VisitResult]] = {}
    for result in results:
        if result.assessment.kind == kind:
            by_key.setdefault(result.assessment.key_text, []).append(result)
    return list(by_key.values())


def _gap(
    side: Side,
    measure: Measure,
    active: Sequence[VisitResult],
    passive: Sequence[VisitResult],
    sem_of: SemOf,
) -> Gap:
    one, other = (_reach(side, measure, held, sem_of) for held in (active, passive))
    return active_passive_gap(side, measure, one, other)


def _reach(side: Side, measure: Measure, held: Sequence[VisitResult], sem_of: SemOf) -> Reach:
    legs = [leg for r in held if (leg := r.analysis["legs"].get(side))]
    values = [rep[measure] for leg in legs for s in leg["sets"] for rep in s["reps"]]
    assessment = held[0].assessment
    title, knee = _protocol_says(assessment.protocol)
    return Reach(
        title,
        legs[0]["setup"],
        legs[0]["zero"],
        assessment.key.get("knee") or knee,
        summarize(values).mean,
        sem_of(assessment.protocol, measure),
    )


def _protocol_says(name: str) -> tuple[str, Knee | None]:
    try:
        protocol = find_protocol(name)
    except AnkletError:
        return name.replace("_", " ").capitalize(), None
    return protocol.title, protocol.knee
