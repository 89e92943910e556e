"""A store of ten thousand visits, made in a few seconds."""

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import event, insert

from anklet.store import Provenance, Store, key_text
from anklet.store.schema import AssessmentRow, PersonRow, ResultRow, SummaryRow, VisitRow
from anklet.store.summary import summary_of

FIRST = datetime(2023, 1, 2, 10, tzinfo=UTC)
KEY = {"block_deg": 20}
PROVENANCE = Provenance(input_digest="0" * 64, algorithm=1, software="0.1.0")


def rep(df_deg: float | None, pf_deg: float = -5.0) -> dict[str, Any]:
    stands = df_deg is not None
    rom = df_deg - pf_deg if df_deg is not None else None
    values = {"df_peak_deg": df_deg, "pf_peak_deg": pf_deg, "rom_deg": rom}
    return values | {"df_valid": stands, "pf_valid": True, "valid": stands}


def analysis(left_deg: float, right_deg: float, padding: int = 0) -> dict[str, Any]:
    """An analysis as far as lists and trends look at it, right involved, made longer."""
    legs = {
        side: {
            "setup": "planted",
            "zero": "standing",
            "sets": [
                {"direction": "df_first", "reps": [rep(deg - 1), rep(deg + 1)]},
                {"direction": "df_first", "reps": [rep(deg), rep(None)]},
            ],
        }
        for side, deg in (("left", left_deg), ("right", right_deg))
    }
    difference = right_deg - left_deg
    measures = {
        measure: {
            "difference_deg": difference,
            "low_deg": difference - 4.2,
            "high_deg": difference + 4.2,
            "lsi_percent": None,
            "verdict": "within measurement error",
            "sem_deg": 1.5,
            "sem_source": "borrowed",
        }
        for measure in ("df_peak_deg", "rom_deg")
    }
    comparison = {
        "involved": "right",
        "primary": "df_peak_deg",
        "measures": {**measures, "pf_peak_deg": None},
    }
    return {"legs": legs, "comparison": comparison, "notes": ["x" * padding]}


def fill(
    store: Store,
    visits: int,
    *,
    people: int,
    busiest: int,
    padding: int = 0,
    first: datetime = FIRST,
    wait: timedelta = timedelta(weeks=1),
) -> None:
    """Add visits a week apart: ``busiest`` are of K-0, the others of everybody else in turn."""
    of = [0] * busiest + [1 + k % (people - 1) for k in range(visits - busiest)]
    seen = [0] * people
    rows: dict[Any, list[dict[str, Any]]] = {
        t: [] for t in (PersonRow, VisitRow, AssessmentRow, ResultRow, SummaryRow)
    }
    rows[PersonRow] = [
        {"id": k + 1, "code": f"K-{k}", "involved": "right", "injured_on": date(2022, 12, 5)}
        | {"notes": "", "created_at": FIRST}
        for k in range(people)
    ]
    text = key_text("active", "split_squat", KEY)
    provenance = {
        "input_digest": PROVENANCE.input_digest,
        "algorithm": 1,
        "software": "0.1.0",
        "protocol": "",
        "norms": "",
        "settings": {},
        "calibration": {},
        "created_at": FIRST,
    }
    for k, who in enumerate(of):
        at = first + seen[who] * wait
        seen[who] += 1
        rows[VisitRow].append({"id": k + 1, "person_id": who + 1, "at": at, "notes": ""})
        rows[AssessmentRow].append(
            {"id": k + 1, "visit_id": k + 1, "kind": "active", "protocol": "split_squat"}
            | {"key": KEY, "key_text": text}
        )
        held = analysis(26.0, 22.0 + 2 * math.sin(k), padding)
        rows[ResultRow].append(
            {"id": k + 1, "assessment_id": k + 1, "analysis": held, **provenance}
        )
        short = summary_of(held)
        rows[SummaryRow].append(
            {"result_id": k + 1, "data": short, "primary_measure": short["primary"]}
            | {"left_minus_right_deg": short["left_minus_right_deg"]}
        )
    with store._writer.begin() as connection:
        for table, values in rows.items():
            connection.execute(insert(table), values)


class Statements:
    """The SQL that a store runs while it is watched."""

    def __init__(self, store: Store) -> None:
        self.engine, self.ran = store._engine, list[str]()

    def __enter__(self) -> "Statements":
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: Any) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)

    def _note(self, _c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.ran.append(statement)
