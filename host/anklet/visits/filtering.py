"""Which of a person's results to look at: by key, block and tags."""

from collections.abc import Sequence

from anklet.store import Store, VisitSummary
from anklet.visits.remarks import NOTHING, remarks_of, same_tag


def filtered_summaries(
    store: Store,
    person_code: str,
    key_text: str | None = None,
    *,
    block_deg: float | None = None,
    tags: Sequence[str] = (),
) -> list[VisitSummary]:
    """Return the latest results of a person in short, by visit, as far as they fit.

    Parameters
    ----------
    store : Store
    person_code : str
    key_text : str, optional
        Only of this comparability key; others must not be put into one trend.
    block_deg : float, optional
        Only on a block of this angle; 0 is the flat floor, said or not.
    tags : sequence of str
        Only assessments that carry all of these.
    """
    found = store.summaries(person_code, key_text)
    if block_deg is not None:
        found = [v for v in found if (v.assessment.key.get("block_deg") or 0.0) == block_deg]
    wanted = {same_tag(tag) for tag in tags}
    if wanted:
        said = remarks_of(store, person_code)
        found = [
            v
            for v in found
            if wanted <= {same_tag(t) for t in said.get(v.assessment.id, NOTHING).tags}
        ]
    return found


def tags_of(store: Store, person_code: str) -> list[str]:
    """Return every tag that a person's assessments carry, each once, by name."""
    said = remarks_of(store, person_code).values()
    found = {same_tag(tag): tag for held in said for tag in held.tags}
    return [found[name] for name in sorted(found)]
