"""A person's results as rows of tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from anklet.model import MEASURES
from anklet.store import VisitResult
from anklet.visits.remarks import NOTHING, Remarks


def rep_rows(results: Sequence[VisitResult]) -> Iterator[dict[str, Any]]:
    """One row a rep."""
    for result in results:
        for side, leg in result.analysis["legs"].items():
            for n, rep_set in enumerate(leg["sets"], 1):
                for k, rep in enumerate(rep_set["reps"], 1):
                    yield {
                        **_visit_columns(result, side),
                        "set": n,
                        "rep": k,
                        **{name: v for name, v in rep.items() if name != "reasons"},
                        "reasons": "; ".join(rep["reasons"]),
                    }


def visit_rows(
    results: Sequence[VisitResult], said: Mapping[int, Remarks]
) -> Iterator[dict[str, Any]]:
    """One row a set of a leg, with what was ``said`` of its assessment (by id)."""
    for result in results:
        remarks = said.get(result.assessment.id, NOTHING)
        for side, leg in result.analysis["legs"].items():
            pain = remarks.pain_of(side)
            for n, rep_set in enumerate(leg["sets"], 1):
                yield {
                    **_visit_columns(result, side),
                    "set": n,
                    **{
                        f"{measure.removesuffix('_deg')}_{name}_deg": rep_set[measure][name]
                        for measure in MEASURES
                        for name in ("median", "mean", "sd")
                    },
                    "valid_reps": rep_set["rom_deg"]["n"],
                    "reps": len(rep_set["reps"]),
                    "pain_before": pain.before,
                    "pain_after": pain.after,
                    "tags": "; ".join(remarks.tags),
                }


def _visit_columns(result: VisitResult, side: str) -> dict[str, Any]:
    return {
        "visit_at": result.at.astimezone().isoformat(),
        "protocol": result.assessment.protocol,
        "key": result.assessment.key_text,
        "algorithm": result.analysis["algorithm"],
        "side": side,
    }
