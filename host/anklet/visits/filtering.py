"""Which of a person's results to look at: by key, block and tags."""

from collections.abc import Mapping, Sequence

from anklet.store import Store, VisitSummary
from anklet.visits.remarks import same_tag, tags_said


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
    if tags:
        carrying = with_tags(tags_said(store, person_code), tags)
        found = [v for v in found if v.assessment.id in carrying]
    return found


def with_tags(said: Mapping[int, Sequence[str]], tags: Sequence[str]) -> set[int]:
    """Return the assessments that carry all of these tags, from each one's."""
    wanted = {same_tag(tag) for tag in tags}
    return {number for number, held in said.items() if wanted <= {same_tag(t) for t in held}}


def tags_of(store: Store, person_code: str) -> list[str]:
    """Return every tag that a person's assessments carry, each once, by name."""
    return names_of(tags_said(store, person_code))


def names_of(said: Mapping[int, Sequence[str]]) -> list[str]:
    """Return every tag of these, each once, by name."""
    found = {same_tag(tag): tag for held in said.values() for tag in held}
    return [found[name] for name in sorted(found)]
